"""Lay out the logical lines that an edit touched as ruff and black do, or leave them as they are.

Split at the parameters of a ``def``, else at the last bracket, else put the value of an assignment into parentheses;
the content on one line if it fits, else one element per line and a comma after the last. A comma that was there, or a
comment, keeps a bracket split. A line that would need more than that (most operators, chains of calls) stays.
"""

from __future__ import annotations

import io
import keyword as keywords
import tokenize
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from .text import PRAGMA

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_OPERATORS = frozenset({"and", "or", "not", "if", "else", "in", "is", "lambda", "+", "-", "*", "/", "%", "|", "&", "^"})
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "//", "**", "@", "<<", ">>", ":="})
_INDENT = "    "


class _Piece(NamedTuple):
    """A token and whether white space stands before it when the line is flat.

    ``above`` are the comments on lines of their own in front of it, ``behind`` is the one behind it.
    """

    text: str
    space: bool
    above: tuple[str, ...] = ()
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
    pieces = _pieces(tokens)
    return _Logical(first=rows[0], last=rows[1], indent=indent, pieces=pieces, comment=comment if pieces else "")


def _pieces(tokens: Sequence[tokenize.TokenInfo]) -> tuple[_Piece, ...] | None:
    """Return the tokens as pieces, or None where they hold what cannot be moved."""
    pieces: list[_Piece] = []
    above: list[str] = []
    previous: tokenize.TokenInfo | None = None
    row = tokens[0].start[0]
    for token in tokens:
        if token.type == tokenize.NL:
            continue
        if token.type == tokenize.COMMENT:
            is_alone = token.start[0] != row
            if not pieces or (not is_alone and (above or pieces[-1].behind)):
                return None
            if is_alone:
                above.append(token.string)
            else:
                pieces[-1] = pieces[-1]._replace(behind=f"  {token.string}")
            continue
        if (token.type == tokenize.OP and token.string in ";\\") or token.string.startswith("\\"):
            return None
        if "\n" in token.string.strip("\n"):
            return None
        space = False
        if previous is not None:
            if previous.end[0] == token.start[0]:
                space = previous.end[1] < token.start[1]
                space = space and previous.string not in _OPEN and token.string not in _CLOSE
            else:
                space = previous.string not in _OPEN and token.string not in _CLOSE
        pieces.append(_Piece(text=token.string, space=space, above=tuple(above)))
        above = []
        previous, row = token, token.end[0]
    return tuple(pieces)


def _whole(logical: _Logical, limit: int) -> list[str] | None:
    if not logical.pieces or logical.pieces[0].text == "@":
        return None
    if logical.pieces[0].text == "from" and "import" in (texts := [piece.text for piece in logical.pieces]):
        names = logical.pieces[texts.index("import") + 1 :]
        if names[0].text not in ("(", "*") and len(logical.indent) + len(_flat(logical.pieces)) > limit:
            opened = [*logical.pieces[: -len(names)], _Piece("(", True), names[0]._replace(space=False), *names[1:]]
            logical = logical._replace(pieces=(*opened, _Piece(")", False)))
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
    if keyword == "from" and pieces[-1].text == ")" and pieces[-2].text != "," and not _has_comments(pieces):
        start = next(index for index, piece in enumerate(pieces) if piece.text == "(")
        open_line = [*pieces[:start], _Piece(text=pieces[start + 1].text, space=True), *pieces[start + 2 : -1]]
        if len(indent) + len(_flat(open_line)) <= limit:
            return [indent + _flat(open_line)]
    flat = _flat(pieces) + comma
    is_free = not _has_comments(pieces)
    if len(indent) + len(flat) <= limit and not _has_magic(pieces) and is_free:
        return [indent + flat]
    groups = list(_groups(pieces))
    is_definition = "def" in (keyword, pieces[1].text if len(pieces) > 1 else "") or keyword == "class"
    outside = _outside(pieces, groups)
    groups = [(start, stop) for start, stop in groups if stop > start + 1]
    if not is_definition and groups and not _is_plain(outside, pieces, groups):
        return _enclosed(pieces, keyword, indent, limit) if is_free and not comma else None
    if not groups:
        if comma and is_free and not _is_divisible(pieces):
            return [indent + flat]  # nothing to split it at
        return _enclosed(pieces, keyword, indent, limit) if is_free and not comma and not is_definition else None
    start, stop = groups[0] if is_definition else groups[-1]
    if not is_definition and (len(indent) + len(_flat(pieces[: start + 1])) > limit or _value(pieces, keyword)[0] > start):
        enclosed = _enclosed(pieces, keyword, indent, limit) if is_free and not comma else None
        if enclosed is not None:
            return enclosed
        start, stop = groups[0]  # an annotation too long for what follows it
    head, tail = indent + _flat(pieces[: start + 1]), indent + _flat(pieces[stop:]) + comma
    rest = [*pieces[:start], *pieces[stop + 1 :]]
    if _has_magic(pieces[:start]) or _has_magic(pieces[stop + 1 :]) or max(len(head), len(tail)) > limit:
        return None
    if _has_comments(rest) or pieces[start].above or pieces[stop].behind:
        return None
    inner = _content(pieces, start, stop, indent + _INDENT, limit, keyword)
    return None if inner is None else [head + pieces[start].behind, *inner, tail]


