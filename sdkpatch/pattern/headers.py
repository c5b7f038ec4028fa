"""Edit the parts of a header that are no list: async, names, return annotations, what is caught, what with names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from ..errors import EditRefused
from ..python import lists
from ..python.source import Source
from ..python.text import Edit


class Code(NamedTuple):
    """How a node and a name of the pattern are written."""

    shown: Callable[[ast.AST], str]
    named: Callable[[str], str]


def edits(source: Source, target: ast.AST, new: ast.AST, field: str, after: object, code: Code) -> list[Edit] | None:
    """Return the edits that give one field of a header its value after; None for what is no header.

    ``new`` is the node of the pattern after. Raises EditRefused for a part that cannot be edited alone.
    """
    text = source.text
    if isinstance(target, ast.FunctionDef | ast.AsyncFunctionDef):
        start = text.span(target)[0]
        if field == "is_async":
            return [Edit(start, start, "async ")] if after else [Edit(start, start + len("async "), "")]
        if field == "returns":
            return _returns(source, target, after, code)
    if isinstance(target, ast.ImportFrom) and field == "module":
        return [lists.module_edit(source, target, code.named(str(after)))]
    if isinstance(target, ast.withitem) and field == "optional_vars":
        return _as(source, target, after, code)
    if field == "name" and isinstance(target, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        keyword = "class" if isinstance(target, ast.ClassDef) else "def"
        start = text.content.index(keyword, text.span(target)[0]) + len(keyword)
        start = text.content.index(target.name, start)
        return [Edit(start, start + len(target.name), code.named(str(after)))]
    if isinstance(target, ast.ExceptHandler):
        start, stop = text.span(target)[0], text.span(target.body[0])[0]
        colon = lists.find(text, start, stop, ":")
        assert isinstance(new, ast.ExceptHandler) and colon is not None
        caught = f" {code.shown(new.type)}" if new.type else ""
        named = f" as {code.named(new.name)}" if new.name else ""
        return [Edit(start, colon, f"except{caught}{named}")]
    if isinstance(target, ast.stmt) and hasattr(target, "body"):
        raise EditRefused("the change is in a part of a header that cannot be edited; replace the whole statement")
    return None


def _as(source: Source, target: ast.withitem, after: object, code: Code) -> list[Edit] | None:
    """Give an item of a with statement a name, or take it off; None where parentheses stand between the two."""
    text = source.text
    stop = text.span(target.context_expr)[1]
    if isinstance(after, ast.AST):
        shown = f" as {code.shown(after)}"
        return None if text.content[stop:].lstrip()[:1] == ")" else [Edit(stop, stop, shown)]
    assert target.optional_vars is not None
    end = text.span(target.optional_vars)[1]
    return None if ")" in text.content[stop:end] else [Edit(stop, end, "")]


def _returns(source: Source, target: ast.FunctionDef | ast.AsyncFunctionDef, after: object, code: Code) -> list[Edit]:
    closing = lists.elements_of(source, target).stop + 1
    if isinstance(after, ast.AST):
        return [Edit(closing, closing, f" -> {code.shown(after)}")]
    assert target.returns is not None
    return [Edit(closing, source.text.span(target.returns)[1], "")]
