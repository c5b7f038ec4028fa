"""What earlier runs found of files that need no change, in the user's cache directory: it saves time, nothing else.

What it says is held was judged by the same code for the same bytes and steps. It may be deleted at any time, two runs
may use it at once, and what another user could have written is not read.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..version import __version__
from . import disk

LARGEST = 64 << 20
"""Bytes that the cache takes at most; what was used least recently goes first."""

Entry = list[list[object]]
"""What is remembered of a file: a list of plain values for each site, all of them held; empty where it has no site."""


class Cache:
    """What is remembered for one set of steps."""

    def __init__(self, steps: Iterable[str], folder: Path | None = None) -> None:
        """Read what is there for ``steps``, each told in full; nothing where it cannot be read, or is not ours."""
        self._folder = folder or _usual()
        self._path = self._folder / f"{_hashed([__version__, sys.version, _build(), *steps])}.json"
        self._known = _read(self._path)
        self._kept: dict[str, Entry] = {}
        self._has_new = False

    def get(self, key: Sequence[str | bytes]) -> Entry | None:
        """Return what is remembered of a file; ``key`` tells it and its bytes from all others."""
        name = _hashed(key) if self._known else ""
        found = self._known.get(name)
        if found is not None:
            self._kept[name] = found
        return found

    def put(self, key: Sequence[str | bytes], entry: Entry) -> None:
        """Remember what was found of a file."""
        self._kept[_hashed(key)] = entry
        self._has_new = True

    def save(self) -> None:
        """Write down what this run found or used; where that cannot be done, the next run takes its time."""
        if not self._has_new:
            return
        import json

        content = json.dumps(self._kept, separators=(",", ":")).encode()
        with suppress(OSError):
            if len(content) <= LARGEST // 4 and _is_ours(self._folder, make=True):
                disk.put_in_cache(self._path, content)
                _shrink(self._folder)


def _usual() -> Path:
    """Return the folder for sdkpatch in the user's cache directory, as the system names it."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("sdkpatch", appauthor=False))


def _build() -> str:
    """Tell this code from another state of it that has the same version: an editable install."""
    package = os.path.dirname(os.path.dirname(__file__))
    found: list[str] = []
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        states = ((name, os.stat(os.path.join(folder, name))) for name in sorted(files))
        found += [f"{name} {state.st_size} {state.st_mtime_ns}" for name, state in states]
    return "\n".join(found)


def _hashed(parts: Iterable[str | bytes]) -> str:
    import hashlib

    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()


def _is_ours(path: Path, *, make: bool = False) -> bool:
    """Tell whether a folder is one that only we write to. Raises OSError."""
    if make and not path.exists():
        disk.make_cache_folder(path)
    found = os.lstat(path)
    return stat.S_ISDIR(found.st_mode) and _only_we_write(found)


def _only_we_write(found: os.stat_result) -> bool:
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def _read(path: Path) -> dict[str, Entry]:
    """Return what a file of the cache says, nothing where it is not ours or not as we write it."""
    try:
        if not _is_ours(path.parent):
            return {}
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or not _only_we_write(found) or found.st_size > LARGEST:
                return {}
            content = file.read()
    except OSError:
        return {}
    import json

    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _shrink(folder: Path) -> None:
    """Remove what was written longest ago, until the rest is small enough. Raises OSError."""
    with os.scandir(folder) as entries:
        files = [(each.stat().st_mtime_ns, each.stat().st_size, each.path) for each in entries if each.is_file()]
    left = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if left <= LARGEST:
            return
        disk.remove(Path(path))
        left -= size
