"""An SDK tree as a commit has it, read from git's objects: nothing is checked out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import TreeError
from ..tree import ENVIRONMENT, NEVER_ENTERED, TEMPORARY_SUFFIX, Link, Tree
from ..writing import git

_READ = (".py", ".toml", ".md", ".json", ".cfg", ".txt", ".yml", ".yaml", ".ini", ".fernignore", ".gitattributes")
"""Endings of files whose bytes are asked for at once; others, such as pictures, one by one when a step wants them."""
_LARGEST = 4 << 20
_FILE, _PROGRAM, _LINK = "100644", "100755", "120000"
_HINT = "git fetch --unshallow, or git fetch --refetch in a partial clone, gets what is missing"


class Blob(NamedTuple):
    """A file of a commit: its path below the tree, what git calls its content, and how many bytes that is."""

    path: str
    mode: str
    id: str
    size: int


class Snapshots:
    """Reads trees of one repository. The bytes of the last one stay in memory, so the next asks for changes only."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prefix = git.run(root, "rev-parse", "--show-prefix").stdout.decode("utf-8", "surrogateescape").strip("\n")
        self._bytes: dict[str, bytes] = {}

    def tree(self, commit: str) -> Tree | None:
        """Return the tree as it was, None where the commit has none, or one without a Python file.

        Raises TreeError when git has no copy of a file.
        """
        blobs = _entered(self._listed(commit))
        if not any(each.path.endswith(".py") for each in blobs):
            return None
        self._load(blobs)
        files = {each.path: each for each in blobs if each.mode in (_FILE, _PROGRAM)}
        paths = tuple(sorted(path for path in files if not path.endswith(TEMPORARY_SUFFIX)))
        links = [each for each in blobs if each.mode == _LINK]
        found = tuple(_link(each.path, self._content({each.path: each}, each.path), paths) for each in links)
        return Tree(
            root=self._root.resolve(),
            files=paths,
            links=tuple(sorted(found)),
            leftovers=(),
            interrupted=False,
            content=partial(self._content, files),
        )

    def states(self, commits: Iterable[str]) -> list[bool]:
        """Return for each commit whether it has the tree's folder."""
        asked = "".join(f"{each}:{self._prefix.rstrip('/')}\n" for each in commits)
        done = git.run(self._root, "cat-file", "--batch-check", given=asked.encode("utf-8", "surrogateescape"))
        return [b" tree " in line for line in done.stdout.splitlines()]

    def _listed(self, commit: str) -> list[Blob]:
        done = git.run(self._root, "ls-tree", "-r", "-l", "-z", "--full-tree", f"{commit}:{self._prefix.rstrip('/')}")
        found = []
        for record in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
            told, _, path = record.partition("\t")
            parts = told.split()
            if len(parts) == 4 and parts[1] == "blob":
                size = int(parts[3]) if parts[3].isdecimal() else 0
                found.append(Blob(path=path, mode=parts[0], id=parts[2], size=size))
        return found

    def _load(self, blobs: Iterable[Blob]) -> None:
        """Keep the bytes that this tree needs and the last one had, and ask for the others."""
        wanted = {each.id for each in blobs if each.path.endswith(_READ) and each.size <= _LARGEST}
        self._bytes = {each: content for each, content in self._bytes.items() if each in wanted}
        missing = sorted(wanted - self._bytes.keys())
        if missing:
            given = "".join(f"{each}\n" for each in missing).encode()
            self._bytes |= _contents(git.run(self._root, "cat-file", "--batch", given=given).stdout)
            for each in blobs:
                if each.id in wanted and each.id not in self._bytes:
                    raise TreeError(each.path, f"git has no copy of its content, {each.id[:12]}", _HINT)

    def _content(self, files: Mapping[str, Blob], path: str) -> bytes:
        blob = files.get(path)
        if blob is None:
            raise TreeError(path, "cannot be read: No such file or directory")
        found = self._bytes.get(blob.id)
        if found is None:
            done = git.run(self._root, "cat-file", "blob", blob.id)
            if done.returncode:
                raise TreeError(path, f"git has no copy of its content, {blob.id[:12]}", _HINT)
            found = done.stdout
        return found


def _contents(answered: bytes) -> dict[str, bytes]:
    """Take apart what ``git cat-file --batch`` prints: for each object a line with its size, and its bytes."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(answered):
        end = answered.index(b"\n", at)
        parts = answered[at:end].split()
        at = end + 1
        if len(parts) == 3 and parts[1] == b"blob":
            size = int(parts[2])
            found[parts[0].decode()] = answered[at : at + size]
            at += size + 1
    return found


def _entered(blobs: list[Blob]) -> list[Blob]:
    """Leave out what a scan of a folder does not enter, such as a virtual environment."""
    environments = {each.path.rpartition("/")[0] for each in blobs if each.path.endswith(f"/{ENVIRONMENT}")}
    kept = []
    for each in blobs:
        folders = each.path.split("/")[:-1]
        above = {"/".join(folders[:count]) for count in range(1, len(folders) + 1)} if environments else set()
        if NEVER_ENTERED.isdisjoint(folders) and environments.isdisjoint(above):
            kept.append(each)
    return kept


def _link(path: str, target: bytes, files: Iterable[str]) -> Link:
    to = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.decode("utf-8", "surrogateescape")))
    inside = [each for each in files if each == to or each.startswith(f"{to}/")]
    leaves = to.startswith(("/", "../")) or to == ".." or not inside
    is_package = any(each.endswith(".py") and "/" not in each[len(to) + 1 :] and each != to for each in inside)
    return Link(path=path, is_package=is_package, leaves=leaves)
