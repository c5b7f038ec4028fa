"""The layers of the design: imports only point down, tables and directories agree, slow imports stay away."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

import sdkpatch
from sdkpatch.cli import COMMANDS
from sdkpatch.operations import OPERATIONS
from sdkpatch.report import REPORTERS
from sdkpatch.report.backtest import BACKTEST_REPORTERS
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


@cache
def modules() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def known_modules() -> frozenset[tuple[str, ...]]:
    return frozenset(each.relative_to(PACKAGE).with_suffix("").parts for each in modules())


def layer(path: Path) -> str:
    return room(path.relative_to(PACKAGE).with_suffix("").parts)


def room(parts: Sequence[str]) -> str:
    """Return the room of a module, or the module where it lies in the root."""
    return "operations/shared" if tuple(parts[:2]) == ("operations", "shared") else parts[0]


def imported_names(path: Path) -> set[tuple[str, ...]]:
    """Return what a module imports from the package, wherever the import stands: the parts of each name."""
    found: set[tuple[str, ...]] = set()
    depth = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            up = depth - (node.level - 1)
            parts = [*path.relative_to(PACKAGE).parts[:up], *(node.module or "").split(".")]
            found |= {tuple(part for part in [*parts, alias.name] if part) for alias in node.names}
    return found


def imported(path: Path) -> set[str]:
    """Return the rooms, and modules of the root, that a module imports from."""
    return {room(parts) for parts in imported_names(path)}


def imported_modules(path: Path) -> set[tuple[str, ...]]:
    """Return the modules that a module imports or imports from, without those that only its annotations name."""
    known = known_modules()
    found = {parts if parts in known else parts[:-1] for parts in imported_names(path)}
    found = {(*parts, "__init__") if (*parts, "__init__") in known else parts for parts in found}
    return found & known - {("__init__",)}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_point_down(path: Path) -> None:
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return  # the public API names everything, and imports it late
    own = layer(path)
    for name in imported(path) - {own}:
        assert LEVEL[name] < LEVEL[own], f"{own} imports {name}"


def test_no_modules_import_each_other() -> None:
    """Wherever the imports stand; the package itself is no module here, it hands on names of all."""
    graph = {path.relative_to(PACKAGE).with_suffix("").parts: imported_modules(path) for path in modules()}
    while leaves := [name for name, wanted in graph.items() if not wanted & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert sorted("/".join(name) for name in graph) == []


def test_every_module_has_a_layer() -> None:
    assert {layer(path) for path in modules()} == set(LEVEL)
    assert len(list(PACKAGE.glob("*.py"))) <= 10, "a room for it"


def test_every_module_says_its_job_and_stays_short() -> None:
    for path in modules():
        assert ast.get_docstring(parsed(path)), path
        assert len(path.read_text().splitlines()) <= 400, path


def test_one_class_name_has_one_meaning() -> None:
    found = Counter(
        node.name
        for path in modules()
        for node in parsed(path).body
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
    assert set(REPORTERS) == names_in("report") - {"backtest", "diff", "findings", "proof", "workspace"}
    assert set(PROOF_REPORTERS) == names_in("report/proof")
    assert set(BACKTEST_REPORTERS) == names_in("report/backtest")
    assert set(COMMANDS) == names_in("cli") - {"completion", "options", "output", "progress"}


def test_one_module_writes_and_only_the_command_line_prints() -> None:
    writing = {"write_text", "write_bytes", "unlink", "rename", "replace_file", "mkdir", "rmdir", "touch", "symlink_to"}
    for path in modules():
        attributes = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)]
        names = {node.attr for node in attributes if not (isinstance(node.value, ast.Name) and node.value.id == "disk")}
        if path.stem != "disk":
            allowed = {"replace_file"} if path.parts[-2:] == ("cli", "test.py") else set()
            assert names.isdisjoint(writing - allowed), path
        calls = {
            node.func.id
            for node in ast.walk(parsed(path))
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
