"""Take away the imports that a run made useless: their names were used before and are not used now."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Sequence

from . import blocks as block_edits
from . import lists, offered
from .annotations import is_type_checking
from .import_lines import bound_name
from .name_outline import name_loss, unread_imports
from .scopes import scopes_of
from .source import Block, Source
from .text import Edit

Name = tuple[str, str]
"""The qualified name of the scope that an import binds its name in, and the name."""

_KEPT = re.compile(r"#.*\bnoqa\b(?!:)|#.*\bnoqa:.*\bF401\b")
"""A comment that says to keep an import nothing uses: https://docs.astral.sh/ruff/rules/unused-import/."""


def useless(before: Source, after: Source) -> frozenset[Name]:
    """Return the names that the module imports, used before and does not use now.

    None of an ``__init__.py``, whose imports are what the package offers: see ``may_be_useless``. Nor one that
    ``__all__`` lists, that is imported as itself (``import x as x``), that a comment keeps (``# noqa: F401``), that a
    call is given as a string, or whose import may fail.
    """
    free = _unused(before, after)
    if not free:
        return frozenset()
    listed = offered.listed(after.tree)
    kept = {
        (scope, _first(alias))
        for scope, block in _blocks(after.tree.body, "")
        for statement in block
        for alias in _aliases(statement)
        if alias.asname == alias.name or _KEPT.search(_lines(after, statement))
    }
    named = after.once(_in_calls)
    found = {each for each in free if each not in kept and each[1] not in named}
    return frozenset(each for each in found if each[0] or each[1] not in listed)


def _unused(before: Source, after: Source) -> set[Name]:
    """Return the names that are imported, were used before and are not now: by the outlines where these tell."""
    loss = name_loss(before, after)
    unread = unread_imports(after, loss.reads) if loss is not None else None
    if unread is not None:
        return {("", name) for name in unread}
    return unused_by_scopes(before, after)


def unused_by_scopes(before: Source, after: Source) -> set[Name]:
    """Return the names that are imported, were used before and are not now, each of them looked up."""
    was, now = before.once(scopes_of), after.once(scopes_of)
    free = {
        (each.scope, each.name.partition(".")[0])
        for each in now.imports
        if (each.scope, each.name.partition(".")[0]) not in now.used and not each.is_guarded
    }
    return free & set(was.used)


def _in_calls(source: Source) -> set[str]:
    """Return the strings that calls are given: ``getattr`` and ``ForwardRef`` look names up by them."""
    calls = [node for node in source.index.of((ast.Call,)) if isinstance(node, ast.Call)]
    values = [value for call in calls for value in (*call.args, *(each.value for each in call.keywords))]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def may_be_useless(before: bytes, after: Source) -> bool:
    """Tell whether some name that a module imports stands in its code less often than before."""
    if after.path.endswith("__init__.py"):
        return False
    blocks = _blocks(after.tree.body, "")
    names = {_first(alias).encode() for _, block in blocks for each in block for alias in _aliases(each)}
    return any(after.code.count(name) < before.count(name) for name in names)


def edits(source: Source, names: Container[Name]) -> list[Edit]:
    """Return the edits that take these names out of the module's imports; a guard left with nothing goes as well."""
    found: list[Edit] = []
    for scope, block in _blocks(source.tree.body, ""):
        whole: list[int] = []
        for place, statement in enumerate(block):
            aliases = _aliases(statement)
            doomed = [index for index, alias in enumerate(aliases) if (scope, _first(alias)) in names]
            if doomed and len(doomed) == len(aliases):
                whole.append(place)
            elif doomed:
                found += lists.remove_each(source, lists.elements_of(source, statement), doomed)
        found += statements(source, block, whole)
    return found


def _blocks(block: Block, scope: str) -> Iterator[tuple[str, Block]]:
    """Yield the blocks that may hold an import, with the scope each is in; those of ``try`` are left out."""
    yield scope, block
    for statement in block:
        match statement:
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                yield from _blocks(body, f"{scope}.{name}" if scope else name)
            case ast.ClassDef(name=name, body=body):
                yield from _blocks(body, f"{scope}.{name}" if scope else name)
            case ast.If(body=body, orelse=orelse):
                yield from _blocks(body, scope)
                yield from _blocks(orelse, scope)
            case ast.With(body=body) | ast.AsyncWith(body=body) | ast.For(body=body) | ast.While(body=body):
                yield from _blocks(body, scope)
            case _:
                pass


def _aliases(statement: ast.stmt) -> Sequence[ast.alias]:
    return statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ()


def _first(alias: ast.alias) -> str:
    return bound_name(alias).partition(".")[0]


def _lines(source: Source, statement: ast.stmt) -> str:
    last = statement.end_lineno or statement.lineno
    return "\n".join(source.text.line(line) for line in range(statement.lineno, last + 1))


def statements(source: Source, block: Block, places: Sequence[int]) -> list[Edit]:
    """Remove statements of a block, each run of neighbours in one edit; with the last one of a guard, the guard."""
    top = source.tree.body
    guard = next((at for at, each in enumerate(top) if isinstance(each, ast.If) and each.body is block), None)
    if guard is not None and len(places) == len(block):
        statement = top[guard]
        if isinstance(statement, ast.If) and not statement.orelse and is_type_checking(statement.test):
            return block_edits.remove(source, top, guard, guard + 1, top=True)
    edits = block_edits.remove_each(source, block, places, top=block is top)
    return [_below_comment(source, edit) for edit in edits]


def _below_comment(source: Source, edit: Edit) -> Edit:
    """Let the comment above a removed import stay where it is the heading of the imports below."""
    text = source.text
    removed = text.content[edit.start : edit.stop]
    if not removed.lstrip().startswith("#") or not text.content[edit.stop :].startswith(("import ", "from ")):
        return edit
    lines = removed.splitlines(keepends=True)
    heading = next(index for index, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    return edit._replace(start=edit.start + sum(len(line) for line in lines[:heading]))
