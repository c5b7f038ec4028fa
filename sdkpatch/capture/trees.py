"""Compare two trees: the files that people added, changed and removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..bounds import globs
from ..errors import TreeError, UsageError
from ..fern import fernignore
from ..tree import Tree
from .left_out import LeftOut, is_left_out, left_out

_MARKERS = re.compile(rb"^(<{7} |>{7} |={7}\r?$)", re.MULTILINE)


class FileEdit(NamedTuple):
    """One file in both trees; None where one does not have it. ``is_frozen`` tells that Fern keeps it as it is."""

    path: str
    old: bytes | None
    new: bytes | None
    is_frozen: bool = False

    @property
    def problem(self) -> str:
        """Why no step can say it, an empty string where one may."""
        if self.new is None:
            return ""
        if self.old is not None and self.old.count(b"\r") and self.new == self.old.replace(b"\r", b""):
            return ""
        if b"\x00" in self.new or (self.old is not None and b"\x00" in self.old):
            return "it is binary; list it in .fernignore to keep it"
        if len(_MARKERS.findall(self.new)) >= 3 and b"<<<<<<< " in self.new:
            return "it has markers of a merge that was not finished; finish the merge first"
        try:
            self.new.decode()
        except UnicodeDecodeError:
            return "it is not UTF-8; list it in .fernignore to keep it"
        return ""


class Edits(NamedTuple):
    """The files that differ, and the added ones that stay as they are because ``.fernignore`` lists them.

    ``links`` are symbolic links that were added, changed or removed, ``left_out`` is what no patch is to hold.
    """

    edits: tuple[FileEdit, ...]
    kept: tuple[str, ...]
    links: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


def compare(generated: Tree, edited: Tree, only: Sequence[str] = (), besides: Sequence[str] = ()) -> Edits:
    """Return what differs between two trees. ``only`` are globs, ``besides`` are folders that are left out.

    Raises UsageError where the two have no Python file in common, TreeError when one cannot be read.
    """
    _check(generated, edited)
    ignore = fernignore.read(_text(edited, ".fernignore"))
    folders = tuple(f"{each.rstrip('/')}/" for each in besides if each)

    def is_asked(path: str) -> bool:
        return not path.startswith(folders) and (not only or globs.matches(path, tuple(only)))

    found: list[FileEdit] = []
    kept: list[str] = []
    others: list[str] = []
    for path in sorted({*generated.files, *edited.files}):
        if not is_asked(path):
            continue
        old, new = (tree.read(path) if tree.has(path) else None for tree in (generated, edited))
        if old == new:
            continue
        is_frozen = ignore.protects(path)
        if is_left_out(path):
            others.append(path)
        elif old is None and is_frozen:
            kept.append(path)
        else:
            found.append(FileEdit(path, old, new, is_frozen))
    links = [path for path in _links(generated, edited) if is_asked(path)]
    shadowed = {each.path for each in found if each.path in links}
    return Edits(
        edits=tuple(each for each in found if each.path not in shadowed),
        kept=tuple(sorted((*kept, *(each for each in links if ignore.protects(each))))),
        links=tuple(each for each in links if not ignore.protects(each)),
        left_out=left_out(generated, edited, others, is_asked),
    )


def _links(generated: Tree, edited: Tree) -> list[str]:
    """Return the symbolic links that one tree has alone, or that lead elsewhere."""
    pairs = [{link.path: tree.pointed(link.path) for link in tree.links} for tree in (generated, edited)]
    return sorted(path for path in {*pairs[0], *pairs[1]} if pairs[0].get(path) != pairs[1].get(path))


def _check(generated: Tree, edited: Tree) -> None:
    modules = [{path for path in tree.files if path.endswith(".py")} for tree in (generated, edited)]
    if not modules[0] & modules[1]:
        hint = "give the folder, or the revision, that holds the generated code of this SDK"
        raise UsageError(
            "--generated", found="no Python file that TREE has, too", expected="the tree that was edited", hint=hint
        )


def _text(tree: Tree, path: str) -> str:
    try:
        return tree.read(path).decode("utf-8-sig", "replace") if tree.has(path) else ""
    except TreeError:
        return ""
