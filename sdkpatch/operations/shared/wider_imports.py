"""Imports that hold more names than a pattern says: another step's names went into the same statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice, product

from ...pattern.syntax import PLACEHOLDER, Pattern
from ...python.source import Source, blocks

_MOST = 32
"""Ways to read one pattern; more than a module with imports that a person wrote can give."""


def is_within(wanted: ast.AST, statement: ast.AST) -> bool:
    """Tell whether a statement imports all that another imports from the same module, and more."""
    if not isinstance(wanted, ast.ImportFrom) or not isinstance(statement, ast.ImportFrom):
        return False
    return _origin(wanted) == _origin(statement) and _names(wanted) < _names(statement)


def readings(source: Source, before: Pattern, after: Pattern) -> Iterator[Pattern]:
    """Yield the form after with imports of the module in place of its own: those that have its names, and others.

    A name that the change takes away is no such other: with it, the import is not as the change leaves it.
    """
    plain = [
        node for node in after.nodes if isinstance(node, ast.ImportFrom) and not PLACEHOLDER.search(ast.dump(node))
    ]
    if not plain:
        return
    there = [each for block in blocks(source.tree) for each in block if isinstance(each, ast.ImportFrom)]
    choices = [
        [node, *_wider(node, there, _dropped(before, node))] if node in plain else [node] for node in after.nodes
    ]
    found = (after._replace(nodes=nodes) for nodes in product(*choices) if nodes != after.nodes)
    yield from islice(found, _MOST)


def _wider(node: ast.AST, there: Sequence[ast.ImportFrom], dropped: frozenset[tuple[str, str | None]]) -> list[ast.AST]:
    return [each for each in there if is_within(node, each) and not dropped & _names(each)]


def _dropped(before: Pattern, node: ast.AST) -> frozenset[tuple[str, str | None]]:
    """Return the names that the form before imports from the module of an import of the form after."""
    assert isinstance(node, ast.ImportFrom)
    same = [each for each in before.nodes if isinstance(each, ast.ImportFrom) and _origin(each) == _origin(node)]
    return frozenset(name for each in same for name in _names(each)) - _names(node)


def _origin(node: ast.ImportFrom) -> tuple[int, str | None]:
    return node.level, node.module


def _names(node: ast.ImportFrom) -> frozenset[tuple[str, str | None]]:
    return frozenset((alias.name, alias.asname) for alias in node.names)
