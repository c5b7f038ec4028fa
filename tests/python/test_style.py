"""Inserted code keeps to the line length the SDK's own formatter is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sdkpatch.python.style import line_length
from sdkpatch.tree import scan
from tests.command import sdkpatch
from tests.shapes import Shape, write_sdk


@pytest.mark.parametrize(
    "files, expected",
    [
        ({}, 120),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, 100),
        ({"pyproject.toml": "[tool.black]\nline-length = 79\n"}, 79),
        ({"pyproject.toml": "[tool.ruff.lint]\nselect = ['E']\n"}, 120),
        ({"ruff.toml": "line-length = 90\n", "pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, 90),
        ({"pyproject.toml": "not TOML"}, 120),
        ({"pyproject.toml": "[tool]\nruff = 3\n"}, 120),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 'wide'\n"}, 120),
    ],
)
def test_where_the_line_length_comes_from(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    (tmp_path / "a.py").touch()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert line_length(scan(tmp_path)) == expected


@pytest.mark.parametrize("width", [79, 88, 100, 120])
def test_ruff_agrees_at_the_sdks_own_line_length(tmp_path: Path, width: int) -> None:
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    (tree / "pyproject.toml").write_text(f"[tool.ruff]\nline-length = {width}\n")
    ruff = [sys.executable, "-m", "ruff", "format", "--no-cache"]
    subprocess.run([*ruff, "."], cwd=tree, check=True, capture_output=True)
    options = [
        "--patch",
        "websocket-auth-query",
        "--set",
        "header=x-api-key",
        "--set",
        "query=network_api_key_of_the_caller",
    ]
    assert sdkpatch("apply", tree, *options).returncode == 0
    done = subprocess.run([*ruff, "--diff", "."], cwd=tree, check=False, capture_output=True, text=True)
    assert done.stdout == ""
