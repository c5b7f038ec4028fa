"""Paths that a patch names: plain, inside the SDK tree, the same on every file system."""

from __future__ import annotations

import re
from typing import NamedTuple

from .fields import Field, Text
from .model import Conflict
from .operation import EditRefused
from .tree import Tree

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])\s*(\..*)?", re.IGNORECASE)
"""Names of devices: https://learn.microsoft.com/windows/win32/fileio/naming-a-file."""
_GITS = re.compile(r"\.git|git~\d+", re.IGNORECASE)
"""What file systems that fold case, or that keep short names, take for the folder ``.git``."""


def problem(path: str) -> str:
    """Return why a path cannot be used, or an empty string."""
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "write a path relative to the SDK tree, with /"
    if any(part in ("", ".", "..") for part in parts):
        return "it has an empty part, . or .."
    if any(char in path for char in '*?[]<>|":') or not path.isprintable():
        return "it holds a character that no file name should"
    if any(_RESERVED.fullmatch(part) or part.endswith((" ", ".")) for part in parts):
        return "Windows cannot have a file of that name"
    if any(_GITS.fullmatch(part) for part in parts):
        return "that folder is git's own"
    if len(path) > _LONGEST or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return "no file system takes a name of that length"
    return ""


PATH = Text("a plain path below the tree", problem=problem)
BASE = Field(
    "base", Text('"tree" or "package"', choices=("tree", "package")), "What the path is relative to.", default="tree"
)


_LONGEST, _LONGEST_NAME = 1000, 200
"""Characters of a path and bytes of a name: the file beside it that takes the new bytes has a longer one."""


class Place(NamedTuple):
    """A path and what it is relative to: ``tree``, or the folder of the SDK's ``package``."""

    path: str
    base: str


def located(place: Place, tree: Tree) -> str:
    """Return the path relative to the tree. Raises EditRefused when the SDK's package cannot be told."""
    return f"{package(tree)}/{place.path}" if place.base == "package" else place.path


def package(tree: Tree) -> str:
    """Return the folder of the SDK's package: the outermost one, the one with a client wrapper if there are more."""
    found = {tree.package_of(path) for path in tree.files if path.endswith("__init__.py")} - {""}
    wrapped = {each for each in found if tree.has(f"{each}/core/client_wrapper.py")}
    if len(wrapped or found) != 1:
        names = ", ".join(sorted(wrapped or found)) or "none"
        raise EditRefused(f'the SDK\'s package cannot be told ({names}): use base = "tree"')
    return next(iter(wrapped or found))


def obstacle(path: str, tree: Tree) -> Conflict | None:
    """Return why no file can be written at a path: a link, a folder, or a name that differs in case only."""
    for link in tree.links:
        if path == link.path or path.startswith(f"{link.path}/"):
            return Conflict(
                reason="the path leads through a symbolic link", hint="replace the link by what it leads to"
            )
    parents = [path[:at] for at, char in enumerate(path) if char == "/"]
    blocked = next((each for each in parents if tree.has(each)), None)
    if blocked is not None:
        return Conflict(reason=f"{blocked} is a file, not a folder")
    other = next((each for each in tree.spellings.get(path.casefold(), ()) if each != path), None)
    if other is not None:
        return Conflict(reason=f"the tree spells it {other}", hint="on some file systems the two are one file")
    return Conflict(reason="the path is a folder") if path in tree.folders else None
