"""Globs over POSIX paths below the tree: ``**`` any number of folders, ``*`` and ``?`` within one name.

``pathlib`` gets this only in Python 3.13 and pathspec costs 16 ms of import on the path where nothing matches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return the regular expression a whole path must match. ``[`` stands for itself: Fern emits no such names."""
    return re.compile("|".join(map(_expression, patterns)), re.DOTALL)


def _expression(pattern: str) -> str:
    pieces: list[str] = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        match piece:
            case "**/":
                pieces.append("(?:[^/]+/)*")
            case "**":
                pieces.append(".*")
            case "*":
                pieces.append("[^/]*")
            case "?":
                pieces.append("[^/]")
            case _:
                pieces.append(re.escape(piece))
    return "".join(pieces)


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether ``path`` matches one of the patterns."""
    return _compiled(tuple(patterns)).fullmatch(path) is not None


def problem(pattern: str) -> str:
    """Return why a glob cannot be used below a tree, or an empty string."""
    if pattern.startswith("/") or re.match(r"[A-Za-z]:", pattern):
        return "a glob is relative to the SDK tree"
    if ".." in pattern.split("/"):
        return "a glob stays below the SDK tree: no .. in it"
    if "\\" in pattern:
        return "write / between folders"
    return ""
