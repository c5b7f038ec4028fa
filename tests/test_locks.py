"""One process at a time for a tree, whoever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sdkpatch.errors import TreeError
from sdkpatch.locks import locked

HOLD = """
import sys, time
from pathlib import Path
from sdkpatch.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own, where the locks then are."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def hold(tree: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tree)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def test_who_waits_too_long_is_told_who_holds_the_tree(tmp_path: Path, own_folder: Path) -> None:
    with hold(tmp_path) as holder:
        with pytest.raises(TreeError) as raised, locked(tmp_path, seconds=0.2):
            pass
        holder.kill()
    assert str(raised.value) == (
        f"{tmp_path}: another sdkpatch (process {holder.pid}) is at work on this tree\n"
        "  hint: wait for the other sdkpatch to end, or stop it"
    )


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path, own_folder: Path) -> None:
    with hold(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
    with locked(tmp_path, seconds=0.2):
        pass


def test_two_trees_do_not_wait_for_each_other(tmp_path: Path, own_folder: Path) -> None:
    with locked(tmp_path / "a"), locked(tmp_path / "b", seconds=0.2):
        pass


def test_the_tree_stays_clean(tmp_path: Path, own_folder: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    with locked(tree):
        assert list(tree.iterdir()) == []


def test_a_folder_that_is_a_link_is_not_trusted(tmp_path: Path, own_folder: Path) -> None:
    (own_folder / f"sdkpatch-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(TreeError, match=re.escape("is not a folder of this user's own")), locked(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary"]


def test_a_folder_of_another_user_is_not_trusted(tmp_path: Path, own_folder: Path) -> None:
    folder = own_folder / f"sdkpatch-{os.getuid()}"
    folder.mkdir(mode=0o777)
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
        with pytest.raises(TreeError, match=re.escape("is not a folder of this user's own")), locked(tmp_path):
            pass
    else:  # only root can give a folder away; one of our own is used
        with locked(tmp_path):
            pass


def test_a_link_in_place_of_the_holder_is_not_followed(tmp_path: Path, own_folder: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    with locked(tmp_path):
        pass
    holder = next((own_folder / f"sdkpatch-{os.getuid()}").glob("*.holder"))
    holder.unlink()
    holder.symlink_to(outside)
    with locked(tmp_path):
        pass
    assert outside.read_text() == "theirs"
