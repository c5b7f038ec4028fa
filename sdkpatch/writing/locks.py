"""One process at a time for a tree. The lock is the operating system's: that of a process that died is free.

The tree's own folder is locked: whoever sees the tree sees its lock, another user or another container too, and no
file is left in it. Windows cannot lock folders, and neither can NFS: there a file in the tree is locked, which goes
again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import TreeError
from ..tree import LOCK
from . import disk

_SECONDS = 30.0
_PAUSE = 0.05


@contextmanager
def locked(root: Path, seconds: float = _SECONDS) -> Iterator[None]:
    """Hold the tree for this process. Raises TreeError when another one holds it for more than ``seconds``.

    A folder that is moved away, or replaced, while this waits is an error as well.
    """
    until = time.monotonic() + seconds
    try:
        descriptor, is_file = _held(root, until)
    except TimeoutError as error:
        hint = "wait for the other sdkpatch to end, or stop it"
        raise TreeError(str(root), f"another sdkpatch{_named(root)} is at work on this tree", hint) from error
    except OSError as error:
        raise TreeError(str(root), f"the tree cannot be locked: {error.strerror}; nothing was changed") from error
    try:
        yield
    finally:
        if is_file:
            with suppress(OSError):  # another process opened it meanwhile, on Windows
                disk.remove(root / LOCK)
        os.close(descriptor)


def _held(root: Path, until: float) -> tuple[int, bool]:
    """Return what is locked, and whether that is a file. Raises TimeoutError, or OSError when nothing can be."""
    if os.name != "nt":
        folder = os.open(root, os.O_RDONLY)
        try:
            _take(folder, until)
            if not os.path.samestat(os.fstat(folder), os.stat(root)):
                raise OSError(0, "it was moved")
            return folder, False
        except OSError as error:
            os.close(folder)
            if isinstance(error, TimeoutError) or error.errno == 0:
                raise
    while True:
        file = disk.open_lock(root / LOCK)
        try:
            _take(file, until)
            if os.path.lexists(root / LOCK) and os.path.samestat(os.fstat(file), os.lstat(root / LOCK)):
                return file, True
        except OSError:
            os.close(file)
            raise
        os.close(file)  # the one who held it has removed it


def _take(descriptor: int, until: float) -> None:
    """Lock what is open. Raises TimeoutError, or OSError when there are no locks for such a thing."""
    while True:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except (BlockingIOError, PermissionError) as error:  # the second is what Windows says
            if time.monotonic() > until:
                raise TimeoutError from error
        time.sleep(_PAUSE)


def _named(root: Path) -> str:
    """Return which process holds a lock, empty where the system does not tell: Linux does, in proc_locks(5)."""
    with suppress(OSError, ValueError):
        inodes = {str(os.stat(path).st_ino) for path in (root, root / LOCK) if path.exists()}
        for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] in inodes and int(fields[4]) > 0:
                return f" (process {int(fields[4])})"
    return ""
