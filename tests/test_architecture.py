"""The layers of the design: imports only point down, tables and directories agree, slow imports stay away."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

import sdkpatch
from sdkpatch.cli import COMMANDS
from sdkpatch.operations import OPERATIONS
from sdkpatch.report import REPORTERS
from sdkpatch.report.proof import PROOF_REPORTERS
from tests.sdks import ROOT

PACKAGE = ROOT / "sdkpatch"

LAYERS = (
    ("bounds", "model", "resources", "stopping", "version"),
    ("errors", "schema"),
    ("tree",),
    ("fern", "python", "writing"),
    ("operation", "pattern"),
    ("loading", "operations/shared"),
    ("handshakes",),
    ("operations",),
    ("planning",),
    ("ignoring", "running"),
    ("capture",),
    ("wire",),
    ("report", "scaffold"),
    ("cli",),
    ("console",),
    ("__init__", "__main__"),
)
"""Rooms and the modules of the root, from the ground up; what operations share lies below what uses it."""
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    return room(path.relative_to(PACKAGE).with_suffix("").parts)


def room(parts: Sequence[str]) -> str:
    """Return the room of a module, or the module where it lies in the root."""
    return "operations/shared" if tuple(parts[:2]) == ("operations", "shared") else parts[0]


def imported(path: Path) -> set[str]:
    """Return the rooms, and modules of the root, that a module imports from, wherever the import stands."""
    found: set[str] = set()
    depth = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            up = depth - (node.level - 1)
            parts = [*path.relative_to(PACKAGE).parts[:up], *(node.module or "").split(".")]
            parts = [part for part in parts if part]
            found |= {room([*parts, alias.name]) for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_point_down(path: Path) -> None:
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return  # the public API names everything, and imports it late
    own = layer(path)
    for name in imported(path) - {own}:
        assert LEVEL[name] < LEVEL[own], f"{own} imports {name}"


def test_every_module_has_a_layer() -> None:
    assert {layer(path) for path in modules()} == set(LEVEL)
    assert len(list(PACKAGE.glob("*.py"))) <= 10, "a room for it"


def test_every_module_says_its_job_and_stays_short() -> None:
    for path in modules():
        text = path.read_text()
        assert ast.get_docstring(ast.parse(text)), path
        assert len(text.splitlines()) <= 400, path


def test_one_class_name_has_one_meaning() -> None:
    found = Counter(
        node.name
        for path in modules()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in found.items() if count > 1] == []


def names_in(folder: str) -> set[str]:
    found = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}
    return found | {path.parent.name for path in (PACKAGE / folder).glob("*/__init__.py")}


def test_tables_and_directories_agree() -> None:
    assert {name.replace(".", "_") for name in OPERATIONS} == names_in("operations") - {"shared"}
    for name, operation in OPERATIONS.items():  # the table names classes, which are imported when they are used
        assert operation.name == name
    assert set(REPORTERS) == names_in("report") - {"diff", "findings", "proof"}
    assert set(PROOF_REPORTERS) == names_in("report/proof")
    assert set(COMMANDS) == names_in("cli") - {"output", "progress"}


def test_one_module_writes_and_only_the_command_line_prints() -> None:
    writing = {"write_text", "write_bytes", "unlink", "rename", "replace_file", "mkdir", "rmdir", "touch", "symlink_to"}
    for path in modules():
        attributes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
        names = {node.attr for node in attributes if not (isinstance(node.value, ast.Name) and node.value.id == "disk")}
        if path.stem != "disk":
            allowed = {"replace_file"} if path.parts[-2:] == ("cli", "test.py") else set()
            assert names.isdisjoint(writing - allowed), path
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "print" not in calls, path


def loaded(*arguments: str) -> set[str]:
    """Return the top-level modules that running the command line imported."""
    code = (
        "import sys, io, contextlib\nfrom sdkpatch.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n    main({list(arguments)!r})\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


SLOW = {"libcst", "jinja2", "websockets", "tomlkit", "packaging", "multiprocessing", "subprocess"}


def test_version_loads_nothing_slow() -> None:
    assert loaded("--version") & (SLOW | {"tomllib"}) == set()


def test_a_run_with_nothing_to_do_loads_nothing_slow(tmp_path: Path) -> None:
    from tests.command import sdkpatch as run
    from tests.shapes import Shape, write_sdk

    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    options = ("apply", str(tree), "--patch", "websocket-auth-query", "--set", "header=x-api-key")
    assert "libcst" in loaded(*options, "--check")
    assert run(*options).returncode == 0
    assert loaded(*options) & SLOW == set()


def test_a_run_that_patches_loads_no_slow_part_of_libcst(tmp_path: Path) -> None:
    from tests.shapes import Shape, write_sdk

    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    code = (
        "import sys, io, contextlib\nfrom sdkpatch.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main(['apply', {str(tree)!r}, '-p', 'websocket-auth-query', '-s', 'header=x-api-key'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    names = set(done.stdout.split())
    assert "libcst" in names
    assert names & {"libcst.matchers", "libcst.codemod", "jinja2"} == set()


def test_the_public_api_is_what_it_says() -> None:
    assert sorted(sdkpatch.__all__) == sdkpatch.__all__
    for name in sdkpatch.__all__:
        assert getattr(sdkpatch, name) is not None
    with pytest.raises(AttributeError):
        _ = sdkpatch.nothing_of_that_name
