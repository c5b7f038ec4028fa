"""The wheel of sdkpatch: the same bytes twice, and nothing with a known vulnerability beside it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def twice() -> Iterator[str]:
    """Yield the hashes of two builds of wheel and source archive, in two folders, a moment apart."""
    found = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="sdkpatch-build-") as folder:
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, str(ROOT)]
            subprocess.run(command, check=True, capture_output=True)
            files = sorted(Path(folder).iterdir())
            found.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
        time.sleep(2.5)  # zip archives count time in steps of two seconds
    assert found[0] == found[1] and len(found[0]) == 2, found
    yield "two builds of wheel and source archive: the same bytes"


def audited() -> Iterator[str]:
    """Yield what pip-audit says of every locked package."""
    lock = ROOT / "requirements" / "dev.txt"
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip", "--require-hashes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (done.stdout + done.stderr).strip().splitlines()[-1]
    count = len(re.findall(r"^[A-Za-z0-9._-]+==", lock.read_text(), re.MULTILINE))
    assert done.returncode == 0, last
    yield f"pip-audit over {count} locked packages: {last.lower()}"
