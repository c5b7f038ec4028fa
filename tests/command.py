"""Run the command line: in the tests' own process, or in one of its own as users do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from sdkpatch.cli import main


def sdkpatch(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process, which saves the start of another one, and return what it printed."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    complaints = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", errors="backslashreplace")
    before = Path.cwd()
    os.chdir(cwd or before)
    try:
        with redirect_stdout(printed), redirect_stderr(complaints):
            code = main([*map(str, arguments)])
    finally:
        os.chdir(before)
    return subprocess.CompletedProcess(arguments, code, _written_to(printed), _written_to(complaints))


def _written_to(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def process(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m sdkpatch``, as users do, and return what it printed."""
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
