"""Edit the decorators of a definition, line by line; the comments behind those that stay or change stay."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..errors import EditRefused
from ..python.source import Source
from ..python.text import Edit


def edits(
    source: Source,
    definition: ast.AST,
    before: Sequence[Sequence[ast.AST]],
    after: Sequence[str],
    operations: Sequence[tuple[str, int, int, int, int]],
) -> list[Edit]:
    """Return the edits that make the decorators ``before`` those ``after``, by the operations of a difference.

    ``before`` holds the decorators of each part of the pattern: of a run any number. Raises EditRefused where a run
    would become another decorator.
    """
    text = source.text
    found: list[Edit] = []
    for tag, a, b, c, d in operations:
        if tag == "replace" and b - a == d - c and all(len(nodes) == 1 for nodes in before[a:b]):
            found += [Edit(*text.span(nodes[0]), code) for nodes, code in zip(before[a:b], after[c:d], strict=True)]
            continue
        if tag in ("delete", "replace"):
            for node in (node for nodes in before[a:b] for node in nodes):
                start, stop = text.span(node)
                found.append(Edit(text.start_of(text.line_at(start)), text.start_of(text.line_at(stop) + 1), ""))
        if tag in ("insert", "replace"):
            if not all(after[c:d]):
                raise EditRefused("the change moves decorators that the pattern does not name: write them out")
            below = [node for nodes in before[a:] for node in nodes]
            above = [node for nodes in before[:a] for node in nodes]
            if below:
                line = text.line_at(text.span(below[0])[0])
            elif above:
                line = text.line_at(text.span(above[-1])[1]) + 1
            else:
                line = getattr(definition, "lineno", 1)
            indent = text.indent(getattr(definition, "lineno", 1))
            code = "".join(f"{indent}@{each}\n" for each in after[c:d])
            found.append(Edit(text.start_of(line), text.start_of(line), code))
    return found
