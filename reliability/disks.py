"""Disks that fail for real: full, read-only, limited, or taken away in the middle; and other programs that write."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from reliability.sandbox import Sandbox, sandbox
from sdkpatch.errors import TreeError
from sdkpatch.running.run import recover
from sdkpatch.tree import scan
from sdkpatch.writing import commit, locks

NOBODY = 65534


def every(count: int = 200) -> Iterator[str]:
    """Yield what was seen on each kind of disk."""
    with sandbox(count) as box:
        for limit in (50, 500, 5000):
            _refused(box, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)), "File too large")
    yield "3 limits on the size of a file (RLIMIT_FSIZE): refused, all old"
    yield from _in_the_middle(count)
    if os.geteuid():
        yield "full and read-only file systems: not run, since only root can mount them"
        return
    with _mounted("size=3m") as folder:
        box = Sandbox(folder / "sdk", count)
        stops = 0
        for step in range(16):
            filler = folder / "filler"
            _fill(filler, folder, step * count * 512)
            stops += _commit(box) == 6
            filler.unlink()
            recover(box.root)
            if box.state() == "new":
                box.restore()
        assert 3 < stops < 16, stops
        yield f"a full file system (tmpfs), 16 runs with increasing space: {stops} refused, all old; the others all new"
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        assert _commit(box) == 6
        assert box.state() == "old"
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    yield "a read-only file system: refused, all old"


def _commit(box: Sandbox) -> int:
    """Return 0, or 6 where a user would see that nothing was changed."""
    try:
        with locks.locked(box.root):
            commit.commit(scan(box.root), box.changes)
    except TreeError as error:
        assert error.reason.endswith("nothing was changed"), error
        return 6
    return 0


def _forked(action: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = action()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _refused(box: Sandbox, limit: Callable[[], Any], why: str) -> None:
    def action() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit()
        try:
            with locks.locked(box.root):
                commit.commit(scan(box.root), box.changes)
        except TreeError as error:
            return 6 if error.reason == f"cannot be written: {why}; nothing was changed" else 7
        return 0

    assert _forked(action) == 6
    assert box.state() == "old"


def _in_the_middle(count: int) -> Iterator[str]:
    """Take the permission to write to one folder away after some of the files have been replaced, as another user."""
    codes = []
    for after in (1, 10, count // 2, count - 20):
        with sandbox(count) as box:
            codes.append(_forked(partial(_loses_permission, box, after)))
            for folder in box.root.rglob("*"):
                if folder.is_dir() and ".git" not in folder.parts:
                    folder.chmod(0o755)
            recover(box.root)
            box.state()
    assert set(codes) <= {6, 7}, codes
    yield (
        f"permission removed after some files were replaced: {codes.count(6)} of {len(codes)} runs undone at once, "
        f"the others by recover once the permission was back"
    )


def _loses_permission(box: Sandbox, after: int) -> int:
    import_module("fcntl")  # now: another user may not be able to read where it is
    if os.geteuid() == 0:  # root may write everywhere
        for folder, names, files in os.walk(box.root):
            for name in (*names, *files):
                os.lchown(os.path.join(folder, name), NOBODY, NOBODY)
        os.chown(box.root, NOBODY, NOBODY)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    real, seen = os.replace, 0

    def counting(source: Any, target: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == after + 1:  # one is the journal
            os.chmod(Path(target).parent, 0o555)
        real(source, target)

    os.replace = counting  # type: ignore[assignment]
    try:
        with locks.locked(box.root):
            commit.commit(scan(box.root), box.changes)
    except TreeError as error:
        return 6 if error.reason.endswith("nothing was changed") else 7
    return 0


@contextmanager
def _mounted(options: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sdkpatch-disk-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def _fill(filler: Path, folder: Path, left: int) -> None:
    free = os.statvfs(folder)
    filler.write_bytes(b"\0" * max(free.f_bavail * free.f_frsize - left, 0))
