"""What tests on other releases of websockets share: an environment for each."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.sdks import CACHE, filling

RELEASES = ("12.0", "13.1", "15.0.1", "17.4")


@pytest.fixture(scope="module", params=RELEASES)
def python(request: pytest.FixtureRequest) -> str:
    """An interpreter with one release of websockets and what SDKs need besides."""
    release: str = request.param
    folder = CACHE.parent / "releases" / f"websockets-{release}"
    interpreter = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    with filling(folder):
        if not (folder / ".complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            needed = [f"websockets=={release}", "httpx", "pydantic", "typing_extensions"]
            quiet = ["--quiet", "--disable-pip-version-check"]
            subprocess.run([str(interpreter), "-m", "pip", "install", *quiet, *needed], check=True)
            (folder / ".complete").touch()
    return str(interpreter)
