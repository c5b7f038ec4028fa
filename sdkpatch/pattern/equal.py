"""Compare code with code, and a text with a pattern of it, in steps that can be counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .syntax import PLACEHOLDER


def split(pattern: str, text: str) -> tuple[str, ...] | None:
    """Return what the metavariables of a text stand for, each as short as can be; None where it is another text."""
    literals = [part for index, part in enumerate(PLACEHOLDER.split(pattern)) if index % 3 == 0]
    if literals == ["", ""]:
        return (text,) if text else None
    if not text.startswith(literals[0]):
        return None
    at = len(literals[0])
    parts: list[str] = []
    for literal in literals[1:-1]:
        found = text.find(literal, at)
        if found < 0:
            return None
        parts.append(text[at:found])
        at = found + len(literal)
    last = len(text) - len(literals[-1])
    return (*parts, text[at:last]) if last >= at and text.endswith(literals[-1]) else None


def is_same(left: object, right: object) -> bool:
    """Compare what two metavariables are bound to, as code."""
    return all(compared(left, right))


def compared(left: object, right: object) -> Iterator[bool]:
    """Yield, node by node, whether two pieces of code are the same so far; it ends behind the first difference."""
    pending: list[tuple[object, object]] = [(_plain(left), _plain(right))]
    while pending:
        one, other = pending.pop()
        if one is other:
            continue
        if isinstance(one, list | tuple) and isinstance(other, list | tuple):
            if len(one) != len(other):
                yield False
                return
            pending += zip(one, other, strict=True)
        elif isinstance(one, ast.AST):
            if type(one) is not type(other):
                yield False
                return
            yield True
            pending += [(getattr(one, field, None), getattr(other, field, None)) for field in one._fields]
        elif one != other or type(one) is not type(other):
            yield False
            return


def _plain(bound: object) -> object:
    return bound.id if isinstance(bound, ast.Name) else bound
