"""One process at a time for a tree, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sdkpatch.errors import TreeError
from sdkpatch.tree import scan
from sdkpatch.writing.locks import locked
from tests.faults import Fault, strike

HOLD = """
import sys, time
from pathlib import Path
from sdkpatch.writing.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(tree: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tree)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def test_who_waits_too_long_is_told_who_holds_the_tree(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        with pytest.raises(TreeError) as raised, locked(tmp_path, seconds=0.2):
            pass
        holder.kill()
    assert str(raised.value) == (
        f"{tmp_path}: another sdkpatch (process {holder.pid}) is at work on this tree\n"
        "  hint: wait for the other sdkpatch to end, or stop it"
    )


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
    with locked(tmp_path, seconds=0.2):
        pass


def test_two_trees_do_not_wait_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with locked(tmp_path / "a"), locked(tmp_path / "b", seconds=0.2):
        pass


def test_the_tree_stays_clean(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    with locked(tree):
        assert list(tree.iterdir()) == []


def test_a_tree_that_nobody_can_write_to_can_be_held(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with locked(tmp_path):
        pass
    tmp_path.chmod(0o755)


def test_a_lock_is_seen_from_other_places(tmp_path: Path) -> None:
    """With other folders for temporary files and of the user, and under another name of the tree."""
    (tree := tmp_path / "tree").mkdir()
    (tmp_path / "name").symlink_to(tree)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    environment = {**os.environ, "TMPDIR": str(elsewhere), "HOME": str(elsewhere), "XDG_RUNTIME_DIR": str(elsewhere)}
    code = HOLD.replace("sys.argv[1])", "sys.argv[1]), seconds=0")
    for name in (tree, tmp_path / "name"):
        with locked(tree):
            command = [sys.executable, "-c", code, str(name)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert f"another sdkpatch (process {os.getpid()}) is at work on this tree" in done.stderr


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be another user")
def test_a_lock_is_seen_by_another_user() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)

        def waits() -> int:
            os.setgid(65534)
            os.setuid(65534)
            try:
                with locked(Path(name), seconds=0):
                    return 0
            except TreeError as error:
                return 6 if error.reason.startswith("another sdkpatch") else 7

        never = Fault(at=10**6, kind="before")
        with locked(Path(name)):
            assert strike(never, waits).code == 6
        assert strike(never, waits).code == 0


WITHOUT = """
import errno, fcntl, os, stat
real = fcntl.flock
def flock(descriptor, how):
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    real(descriptor, how)
fcntl.flock = flock
"""
"""What NFS says of a folder, flock(2): there a lock needs a file that can be written to."""


def alone(action: str, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, on a file system that cannot lock folders."""
    code = f"{WITHOUT}\nimport sys\nfrom pathlib import Path\nfrom sdkpatch.writing.locks import locked\n{action}"
    return subprocess.run([sys.executable, "-c", code, str(tree)], capture_output=True, text=True, check=False)


def test_where_folders_cannot_be_locked_a_file_is_and_goes_again(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", WITHOUT + HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        assert [path.name for path in tmp_path.iterdir()] == [".sdkpatch-lock.sdkpatch-new"]
        done = alone("with locked(Path(sys.argv[1]), seconds=0.2):\n    pass", tmp_path)
        assert f"another sdkpatch (process {holder.pid}) is at work" in done.stderr
        holder.kill()
    done = alone("with locked(Path(sys.argv[1]), seconds=0):\n    print('free')", tmp_path)
    assert (done.stdout, done.stderr) == ("free\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_was_removed_is_made_again(tmp_path: Path) -> None:
    action = (
        "with locked(Path(sys.argv[1])):\n"
        "    os.unlink(sys.argv[1] + '/.sdkpatch-lock.sdkpatch-new')\n"
        "    with locked(Path(sys.argv[1]), seconds=0):\n        print(os.listdir(sys.argv[1]))\n"
    )
    assert alone(action, tmp_path).stdout == "['.sdkpatch-lock.sdkpatch-new']\n"


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (tree := tmp_path / "tree").mkdir()
    (tree / ".sdkpatch-lock.sdkpatch-new").symlink_to(outside)
    done = alone("with locked(Path(sys.argv[1])):\n    pass", tree)
    assert "the tree cannot be locked" in done.stderr
    assert not outside.exists()


def test_a_lock_file_is_no_part_of_the_tree_and_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("a = 1\n")
    (tmp_path / ".sdkpatch-lock.sdkpatch-new").write_text("")
    found = scan(tmp_path)
    assert (found.files, found.leftovers) == (("client.py",), ())


def test_a_tree_that_was_replaced_meanwhile_is_not_held(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    code = (
        "import fcntl, os, sys\nfrom pathlib import Path\nfrom sdkpatch.writing.locks import locked\n"
        "real = fcntl.flock\n"
        "def flock(*arguments):\n    real(*arguments)\n    os.rename(sys.argv[1], sys.argv[1] + '-old')\n"
        "    os.mkdir(sys.argv[1])\n"
        "fcntl.flock = flock\nwith locked(Path(sys.argv[1])):\n    print('held')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tree)], capture_output=True, text=True, check=False)
    assert done.stdout == "" and "the tree cannot be locked: it was moved; nothing was changed" in done.stderr