def _value(pieces: Sequence[_Piece], keyword: str) -> tuple[int, int]:
    """Return from where to where a statement has a value that may be put into parentheses; 0 for none."""
    if keyword in ("if", "elif", "while"):
        return 1, len(pieces) - 1
    depth, found = 0, int(keyword == "return")
    for index, piece in enumerate(pieces):
        depth += (piece.text in _OPEN) - (piece.text in _CLOSE)
        if piece.text == "=" and depth == 0 and piece.space:
            found = index + 1
    return found, len(pieces)


def _enclosed(pieces: Sequence[_Piece], keyword: str, indent: str, limit: int) -> list[str] | None:
    """Put the value of a statement into parentheses, where that makes room for it on one line."""
    start, stop = _value(pieces, keyword)
    value = pieces[start:stop]
    if not start or not value or value[0].text in ("yield", "lambda") or _has_magic(pieces):
        return None
    if value[0].text in _OPEN and value[-1].text in _CLOSE:
        return None
    lines = [f"{indent}{_flat(pieces[:start])} (", indent + _INDENT + _flat(value), f"{indent}){_flat(pieces[stop:])}"]
    if len(value) == 1 and len(lines[0]) > len(indent) + len(_flat(pieces)):
        return None
    return lines if max(map(len, lines)) <= limit else None


def _is_divisible(pieces: Sequence[_Piece]) -> bool:
    """Tell whether there are operators, or strings side by side, to split at."""
    is_string = [piece.text[-1:] in ("'", '"') for piece in pieces]
    return any(piece.text in _OPERATORS | _COMPARISONS for piece in pieces) or any(
        left and right for left, right in pairwise(is_string)
    )


def _has_comments(pieces: Sequence[_Piece]) -> bool:
    return any(piece.above or piece.behind for piece in pieces)


def _content(
    pieces: Sequence[_Piece], start: int, stop: int, indent: str, limit: int, keyword: str
) -> list[str] | None:
    content = pieces[start + 1 : stop]
    flat = _flat(content)
    is_free = not _has_comments(content) and not pieces[stop].above
    fits = len(indent) + len(flat) <= limit and not _has_magic(content) and is_free
    is_display = pieces[start].text != "(" and not (start and _ends_a_value(pieces[start - 1]))
    if fits and keyword != "from" and not is_display and not _is_magic(pieces, start, stop):
        return [indent + flat]
    if any(piece.text in ("for", "async") for piece in _outside(content, list(_groups(content)))):
        return None  # a comprehension
    elements = _elements(content)
    if is_free and len(elements) == 1 and content[-1].text != "," and keyword not in ("def", "async", "from"):
        return _split(elements[0], indent, limit)
    lines: list[str] = []
    at = 0
    for element in elements:
        at += len(element) + 1
        ends = [element[-1], *content[at - 1 : at]]
        behind = [piece.behind for piece in ends if piece.behind]
        if len(behind) > 1 or any(piece.above for piece in ends[1:]):
            return None
        lines += [indent + comment for comment in element[0].above]
        plain = [element[0]._replace(above=()), *element[1:]]
        plain[-1] = plain[-1]._replace(behind="")
        room = 0 if not behind or PRAGMA.match(behind[0]) else len(behind[0])
        inner = _split(plain, indent, limit - room, comma=",")
        if inner is None:
            return None
        lines += [*inner[:-1], inner[-1] + "".join(behind)]
    return [*lines, *(indent + comment for comment in pieces[stop].above)]


def _outside(pieces: Sequence[_Piece], groups: Sequence[tuple[int, int]]) -> list[_Piece]:
    inside = {index for start, stop in groups for index in range(start, stop + 1)}
    return [piece for index, piece in enumerate(pieces) if index not in inside]


def _is_plain(outside: Sequence[_Piece], pieces: Sequence[_Piece], groups: Sequence[tuple[int, int]]) -> bool:
    """Tell whether splitting at the last bracket is the only way: no operators, no chain of calls, nothing behind."""
    operators = sum(piece.text in _OPERATORS or piece.text in _COMPARISONS for piece in outside)
    if operators > 1 or any(piece.text in ("if", "lambda", "not") for piece in outside[1:]):
        return False
    if operators and (pieces[groups[-1][1] + 1 :] or pieces[0].text in ("if", "while", "elif")):
        return False
    calls = [
        start for start, _ in groups if pieces[start].text == "(" and start and pieces[start - 1].text.isidentifier()
    ]
    behind = [piece.text for piece in pieces[groups[-1][1] + 1 :]]
    is_default = len(behind) == 2 and behind[0] == "=" and not calls  # of an annotation
    is_context = len(behind) == 3 and (behind[0], behind[2]) == ("as", ":")  # of a with statement
    return len(calls) <= 1 and (behind in ([], [":"]) or is_default or is_context)
