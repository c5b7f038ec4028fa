"""Run the real command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def sdkpatch(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m sdkpatch`` and return what it printed."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "sdkpatch", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment, cwd=cwd, check=False, timeout=300
    )


def report(*arguments: str | Path) -> dict[str, Any]:
    """Run ``sdkpatch apply`` with ``--format json`` and return the document."""
    done = sdkpatch("apply", *arguments, "--format", "json")
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    return document


def snapshot(tree: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and mode of every file below a folder, compiled ones left out."""
    return {
        path.relative_to(tree).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(tree.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
