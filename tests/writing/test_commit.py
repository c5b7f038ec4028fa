"""All files or none, and an interrupted commit is finished by the next run."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.errors import TreeError
from sdkpatch.model import FileChange
from sdkpatch.planning.plan import plan
from sdkpatch.running.run import apply, recover
from sdkpatch.tree import JOURNAL, TEMPORARY_SUFFIX, scan
from sdkpatch.writing import commit, locks
from tests.command import sdkpatch, snapshot
from tests.faults import Fault, strike
from tests.operations.cases import patch_of
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
    with pytest.raises(TreeError, match="is in the way of a temporary file; nothing was changed"):
        commit.commit(scan(tree), [change("a.py", b"1", b"2"), change("b.py", b"1", b"2")])
    assert snapshot(tree) == before


OLD = {"a.py": b"old a", "b.py": b"old b", "sub/c.py": b"old c", "gone.py": b"old d"}
NEW = {"a.py": b"new a", "b.py": b"new b", "sub/c.py": b"new c", "made/deep/e.py": b"new e"}


def stage(root: Path) -> tuple[dict[str, tuple[bytes, int]], list[FileChange]]:
    """Lay out the old files, one of them executable; return them as they are, and the changes to the new ones."""
    for name, content in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "b.py").chmod(0o755)
    changes = [FileChange(path=name, before=OLD.get(name), after=NEW.get(name), revisions=()) for name in OLD | NEW]
    return snapshot(root), changes


def committed(root: Path, changes: list[FileChange]) -> int:
    """Commit as a process of its own does; 6 for the error that a user would see, 7 when that leaves a tree between."""
    try:
        with locks.locked(root):
            commit.commit(scan(root), changes)
    except TreeError as error:
        return 6 if error.reason.endswith("nothing was changed") else 7
    except KeyboardInterrupt:
        return 130
    return 0


def is_old(root: Path, before: dict[str, tuple[bytes, int]]) -> bool:
    """Tell whether a tree is the old one to the last bit; it is the new one if not, or the test fails."""
    after = snapshot(root)
    folders = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}
    if after == before:
        assert folders == {"sub"}
        return True
    assert {name: content for name, (content, _) in after.items()} == NEW
    assert {name: oct(mode & 0o777) for name, (_, mode) in after.items()}["b.py"] == "0o755"
    assert folders == {"sub", "made", "made/deep"}
    return False


@pytest.mark.parametrize("kind", ["before", "torn", "after"])
def test_a_process_killed_at_any_system_call_leaves_all_old_or_all_new(kind: str, tmp_path: Path) -> None:
    old = []
    for at in range(1, 200):
        root = tmp_path / str(at)
        before, changes = stage(root)
        ended = strike(Fault(at, kind), partial(committed, root, changes))
        recover(root)
        old.append(is_old(root, before))
        if not ended.reached:
            assert ended.code == 0
            break
        assert ended.killed
        assert recover(root) is None, "once is enough"
    assert old == sorted(old, reverse=True), "once the new state is decided on, no later death takes it back"
    assert len(old) > 40 and not old[-1]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO], ids=errno.errorcode.get)
def test_a_system_call_that_fails_leaves_all_old(code: int, tmp_path: Path) -> None:
    codes = []
    for at in range(1, 200):
        root = tmp_path / str(at)
        before, changes = stage(root)
        ended = strike(Fault(at, "error", code), partial(committed, root, changes))
        if ended.code == 0:
            assert not is_old(root, before)
        else:
            assert ended.code == 6, at
            assert is_old(root, before), at
            codes.append(6)
        if not ended.reached:
            break
    assert len(codes) > 40


def test_a_person_who_interrupts_leaves_all_old(tmp_path: Path) -> None:
    codes = []
    for at in range(1, 200):
        root = tmp_path / str(at)
        before, changes = stage(root)
        ended = strike(Fault(at, "interrupt"), partial(committed, root, changes))
        if not ended.reached:
            break
        codes.append(ended.code)
        if recover(root) is None:  # but where the interrupt came before the first byte, or behind the last
            is_old(root, before)
        else:
            assert is_old(root, before), at
    assert set(codes) == {130} and len(codes) > 40


def test_a_disk_that_fails_from_some_call_on_is_recovered_when_it_works_again(tmp_path: Path) -> None:
    codes = set()
    for at in range(1, 200):
        root = tmp_path / str(at)
        before, changes = stage(root)
        fault = Fault(at, "error", errno.EIO, lasting=True)
        ended = strike(fault, partial(committed, root, changes))
        recover(root)
        finished = not is_old(root, before)
        assert not ended.killed
        codes.add(ended.code)
        if not ended.reached:
            assert finished
            break
    assert codes == {0, 7}


def test_what_somebody_else_changes_in_the_middle_is_left_to_them(tmp_path: Path) -> None:
    """Another program saves a file while the new bytes are being written: theirs stays, and all others are the old."""
    for victim in ("a.py", "sub/c.py", "gone.py"):
        root = tmp_path / victim.replace("/", "-")
        before, changes = stage(root)
        real = os.fsync

        def meddle(descriptor: int, root: Path = root, victim: str = victim, real: Any = real) -> None:
            (root / victim).write_bytes(b"theirs")
            real(descriptor)

        os.fsync = meddle  # type: ignore[assignment]
        try:
            with pytest.raises(TreeError, match="was changed by somebody else during the run; nothing was changed"):
                commit.commit(scan(root), changes)
        finally:
            os.fsync = real
        (root / victim).write_bytes(OLD[victim])
        assert is_old(root, before)


def test_a_link_where_the_new_bytes_would_go_is_not_followed(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    for name in (f"src/pkg/chat/.client.py{TEMPORARY_SUFFIX}", JOURNAL + TEMPORARY_SUFFIX):
        (tree / name).symlink_to(outside)
        sdkpatch("apply", tree, *RECIPE)
        assert outside.read_text() == "theirs"
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 6
    assert done.stderr == (
        f"error: src/pkg/chat/.client.py{TEMPORARY_SUFFIX}: is in the way of a temporary file; nothing was changed\n"
        "  hint: remove it, then run again\n"
    )


def test_a_hard_link_to_a_file_outside_stays_as_it_was_there(tree: Path, tmp_path: Path) -> None:
    path = tree / "src/pkg/chat/client.py"
    before = path.read_bytes()
    os.link(path, tmp_path / "outside.py")
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0
    assert (tmp_path / "outside.py").read_bytes() == before != path.read_bytes()


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
    (tree / JOURNAL).write_text(json.dumps({"version": 2, "undo": False, "files": [entry], "folders": []}))

    checked = sdkpatch("apply", tree, *RECIPE, "--check")
    assert checked.returncode == 6
    assert checked.stderr == (
        f"error: {JOURNAL}: another run is writing, or was interrupted while it wrote\n"
        "  hint: run sdkpatch recover, or sdkpatch apply, which does the same first\n"
    )
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == b"import typing\n"
    assert snapshot(tree).keys() == before.keys()


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is damaged"),
        ("[" * 100_000, "is damaged"),
        ("[]", "is damaged"),
        (
            '{"version": 2, "undo": false, "folders": [], "files": [{"path": "../x", "before": null, "after": "0"}]}',
            "is damaged",
        ),
        (
            '{"version": 2, "undo": false, "folders": [], "files": [{"path": ".GIT/x", "before": null, "after": "0"}]}',
            "is damaged",
        ),
        (
            '{"version": 2, "undo": false, "folders": [], "files": [{"path": "C:x", "before": null, "after": "0"}]}',
            "is damaged",
        ),
        ('{"version": 2, "undo": false, "folders": ["/tmp"], "files": []}', "is damaged"),
        ('{"version": 3, "undo": false, "folders": [], "files": []}', "was written by another release of sdkpatch"),
        (
            '{"version": 2, "undo": false, "folders": [],'
            ' "files": [{"path": "src/pkg/__init__.py", "before": "0", "after": "1"}]}',
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
    with locks.locked(tree.resolve()):
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
    with locks.locked(listed.root):
        command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(3)  # it has planned, and waits for the lock
        commit.commit(listed, planned.changes)
    out, _ = other.communicate(timeout=60)
    assert other.returncode == 0
    assert out.splitlines()[-1] == "4 sites: 0 to apply, 4 satisfied, 0 conflicts; nothing to do"


def test_a_person_who_loses_patience_gets_the_shell_back(tree: Path) -> None:
    before = snapshot(tree)
    with locks.locked(tree.resolve()):
        code, shown = next(found for seconds in (3, 10, 30) if (found := interrupted_after(seconds, tree))[0] != -2)
    assert code == 130
    assert shown.strip() == "interrupted"
    assert snapshot(tree) == before


def interrupted_after(seconds: float, tree: Path) -> tuple[int, str]:
    """Interrupt a run; its exit code is -2 where Python itself had not started by then, as on a full machine."""
    import signal
    import time

    command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE]
    # What a shell starts in the background ignores the signal, and so would what it starts.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    waiting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hears)
    time.sleep(seconds)
    waiting.send_signal(signal.SIGINT)
    _, shown = waiting.communicate(timeout=30)
    return waiting.returncode, shown


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


def test_two_runs_that_do_not_see_each_other_begin_no_two_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lock reaches from one machine to another on some file systems; the first journal is one name for one run."""
    before, changes = stage(tmp_path)

    def commits() -> int:
        try:
            commit.commit(scan(tmp_path), changes)
        except TreeError as error:
            return 6 if error.reason == "another run has begun to write; nothing was changed" else 7
        return 0

    real = os.path.lexists

    def looked(path: str) -> bool:
        found = real(path)
        if Path(path).name == JOURNAL and not found:
            Path(path).write_bytes(b"of the other run")
        return found

    monkeypatch.setattr(os.path, "lexists", looked)
    assert commits() == 6
    monkeypatch.undo()
    assert (tmp_path / JOURNAL).read_bytes() == b"of the other run"
    (tmp_path / JOURNAL).unlink()
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "machine, refused",
    [
        (["far", "other start"], True),
        (["far", ""], True),
        (["far", "own start"], False),  # another container of this machine
        (["near", "other start"], False),  # this machine was started again
        (None, False),  # an earlier release
    ],
)
def test_what_a_run_on_another_machine_began_is_left_to_it(
    machine: list[str] | None, refused: bool, tmp_path: Path
) -> None:
    before, changes = stage(tmp_path)
    assert strike(Fault(12, "before"), partial(committed, tmp_path, changes)).killed
    path = tmp_path / JOURNAL
    table = json.loads(path.read_bytes())
    own = table.pop("machine")
    if machine is not None:
        known = {"near": own[0], "own start": own[1]}
        table["machine"] = [known.get(each, each) for each in machine]
    path.write_text(json.dumps(table))
    if refused:
        with pytest.raises(TreeError) as raised:
            apply(tmp_path, ())
        assert str(raised.value) == (
            f"{JOURNAL}: a run on far is writing, or was interrupted while it wrote\n"
            "  hint: once that run is over, run sdkpatch recover"
        )
        recover(tmp_path)
    else:
        apply(tmp_path, ())
    assert is_old(tmp_path, before)


def test_a_umask_that_takes_all_rights_away_leaves_us_ours(tmp_path: Path) -> None:
    """As another user, where we are root, who may read everything."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        before, changes = stage(root)

        def commits() -> int:
            if os.geteuid() == 0:
                for path in (root, *root.rglob("*")):
                    os.chown(path, 65534, 65534)
                os.setgid(65534)
                os.setuid(65534)
            os.umask(0o777)
            return committed(root, changes)

        assert strike(Fault(10**6, "before"), commits).code == 0
        assert not is_old(root, before)
