"""The tokens of one logical line: brackets, elements, operators, and how it looks on one line."""

from __future__ import annotations

import keyword as keywords
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

OPEN, CLOSE = frozenset("([{"), frozenset(")]}")
_LEVELS = (
    frozenset({"if", "else"}),
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"in", "is", "not", "==", "!=", "<", ">", "<=", ">="}),
    frozenset({"|"}),
    frozenset({"^"}),
    frozenset({"&"}),
    frozenset({"<<", ">>"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "//", "%", "@"}),
)
"""Operators from those that bind least."""
_ALL = frozenset().union(*_LEVELS)


class Piece(NamedTuple):
    """A token and whether white space stands before it when the line is flat.

    ``above`` are the comments on lines of their own in front of it, ``behind`` is the one behind it.
    """

    text: str
    space: bool
    above: tuple[str, ...] = ()
    behind: str = ""


def flat(pieces: Sequence[Piece]) -> str:
    return "".join((" " if piece.space and index else "") + piece.text for index, piece in enumerate(pieces))


def groups(pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Yield the outermost bracket pairs, as indices of the brackets."""
    depth = start = 0
    for index, piece in enumerate(pieces):
        if piece.text in OPEN:
            start = index if depth == 0 else start
            depth += 1
        elif piece.text in CLOSE:
            depth -= 1
            if depth == 0:
                yield start, index


def is_magic(pieces: Sequence[Piece], start: int, stop: int) -> bool:
    """Tell whether the comma before a closing bracket keeps the bracket split: not that of a tuple of one."""
    if stop - start < 2 or pieces[stop - 1].text != ",":
        return False
    if len(elements(pieces[start + 1 : stop])) > 1 or pieces[start].text == "{" or pieces[start - 1].text == "import":
        return True
    is_display = start == 0 or not ends_a_value(pieces[start - 1])
    return is_display if pieces[start].text == "[" else not is_display


def ends_a_value(piece: Piece) -> bool:
    """Tell whether a bracket behind a token is a call or a subscript, not a display."""
    return piece.text in CLOSE or (piece.text.isidentifier() and not keywords.iskeyword(piece.text))


def has_magic(pieces: Sequence[Piece]) -> bool:
    return any(is_magic(pieces, start, stop) or has_magic(pieces[start + 1 : stop]) for start, stop in groups(pieces))


def elements(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    """Split the content of a bracket at its own commas."""
    found: list[Sequence[Piece]] = []
    depth = start = 0
    for index, piece in enumerate(pieces):
        depth += (piece.text in OPEN) - (piece.text in CLOSE)
        if piece.text == "," and depth == 0:
            found.append(pieces[start:index])
            start = index + 1
    return found + ([pieces[start:]] if start < len(pieces) else [])


def outside(pieces: Sequence[Piece], groups: Sequence[tuple[int, int]]) -> list[Piece]:
    inside = {index for start, stop in groups for index in range(start, stop + 1)}
    return [piece for index, piece in enumerate(pieces) if index not in inside]


def has_comments(pieces: Sequence[Piece]) -> bool:
    return any(piece.above or piece.behind for piece in pieces)


def depths(pieces: Sequence[Piece]) -> Iterator[tuple[int, Piece]]:
    """Yield the index and token of all that stands outside brackets."""
    depth = 0
    for index, piece in enumerate(pieces):
        depth -= piece.text in CLOSE
        if depth == 0 and piece.text not in CLOSE and piece.text not in OPEN:
            yield index, piece
        depth += piece.text in OPEN


def operators(pieces: Sequence[Piece]) -> list[int]:
    """Return where the operators that bind least are, ``is not`` and ``not in`` counted once; signs are none."""
    found: list[int] = []
    level = len(_LEVELS)
    for index, piece in depths(pieces):
        before = pieces[index - 1].text if index else ""
        if piece.text not in _ALL or not index or not _is_operand_end(before):
            continue
        at = next(number for number, each in enumerate(_LEVELS) if piece.text in each)
        if at < level:
            found, level = [], at
        if at == level:
            found.append(index)
    return found


def _is_operand_end(text: str) -> bool:
    return (
        text in CLOSE
        or text in ("None", "True", "False", "...")
        or (not keywords.iskeyword(text) and (text.isidentifier() or text[-1:] in ("'", '"') or text[:1].isdigit()))
    )


def operands(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    """Split at the operators that bind least; each part but the first begins with its operator."""
    cuts = [0, *operators(pieces), len(pieces)]
    return [pieces[start:stop] for start, stop in pairwise(cuts)]


def clauses(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    """Split a comprehension before each ``for`` and each ``if`` that is its own; one part if it is none."""
    cuts = [0]
    for index, piece in depths(pieces):
        is_loop = piece.text == "for" and pieces[index - 1].text != "async"
        if (
            is_loop
            or piece.text == "async"
            or (piece.text == "if" and len(cuts) > 1 and not _is_ternary(pieces, index))
        ):
            cuts.append(index)
    return [pieces[start:stop] for start, stop in pairwise([*cuts, len(pieces)])]


def _is_ternary(pieces: Sequence[Piece], at: int) -> bool:
    return any(index > at and piece.text == "else" for index, piece in depths(pieces))


def has_neighbours(pieces: Sequence[Piece]) -> bool:
    """Tell whether two strings stand side by side."""
    is_string = [piece.text[-1:] in ("'", '"') for piece in pieces]
    return any(left and right for left, right in pairwise(is_string))
