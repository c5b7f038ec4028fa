"""The read-only view of an SDK tree: what files there are, and their bytes.

The only module that reads user trees. It lists once, in sorted order, and follows no symbolic link.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from .errors import TreeError, UsageError

TEMPORARY_SUFFIX = ".sdkpatch-new"
"""Files with this ending are half-written output of an interrupted commit; they are never part of the SDK."""

JOURNAL = ".sdkpatch-journal"
"""Names the file in the tree's root that exists only while a commit is under way."""

LOCK = f".sdkpatch-lock{TEMPORARY_SUFFIX}"
"""Names the file in the tree's root that is locked during a commit where folders cannot be."""

ITSELF = "."
"""Stands for the tree's own folder where that is the package: Fern's local-file-system output has no other."""

NEVER_ENTERED = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".venv"})
"""Names of folders that hold no SDK; files in them are never listed."""
ENVIRONMENT = "pyvenv.cfg"
"""The file that makes a folder a virtual environment, which is not entered: https://peps.python.org/pep-0405/."""


class Link(NamedTuple):
    """A symbolic link. ``leaves`` tells whether it leads out of the tree, or nowhere.

    ``is_package`` tells whether it leads to a directory with Python files in it.
    """

    path: str
    is_package: bool
    leaves: bool


class _Listed(NamedTuple):
    """The fields of a Tree."""

    root: Path
    files: tuple[str, ...]
    links: tuple[Link, ...]
    leftovers: tuple[str, ...]
    interrupted: bool
    package: str = ""
    environments: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    unentered: tuple[str, ...] = ()
    content: Callable[[str], bytes] | None = None


