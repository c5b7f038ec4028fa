"""Reach and change statements of a libcst module by the path ``ast`` gives them.

A path costs nothing, where libcst's position metadata costs more than the parse. The two trees agree on blocks; libcst
groups the statements of one line, so an index counts the small statements of each line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import libcst as cst

from ..errors import EditRefused
from .recognise import Path

Statements = Sequence[cst.BaseStatement]
Change = Callable[[Statements, int], Statements]
_Node = TypeVar("_Node", bound=cst.CSTNode)


def position(statements: Statements, index: int) -> int:
    """Return where the statement that ``ast`` counts as ``index`` stands among libcst's statements."""
    for place, statement in enumerate(statements):
        if index == 0:
            return place
        index -= len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
        if index < 0:
            raise EditRefused("a line holds more than one statement")
    raise EditRefused("the file's structure is not understood")


def change_at(module: cst.Module, path: Path, change: Change) -> cst.Module:
    """Return the module with ``change(statements, place)`` applied to the block that ``path`` leads into."""
    return module.with_changes(body=_change_statements(module.body, path, change))


def _change_statements(
    statements: Sequence[cst.BaseStatement | cst.BaseCompoundStatement], path: Path, change: Change
) -> Statements:
    block = statements
    place = position(block, path[0][1])
    if len(path) == 1:
        return change(block, place)
    inner = _change_inside(block[place], path[1:], change)
    return (*block[:place], inner, *block[place + 1 :])


def _change_inside(node: _Node, path: Path, change: Change) -> _Node:
    """Change a block below a compound statement; ``path`` starts with the step that leaves it."""
    field, index = path[0]
    if field in ("handlers", "cases"):
        parts = list(getattr(node, field))
        parts[index] = _change_inside(parts[index], path[1:], change)
        return node.with_changes(**{field: parts})
    if field == "body":
        return node.with_changes(body=_change_suite(getattr(node, "body"), path, change))  # noqa: B009
    branch = getattr(node, field)
    if isinstance(branch, cst.If):  # ast nests an elif as the only statement of orelse
        inner = _change_inside(branch, path[1:], change)
        return node.with_changes(**{field: inner})
    return node.with_changes(**{field: branch.with_changes(body=_change_suite(branch.body, path, change))})


def _change_suite(suite: cst.BaseSuite, path: Path, change: Change) -> cst.BaseSuite:
    if not isinstance(suite, cst.IndentedBlock):
        raise EditRefused("a block is on the line of its header")
    return suite.with_changes(body=_change_statements(suite.body, path, change))


def blank_lines(statement: cst.BaseStatement) -> Sequence[cst.EmptyLine]:
    """Return the blank and comment lines that libcst keeps with a statement."""
    return cast("Sequence[cst.EmptyLine]", getattr(statement, "leading_lines", ()))
