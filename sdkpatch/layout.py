"""Lay out the logical lines that an edit touched as ruff and black do, or leave them as they are.

Only what both do without a choice of their own: split at the parameters of a ``def``, else at the last bracket; the
content on one line if it fits, else one element per line and a comma after the last. A comma that was there keeps a
bracket split. A line that would need more than that (operators, chains of calls, comments in brackets) stays.
"""

from __future__ import annotations

import io
import keyword as keywords
import tokenize
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .text import PRAGMA

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_OPERATORS = frozenset({"and", "or", "not", "if", "else", "in", "is", "lambda", "+", "-", "*", "/", "%", "|", "&", "^"})
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "//", "**", "@", "<<", ">>", ":="})
_INDENT = "    "


class _Piece(NamedTuple):
    """A token and whether white space stands before it when the line is flat."""

    text: str
    space: bool


class _Logical(NamedTuple):
    """One logical line of a fragment: its first and last row (0-based), its indent, its tokens and its comment."""

    first: int
    last: int
    indent: str
    pieces: tuple[_Piece, ...] | None
    comment: str = ""


def lay_out(fragment: str, limit: int) -> str:
    """Return ``fragment``, whole logical lines of Python, with each of them wrapped or joined to ``limit`` columns."""
    rows = fragment.split("\n")
    out: list[str] = []
    at = 0
    for logical in _logical_lines(fragment):
        out += rows[at : logical.first]
        laid = _whole(logical, limit)
        out += rows[logical.first : logical.last + 1] if laid is None else laid
        at = logical.last + 1
    return "\n".join(out + rows[at:])


def _logical_lines(fragment: str) -> list[_Logical]:
    found: list[_Logical] = []
    tokens: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(fragment).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT) or (token.type == tokenize.NL and not tokens):
                continue
            if token.type == tokenize.COMMENT and not tokens:
                continue
            if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
                if tokens:
                    found.append(_logical(tokens))
                tokens = []
            else:
                tokens.append(token)
    except (tokenize.TokenError, SyntaxError):
        return found  # the rest stays as it is
    return found


def _logical(tokens: Sequence[tokenize.TokenInfo]) -> _Logical:
    first = tokens[0]
    indent = first.line[: first.start[1]]
    rows = first.start[0] - 1, tokens[-1].end[0] - 1
    comment = ""
    if len(tokens) > 1 and tokens[-1].type == tokenize.COMMENT:
        comment = f"  {tokens[-1].string}"
        tokens = tokens[:-1]
    if any(token.type == tokenize.COMMENT or "\n" in token.string.strip("\n") for token in tokens):
        return _Logical(first=rows[0], last=rows[1], indent=indent, pieces=None)
    pieces: list[_Piece] = []
    previous = None
    for token in tokens:
        if token.type == tokenize.NL:
            continue
        space = False
        if previous is not None:
            if previous.end[0] == token.start[0]:
                space = previous.end[1] < token.start[1]
            else:
                space = previous.string not in _OPEN and token.string not in _CLOSE
        if (token.type == tokenize.OP and token.string in ";\\") or token.string.startswith("\\"):
            return _Logical(first=rows[0], last=rows[1], indent=indent, pieces=None)
        pieces.append(_Piece(text=token.string, space=space))
        previous = token
    return _Logical(first=rows[0], last=rows[1], indent=indent, pieces=tuple(pieces), comment=comment)


def _whole(logical: _Logical, limit: int) -> list[str] | None:
    if not logical.pieces or logical.pieces[0].text == "@":
        return None
    if logical.last > logical.first and any(_is_grouping(logical.pieces, at) for at in range(len(logical.pieces))):
        return None
    # A comment for a tool takes no room: it cannot be moved to another line.
    room = 0 if PRAGMA.match(logical.comment) else len(logical.comment)
    one = _split(logical.pieces, logical.indent, limit - room, keyword=logical.pieces[0].text)
    if one is None or (room and len(one) > 1):
        return None
    return [*one[:-1], one[-1] + logical.comment]


def _is_grouping(pieces: Sequence[_Piece], at: int) -> bool:
    """Tell whether a parenthesis is there for the sake of the layout, as in ``return (a or b)``, not of a call."""
    if pieces[at].text != "(":
        return False
    before = pieces[at - 1].text if at else ""
    if before in _CLOSE or (before.isidentifier() and not keywords.iskeyword(before)) or before == "import":
        return False
    stop = next((stop for start, stop in _groups(pieces[at:]) if start == 0), 0)
    return len(_elements(pieces[at + 1 : at + stop])) < 2  # else it is a tuple


def _flat(pieces: Sequence[_Piece]) -> str:
    return "".join((" " if piece.space and index else "") + piece.text for index, piece in enumerate(pieces))


def _groups(pieces: Sequence[_Piece]) -> Iterator[tuple[int, int]]:
    """Yield the outermost bracket pairs, as indices of the brackets."""
    depth = start = 0
    for index, piece in enumerate(pieces):
        if piece.text in _OPEN:
            start = index if depth == 0 else start
            depth += 1
        elif piece.text in _CLOSE:
            depth -= 1
            if depth == 0:
                yield start, index


