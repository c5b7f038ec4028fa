"""Tell whether two files are the same bytes, the same code and comments in another layout, or different."""

from __future__ import annotations

from enum import Enum

from ..model import Conflict
from ..python.parsing import parse
from .places import CommentPlace
from .side import Side, dumped


class Likeness(Enum):
    """How alike two files are."""

    SAME = "same bytes"
    LAYOUT = "same code and comments, another layout"
    DIFFERENT = "different"


def likeness(path: str, left: bytes | None, right: bytes | None) -> Likeness:
    """Compare two states of a file; what is no Python, or does not parse, is compared by its bytes."""
    if left == right:
        return Likeness.SAME
    if left is None or right is None:
        return Likeness.DIFFERENT
    if _line_ends(left) == _line_ends(right):
        return Likeness.LAYOUT
    if not path.endswith(".py"):
        return Likeness.DIFFERENT
    shapes = [_shape(path, each) for each in (left, right)]
    return Likeness.LAYOUT if shapes[0] is not None and shapes[0] == shapes[1] else Likeness.DIFFERENT


def _line_ends(code: bytes) -> bytes:
    return code.replace(b"\r\n", b"\n")


def _shape(path: str, code: bytes) -> tuple[str, tuple[tuple[str, bool, CommentPlace], ...]] | None:
    source = parse(path, code)
    if isinstance(source, Conflict):
        return None
    side = Side(source)
    said = tuple((each.text, each.is_alone, each.place) for each in side.comments.values())
    return "\n".join(dumped(each) for each in source.tree.body), said
