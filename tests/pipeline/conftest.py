"""What the pipeline's tests share: a package index on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """The address of an empty package index on loopback that takes uploads from anybody."""
    packages = tmp_path / "index"
    packages.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--interface", "127.0.0.1", "--port", str(port), "--passwords", ".", "--authenticate", "."]
    command = [sys.executable, "-m", "pypiserver", "run", *options, str(packages)]
    said = tmp_path / "index.log"
    with said.open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        url = f"http://127.0.0.1:{port}/"
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(url, timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail(f"the index did not start: {said.read_text()}", pytrace=False)
            assert server.poll() is None, said.read_text()
            yield url
        finally:
            server.terminate()