def _is_magic(pieces: Sequence[_Piece], start: int, stop: int) -> bool:
    """Tell whether the comma before a closing bracket keeps the bracket split: not that of a tuple of one."""
    if stop - start < 2 or pieces[stop - 1].text != ",":
        return False
    if len(_elements(pieces[start + 1 : stop])) > 1 or pieces[start].text == "{" or pieces[start - 1].text == "import":
        return True
    is_display = start == 0 or not _ends_a_value(pieces[start - 1])
    return is_display if pieces[start].text == "[" else not is_display


def _ends_a_value(piece: _Piece) -> bool:
    """Tell whether a bracket behind a token is a call or a subscript, not a display."""
    return piece.text in _CLOSE or (piece.text.isidentifier() and not keywords.iskeyword(piece.text))


def _has_magic(pieces: Sequence[_Piece]) -> bool:
    return any(
        _is_magic(pieces, start, stop) or _has_magic(pieces[start + 1 : stop]) for start, stop in _groups(pieces)
    )


def _elements(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """Split the content of a bracket at its own commas."""
    elements: list[Sequence[_Piece]] = []
    depth = start = 0
    for index, piece in enumerate(pieces):
        depth += (piece.text in _OPEN) - (piece.text in _CLOSE)
        if piece.text == "," and depth == 0:
            elements.append(pieces[start:index])
            start = index + 1
    return elements + ([pieces[start:]] if start < len(pieces) else [])


def _split(pieces: Sequence[_Piece], indent: str, limit: int, keyword: str = "", comma: str = "") -> list[str] | None:
    """Return the lines of one logical line, or None when it cannot be told how they should be."""
    if keyword == "from" and pieces[-1].text == ")" and pieces[-2].text != ",":
        start = next(index for index, piece in enumerate(pieces) if piece.text == "(")
        open_line = [*pieces[:start], _Piece(text=pieces[start + 1].text, space=True), *pieces[start + 2 : -1]]
        if len(indent) + len(_flat(open_line)) <= limit:
            return [indent + _flat(open_line)]
    flat = _flat(pieces) + comma
    if len(indent) + len(flat) <= limit and not _has_magic(pieces):
        return [indent + flat]
    groups = list(_groups(pieces))
    is_definition = "def" in (keyword, pieces[1].text if len(pieces) > 1 else "") or keyword == "class"
    outside = _outside(pieces, groups)
    groups = [(start, stop) for start, stop in groups if stop > start + 1]
    if not groups or (not is_definition and not _is_plain(outside, pieces, groups)):
        return None
    start, stop = groups[0] if is_definition else groups[-1]
    if len(indent) + len(_flat(pieces[: start + 1])) > limit:
        start, stop = groups[0]  # an annotation too long for what follows it
    head, tail = indent + _flat(pieces[: start + 1]), indent + _flat(pieces[stop:]) + comma
    rest_is_magic = _has_magic(pieces[:start]) or _has_magic(pieces[stop + 1 :])
    if rest_is_magic or len(head) > limit or len(tail) > limit:
        return None
    inner = _content(pieces, start, stop, indent + _INDENT, limit, keyword)
    return None if inner is None else [head, *inner, tail]


def _content(
    pieces: Sequence[_Piece], start: int, stop: int, indent: str, limit: int, keyword: str
) -> list[str] | None:
    content = pieces[start + 1 : stop]
    flat = _flat(content)
    fits = len(indent) + len(flat) <= limit and not _has_magic(content)
    is_display = pieces[start].text != "(" and not (start and _ends_a_value(pieces[start - 1]))
    if fits and keyword != "from" and not is_display and not _is_magic(pieces, start, stop):
        return [indent + flat]
    if any(piece.text in ("for", "async") for piece in _outside(content, list(_groups(content)))):
        return None  # a comprehension
    elements = _elements(content)
    if len(elements) == 1 and content[-1].text != "," and keyword not in ("def", "async", "from"):
        return _split(elements[0], indent, limit)
    lines: list[str] = []
    for element in elements:
        inner = _split(element, indent, limit, comma=",")
        if inner is None:
            return None
        lines += inner
    return lines


def _outside(pieces: Sequence[_Piece], groups: Sequence[tuple[int, int]]) -> list[_Piece]:
    inside = {index for start, stop in groups for index in range(start, stop + 1)}
    return [piece for index, piece in enumerate(pieces) if index not in inside]


def _is_plain(outside: Sequence[_Piece], pieces: Sequence[_Piece], groups: Sequence[tuple[int, int]]) -> bool:
    """Tell whether splitting at the last bracket is the only way: no operators, no chain of calls, nothing behind."""
    if any(piece.text in _OPERATORS or piece.text in _COMPARISONS for piece in outside):
        return False
    calls = [
        start for start, _ in groups if pieces[start].text == "(" and start and pieces[start - 1].text.isidentifier()
    ]
    behind = [piece.text for piece in pieces[groups[-1][1] + 1 :]]
    is_default = len(behind) == 2 and behind[0] == "=" and not calls  # of an annotation
    is_context = len(behind) == 3 and (behind[0], behind[2]) == ("as", ":")  # of a with statement
    return len(calls) <= 1 and (behind in ([], [":"]) or is_default or is_context)
