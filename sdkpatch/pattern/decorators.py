"""Edit the decorators of a definition, line by line; the comments behind those that stay or change stay."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..source import Source
from ..text import Edit


def edits(
    source: Source,
    definition: ast.AST,
    before: Sequence[ast.AST],
    after: Sequence[str],
    operations: Sequence[tuple[str, int, int, int, int]],
) -> list[Edit]:
    """Return the edits that make the decorators ``before`` those ``after``, by the operations of a difference."""
    text = source.text
    found: list[Edit] = []
    for tag, a, b, c, d in operations:
        if tag == "replace" and b - a == d - c:
            found += [Edit(*text.span(node), code) for node, code in zip(before[a:b], after[c:d], strict=True)]
            continue
        if tag in ("delete", "replace"):
            for node in before[a:b]:
                start, stop = text.span(node)
                found.append(Edit(text.start_of(text.line_at(start)), text.start_of(text.line_at(stop) + 1), ""))
        if tag in ("insert", "replace"):
            if a < len(before):
                line = text.line_at(text.span(before[a])[0])
            elif before:
                line = text.line_at(text.span(before[-1])[1]) + 1
            else:
                line = getattr(definition, "lineno", 1)
            indent = text.indent(getattr(definition, "lineno", 1))
            code = "".join(f"{indent}@{each}\n" for each in after[c:d])
            found.append(Edit(text.start_of(line), text.start_of(line), code))
    return found
