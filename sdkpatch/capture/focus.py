"""A module cut down to one definition: what a step makes of that needs no more of the file than its imports."""

from __future__ import annotations

import ast

from ..python.source import first_line, last_line
from .side import DEFINITIONS, Definition, Side

_SHORT = 3
"""Other statements of the module stay where they have no more lines."""


def focused(side: Side, scope: str) -> bytes | None:
    """Return the module with the definition that a selector names, and those around it, alone; None for no such one.

    A selector that tells namesakes apart needs them all: there the module cannot be cut down.
    """
    if not scope or set(scope) & set("#@"):
        return None
    chain = _chain(side, scope)
    if not chain:
        return None
    text = side.source.text
    kept: list[str] = []
    for statement in side.source.tree.body:
        if statement is chain[0]:
            kept += ["", *_definition(side, chain)]
        elif not isinstance(statement, DEFINITIONS) and _is_kept(statement):
            kept += [text.line(line) for line in range(first_line(statement), last_line(statement) + 1)]
    return ("\n".join(kept) + "\n").encode(text.encoding)


def _is_kept(statement: ast.stmt) -> bool:
    is_import = any(isinstance(each, ast.Import | ast.ImportFrom) for each in ast.walk(statement))
    return is_import or last_line(statement) - first_line(statement) < _SHORT


def _chain(side: Side, scope: str) -> list[Definition]:
    """Return the definition that a selector names, behind those around it; none where it is not in plain blocks."""
    found: list[Definition] = []
    block: list[ast.stmt] = side.source.tree.body
    for name in scope.split("."):
        named = [each for each in block if isinstance(each, DEFINITIONS) and each.name == name]
        if len(named) != 1:
            return []
        found += named
        block = named[0].body
    return found


def _definition(side: Side, chain: list[Definition]) -> list[str]:
    text = side.source.text
    node = chain[0]
    if len(chain) == 1:
        last = side.items(node.body)[-1].last
        return [text.line(line) for line in range(first_line(node), last + 1)]
    header = [text.line(line) for line in range(first_line(node), side.source.header_end(node) + 1)]
    return [*header, *_definition(side, chain[1:])]
