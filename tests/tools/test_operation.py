"""A new operation is laid out so that it works at once, and each place it touches is one of five."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdks import ROOT
from tools import docs
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


@pytest.mark.slow
def test_what_is_laid_out_works_at_once_and_what_contributing_makes_of_it_as_well(repository: Path) -> None:
    said = run(repository, "tools.operation", "toy.reset")
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (command,) = re.findall(r"^make docs && \S+ -m pytest (.*docstring\.remove)$", text, re.MULTILINE)
    assert command in run(repository, "tools.operation", "docstring.remove")
    assert command.replace("docstring.remove", "toy.reset") in said
    files = dict(re.findall(r"^`(\S+)`:\n\n```(?:toml|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    assert len(files) == 4
    for path, content in files.items():
        assert (repository / path).is_file()
        (repository / path).write_text(content)
    (repository / "docs/operations/docstring.remove.md").write_text(_PAGE.format(docs.BEGIN, docs.END))
    assert run(repository, "tools.docs").split() == ["docs/patch-format.md", "docs/operations/docstring.remove.md"]
    modules = [f"sdkpatch/operations/{name}.py" for name in ("__init__", "docstring_remove", "toy_reset")]
    run(repository, "ruff", "check", "--no-cache", *modules)
    run(repository, "ruff", "format", "--check", "--no-cache", *modules)
    run(repository, "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *modules)
    tests = [*command.split()[:-1], "toy.reset or docstring.remove"]
    passed = run(repository, "pytest", "-p", "no:cacheprovider", *tests).splitlines()[-1]
    assert " passed" in passed and int(passed.split()[0]) >= 2 * 4 * 3


_PAGE = """# `docstring.remove`

```toml
[[step]]
op = "docstring.remove"
target = "*Client.get"
```

{}
{}
"""


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