class Tree(_Listed):
    """A listing of an SDK tree: regular files and links as sorted POSIX paths relative to ``root``.

    ``leftovers`` and ``interrupted`` tell that an earlier run died while it wrote. ``package`` is the folder of the
    SDK's package where that is settled; ``sdk_package`` tells it. ``environments`` are folders that were
    not entered, because a virtual environment is in them. ``moved`` are files that a run moves, each with the path that
    it is still read from: ``files`` has the new one. ``unentered`` are folders whose name says that no SDK is there.
    ``content`` returns the bytes of a file of a tree that is in no folder, and raises TreeError when it cannot.
    """

    @cached_property
    def _places(self) -> Mapping[str, str]:
        return dict(self.moved)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.files)

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that files and links are in."""
        paths = (*self.files, *(link.path for link in self.links))
        return frozenset(path[:at] for path in paths for at, char in enumerate(path) if char == "/")

    @cached_property
    def spellings(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of the files by what they are where upper and lower case are one."""
        found: dict[str, tuple[str, ...]] = {}
        for path in self.files:
            folded = path.casefold()
            found[folded] = (*found.get(folded, ()), path)
        return found

    def read(self, path: str) -> bytes:
        """Return the bytes of a file of the tree. Raises TreeError when it cannot be read."""
        place = self._places.get(path, path)
        if self.content is not None:
            return self.content(place)
        try:
            descriptor = os.open(f"{self.root}/{place}", os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                chunks = []
                while chunk := os.read(descriptor, 1 << 20):
                    chunks.append(chunk)
                return b"".join(chunks)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise TreeError(path, f"cannot be read: {error.strerror}") from error

    def is_executable(self, path: str) -> bool:
        """Tell whether the owner may run a file of the tree. Raises TreeError when that cannot be read."""
        try:
            return bool(os.stat(f"{self.root}/{self._places.get(path, path)}").st_mode & stat.S_IXUSR)
        except OSError as error:
            raise TreeError(path, f"cannot be read: {error.strerror}") from error

    def pointed(self, path: str) -> str:
        """Return what a symbolic link of the tree says, which it is not followed to. Raises TreeError."""
        try:
            return os.readlink(f"{self.root}/{path}")
        except OSError as error:
            raise TreeError(path, f"cannot be read: {error.strerror}") from error

    def package_of(self, path: str) -> str:
        """Return the folder of the top-most package that a file is in, an empty string for none.

        ``ITSELF`` stands for the tree.
        """
        package = ""
        folder = path.rpartition("/")[0]
        while folder and f"{folder}/__init__.py" in self._known:
            package, folder = folder, folder.rpartition("/")[0]
        return ITSELF if not folder and self.is_package else package

    @cached_property
    def tops(self) -> frozenset[str]:
        """The names of the outermost packages."""
        folders = (path.rpartition("/")[0] for path in self.files if path.endswith("/__init__.py"))
        outer = (each for each in folders if f"{each.rpartition('/')[0]}/__init__.py" not in self._known)
        return frozenset(each.rpartition("/")[2] for each in outer)

    @property
    def is_package(self) -> bool:
        """Whether the SDK's files lie in the tree itself: an ``__init__.py`` beside ``core``."""
        at = bisect_left(self.files, "core/")
        return at < len(self.files) and self.files[at].startswith("core/") and self.has("__init__.py")

    def has(self, path: str) -> bool:
        """Tell whether the listing holds a regular file of exactly this path, upper and lower case included."""
        return path in self._known


class PlannedFiles:
    """The files there will be when a run is done: ``planned`` has the new bytes of some, None for one that goes."""

    def __init__(self, tree: Tree, planned: Mapping[str, bytes | None]) -> None:
        self._tree = tree
        self._planned = planned

    def __contains__(self, path: object) -> bool:
        """Tell whether there will be a regular file of exactly this path."""
        if not isinstance(path, str):
            return False
        return self._planned[path] is not None if path in self._planned else self._tree.has(path)

    def read(self, path: str) -> bytes:
        """Return the bytes a file will have. Raises TreeError when it cannot be read."""
        content = self._planned.get(path)
        return self._tree.read(path) if content is None else content


def scan(root: Path, *, half_written: bool = False) -> Tree:
    """List the tree at ``root``.

    Raises UsageError when it is missing, a file, or holds no Python file, TreeError when it cannot be listed, or when
    an earlier run died while it wrote and ``half_written`` does not say that this is expected.
    """
    if not root.exists():
        raise UsageError(str(root), found="nothing there", expected="the directory of a Fern-generated Python SDK")
    if not root.is_dir():
        raise UsageError(str(root), found="a file", expected="the directory of a Fern-generated Python SDK")
    root = root.resolve()
    listing = _Listing(root)
    listing.walk("")
    tree = Tree(
        root=root,
        files=tuple(sorted(listing.files)),
        links=tuple(sorted(listing.links, key=lambda link: link.path)),
        leftovers=tuple(sorted(listing.leftovers)),
        interrupted=listing.interrupted,
        environments=tuple(sorted(listing.environments)),
        unentered=tuple(sorted(listing.unentered)),
    )
    if tree.interrupted and not half_written:
        hint = "run sdkpatch recover, or sdkpatch apply, which does the same first"
        raise TreeError(JOURNAL, "another run is writing, or was interrupted while it wrote", hint)
    if not any(path.endswith(".py") for path in tree.files) and not any(
        link.path.endswith(".py") for link in tree.links
    ):
        found = "no Python file in it" if tree.files else "an empty directory"
        hint = "give the directory that holds pyproject.toml or the package, e.g. generated-sdks/python"
        raise UsageError(str(root), found=found, expected="a Fern-generated Python SDK", hint=hint)
    return tree


class _Listing:
    """Collects the entries below a root, folder by folder."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.files: list[str] = []
        self.links: list[Link] = []
        self.leftovers: list[str] = []
        self.environments: list[str] = []
        self.unentered: list[str] = []
        self.interrupted = False

    def walk(self, folder: str) -> None:
        pending = [folder]
        while pending:
            prefix = pending.pop()
            try:
                with os.scandir(f"{self.root}/{prefix}") as entries:
                    for entry in entries:
                        path = prefix + entry.name
                        if entry.is_symlink():
                            self._link(path, entry)
                        elif entry.is_dir(follow_symlinks=False):
                            if entry.name in NEVER_ENTERED:
                                self.unentered.append(path)
                            else:
                                self._folder(path, entry.path, pending)
                        elif entry.name.endswith(TEMPORARY_SUFFIX):
                            self.leftovers += [path] if path != LOCK else []
                        elif path == JOURNAL:
                            self.interrupted = True
                        elif entry.is_file(follow_symlinks=False):
                            self.files.append(path)
            except OSError as error:
                raise TreeError(prefix or ".", f"cannot be listed: {error.strerror}") from error

    def _folder(self, path: str, full: str, pending: list[str]) -> None:
        """Enter a folder, but for a virtual environment: it holds other people's ``client.py`` files."""
        if os.path.exists(f"{full}/{ENVIRONMENT}"):
            self.environments.append(path)
        else:
            pending.append(f"{path}/")

    def _link(self, path: str, entry: os.DirEntry[str]) -> None:
        target = os.path.realpath(entry.path)
        inside = target == self.root or target.startswith(self.root + os.sep)
        leaves = not inside or not os.path.exists(target)
        self.links.append(Link(path=path, is_package=_is_package(target), leaves=leaves))


def _is_package(target: str) -> bool:
    try:
        return any(name.endswith(".py") for name in os.listdir(target))
    except OSError:  # a file, or not ours to look at
        return False
