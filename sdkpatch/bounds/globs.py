"""Globs over POSIX paths below the tree: ``**`` any number of folders, ``*`` and ``?`` within one name.

``[`` stands for itself: Fern emits no such names. ``pathlib`` gets this only in Python 3.13, and pathspec costs 16 ms
of import on the path where nothing matches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .wildcards import matcher

_LONGEST = 500
"""Characters: more than any path below a tree needs."""


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether ``path`` matches one of the patterns."""
    return any(matcher(pattern)(path) for pattern in patterns)


def problem(pattern: str) -> str:
    """Return why a glob cannot be used below a tree, or an empty string."""
    if pattern.startswith("/") or re.match(r"[A-Za-z]:", pattern):
        return "a glob is relative to the SDK tree"
    if ".." in pattern.split("/"):
        return "a glob stays below the SDK tree: no .. in it"
    if "\\" in pattern:
        return "write / between folders"
    if len(pattern) > _LONGEST:
        return f"a glob has no more than {_LONGEST} characters"
    return ""
