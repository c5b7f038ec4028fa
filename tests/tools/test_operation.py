"""A new operation is laid out so that it works at once, and each place it touches is one of five."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdks import ROOT
from tools.operation import Refused, lay_out

PLACES = ("CHANGELOG.md", "docs", "sdkpatch", "tests", "tools")
ALSO = ("README.md", "CONTRIBUTING.md", "pyproject.toml", "templates", "patches", "examples")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository, without what its tests download."""
    for name in (*PLACES, *ALSO):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(repository: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_new_operation_works_at_once(repository: Path) -> None:
    said = run(repository, "tools.operation", "toy.reset")
    tests = said.splitlines()[-1].partition(" -m pytest ")[2].split()
    assert tests[-3:] == ["-q", "-k", "toy.reset"]
    ruled = ["--no-cache", "sdkpatch/operations"]
    run(repository, "ruff", "check", *ruled)
    run(repository, "ruff", "format", "--check", *ruled)
    run(repository, "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), "sdkpatch/operations/toy_reset.py")
    passed = run(repository, "pytest", "-p", "no:cacheprovider", *tests).splitlines()[-1]
    assert " passed" in passed and int(passed.split()[0]) >= 4 * 3 + 3
    assert run(repository, "tools.docs") == ""


def test_what_it_touches(repository: Path) -> None:
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    said = lay_out(repository, "toy.reset")
    after = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    touched = {path.relative_to(repository).as_posix() for path in after if before.get(path) != after[path]}
    assert (
        touched
        == set(said)
        == {
            "sdkpatch/operations/toy_reset.py",
            "sdkpatch/operations/__init__.py",
            *(f"tests/cases/toy.reset/{name}.toml" for name in ("changed", "conflict", "done")),
            "docs/operations/toy.reset.md",
            "CHANGELOG.md",
        }
    )
    table = (repository / "sdkpatch" / "operations" / "__init__.py").read_text()
    assert '    "secrets.redact": "SecretsRedact",\n    "toy.reset": "ToyReset",\n    "websocket.connect"' in table
    newest = (repository / "CHANGELOG.md").read_text().split("\n## ")[1]
    assert newest.endswith("\n- `toy.reset` sets the value of fields.\n")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Toy.Reset", '"Toy.Reset" is no name for an operation: write one such as docstring.remove'),
        ("../reset", '"../reset" is no name for an operation: write one such as docstring.remove'),
        ("class", '"class" is no name for an operation: write one such as docstring.remove'),
        ("field.set", "sdkpatch/operations/field_set.py is there already"),
        ("websocket.auth", "sdkpatch/operations/websocket_auth is there already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        lay_out(ROOT, name)
    assert str(caught.value) == reason
