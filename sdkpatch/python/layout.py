"""Lay out the logical lines that an edit touched as ruff and black do, or leave them as they are.

Split at the parameters of a ``def``, else at the last bracket, else put the value of an assignment into parentheses;
the content on one line if it fits, else one element per line and a comma after the last. A comma that was there, or a
comment, keeps a bracket split. A line that would need more than that (most operators, chains of calls) stays.
"""

from __future__ import annotations

import io
import keyword as keywords
import re
import tokenize
from collections.abc import Sequence
from operator import and_
from typing import NamedTuple

from .pieces import (
    CLOSE,
    OPEN,
    Piece,
    clauses,
    depths,
    elements,
    ends_a_value,
    flat,
    groups,
    has_comments,
    has_magic,
    has_neighbours,
    is_magic,
    operands,
    operators,
)
from .text import PRAGMA

_INDENT = "    "
_PLAIN = re.compile(r" *(?!from )[^\s#;\\]+(?: [^\s#;\\]+)*")
"""One line with single spaces between its words, and neither a comment nor two statements."""
_CROWDED = re.compile(r"[(\[{] | [)\]}]|,[)\]}]")
"""A bracket with a space inside, or with a comma before its end: what may not stay as it is."""


def _annotation(levels: int) -> str:
    """Return a regular expression for a plain annotation with as many levels of brackets."""
    inner = rf"\[{_annotation(levels - 1)}(?:, {_annotation(levels - 1)})*\]" if levels else ""
    name = rf"[\w.]+(?:{inner})?" if inner else r"[\w.]+"
    return rf"{name}(?: \| {name})*"


_VALUE = _annotation(3)
_HEAD = re.compile(r" *(?:async )?def \w+\(")
_PARAMETER = re.compile(rf"(?:\*|/|\*{{0,2}}\w+(?:: {_VALUE})?(?: = [\w.]+)?),")
_TAIL = re.compile(rf"\)(?: -> {_VALUE})?:")
"""The lines of a definition with one parameter per line, each a name with a plain annotation and a plain default."""


class _Logical(NamedTuple):
    """One logical line of a fragment: its first and last row (0-based), its indent, its tokens and its comment."""

    first: int
    last: int
    indent: str
    pieces: tuple[Piece, ...] | None
    comment: str = ""


def lay_out(fragment: str, limit: int) -> str:
    """Return ``fragment``, whole logical lines of Python, with each of them wrapped or joined to ``limit`` columns."""
    if len(fragment) <= limit and _PLAIN.fullmatch(fragment) and not _CROWDED.search(fragment):
        return fragment
    rows = fragment.split("\n")
    if _is_one_per_line(rows, limit):
        return fragment
    out: list[str] = []
    at = 0
    for logical in _logical_lines(fragment):
        out += rows[at : logical.first]
        laid = _whole(logical, limit)
        out += rows[logical.first : logical.last + 1] if laid is None else laid
        at = logical.last + 1
    return "\n".join(out + rows[at:])


def _is_one_per_line(rows: Sequence[str], limit: int) -> bool:
    """Tell from its lines alone whether a definition has one parameter per line, as it is to be laid out."""
    if len(rows) < 3 or any(len(row) > limit for row in rows):
        return False
    head, *rest, tail = rows
    indent = head[: len(head) - len(head.lstrip(" "))]
    start = f"{indent}{_INDENT}"
    return (
        _HEAD.fullmatch(head) is not None
        and _TAIL.fullmatch(tail, len(indent)) is not None
        and tail.startswith(indent)
        and all(row.startswith(start) and _PARAMETER.fullmatch(row, len(start)) for row in rest)
    )


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


def _pieces(tokens: Sequence[tokenize.TokenInfo]) -> tuple[Piece, ...] | None:
    """Return the tokens as pieces, or None where they hold what cannot be moved."""
    pieces: list[Piece] = []
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
                space = space and previous.string not in OPEN and token.string not in CLOSE
            else:
                space = previous.string not in OPEN and token.string not in CLOSE
        pieces.append(Piece(text=token.string, space=space, above=tuple(above)))
        above = []
        previous, row = token, token.end[0]
    return tuple(pieces)


