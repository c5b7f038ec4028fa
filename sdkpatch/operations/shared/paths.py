"""Paths that a patch names: plain, inside the SDK tree, the same on every file system."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...bounds import globs
from ...errors import EditRefused
from ...fern.sdk_package import below, tell
from ...model import Conflict
from ...schema.fields import Field, String
from ...tree import ENVIRONMENT, JOURNAL, NEVER_ENTERED, TEMPORARY_SUFFIX, Tree

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
    if reason := _unseen(parts):
        return reason
    if len(path) > _LONGEST or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return "the name is too long for a file system"
    return ""


def _unseen(parts: Sequence[str]) -> str:
    """Return why sdkpatch would not find a file of that path again, or an empty string."""
    *folders, name = [part.casefold() for part in parts]
    skipped = next((each for each in folders if each in NEVER_ENTERED), None)
    if skipped is not None:
        return f"sdkpatch ignores folders named {skipped}, so it would not find the file again"
    if name == ENVIRONMENT:
        return f"{ENVIRONMENT} makes its folder a virtual environment, and sdkpatch ignores those"
    if name.endswith(TEMPORARY_SUFFIX) or JOURNAL in (name, *folders):
        return "sdkpatch uses such names for its temporary files"
    return ""


def removable_problem(path: str) -> str:
    """Return why a path, or a glob, cannot be used to remove what it names, or an empty string."""
    plain = path.replace("*", "x").replace("?", "x")
    if reason := problem(plain) or globs.problem(path):
        return reason
    if all(not part.strip("*?") for part in path.split("/")):
        return "it would remove everything: name a folder, or a part of the name"
    return ""


PATH = String("a plain path below the tree", problem=problem)
REMOVABLE = String("a plain path, or a glob, below the tree", problem=removable_problem)
BASE = Field(
    "base",
    String('"tree" or "package"', choices=("tree", "package")),
    "What paths are relative to: the SDK tree, or the folder of the SDK's package.",
    default="tree",
)


_LONGEST, _LONGEST_NAME = 1000, 200
"""Characters of a path and bytes of a name: the file beside it that takes the new bytes has a longer one."""


class BasedPath(NamedTuple):
    """A path and what it is relative to: ``tree``, or the folder of the SDK's ``package``."""

    path: str
    base: str


def located(place: BasedPath, tree: Tree) -> str:
    """Return the path relative to the tree. Raises EditRefused when the SDK's package cannot be told."""
    return below(package(tree), place.path) if place.base == "package" else place.path


def package(tree: Tree) -> str:
    """Return the folder of the SDK's package, ``.`` for the tree itself. Raises EditRefused when it cannot be told."""
    told = tell(tree)
    if not told.folder:
        names = ", ".join(told.left)
        name = told.left[0] if told.left else "src/acme"
        raise EditRefused(
            f"the SDK's package cannot be told ({names or 'none'}): name it in sdkpatch.toml, "
            f'such as package = "{name}", or use base = "tree"'
        )
    return told.folder


def obstacle(path: str, tree: Tree) -> Conflict | None:
    """Return why no file can be written at a path: a link, a folder, or a name that differs in case only."""
    for link in tree.links:
        if path == link.path or path.startswith(f"{link.path}/"):
            return Conflict(
                reason="the path leads through a symbolic link", hint="replace the link by what it leads to"
            )
    environment = next((each for each in tree.environments if path.startswith(f"{each}/")), None)
    if environment is not None:
        return Conflict(reason=f"{environment} is a virtual environment, which sdkpatch does not look into")
    parents = [path[:at] for at, char in enumerate(path) if char == "/"]
    blocked = next((each for each in parents if tree.has(each)), None)
    if blocked is not None:
        return Conflict(reason=f"{blocked} is a file, not a folder")
    twin = _folder_twin(path, tree)
    if twin:
        return Conflict(reason=f"the tree spells it {twin}", hint="on some file systems the two are one file")
    other = next((each for each in tree.spellings.get(path.casefold(), ()) if each != path), None)
    if other is not None:
        return Conflict(reason=f"the tree spells it {other}", hint="on some file systems the two are one file")
    return Conflict(reason="the path is a folder") if path in tree.folders else None


def clashes(added: Sequence[str]) -> Mapping[str, Conflict]:
    """Return the conflicts of new files with one another: one below the other, or two that differ in case only."""
    found: dict[str, Conflict] = {}
    folded: dict[str, str] = {}
    known = set(added)
    for path in sorted(added):
        parts = path.split("/")
        above = ["/".join(parts[:length]) for length in range(1, len(parts))]
        file = next((each for each in above if each in known), None)
        if file is not None:
            found[path] = Conflict(reason=f"{file} is a file, not a folder")
        for each in (*above, path):
            twin = folded.setdefault(each.casefold(), each)
            if twin != each:
                hint = "on some file systems the two are one file"
                found[path] = Conflict(reason=f"another step of this run spells it {twin}", hint=hint)
    return found


def _folder_twin(path: str, tree: Tree) -> str:
    """Return the folder of the tree that differs from one on the way in case only, an empty string for none."""
    parts = path.split("/")
    first = f"{parts[0].casefold()}/"
    near = [each for each in tree.files if each.casefold().startswith(first)]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if any(each.startswith(f"{folder}/") for each in near):
            continue
        known = {"/".join(each.split("/")[:depth]) for each in near if each.count("/") >= depth}
        return min((each for each in known if each.casefold() == folder.casefold()), default="")
    return ""


def in_repository(path: Path) -> str:
    """Return a path relative to the git repository it is in, else to the current directory where it is below that.

    With ``/`` between folders, as annotations and code scanning name files; an absolute path where neither holds.
    """
    path = path.resolve()
    for folder in (path, *path.parents):
        if (folder / ".git").exists():
            return path.relative_to(folder).as_posix()
    here = Path.cwd().resolve()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
