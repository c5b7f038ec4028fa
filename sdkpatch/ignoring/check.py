"""Check a tree's ``.fernignore`` as a whole, mend what is safe to mend, and bring sdkpatch's own block up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import TreeError
from ..fern import fernignore
from ..fern.sdk_package import chosen
from ..model import FileChange, Patch
from ..operations.fernignore_protect import FERNIGNORE
from ..planning.plan import plan
from ..tree import Tree, scan
from . import lines, own
from .lines import Problem
from .readers import Index, LineReading, readings


class Explained(NamedTuple):
    """One line of the file with what each reader makes of it."""

    line: int
    text: str
    readings: tuple[LineReading, ...]


def check(root: Path, patches: Sequence[Patch], package: str = "") -> tuple[Problem, ...]:
    """Return what is wrong with the tree's ``.fernignore``, in the order of its lines.

    ``package`` is the SDK's package as sdkpatch.toml names it. Raises TreeError when it cannot be read.
    """
    tree = chosen(scan(root), package)
    ignore = _read(tree)
    planned = plan(tree, patches) if patches else None
    with Index(tree.root) as index:
        found = list(own.frozen(planned, patches, ignore, index))
        found += own.unprotected(tree, patches, ignore, index)
    with Index(tree.root, coming=fernignore.MAY_COME) as index:
        found += lines.problems(ignore, index)
    return tuple(sorted(found, key=lambda problem: (problem.line == 0, problem.line, problem.text)))


def explain(root: Path) -> tuple[Explained, ...]:
    """Return every line that is no comment, with what each reader makes of it. Raises TreeError."""
    tree = scan(root)
    ignore = _read(tree)
    with Index(tree.root) as index:
        return tuple(
            Explained(number, raw.strip(), readings(raw.strip(), index))
            for number, raw in enumerate(ignore.lines, 1)
            if raw.strip() and not raw.strip().startswith("#")
        )


def fix(root: Path, patches: Sequence[Patch], package: str = "") -> bool:
    """Write the lines that all readers understand, and the own files; return whether that changed anything."""
    tree = scan(root)
    raw = tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else b""
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    ignore = _read(tree)
    better = {problem.line: problem.fix for problem in check(root, patches, package) if problem.line and problem.fix}
    changed: list[str] = []
    for number, line in enumerate(ignore.lines, 1):
        found = better.get(number)
        changed += [text + ignore.newline for text in found] if found else [line]
    mended = mark + "".join(changed).encode()
    wrote = _write(tree, raw if tree.has(FERNIGNORE) else None, mended)
    return sync(root, patches) or wrote


def sync(root: Path, patches: Sequence[Patch]) -> bool:
    """Bring the block up to date; return whether that changed anything. Raises TreeError."""
    tree = scan(root)
    return _write(tree, tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else None, synced(tree, patches))


def synced(tree: Tree, patches: Sequence[Patch], coming: Mapping[str, bytes] | None = None) -> bytes:
    """Return ``.fernignore`` as ``sync`` would write it once the files of ``coming`` are there. Raises TreeError."""
    try:
        return own.synced(tree, patches, coming or {})
    except ValueError as error:
        hint = "remove what is left of the block; sdkpatch writes it anew"
        raise TreeError(FERNIGNORE, str(error), hint) from error


def _read(tree: Tree) -> fernignore.IgnoreFile:
    try:
        return fernignore.read((tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else b"").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TreeError(FERNIGNORE, "it is not UTF-8") from error


def _write(tree: Tree, before: bytes | None, after: bytes) -> bool:
    if after == (before or b""):
        return False
    from ..writing import commit, locks

    with locks.locked(tree.root):
        commit.commit(tree, [FileChange(path=FERNIGNORE, before=before, after=after, revisions=())])
    return True
