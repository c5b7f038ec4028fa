"""Every system call that changes a disk: nothing else in sdkpatch does, so a fault can be tried out in one place.

Files are made new and follow no link: a name that is taken, by a link out of the tree above all, is an error.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NamedTuple

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Owned(NamedTuple):
    """What a file keeps when its content is replaced: permission bits, user and group."""

    mode: int
    user: int
    group: int


def owned(path: Path) -> Owned:
    """Return what a file must keep. Raises OSError."""
    found = path.stat()
    return Owned(mode=stat.S_IMODE(found.st_mode), user=found.st_uid, group=found.st_gid)


def create(path: Path, content: bytes, keep: Owned | None = None) -> None:
    """Make a file that is not there, and wait until its bytes are on the disk. Raises OSError.

    ``keep`` gives it the permission bits of the file it is to replace, and its owner where that is not ours. A file
    that cannot be written to its end is removed again.
    """
    descriptor = os.open(path, _NEW, 0o666)
    try:
        _keep_ours(path, os.fstat(descriptor).st_mode, 0o600)
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        if keep is not None:
            _give(path, descriptor, keep)
        os.fsync(descriptor)
    except OSError:
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)


def _keep_ours(path: Path, mode: int, needed: int) -> None:
    """Give us the rights to what we made, where the umask takes them away: the journal has to be read again."""
    if mode & needed != needed and os.name != "nt":
        os.chmod(path, stat.S_IMODE(mode) | needed)


def _give(path: Path, descriptor: int, keep: Owned) -> None:
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (keep.user, keep.group) and hasattr(os, "chown") and os.geteuid() == 0:
        os.chown(path, keep.user, keep.group)  # before the mode: it takes the set-user bits away
    os.chmod(path, keep.mode)


def open_lock(path: Path) -> int:
    """Open a file that stands for a lock, made where there is none; a link is not followed. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)


def claim(source: Path, target: Path) -> None:
    """Give a file a name that must be free, in one step. Raises FileExistsError when it is not, OSError.

    A file system without hard links leaves a moment between looking and taking the name.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.replace(source, target)
    else:
        os.unlink(source)


def replace(source: Path, target: Path) -> None:
    """Put a file in another one's place, in one step. Raises OSError."""
    os.replace(source, target)


def remove(path: Path) -> None:
    """Remove a file, or a link and not what it leads to; where none is or can be is no error. Raises OSError."""
    try:
        os.unlink(path)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise


def make_folder(path: Path) -> None:
    """Make one folder. Raises OSError."""
    os.mkdir(path)
    _keep_ours(path, path.stat().st_mode, 0o700)


def make_cache_folder(path: Path) -> None:
    """Make a folder that only we can write to, and those around it. Raises OSError."""
    os.makedirs(path, 0o700, exist_ok=True)


def put_in_cache(path: Path, content: bytes) -> None:
    """Put a file in place in one step, without waiting for the disk: it may be lost, never half there.

    Raises OSError.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(beside, _NEW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def remove_folder(path: Path) -> None:
    """Remove a folder that is empty; one that is gone or has something in it stays as it is. Raises OSError."""
    if path.is_dir() and not path.is_symlink() and not os.listdir(path):
        os.rmdir(path)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk. Raises OSError."""
    if os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
