"""Edit lists between brackets: insert or remove an element and the comma that goes with it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .operation import EditRefused
from .source import Source
from .text import Edit, Span, Text


class Elements(NamedTuple):
    """What stands between two brackets: ``spans`` of the elements, ``start`` and ``stop`` of the content.

    ``brackets`` is False for a list written without them, such as the names of a from-import.
    """

    spans: tuple[Span, ...]
    start: int
    stop: int
    trailing_comma: bool
    brackets: bool = True


_BEFORE = {ast.Call: "func", ast.Subscript: "value"}


def elements_of(source: Source, node: ast.AST) -> Elements:
    """Return the elements of a call, function, class, subscript, display or from-import. Raises EditRefused."""
    text = source.text
    start, stop = text.span(node)
    opening = "("
    if isinstance(node, ast.Call | ast.Subscript):
        start = text.span(node.func if isinstance(node, ast.Call) else node.value)[1]
        opening = "(" if isinstance(node, ast.Call) else "["
    elif isinstance(node, ast.List | ast.Set | ast.Dict):
        opening = "[" if isinstance(node, ast.List) else "{"
    elif isinstance(node, ast.Tuple) and text.content[start] != "(":
        return _split(text, start, stop, brackets=False)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        start = _after_import(text, start, stop)
        if text.content[start] != "(":
            return _split(text, start, stop, brackets=False)
    elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        stop = text.span(node.body[0])[0]
    elif not isinstance(node, ast.Tuple):
        raise EditRefused("elements can only be added to or taken from a call, a definition, an import or a display")
    opened = _find(text, start, stop, opening)
    if opened is None:
        raise EditRefused("the brackets of the list are not found")
    return _split(text, opened + 1, stop, brackets=True)


def _tokens(text: Text, start: int, stop: int, bracket: str = "") -> list[tuple[str, int, int]]:
    """Return the tokens that matter between two offsets, with their offsets; stops where it is no longer Python.

    ``bracket`` is the one the segment lies in: within it the indent of a line means nothing.
    """
    segment = bracket + text.content[start:stop]
    start -= len(bracket)
    starts = [0]
    for line in segment.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    found: list[tuple[str, int, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(segment).readline):
            if token.type not in skipped and token.string:
                at = start + starts[token.start[0] - 1] + token.start[1]
                found.append((token.string, at, start + starts[token.end[0] - 1] + token.end[1]))
    except (tokenize.TokenError, SyntaxError):
        pass  # the segment ends inside a bracket or a block: what was read so far is right
    return found[len(bracket) :]


def _find(text: Text, start: int, stop: int, wanted: str) -> int | None:
    depth = 0
    for string, at, _ in _tokens(text, start, stop):
        if string == wanted and depth == 0:
            return at
        depth += (string in "([{") - (string in ")]}")
        if string == ":" and depth == 0:
            return None
    return None


def _after_import(text: Text, start: int, stop: int) -> int:
    found = [end for string, _, end in _tokens(text, start, stop) if string == "import"]
    at = found[0]
    return at + len(text.content[at:stop]) - len(text.content[at:stop].lstrip())


def _split(text: Text, start: int, stop: int, brackets: bool) -> Elements:
    spans: list[Span] = []
    depth = 0
    first: int | None = None
    last = start
    comma = False
    bracket = text.content[start - 1] if brackets else "("
    for string, at, end in _tokens(text, start, stop, bracket):
        if string in (")", "]", "}"):
            if depth == 0:
                stop = at
                break
            depth -= 1
        elif string in ("(", "[", "{"):
            depth += 1
        if string == "," and depth == 0:
            if first is not None:
                spans.append((first, last))
            first, comma = None, True
            continue
        first, last, comma = at if first is None else first, end, False
    if first is not None:
        spans.append((first, last))
    return Elements(spans=tuple(spans), start=start, stop=stop, trailing_comma=comma, brackets=brackets)


def separator(source: Source, elements: Elements) -> str:
    """Return what stands between two elements: a comma and a blank, or a line end and the indent of the first."""
    content, spans = source.text.content, elements.spans
    one_per_line = len(spans) > 1 and all("\n" in content[left[1] : right[0]] for left, right in pairwise(spans))
    one_per_line = one_per_line or (elements.trailing_comma and "\n" in content[elements.start : spans[0][0]])
    return ",\n" + source.text.indent(source.text.line_at(spans[0][0])) if one_per_line else ", "


def insert(source: Source, elements: Elements, index: int, new: Sequence[str]) -> list[Edit]:
    """Return the edit that inserts elements before ``index``; the list keeps its layout where it has one."""
    if not new:
        return []
    spans = elements.spans
    if not spans:
        return [Edit(elements.start, elements.stop, ", ".join(new))]
    between = separator(source, elements)
    if index < len(spans):
        at = spans[index][0]
        return [Edit(at, at, "".join(text + between for text in new))]
    at = spans[-1][1]
    if "\n" in between and elements.trailing_comma:  # behind the comma and the comment of the last one
        line = source.text.line_at(at)
        indent = source.text.indent(source.text.line_at(spans[0][0]))
        below = source.text.start_of(line + 1)
        return [Edit(below, below, "".join(f"{indent}{text},\n" for text in new))]
    return [Edit(at, at, "".join(between + text for text in new))]


def insert_each(source: Source, elements: Elements, new: Sequence[tuple[int, str]]) -> list[Edit]:
    """Return the edits that insert several elements, each before its index; those of one index in the order given."""
    places = sorted({index for index, _ in new})
    return [
        edit for place in places for edit in insert(source, elements, place, [text for at, text in new if at == place])
    ]


def in_brackets(elements: Elements, edits: Sequence[Edit]) -> list[Edit]:
    """Put the names of a from-import into brackets; the layout takes them off again where one line has room."""
    if elements.brackets or not edits:
        return list(edits)
    return [Edit(elements.start, elements.start, "("), *edits, Edit(elements.stop, elements.stop, ")")]


def remove(source: Source, elements: Elements, first: int, last: int) -> list[Edit]:
    """Return the edit that removes the elements ``first`` up to but not including ``last``."""
    spans = elements.spans
    if last <= first:
        return []
    if last < len(spans):
        return [Edit(spans[first][0], spans[last][0], "")]
    if first > 0:
        return [Edit(spans[first - 1][1], spans[-1][1], "")]
    return [Edit(elements.start, elements.stop, "")]


def remove_each(source: Source, elements: Elements, indexes: Sequence[int]) -> list[Edit]:
    """Return the edits that remove several elements, each run of neighbours in one."""
    edits: list[Edit] = []
    first: int | None = None
    for index in range(len(elements.spans) + 1):
        if index in indexes:
            first = index if first is None else first
        elif first is not None:
            edits += remove(source, elements, first, index)
            first = None
    return edits
