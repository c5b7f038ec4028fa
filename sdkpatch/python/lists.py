"""Edit lists between brackets: insert or remove an element and the comma that goes with it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ..errors import EditRefused
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
    """Return the elements of a call, function, class, subscript, display, from-import or with. Raises EditRefused."""
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
    elif isinstance(node, ast.With | ast.AsyncWith):
        return _with_items(text, node)
    elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        stop = text.span(node.body[0])[0]
    elif not isinstance(node, ast.Tuple):
        raise EditRefused("elements can only be added to or taken from a call, a definition, an import or a display")
    opened = find(text, start, stop, opening)
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


def find(text: Text, start: int, stop: int, wanted: str) -> int | None:
    """Return the offset of a token that stands outside brackets; None where a colon comes first."""
    depth = 0
    for string, at, _ in _tokens(text, start, stop):
        if string == wanted and depth == 0:
            return at
        depth += (string in "([{") - (string in ")]}")
        if string == ":" and depth == 0:
            return None
    return None


def _with_items(text: Text, node: ast.With | ast.AsyncWith) -> Elements:
    """Return the items of a with statement; parentheses around an only item belong to the item."""
    tokens = _tokens(text, text.span(node)[0], text.span(node.body[0])[0])
    first = next(index for index, (string, _, _) in enumerate(tokens) if string == "with") + 1
    depth, closed = 0, first
    for index, (string, _, _) in enumerate(tokens[first:], first):
        depth += (string in "([{") - (string in ")]}")
        if depth == 0:
            closed = closed if closed > first else index
            if string == ":":
                break
    if tokens[first][0] == "(" and closed == index - 1 and len(node.items) > 1:
        return _split(text, tokens[first][2], tokens[closed][1], brackets=True)
    return _split(text, tokens[first][1], tokens[index][1], brackets=False)


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


def module_edit(source: Source, node: ast.ImportFrom, module: str) -> Edit:
    """Return the edit that has a from-import name another module; its names stay as they are."""
    tokens = _tokens(source.text, *source.text.span(node))
    last = next(index for index, (string, _, _) in enumerate(tokens) if index and string == "import")
    return Edit(tokens[1][1], tokens[last - 1][2], module)


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
    text = source.text
    if not spans:
        return _only(source, elements, new)
    between = separator(source, elements)
    if "\n" in between:  # on lines of their own: behind the comma and the comment of the element before
        indent = text.indent(text.line_at(spans[0][0]))
        whole = "".join(f"{indent}{each},\n" for each in new)
        if index == 0:
            opened = text.content.find("\n", elements.start, _comments_above(source, spans[0][0]))
            if opened >= 0:
                return [Edit(opened + 1, opened + 1, whole)]
        elif index < len(spans) or elements.trailing_comma:
            below = text.start_of(text.line_at(spans[index - 1][1]) + 1)
            return [Edit(below, below, whole)]
    if index < len(spans):
        at = spans[index][0]
        return [Edit(at, at, "".join(each + between for each in new))]
    return _behind(source, elements, between, new)


def _only(source: Source, elements: Elements, new: Sequence[str]) -> list[Edit]:
    """Return the edit that fills an empty list, below the comments in it."""
    text = source.text
    if "#" not in text.content[elements.start : elements.stop]:
        return [Edit(elements.start, elements.stop, ", ".join(new))]
    line = text.line_at(elements.stop)
    at, indent = text.start_of(line), text.indent(line) + "    "
    return [Edit(at, at, "".join(f"{indent}{each},\n" for each in new))]


def _behind(source: Source, elements: Elements, between: str, new: Sequence[str]) -> list[Edit]:
    """Return the edits that put elements behind the last one, and behind the comment that it has."""
    text, at = source.text, elements.spans[-1][1]
    below = text.start_of(text.line_at(at) + 1)
    if below <= elements.stop and not elements.trailing_comma and "#" in text.content[at:below]:
        indent = text.indent(text.line_at(elements.spans[-1][0]))
        return [Edit(at, at, ","), Edit(below, below, "".join(f"{indent}{each},\n" for each in new))]
    return [Edit(at, at, "".join(between + each for each in new))]


def _comments_above(source: Source, at: int) -> int:
    """Return the start of the line of an offset, or of the comments that stand directly above it."""
    text = source.text
    line = text.line_at(at)
    while line > 1 and text.line(line - 1).lstrip().startswith("#"):
        line -= 1
    return text.start_of(line)


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
    whole = _whole_lines(source, elements, first, last)
    if whole is not None:
        return [whole]
    if last < len(spans):
        return [Edit(spans[first][0], spans[last][0], "")]
    if first > 0:
        return [Edit(spans[first - 1][1], spans[-1][1], "")]
    text = source.text
    line = text.line_at(elements.start)
    end = text.start_of(line + 1) - 1
    if elements.start < end < spans[0][0] and "#" in text.content[elements.start : end]:  # of the bracket
        return [Edit(end, elements.stop, "\n" + text.indent(text.line_at(elements.stop)))]
    return [Edit(elements.start, elements.stop, "")]


def _whole_lines(source: Source, elements: Elements, first: int, last: int) -> Edit | None:
    """Return the edit that removes elements which have their lines to themselves, their own comments included."""
    text, spans = source.text, elements.spans
    start, stop = _comments_above(source, spans[first][0]), text.start_of(text.line_at(spans[last - 1][1]) + 1)
    others = [*spans[:first], *spans[last:], (elements.start, elements.start), (elements.stop, elements.stop)]
    is_apart = all(at < start or at >= stop for span in others for at in (span[0], max(span[0], span[1] - 1)))
    has_comma = last < len(spans) or elements.trailing_comma
    if not has_comma and elements.brackets and first:  # else the comments beside it would change their elements
        has_comma = "#" in text.content[spans[first - 1][1] : elements.stop]
    return Edit(start, stop, "") if is_apart and has_comma and len(others) > 2 else None


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


def tuple_of_one(source: Source, elements: Elements, left: int, edits: Sequence[Edit]) -> list[Edit]:
    """Return edits that leave one element of a tuple, with the comma without which its brackets hold no tuple."""
    content = source.text.content
    start, at = elements.spans[left]
    only = f"{content[start:at]},"
    if not elements.brackets:
        return [Edit(elements.spans[0][0], elements.spans[-1][1], f"({only})")]
    if "#" not in content[elements.start : elements.stop]:
        return [Edit(elements.start, elements.stop, only)]  # ruff puts a tuple of one on one line
    place, shown = at, ""
    for edit in sorted(edits):
        if edit.stop > at:
            shown, place = shown + content[place : max(edit.start, place)], edit.stop
    if (shown + content[place : elements.stop]).lstrip().startswith(","):
        return list(edits)
    behind = [edit for edit in edits if edit.start == at]
    rest = [edit for edit in edits if edit not in behind]
    return [*rest, *([edit._replace(text=",") for edit in behind] or [Edit(at, at, ",")])]
