"""All files or none, and an interrupted commit is finished by the next run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from sdkpatch import commit
from sdkpatch.errors import TreeError
from sdkpatch.model import FileChange
from sdkpatch.plan import plan
from sdkpatch.tree import JOURNAL, TEMPORARY_SUFFIX, scan
from tests.command import sdkpatch, snapshot
from tests.operations.cases import patch_of
from tests.sdks import ROOT
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


def change(path: str, before: bytes | None, after: bytes) -> FileChange:
    return FileChange(path=path, before=before, after=after, revisions=())


def test_modes_are_kept_and_nothing_else_is_left(tree: Path) -> None:
    path = tree / "src/pkg/chat/client.py"
    path.chmod(0o755)
    before = snapshot(tree)
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0
    after = snapshot(tree)
    assert before.keys() == after.keys()
    assert {name: mode for name, (_, mode) in before.items()} == {name: mode for name, (_, mode) in after.items()}


def test_a_file_changed_since_it_was_read_is_refused(tree: Path) -> None:
    listed = scan(tree)
    (tree / "a.py").write_bytes(b"1")
    with pytest.raises(TreeError, match=r"a\.py: was changed by somebody else during the run; nothing was changed"):
        commit.commit(listed, [change("a.py", b"0", b"2")])
    assert (tree / "a.py").read_bytes() == b"1"


def test_a_file_that_appeared_since_is_refused(tree: Path) -> None:
    listed = scan(tree)
    (tree / "a.py").write_bytes(b"1")
    with pytest.raises(TreeError, match=r"a\.py: appeared while the run was planned"):
        commit.commit(listed, [change("a.py", None, b"2")])


def test_when_one_file_cannot_be_written_none_is(tree: Path) -> None:
    (tree / "a.py").write_bytes(b"1")
    (tree / "b.py").write_bytes(b"1")
    (tree / f".b.py{TEMPORARY_SUFFIX}").mkdir()  # stands where the new bytes would go
    before = snapshot(tree)
    with pytest.raises(TreeError, match="cannot be written: Is a directory; nothing was changed"):
        commit.commit(scan(tree), [change("a.py", b"1", b"2"), change("b.py", b"1", b"2")])
    assert snapshot(tree) == before


KILLED = """
import os, sys
from pathlib import Path
from sdkpatch import commit
from sdkpatch.model import FileChange
from sdkpatch.tree import scan

calls = 0
real = {{name: getattr(os, name) for name in ("open", "replace", "fsync", "unlink", "chmod")}}

def counting(name):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == {limit}:
            os._exit(9)
        return real[name](*arguments, **named)
    return call

root = Path(sys.argv[1])
listed = scan(root)
changes = [
    FileChange(path=name, before=b"old", after=b"new", revisions=()) for name in ("a.py", "b.py", "sub/c.py")
]
changes.append(FileChange(path="gone.py", before=b"old", after=None, revisions=()))
changes.append(FileChange(path="made/d.py", before=None, after=b"new", revisions=()))
for name in real:
    setattr(os, name, counting(name))
