"""Lay out the logical lines that an edit touched as ruff and black do, or leave them as they are.

Only what both do without a choice of their own: split at the parameters of a ``def``, else at the last bracket; the
content on one line if it fits, else one element per line and a comma after the last. A comma that was there keeps a
bracket split, and so does a comment. A value that no bracket splits goes into parentheses of its own. A line that
would need more than that (operators, chains of calls, comments within an element) stays.
"""

from __future__ import annotations

import io
import keyword as keywords
import re
import tokenize
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_OPERATORS = frozenset({"and", "or", "not", "if", "else", "in", "is", "lambda", "+", "-", "*", "/", "%", "|", "&", "^"})
_CHAINED = frozenset({"and", "or", "+", "-", "*", "/", "|", "&"})
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "//", "**", "@", "<<", ">>", ":="})
_INDENT = "    "
_PRAGMA = re.compile(r"\s*#\s*(type|noqa|pyright|pylint|mypy|ruff|flake8|ty)\b")


class _Piece(NamedTuple):
    """A token and whether white space stands before it when the line is flat.

    A comment is one too: ``space`` tells then that it stands behind code, not on a line of its own.
    """

    text: str
    space: bool

    @property
    def is_comment(self) -> bool:
        return self.text.startswith("#")


class _Element(NamedTuple):
    """One of several elements between brackets: the comments above it, its tokens, the comment behind it."""

    above: tuple[str, ...]
    pieces: tuple[_Piece, ...]
    behind: str = ""


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
    if any("\n" in token.string.strip("\n") for token in tokens):
        return _Logical(first=rows[0], last=rows[1], indent=indent, pieces=None)
    pieces: list[_Piece] = []
    previous = None
    for token in tokens:
        if token.type == tokenize.NL:
            continue
        space = False
        if token.type == tokenize.COMMENT:
            space = token.line[: token.start[1]].strip() != ""
        elif previous is not None:
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
    room = 0 if _PRAGMA.match(logical.comment) else len(logical.comment)
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


def _has_comment(pieces: Sequence[_Piece]) -> bool:
    return any(piece.is_comment for piece in pieces)


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
    while stop - start > 1 and pieces[stop - 1].is_comment:
        stop -= 1
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
    """Tell whether a comma or a comment keeps a bracket split."""
    return _has_comment(pieces) or any(
        _is_magic(pieces, start, stop) or _has_magic(pieces[start + 1 : stop]) for start, stop in _groups(pieces)
    )


