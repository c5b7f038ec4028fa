"""Keep imports sorted whose modules get other names: they change places with their neighbours."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...python.import_lines import sort_key
from ...python.source import Block, Source, last_line
from ...python.text import Edit


def sorted_again(source: Source, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits, with those of imports that would not be sorted any more as edits of all that change places."""
    found = list(edits)
    if not edits or "isort: skip_file" in source.text.content:
        return found
    for block in source.blocks:
        for run in _runs(source, block):
            found = _in_order(source, run, found)
    return found


def _runs(source: Source, block: Block) -> Iterator[list[ast.Import | ast.ImportFrom]]:
    """Yield imports that follow one another without a comment."""
    run: list[ast.Import | ast.ImportFrom] = []
    for statement in block:
        text = source.text
        if isinstance(statement, ast.Import | ast.ImportFrom):
            lines = range(last_line(run[-1]) + 1 if run else statement.lineno, last_line(statement) + 1)
            if not any("#" in text.line(line) for line in lines):
                run.append(statement)
                continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _in_order(source: Source, run: Sequence[ast.Import | ast.ImportFrom], edits: list[Edit]) -> list[Edit]:
    text = source.text
    spans = [text.span(each) for each in run]
    inside = [[each for each in edits if start <= each.start and each.stop <= stop] for start, stop in spans]
    if not any(inside) or [sort_key(each) for each in run] != sorted(map(sort_key, run)):
        return edits
    codes = [_edited(text.content[start:stop], start, own) for (start, stop), own in zip(spans, inside, strict=True)]
    new = [ast.parse(code).body[0] for code in codes]
    keys = [sort_key(each) for each in new if isinstance(each, ast.Import | ast.ImportFrom)]
    order = sorted(range(len(run)), key=keys.__getitem__)
    displaced = [at for at, index in enumerate(order) if at != index]
    if not displaced or len(keys) != len(run):
        return edits
    gone = {each for at in displaced for each in inside[at]}
    moved = [Edit(*spans[at], codes[order[at]]) for at in displaced]
    return [*(each for each in edits if each not in gone), *moved]


def _edited(code: str, start: int, edits: Sequence[Edit]) -> str:
    new, at = "", 0
    for each in sorted(edits, key=lambda edit: (edit.start, edit.stop)):
        new += code[at : each.start - start] + each.text
        at = each.stop - start
    return new + code[at:]
