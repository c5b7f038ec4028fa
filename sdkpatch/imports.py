"""Add ``import module`` to a libcst module where isort, and so ruff's rule I001, would put it.

``AddImportsVisitor`` puts a new absolute import behind the relative ones and takes two seconds on a large module.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import libcst as cst

from .cst import blank_lines
from .model import Region


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _plain_import(statement: cst.BaseStatement) -> str:
    """Return the module of an ``import a.b`` line, or an empty string."""
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Import):
        return _dotted(statement.body[0].names[0].name)
    return ""


def _from_import(statement: cst.BaseStatement) -> str | None:
    """Return the module of a ``from a.b import c`` line (dots for a relative one), or None."""
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.ImportFrom):
        imported = statement.body[0]
        return "." * len(imported.relative) + (_dotted(imported.module) if imported.module else "")
    return None


def _is_standard(module: str) -> bool:
    return module.split(".")[0] in sys.stdlib_module_names


def add_import(module: cst.Module, name: str, lines: Sequence[int]) -> tuple[cst.Module, Region]:
    """Insert ``import name``, a standard-library module, at the top level.

    ``lines`` holds the first line of every statement of the module's body. Returns the module and the region.
    """
    body = list(module.body)
    place, blank_before, blank_after = _place(body, name)
    statement = cst.parse_statement(f"import {name}")
    assert isinstance(statement, cst.SimpleStatementLine)
    leading: list[cst.EmptyLine] = [cst.EmptyLine(indent=False)] if blank_before else []
    length = 1 + blank_before + blank_after
    if place < len(body):
        following = body[place]
        if place == 0:
            # The file's own comment belongs above everything.
            own = list(blank_lines(following))
            leading, rest = own, ([cst.EmptyLine(indent=False)] if blank_after else [])
            body[place] = following.with_changes(leading_lines=rest)
        elif blank_after:
            body[place] = following.with_changes(leading_lines=[cst.EmptyLine(indent=False), *blank_lines(following)])
        start = lines[place] - (0 if place == 0 else len(blank_lines(following)))
    else:
        start = lines[-1] + 1
    body.insert(place, statement.with_changes(leading_lines=leading))
    return module.with_changes(body=body), Region(start=start, stop=start, length=length)


def _place(body: Sequence[cst.BaseStatement], name: str) -> tuple[int, bool, bool]:
    """Return the index to insert at, and whether a blank line has to go before and after."""
    first = 0
    if body and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr):
        first = 1  # the module's docstring
    while first < len(body) and _from_import(body[first]) == "__future__":
        first += 1
    place = first
    last_plain = -1
    for index in range(first, len(body)):
        plain, source = _plain_import(body[index]), _from_import(body[index])
        if not plain and source is None:
            break
        if plain and _is_standard(plain):
            if plain.lower() > name.lower():
                return index, False, False
            last_plain = index
        elif last_plain < 0 and source is not None and _is_standard(source):
            return index, False, False
        elif not _is_standard(plain or source or ""):
            break
    if last_plain >= 0:
        return last_plain + 1, False, False
    follows_import = place < len(body) and (_plain_import(body[place]) or _from_import(body[place]) is not None)
    has_gap = place < len(body) and bool(blank_lines(body[place])) and place > 0
    return place, place > 0, bool(follows_import) and not has_gap