commit.commit(listed, changes)
print(calls)
"""


def kill_at(root: Path, limit: int) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(KILLED.format(limit=limit))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, env=environment, check=False
    )


def test_a_process_killed_at_any_system_call_leaves_all_old_or_is_finished(tmp_path: Path) -> None:
    """The process dies by itself just before each call that writes; then the next start recovers."""
    outcomes = set()
    limit = 0
    while True:
        limit += 1
        root = tmp_path / str(limit)
        (root / "sub").mkdir(parents=True)
        for name in ("a.py", "b.py", "sub/c.py", "gone.py"):
            (root / name).write_bytes(b"old")
        done = kill_at(root, limit)
        listed = scan(root)
        with commit.locked(listed.root):
            commit.recover(listed.root, listed.leftovers)
        contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        assert len(set(contents.values())) == 1, (limit, contents)
        fourth = "gone.py" if b"old" in contents.values() else "made/d.py"
        assert set(contents) == {"a.py", "b.py", "sub/c.py", fourth}, (limit, contents)
        outcomes |= set(contents.values())
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
    assert outcomes == {b"old", b"new"}
    assert limit > 15


def test_the_next_apply_finishes_an_interrupted_one(tree: Path) -> None:
    before = snapshot(tree)
    path = tree / "src/pkg/chat/client.py"
    import hashlib

    entry = {
        "path": "src/pkg/chat/client.py",
        "before": hashlib.sha256(path.read_bytes()).hexdigest(),
        "after": hashlib.sha256(b"import typing\n").hexdigest(),
    }
    (path.parent / f".client.py{TEMPORARY_SUFFIX}").write_bytes(b"import typing\n")
    (tree / JOURNAL).write_text(json.dumps({"version": 1, "files": [entry]}))

    checked = sdkpatch("apply", tree, *RECIPE, "--check")
    assert checked.returncode == 6
    assert checked.stderr == (
        f"error: {JOURNAL}: an earlier run was interrupted while it wrote\n"
        "  hint: run sdkpatch apply: it finishes that run first\n"
    )
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == b"import typing\n"
    assert snapshot(tree).keys() == before.keys()


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is damaged"),
        ('{"files": [{"path": "../x", "before": null, "after": "0"}]}', "is damaged"),
        (
            '{"files": [{"path": "src/pkg/__init__.py", "before": "0", "after": "1"}]}',
            "was changed since an interrupted",
        ),
    ],
)
def test_a_journal_that_cannot_be_followed_changes_nothing(tree: Path, text: str, message: str) -> None:
    (tree / JOURNAL).write_text(text)
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 6
    assert message in done.stderr
    assert snapshot(tree) == before


def test_a_second_run_on_the_tree_waits_for_the_first(tree: Path) -> None:
    with commit.locked(tree.resolve()):
        command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(2)
    out, _ = other.communicate(timeout=60)
    assert other.returncode == 0
    assert out.splitlines()[-1] == "4 sites: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"


def test_a_run_that_waited_for_another_sees_what_that_one_did(tree: Path) -> None:
    listed = scan(tree)
    arguments = {"take": {"key": {"header": "x-api-key"}}, "send": {"query": {"api_key": "$key"}}}
    planned = plan(listed, [patch_of("websocket.auth", arguments)])
    with commit.locked(listed.root):
        command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(3)  # it has planned, and waits for the lock
        commit.commit(listed, planned.changes)
    out, _ = other.communicate(timeout=60)
    assert other.returncode == 0
    assert out.splitlines()[-1] == "4 sites: 0 to apply, 4 satisfied, 0 conflicts; nothing to do"


def test_a_person_who_loses_patience_gets_the_shell_back(tree: Path) -> None:
    import signal
    import time

    before = snapshot(tree)
    with commit.locked(tree.resolve()):
        command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE]
        # What a shell starts in the background ignores the signal, and so would what it starts.
        hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        waiting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hears)
        time.sleep(3)
        waiting.send_signal(signal.SIGINT)
        _, shown = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert shown.strip() == "interrupted"
    assert snapshot(tree) == before


def test_files_go_and_come_with_their_folders(tree: Path) -> None:
    (tree / "gone.py").write_bytes(b"0")
    listed = scan(tree)
    removed = FileChange(path="gone.py", before=b"0", after=None, revisions=())
    commit.commit(listed, [removed, change("new/sub/a.py", None, b"1")])
    assert not (tree / "gone.py").exists()
    assert (tree / "new/sub/a.py").read_bytes() == b"1"


def test_a_new_file_behind_a_link_out_of_the_tree_is_refused(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tree / "out").symlink_to(tmp_path / "outside")
    listed = scan(tree)
    with pytest.raises(TreeError, match=r"out/sub/a\.py: lies behind a file or a link out of the tree"):
        commit.commit(listed, [change("out/sub/a.py", None, b"1")])
    assert list((tmp_path / "outside").iterdir()) == []


def test_folders_made_for_nothing_go_again(tree: Path) -> None:
    listed = scan(tree)
    blocked = change("new/sub/" + "x" * 300 + ".py", None, b"1")
    with pytest.raises(TreeError, match=r"cannot be written: File name too long; nothing was changed"):
        commit.commit(listed, [change("new/a.py", None, b"1"), blocked])
    assert not (tree / "new").exists()