def _whole(logical: _Logical, limit: int) -> list[str] | None:
    if not logical.pieces:
        return None
    pieces: Sequence[Piece] = logical.pieces
    keyword = pieces[0].text
    if keyword == "from" and len(logical.indent) + len(flat(pieces)) > limit:
        pieces = _in_brackets(pieces)
    elif logical.last > logical.first:
        pieces = _without_brackets(pieces, keyword)
        is_string = [piece.text[-1:] in ("'", '"') for piece in pieces]
        if any(map(and_, is_string, is_string[1:])) or _is_grouping(pieces, _value(pieces, keyword)[0]):
            return None
    # A comment for a tool takes no room: it cannot be moved to another line.
    room = 0 if PRAGMA.match(logical.comment) else len(logical.comment)
    one = _split(pieces, logical.indent, limit - room, keyword=keyword)
    is_moved = one is not None and len(one) > 1 and one[0].endswith(" (") and one[-1].strip() == ")"
    if one is None or (room and is_moved and keyword != "from"):
        return None  # the comment would belong to the bracket
    return [*one[:-1], one[-1] + logical.comment]


def _in_brackets(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Put the names of a from-import into brackets."""
    start = next((at for at, piece in enumerate(pieces) if piece.text == "import"), len(pieces) - 1) + 1
    if start >= len(pieces) or pieces[start].text in ("(", "*"):
        return pieces
    names = [pieces[start]._replace(space=False), *pieces[start + 1 :]]
    return [*pieces[:start], Piece("(", True), *names, Piece(")", False)]


def _without_brackets(pieces: Sequence[Piece], keyword: str) -> Sequence[Piece]:
    """Take off the brackets around the value of a statement, which are there for the layout alone."""
    start, stop = _value(pieces, keyword)
    value = pieces[start:stop]
    if not start or not value or not _is_grouping(pieces, start) or next(groups(value))[1] != len(value) - 1:
        return pieces
    inner = value[1:-1]
    is_plain = not has_comments(value) and not has_neighbours(inner) and len(clauses(inner)) == 1
    if not is_plain or inner[0].text in ("yield", "lambda") or any(piece.text == ":=" for _, piece in depths(inner)):
        return pieces
    return [*pieces[:start], inner[0]._replace(space=True), *inner[1:], *pieces[stop:]]


def _is_grouping(pieces: Sequence[Piece], at: int) -> bool:
    """Tell whether a parenthesis is there for the sake of the layout, as in ``return (a or b)``, not of a call."""
    if pieces[at].text != "(":
        return False
    before = pieces[at - 1].text if at else ""
    if before in CLOSE or (before.isidentifier() and not keywords.iskeyword(before)) or before == "import":
        return False
    stop = next((stop for start, stop in groups(pieces[at:]) if start == 0), 0)
    return len(elements(pieces[at + 1 : at + stop])) < 2  # else it is a tuple


def _split(
    pieces: Sequence[Piece], indent: str, limit: int, keyword: str = "", comma: str = "", *, inside: bool = False
) -> list[str] | None:
    """Return the lines of one logical line, or None when it cannot be told how they should be.

    ``inside`` tells that it stands within brackets: it may be split at an operator.
    """
    if keyword == "from" and pieces[-1].text == ")" and pieces[-2].text != "," and not has_comments(pieces):
        start = next(index for index, piece in enumerate(pieces) if piece.text == "(")
        open_line = [*pieces[:start], Piece(text=pieces[start + 1].text, space=True), *pieces[start + 2 : -1]]
        if len(indent) + len(flat(open_line)) <= limit:
            return [indent + flat(open_line)]
    line = indent + flat(pieces) + comma
    if len(line) <= limit and not has_magic(pieces) and not has_comments(pieces):
        return [line]
    brackets = [(start, stop) for start, stop in groups(pieces) if stop > start + 1]
    if "def" in (keyword, pieces[1].text if len(pieces) > 1 else "") or keyword in ("class", "from"):
        return _at(pieces, brackets[0], indent, limit, keyword) if brackets else None
    value = pieces if inside else pieces[_value(pieces, keyword)[0] :]
    if any(piece.text in ("lambda", ":=") or (piece.text == "," and not inside) for _, piece in depths(value)):
        return None
    if inside:
        return _part(pieces, brackets, indent, limit, comma)
    return _statement(pieces, brackets, indent, limit, keyword)


def _part(
    pieces: Sequence[Piece], brackets: Sequence[tuple[int, int]], indent: str, limit: int, comma: str
) -> list[str] | None:
    """Lay out what stands within brackets: at its operators, else at its last bracket."""
    parts = operands(pieces)
    if len(parts) > 1:
        lines: list[str] = []
        for part in parts:
            laid = _split(part, indent, limit, comma=comma if part is parts[-1] else "", inside=True)
            if laid is None or has_comments(part):
                return None
            lines += laid
        return lines
    if not brackets:
        is_one = not has_neighbours(pieces) and not has_comments(pieces)
        return [indent + flat(pieces) + comma] if is_one else None
    is_chain = _dots_behind_brackets(pieces) > 1
    return None if is_chain else _at(pieces, brackets[-1], indent, limit, comma=comma)


def _statement(
    pieces: Sequence[Piece], brackets: Sequence[tuple[int, int]], indent: str, limit: int, keyword: str
) -> list[str] | None:
    """Lay out a statement that is no definition: at its last bracket, else with its value in parentheses."""
    first, stop = _value(pieces, keyword)
    cuts = operators(pieces[first:stop])
    behind = [piece.text for piece in pieces[brackets[-1][1] + 1 :]] if brackets else []
    is_last = bool(brackets) and brackets[-1][0] >= first and behind in ([], [":"])
    is_last = is_last or (len(behind) == 3 and (behind[0], behind[2]) == ("as", ":") and len(brackets) == 1)
    is_last = is_last or (len(behind) == 2 and behind[0] == "from" and keyword == "raise")
    has_many = len(cuts) > 1 or pieces[first + cuts[0]].text == "if" if cuts else _dots_behind_brackets(pieces) > 1
    if is_last and not has_many and len(indent) + len(flat(pieces[: brackets[-1][0] + 1])) <= limit:
        return _at(pieces, brackets[-1], indent, limit, keyword)
    if is_last and cuts and not has_many and brackets[0][0] > first and brackets[0][1] < first + cuts[0]:
        return _at(pieces, brackets[0], indent, limit, keyword)  # the first of two that could be split
    enclosed = _enclosed(pieces, indent, limit, first, stop)
    if enclosed is not None or not brackets or has_many or brackets[0][0] > first:
        return enclosed
    return _at(pieces, brackets[0], indent, limit, keyword)  # an annotation too long for what follows it


def _dots_behind_brackets(pieces: Sequence[Piece]) -> int:
    """Count the attributes of calls: with two of them ruff takes an expression for a chain."""
    return sum(piece.text == "." and pieces[index - 1].text in CLOSE for index, piece in depths(pieces))


def _at(
    pieces: Sequence[Piece], bracket: tuple[int, int], indent: str, limit: int, keyword: str = "", comma: str = ""
) -> list[str] | None:
    """Split at one pair of brackets."""
    start, stop = bracket
    before, after = pieces[:start], pieces[stop + 1 :]
    head, tail = indent + flat(pieces[: start + 1]), indent + flat(pieces[stop:]) + comma
    if has_magic(before) or has_magic(after) or len(tail) > limit or (len(head) > limit and keyword != "from"):
        return None
    if has_comments([*before, *after]) or pieces[start].above or pieces[stop].behind:
        return None
    inner = _content(pieces, start, stop, indent + _INDENT, limit, keyword)
    return None if inner is None else [head + pieces[start].behind, *inner, tail]


def _value(pieces: Sequence[Piece], keyword: str) -> tuple[int, int]:
    """Return from where to where a statement has a value that may be put into parentheses; from 0 for none."""
    if keyword in ("if", "elif", "while", "for") and pieces[-1].text != ":":
        return 0, len(pieces)  # its block stands on the same line
    if keyword in ("if", "elif", "while"):
        return 1, len(pieces) - 1
    found = int(keyword in ("return", "assert"))
    for index, piece in depths(pieces):
        if piece.text == ("in" if keyword == "for" else "=") and piece.space:
            found = index + 1
            if keyword == "for":
                return found, len(pieces) - 1
    return found, len(pieces)


def _enclosed(pieces: Sequence[Piece], indent: str, limit: int, start: int, stop: int) -> list[str] | None:
    """Put the value of a statement into parentheses, where that makes room for it."""
    value = pieces[start:stop]
    if not start or not value or value[0].text == "yield" or has_magic(pieces) or has_comments(pieces):
        return None
    if has_neighbours(value) or (value[0].text in OPEN and next(groups(value))[1] == len(value) - 1):
        return None
    head, tail = f"{indent}{flat(pieces[:start])} (", f"{indent}){flat(pieces[stop:])}"
    inner = [indent + _INDENT + flat(value)]
    if len(inner[0]) > limit:
        laid = _split(value, indent + _INDENT, limit, inside=True) if operators(value) else None
        if laid is None:
            return None
        inner = laid
    return [head, *inner, tail] if len(head) <= limit else None


def _content(pieces: Sequence[Piece], start: int, stop: int, indent: str, limit: int, keyword: str) -> list[str] | None:
    """Lay out what stands between two brackets."""
    content = pieces[start + 1 : stop]
    is_free = not has_comments(content) and not pieces[stop].above
    fits = len(indent) + len(flat(content)) <= limit and not has_magic(content) and is_free
    is_display = pieces[start].text != "(" and not (start and ends_a_value(pieces[start - 1]))
    parts, loops = elements(content), clauses(content)
    is_definition = start > 1 and pieces[start - 2].text == "def"
    # A parameter that is alone gets a comma.
    is_alone = len(parts) == 1 and content[-1].text != "," and is_definition and not content[0].text.startswith("*")
    is_open = keyword != "from" and not is_display and not is_magic(pieces, start, stop) and not is_alone
    if fits and (len(loops) > 1 or is_open):
        return [indent + flat(content)]
    if len(loops) > 1:
        laid = [_split(loop, indent, limit, inside=True) for loop in loops] if is_free else [None]
        return None if None in laid else [line for lines in laid for line in lines or ()]
    is_single = len(parts) == 1 and content[-1].text != "," and not is_alone and keyword != "from"
    if is_free and is_single:
        return _split(parts[0], indent, limit, inside=True)
    comma = "" if is_single else ","
    return _one_per_line(content, pieces[stop].above, indent, limit, comma, is_definition=keyword in ("def", "async"))


def _one_per_line(
    content: Sequence[Piece], last: Sequence[str], indent: str, limit: int, comma: str, *, is_definition: bool
) -> list[str] | None:
    lines: list[str] = []
    at = 0
    for element in elements(content):
        at += len(element) + 1
        ends = [element[-1], *content[at - 1 : at]]
        behind = [piece.behind for piece in ends if piece.behind]
        if len(behind) > 1 or any(piece.above for piece in ends[1:]):
            return None
        lines += [indent + comment for comment in element[0].above]
        plain = [element[0]._replace(above=()), *element[1:]]
        plain[-1] = plain[-1]._replace(behind="")
        room = 0 if not behind or PRAGMA.match(behind[0]) else len(behind[0])
        inner = _split(plain, indent, limit - room, comma=comma, inside=True)
        if inner is None or (is_definition and len(inner) > 1 and operators(plain)):
            return None
        lines += [*inner[:-1], inner[-1] + "".join(behind)]
    return [*lines, *(indent + comment for comment in last)]
