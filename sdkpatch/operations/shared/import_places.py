"""Imports that have a place of their own: for type checkers only, or behind all others of the module."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...python import blocks as block_edits
from ...python import import_lines, lists
from ...python.annotations import is_type_checking
from ...python.import_lines import bound_name, member_key, module_of, sort_key
from ...python.source import Block, Source
from ...python.text import Edit

PLACES = ("sorted", "type-checking", "last")


def blocks_of(source: Source) -> list[Block]:
    """Return the blocks that hold a module's own imports: its top, and what is below guards for type checkers."""
    return [source.tree.body, *(each.body for each in _guards(source))]


def is_in_place(source: Source, node: ast.Import | ast.ImportFrom, place: str) -> bool:
    """Tell whether an import is for type checkers only, or the last of the module's top."""
    if place == "type-checking":
        return any(node is each for guard in _guards(source) for each in guard.body)
    return [*import_lines.at_top(source)][-1:] == [node]


def added(source: Source, code: str, place: str) -> list[Edit]:
    """Return the edits that import a name in its place."""
    if place == "last":
        return _last(source, code)
    guards = _guards(source)
    if guards:
        return _guarded(source, guards[0].body, code)
    test = "TYPE_CHECKING" if _has(source, "from typing import TYPE_CHECKING") else "typing.TYPE_CHECKING"
    needed = [] if test == "TYPE_CHECKING" else import_lines.add(source, ["import typing"])
    body = source.tree.body
    if needed:  # the guard goes below it, once it is there
        return needed
    place_below = max(at for at, each in enumerate(body) if isinstance(each, ast.Import | ast.ImportFrom)) + 1
    edits = block_edits.insert(source, body, place_below, f"if {test}:\n    {code}", top=True)
    return [each._replace(text=f"\n{each.text}") for each in edits]


def _has(source: Source, code: str) -> bool:
    return import_lines.has(source, import_lines.parsed(code))


def _guards(source: Source) -> list[ast.If]:
    return [each for each in source.tree.body if isinstance(each, ast.If) and is_type_checking(each.test)]


def _guarded(source: Source, block: Block, code: str) -> list[Edit]:
    wanted = import_lines.parsed(code)
    own = [each for each in block if isinstance(each, ast.Import | ast.ImportFrom)]
    for node in own:
        if isinstance(node, ast.ImportFrom) and isinstance(wanted, ast.ImportFrom) and _joins(node, wanted):
            name = ast.unparse(wanted.names[0])
            at = sum(member_key(bound_name(each)) < member_key(name) for each in node.names)
            listed = lists.elements_of(source, node)
            return lists.in_brackets(listed, lists.insert_each(source, listed, [(at, name)]))
    later = [at for at, each in enumerate(block) if each in own and sort_key(wanted) < sort_key(each)]
    if len(block) == 1 and isinstance(block[0], ast.Pass):
        return block_edits.replace(source, block, code)
    return block_edits.insert(source, block, later[0] if later else len(own), code, top=False)


def _joins(node: ast.ImportFrom, wanted: ast.ImportFrom) -> bool:
    return module_of(node) == module_of(wanted) and node.names[0].name != "*"


def _last(source: Source, code: str) -> list[Edit]:
    """Put an import below all others; a comment keeps isort, and ruff, from sorting it back.

    https://docs.astral.sh/ruff/rules/unsorted-imports/
    """
    body = source.tree.body
    tops: Sequence[int] = [at for at, each in enumerate(body) if isinstance(each, ast.Import | ast.ImportFrom)]
    if not tops:
        return import_lines.add(source, [code])
    text = source.text
    at = text.start_of((body[tops[-1]].end_lineno or body[tops[-1]].lineno) + 1)
    split = "" if "isort: skip_file" in text.content else "\n# isort: split\n"
    lead = "\n" if at == len(text.content) and not text.content.endswith("\n") else ""
    return [Edit(at, at, f"{lead}{split}{code}\n")]
