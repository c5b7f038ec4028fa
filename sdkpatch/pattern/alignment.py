"""Which statements of two patterns belong together: the same, the edited, and those that come or go."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .syntax import variable

_ALIKE = 0.5
"""How much of two statements must be the same for one to be the other, edited."""
_MANY = 2_000
"""Pairs of statements that are compared; a real change has a few."""


class AlignedPart(NamedTuple):
    """The statements ``a`` up to ``b`` of the code before become ``c`` up to ``d``; ``kind`` says how.

    ``kept`` and ``edited`` are about one statement each; ``guessed`` is an edited one that only resembles the other.
    ``gone`` is a ``delete`` beside one: what it held may live on there.
    """

    kind: str
    a: int
    b: int
    c: int
    d: int


def are_functions(old: ast.AST, new: ast.AST) -> bool:
    """Tell whether both are functions, sync or async."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(old, functions) and isinstance(new, functions)


def _are_alike(old: ast.AST, new: ast.AST) -> bool:
    return type(old) is type(new) or are_functions(old, new)


def aligned(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Iterator[AlignedPart]:
    """Yield the steps from one list of statements to the other, in order."""
    left, right = [ast.dump(each) for each in old], [ast.dump(each) for each in new]
    for tag, a, b, c, d in difflib.SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (AlignedPart("kept", a + n, a + n + 1, c + n, c + n + 1) for n in range(b - a))
        elif tag != "replace":
            yield AlignedPart(tag, a, b, c, d)
        elif b - a == d - c and all(map(_are_alike, old[a:b], new[c:d])):
            yield from (AlignedPart("edited", a + n, a + n + 1, c + n, c + n + 1) for n in range(b - a))
        else:
            yield from _resembling(old, new, AlignedPart(tag, a, b, c, d), (left, right))


def _resembling(
    old: Sequence[ast.stmt],
    new: Sequence[ast.stmt],
    step: AlignedPart,
    code: tuple[Sequence[str], Sequence[str]],
) -> Iterator[AlignedPart]:
    """Yield the steps of a part in which the two have different numbers of statements."""
    _, a, b, c, d = step
    best: dict[tuple[int, int], tuple[float, tuple[tuple[int, int], ...]]] = {}
    few = (b - a) * (d - c) <= _MANY
    for row in range(b, a - 1, -1) if few else ():
        for column in range(d, c - 1, -1):
            found: tuple[float, tuple[tuple[int, int], ...]] = (0.0, ())
            if row < b and column < d:
                found = max(best[row + 1, column], best[row, column + 1])
                pair = old[row], new[column]
                if _are_alike(*pair) and not variable(pair[0]) and not variable(pair[1]):
                    ratio = _ratio(code[0][row], code[1][column]) + _bonus(*pair)
                    after = best[row + 1, column + 1]
                    if ratio >= _ALIKE and ratio + after[0] > found[0]:
                        found = ratio + after[0], ((row, column), *after[1])
            best[row, column] = found
    row, column = a, c
    for left, right in (*(best[a, c][1] if few else ()), (b, d)):
        if (left, right) != (row, column):
            kind = "insert" if left == row else "gone" if right == column else "replace"
            yield AlignedPart(kind, row, left, column, right)
        if left < b and right < d:
            yield AlignedPart("guessed", left, left + 1, right, right + 1)
        row, column = left + 1, right + 1


def _bonus(old: ast.stmt, new: ast.stmt) -> float:
    """Return what speaks beside their words for two statements to be one: that they set the same name."""
    one, other = ([ast.dump(each) for each in getattr(node, "targets", [])] for node in (old, new))
    return _ALIKE if one and one == other else 0.0


def _ratio(left: str, right: str) -> float:
    words = [re.findall(r"\w+", each) for each in (left, right)]
    return difflib.SequenceMatcher(a=words[0], b=words[1], autojunk=False).ratio()


def moves_run(before: Sequence[ast.AST], after: Sequence[ast.AST]) -> bool:
    """Tell whether a run of elements goes into another bracket: the comments beside it then go with it."""
    runs = {found[1] for each in before if (found := variable(each)) and found[0] == "run"}
    kept = {found[1] for each in after if (found := variable(each)) and found[0] == "run"}
    inner = {name for each in after if not variable(each) for name in _runs(each)}
    return bool((runs - kept) & inner)


def _runs(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        found = variable(each)
        if found and found[0] == "run":
            yield found[1]
