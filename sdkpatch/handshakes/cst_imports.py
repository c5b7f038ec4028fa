"""Add ``import module`` to a libcst module where isort, and so ruff's rule I001, would put it.

``AddImportsVisitor`` puts a new absolute import behind the relative ones and takes two seconds on a large module.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import libcst as cst

from ..model import Region
from .cst import blank_lines


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
    place, joins_below = _place(body, name)
    statement = cst.parse_statement(f"import {name}")
    gap = cst.EmptyLine(indent=False)
    above = list(blank_lines(body[place])) if place < len(body) else []
    # Blank lines end what is above; comments belong to the statement below them.
    blanks = next((index for index, line in enumerate(above) if line.comment is not None), len(above))
    start = lines[place] if place < len(body) else lines[-1] + 1
    if joins_below:
        comments = above[blanks:]  # isort sets a commented import apart
        leading, kept, length = above[:blanks], [gap, *comments] if comments else [], 1 + bool(comments)
        start -= len(comments)
    elif _continues(body, place):
        leading, kept, length = [], above, 1
        start -= len(above)
    elif place < len(body) and _is_import(body[place]):
        leading, kept = above[:blanks] or [gap][: place > 0], [gap, *above[blanks:]]
        start -= len(above) - blanks
        length = 2 + len(leading) - blanks
    else:
        leading, kept, length = [gap][: place > 0], above, 1 + (place > 0)
        start -= len(above)
    if place < len(body):
        body[place] = body[place].with_changes(leading_lines=kept)
    body.insert(place, statement.with_changes(leading_lines=leading))
    return module.with_changes(body=body), Region(start=start, stop=start, length=length)


def _is_import(statement: cst.BaseStatement) -> bool:
    return bool(_plain_import(statement)) or _from_import(statement) is not None


def _continues(body: Sequence[cst.BaseStatement], place: int) -> bool:
    """Tell whether the statement above is a plain standard import, which the new one follows without a gap."""
    return place > 0 and _is_standard(_plain_import(body[place - 1]))


def _place(body: Sequence[cst.BaseStatement], name: str) -> tuple[int, bool]:
    """Return the index to insert at, and whether the import there is in the same section."""
    first = 0
    if body and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr):
        first = 1  # the module's docstring
    while first < len(body) and _from_import(body[first]) == "__future__":
        first += 1
    after_plain = -1
    for index in range(first, len(body)):
        plain, source = _plain_import(body[index]), _from_import(body[index])
        if plain and _is_standard(plain):
            if plain.lower() > name.lower():
                return index, True
            after_plain = index + 1
        elif after_plain < 0 and source is not None and _is_standard(source):
            return index, True
        else:
            break
    return (after_plain, False) if after_plain >= 0 else (first, False)
