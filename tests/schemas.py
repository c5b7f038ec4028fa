"""Schemas of other people's formats, from the packages that publish them, kept in the cache."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

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
    authorities = os.environ.get("NODE_EXTRA_CA_CERTS") or _authorities()
    environment = {**os.environ, **({"NODE_EXTRA_CA_CERTS": authorities} if authorities else {})}
    command = [program, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = f"npm {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        asked = f"npm trusted {authorities or 'its own authorities alone'}; NODE_EXTRA_CA_CERTS names another file"
        pytest.fail(said + (asked if "CERT" in said else ""), pytrace=False)


def _authorities() -> str | None:
    """Return the file of certificates that this machine trusts: npm brings a list of its own and looks at no other."""
    usual = "/etc/ssl/certs/ca-certificates.crt"
    return ssl.get_default_verify_paths().cafile or (usual if Path(usual).exists() else None)


def _fetch(package: str, member: str, path: Path) -> None:
    npm("pack", package, folder=path.parent)
    (archive,) = path.parent.glob("microsoft-jest-sarif-*.tgz")
    with tarfile.open(archive) as packed:
        content = packed.extractfile(member)
        assert content is not None
        path.write_bytes(content.read())
    archive.unlink()
