"""``sdkpatch recover``: after a death in the middle, all of a run's files or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.loading.project import resolve
from sdkpatch.operations import OPERATIONS
from sdkpatch.running import run
from sdkpatch.tree import JOURNAL, TEMPORARY_SUFFIX
from tests.command import sdkpatch, snapshot
from tests.faults import Fault, strike
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


def killed(tree: Path, at: int) -> None:
    """Apply the recipe in a process that dies just before it puts a file in place for the time number ``at``.

    The first time is the journal that names the old state, the second the one that names the new.
    """
    target = resolve(tree, ["websocket-auth-query"], {"header": "x-api-key"}, None, OPERATIONS)

    def apply() -> int:
        run.apply(target.root, target.patches)
        return 0

    assert strike(Fault(at, "before", calls=("link", "replace")), apply).killed


def test_a_run_that_died_early_is_undone(tree: Path) -> None:
    before = snapshot(tree)
    killed(tree, 2)
    assert JOURNAL in snapshot(tree)
    done = sdkpatch("recover", tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("src/pkg/chat/client.py  undone\nsrc/pkg/chat/raw_client.py  undone\nrecovered: 2 files\n")
    assert snapshot(tree) == before


def test_a_run_that_died_late_is_finished(tree: Path, tmp_path: Path) -> None:
    other = write_sdk(tmp_path / "other", "pkg", Shape())
    assert sdkpatch("apply", other, *RECIPE).returncode == 0
    killed(tree, 4)
    done = sdkpatch("recover", tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "src/pkg/chat/client.py  finished\nsrc/pkg/chat/raw_client.py  finished\nrecovered: 2 files\n"
    )
    assert snapshot(tree) == snapshot(other)


def test_nothing_to_recover_is_said(tree: Path) -> None:
    done = sdkpatch("recover", tree)
    assert (done.returncode, done.stdout) == (0, "nothing to recover\n")


def test_a_temporary_file_alone_goes(tree: Path) -> None:
    (tree / f"src/.x.py{TEMPORARY_SUFFIX}").write_text("half")
    assert sdkpatch("recover", tree).stdout == "recovered: 0 files\n"
    assert not (tree / f"src/.x.py{TEMPORARY_SUFFIX}").exists()


def test_the_tree_of_the_project_file_is_taken(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "sdkpatch.toml").write_text('sdk = "sdk"\n[[patch]]\nuses = "no such recipe"\n')
    done = sdkpatch("recover", cwd=tmp_path)  # its patches need not be right
    assert (done.returncode, done.stdout) == (0, "nothing to recover\n")


def test_without_a_tree_it_says_so(tmp_path: Path) -> None:
    done = sdkpatch("recover", cwd=tmp_path)
    assert done.returncode == 2
    assert "no tree and no sdkpatch.toml" in done.stderr


@pytest.mark.parametrize(
    "command", [("apply", "--check", *RECIPE), ("verify", *RECIPE), ("fernignore", "check"), ("init", "--yes")]
)
def test_commands_that_do_not_write_patches_refuse_a_tree_in_between(command: tuple[str, ...], tree: Path) -> None:
    killed(tree, 4)
    name, *options = command
    words = [name, options.pop(0)] if name == "fernignore" else [name]
    before = snapshot(tree)
    done = sdkpatch(*words, tree, *options)
    assert done.returncode == 6, done.stdout
    assert f"{JOURNAL}: another run is writing, or was interrupted while it wrote" in done.stderr
    assert snapshot(tree) == before
