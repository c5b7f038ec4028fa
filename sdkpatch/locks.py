"""One process at a time for a tree. The lock is the operating system's: that of a process that died is free."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import disk
from .errors import TreeError

_SECONDS = 30.0


@contextmanager
def locked(root: Path, seconds: float = _SECONDS) -> Iterator[None]:
    """Hold the tree for this process. Raises TreeError when another one holds it for more than ``seconds``."""
    from filelock import FileLock, Timeout

    folder = _folder()
    path = folder / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}.lock"
    holder = path.with_suffix(".holder")
    lock = FileLock(path, timeout=seconds)
    try:
        lock.acquire()
        disk.remove(holder)
        disk.create(holder, str(os.getpid()).encode())
    except Timeout as error:
        hint = "wait for the other sdkpatch to end, or stop it"
        raise TreeError(str(root), f"another sdkpatch{_named(holder)} is at work on this tree", hint) from error
    except OSError as error:
        lock.release()
        raise TreeError(str(folder), f"no lock can be kept there: {error.strerror}; nothing was changed") from error
    try:
        yield
    finally:
        lock.release()


def _folder() -> Path:
    """Return the folder of the locks. Raises TreeError when it is not this user's own: somebody may lie in wait there.

    It is in the system's folder for temporary files, which others can write to, and not in the tree, which stays clean.
    """
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"sdkpatch-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise TreeError(str(folder), f"no lock can be kept there: {error.strerror}; nothing was changed") from error
    is_own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not stat.S_ISDIR(found.st_mode) or not is_own:
        raise TreeError(str(folder), "is not a folder of this user's own", "remove it, or set TMPDIR to another folder")
    return folder


def _named(holder: Path) -> str:
    """Return which process holds a lock, empty when it has not said so yet."""
    try:
        return f" (process {int(holder.read_text(encoding='ascii'))})"
    except (OSError, ValueError):
        return ""
