"""Schemas of other people's formats, from the packages that publish them, kept in the cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tests.sdks import CACHE, filling

SARIF = ("@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json")


def sarif() -> dict[str, Any]:
    """Return the JSON Schema of SARIF 2.1.0 as OASIS publishes it; npm brings it at the first use."""
    package, member = SARIF
    path = CACHE.parent / "schemas" / member.rpartition("/")[2]
    with filling(path):
        if not path.exists():
            _fetch(package, member, path)
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def npm(*arguments: str, folder: Path) -> None:
    """Run npm in a folder. Where it fails, what it said is the reason of the test's failure."""
    program = shutil.which("npm")
    assert program, "install Node.js and npm"
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    hint = "\nBehind a proxy that has a certificate of its own, NODE_EXTRA_CA_CERTS names the file that npm needs."
    assert done.returncode == 0, done.stderr + (hint if "CERT" in done.stderr else "")


def _fetch(package: str, member: str, path: Path) -> None:
    npm("pack", package, folder=path.parent)
    (archive,) = path.parent.glob("microsoft-jest-sarif-*.tgz")
    with tarfile.open(archive) as packed:
        content = packed.extractfile(member)
        assert content is not None
        path.write_bytes(content.read())
    archive.unlink()
