"""Tell a misspelt resource from one that is gone: a sibling has nearly its name."""

from __future__ import annotations

import re
from itertools import pairwise

from ...tree import Tree

_SHORT = 5
"""Letters below which two names that differ in one are too often both right: ``tts`` and ``stt``."""


def misspelt(tree: Tree, folder: str) -> str:
    """Return the resource beside a folder that is not there whose name is nearly the folder's, or an empty string.

    Names that differ in case or underscores only, in one letter, or in the order of two. A plural and its singular are
    two names, and so are names that differ in a number.
    """
    above, _, name = folder.rpartition("/")
    prefix = f"{above}/" if above else ""
    for path in tree.files:
        inner = path.removeprefix(prefix)
        other = inner.partition("/")[0]
        is_client = path.startswith(prefix) and inner in (f"{other}/client.py", f"{other}/raw_client.py")
        if is_client and other != name and _is_near(name, other):
            return other
    return ""


def _is_near(one: str, other: str) -> bool:
    if one.replace("_", "").casefold() == other.replace("_", "").casefold():
        return True
    if min(len(one), len(other)) < _SHORT or re.sub(r"\d", "", one) == re.sub(r"\d", "", other):
        return False
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        places = [at for at, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
        is_turned = len(places) == 2 and places[0] + 1 == places[1] and one[places[0]] == other[places[1]]
        return len(places) == 1 or (is_turned and one[places[1]] == other[places[0]])
    is_plural = long == f"{short}s"
    return not is_plural and any(short == long[:at] + long[after:] for at, after in pairwise(range(len(long) + 1)))