def _elements(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """Split the content of a bracket at its own commas; comments are left out."""
    return [each.pieces for each in _commented(pieces) if each.pieces]


def _commented(pieces: Sequence[_Piece]) -> list[_Element]:
    """Split the content of a bracket at its own commas; what has no tokens holds the comments below the last one."""
    elements: list[_Element] = []
    above: list[str] = []
    current: list[_Piece] = []
    depth = 0
    for piece in pieces:
        depth += (piece.text in _OPEN) - (piece.text in _CLOSE)
        if depth or not (piece.is_comment or piece.text == ","):
            current.append(piece)
        elif piece.text == ",":
            elements.append(_Element(tuple(above), tuple(current)))
            above, current = [], []
        elif current:  # within an element or behind the last one, where there is no comma
            current.append(piece)
        elif piece.space and elements and not above and not elements[-1].behind:
            elements[-1] = elements[-1]._replace(behind=piece.text)
        else:
            above.append(piece.text)
    below: list[str] = []
    while current and current[-1].is_comment:
        last = current.pop()
        if last.space and not (current and current[-1].is_comment):
            elements.append(_Element(tuple(above), tuple(current), last.text))
            above, current = [], []
        else:
            below.insert(0, last.text)
    if current:
        elements.append(_Element(tuple(above), tuple(current)))
        above = []
    return elements + ([_Element((*above, *below), ())] if above or below else [])


def _split(pieces: Sequence[_Piece], indent: str, limit: int, keyword: str = "", comma: str = "") -> list[str] | None:
    """Return the lines of one logical line, or None when it cannot be told how they should be."""
    if keyword == "from" and pieces[-1].text == ")" and pieces[-2].text != ",":
        start = next(index for index, piece in enumerate(pieces) if piece.text == "(")
        open_line = [*pieces[:start], _Piece(text=pieces[start + 1].text, space=True), *pieces[start + 2 : -1]]
        if len(indent) + len(_flat(open_line)) <= limit:
            return [indent + _flat(open_line)]
    if keyword == "from" and not _has_comment(pieces) and len(indent) + len(_flat(pieces)) > limit:
        pieces = _bracketed(pieces)
    flat = _flat(pieces) + comma
    if len(indent) + len(flat) <= limit and not _has_magic(pieces):
        return [indent + flat]
    if keyword and (lines := _at_value(pieces, indent, limit, keyword)) is not None:
        return lines
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
    fits = not _has_magic(content) and len(indent) + len(_flat(content)) <= limit
    is_display = pieces[start].text != "(" and not (start and _ends_a_value(pieces[start - 1]))
    if fits and keyword != "from" and not is_display and not _is_magic(pieces, start, stop):
        return [indent + _flat(content)]
    if any(piece.text in ("for", "async") for piece in _outside(content, list(_groups(content)))):
        return None  # a comprehension
    if content[0].is_comment and content[0].space:
        return None  # behind the opening bracket
    elements = _commented(content)
    code = [piece for piece in content if not piece.is_comment]
    count = sum(1 for each in elements if each.pieces)
    is_single = count == 1 and code[-1].text != "," and keyword not in ("def", "async", "from")
    lines: list[str] = []
    for element in elements:
        lines += [indent + comment for comment in element.above]
        if not element.pieces:
            continue
        behind = f"  {element.behind}" if element.behind else ""
        room = 0 if _PRAGMA.match(behind) else len(behind)
        inner = _element(element.pieces, indent, limit - room, "" if is_single else ",")
        if inner is None or (room and len(inner) > 1):
            return None
        lines += [*inner[:-1], inner[-1] + behind]
    return lines


def _element(pieces: Sequence[_Piece], indent: str, limit: int, comma: str) -> list[str] | None:
    """Return the lines of an element; one that nothing can split is as long as it is."""
    inner = _split(pieces, indent, limit, comma=comma)
    words = {piece.text for piece in pieces}
    if any(_is_string(one) and _is_string(other) for one, other in pairwise(pieces)):
        return None  # of several strings each has a line
    if (
        inner is None
        and not words & (_OPEN | _OPERATORS | _COMPARISONS | {"for", "=", "await"})
        and not _has_comment(pieces)
    ):
        return [indent + _flat(pieces) + comma]
    return inner


def _is_string(piece: _Piece) -> bool:
    return piece.text.endswith(('"', "'"))


def _bracketed(pieces: Sequence[_Piece]) -> Sequence[_Piece]:
    """Put the names of a from-import into brackets, if they stand in none."""
    at = next((index for index, piece in enumerate(pieces) if piece.text == "import"), 0)
    if not at or pieces[at + 1].text in ("(", "*"):
        return pieces
    first = pieces[at + 1]._replace(space=False)
    return [*pieces[: at + 1], _Piece("(", True), first, *pieces[at + 2 :], _Piece(")", False)]


def _assigned(pieces: Sequence[_Piece]) -> int:
    """Return the index of the last ``=`` outside brackets, 0 where there is none."""
    inside = {index for start, stop in _groups(pieces) for index in range(start, stop + 1)}
    found = [index for index, piece in enumerate(pieces) if piece.text == "=" and index not in inside]
    return found[-1] if found else 0


def _at_value(pieces: Sequence[_Piece], indent: str, limit: int, keyword: str) -> list[str] | None:
    """Split an assignment or a return around its value, or an annotation; None where a bracket of it is split."""
    at = 1 if keyword == "return" else _assigned(pieces) + 1
    if _has_magic(pieces) or (at == 1 and keyword != "return"):
        return None
    before, value = pieces[:at], pieces[at:]
    return _own_lines(before, value, indent, limit) or _split_annotation(before, value, indent, limit)


def _split_annotation(head: Sequence[_Piece], value: Sequence[_Piece], indent: str, limit: int) -> list[str] | None:
    """Split the annotation of an assignment at its last bracket, where not even ``= (`` fits behind it."""
    groups = [(start, stop) for start, stop in _groups(head) if stop > start + 1]
    outside = [piece.text for piece in _outside(head, list(_groups(head)))]
    if ":" not in outside or not groups or len(indent) + len(_flat(head)) + 2 <= limit:
        return None
    start, stop = groups[-1]
    tail = indent + _flat([*head[stop:], *value])
    if stop != len(head) - 2 or len(tail) > limit:
        return None
    inner = _content(head, start, stop, indent + _INDENT, limit, "")
    return None if inner is None else [indent + _flat(head[: start + 1]), *inner, tail]


def _own_lines(head: Sequence[_Piece], value: Sequence[_Piece], indent: str, limit: int) -> list[str] | None:
    """Put the value of an assignment into parentheses, on a line of its own, where no bracket of it can be split.

    None where the value is to be split, or would be too long even so.
    """
    groups = list(_groups(value))
    outside = [piece.text for piece in _outside(value, groups)]
    operators = [text for text in outside if text in _OPERATORS or text in _COMPARISONS or text == "await"]
    if operators:
        is_chain = len(operators) > 1 and len(set(operators)) == 1 and operators[0] in _CHAINED
        if operators != ["if", "else"] and not is_chain:
            return None
    elif value[-1].text in _CLOSE and len(groups) == 1:
        start, stop = groups[0]
        if start == 0 or (stop > start + 1 and len(indent) + len(_flat([*head, *value[: start + 1]])) <= limit):
            return None
    elif groups:
        return None
    opened = f"{indent}{_flat(head)} ("
    inner = indent + _INDENT + _flat([value[0]._replace(space=False), *value[1:]])
    return [opened, inner, f"{indent})"] if len(opened) <= limit and len(inner) <= limit else None


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
    is_cause = len(behind) == 2 and behind[0] == "from"  # of a raise
    is_context = len(behind) == 3 and (behind[0], behind[2]) == ("as", ":")  # of a with statement
    return len(calls) <= 1 and (behind in ([], [":"]) or is_default or is_cause or is_context)
