"""Edit a part of a string where it stands: prefix, quotes, escapes, line breaks and concatenation stay as they are."""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import EditRefused
from ..python.source import Source
from ..python.text import STRING, Edit
from .env import Env
from .name_parts import key
from .syntax import PLACEHOLDER

_BETWEEN = re.compile(r"(?:[\s()]|\\\n|#[^\n]*)*")
_OPENING = re.compile(r"""([A-Za-z]*)("{3}|'{3}|"|')""")
_ESCAPE = re.compile(r"\\(?:\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[\\'\"abfnrtv])")
_WORD = re.compile(r"\w+|\W", re.DOTALL)


class _Unit(NamedTuple):
    """A piece of a literal that stands for ``value``: a character or an escape; None for an f-string's expression."""

    value: str | None
    start: int
    stop: int
    raw: str = ""


class _Part(NamedTuple):
    """One literal of a concatenation: where it starts, its prefix and quotes, and the pieces between them."""

    start: int
    prefix: str
    quote: str
    units: tuple[_Unit, ...]

    @property
    def body(self) -> int:
        """The offset behind the opening quotes."""
        return self.start + len(self.prefix) + len(self.quote)


class _Replacement(NamedTuple):
    """Characters ``start`` up to ``stop`` of a value and what comes in their place."""

    start: int
    stop: int
    text: str


def is_plain(source: Source, node: ast.Constant) -> bool:
    """Tell whether a literal stands for itself, not as a part of an f-string."""
    try:
        return bool(ast.literal_eval(f"({source.text.segment(node)}\n)") == node.value)
    except (SyntaxError, ValueError):
        return False


def edited(
    source: Source,
    node: ast.Constant,
    around: ast.JoinedStr | None,
    before: ast.Constant,
    after: ast.Constant,
    env: Env,
) -> list[Edit]:
    """Return the edits that turn a literal that matched ``before`` into ``after``.

    ``around`` is the f-string that the literal is a part of. Raises EditRefused where the literal cannot be read.
    """
    value, old, new = (_text(each) for each in (node, before, after))
    if _filled(old, env) != value:  # a docstring, which is matched without its indent
        old, new = inspect.cleandoc(old), inspect.cleandoc(new)
    places, indent = _places(value, _filled(old, env))
    wanted = [
        _Replacement(
            places[each.start], places[each.stop - 1] + 1 if each.stop > each.start else places[each.stop], text
        )
        for each in _differences(old, new, env)
        for text in (re.sub(r"\n(?=[^\n])", "\n" + indent, each.text),)
    ]
    start, stop = source.text.span(around or node)
    pieces = list(parts(source.text.content, start, stop))
    units = [(part, unit) for part in pieces for unit in part.units]
    if around is not None:
        units = _of(units, around, node)
    if "".join(unit.value or "" for _, unit in units) != value:
        raise EditRefused("the change is in a string that is not understood; replace the whole string")
    return _put(pieces, units, wanted)


def _text(node: ast.Constant) -> str:
    return node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)


def _filled(pattern: str, env: Env) -> str:
    def value(found: re.Match[str]) -> str:
        bound = env.written(key(found[2]))
        if not isinstance(bound, str):
            raise EditRefused("the string after has a part that no text stands for")
        return bound

    return PLACEHOLDER.sub(value, pattern)


def _places(value: str, shown: str) -> tuple[Sequence[int], str]:
    """Return where each character of what was matched is in the value, and the indent that matching took off."""
    if shown == value:
        return range(len(value) + 1), ""
    lines = value.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    kept: list[int] = []
    at = 0
    for number, line in enumerate(lines):
        cut = margin if number else len(line) - len(line.lstrip())
        kept += range(at + min(cut, len(line)), at + len(line) + 1)
        at += len(line) + 1
    while kept and value[kept[0] : kept[0] + 1] == "\n":
        kept = kept[1:]
    kept = kept[: len(shown)]
    if inspect.cleandoc(value) != shown or "".join(value[each] for each in kept) != shown:
        raise EditRefused("the change is in a string whose indent is not understood; replace the whole string")
    return [*kept, (kept[-1] + 1 if kept else 0)], " " * margin


def _tokens(pattern: str) -> list[str]:
    found: list[str] = []
    at = 0
    for placeholder in PLACEHOLDER.finditer(pattern):
        found += [*_WORD.findall(pattern[at : placeholder.start()]), placeholder[0]]
        at = placeholder.end()
    return found + _WORD.findall(pattern[at:])


def _differences(old: str, new: str, env: Env) -> Iterator[_Replacement]:
    left, right = _tokens(old), _tokens(new)
    lengths = [0]
    for token in left:
        lengths.append(lengths[-1] + len(_filled(token, env)))
    for tag, a, b, c, d in difflib.SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Replacement(lengths[a], lengths[b], _filled("".join(right[c:d]), env))


def parts(content: str, start: int, stop: int) -> Iterator[_Part]:
    """Yield the literals between two offsets. Raises EditRefused where they are none."""
    while True:
        between = _BETWEEN.match(content, start, stop)
        start = between.end() if between else start
        if start >= stop:
            return
        opening = _OPENING.match(content, start, stop)
        if opening is None:
            raise EditRefused("the change is in a string that is not understood; replace the whole string")
        units = tuple(_units(content, opening.end(), opening[1].lower(), opening[2]))
        yield _Part(start=start, prefix=opening[1], quote=opening[2], units=units)
        start = (units[-1].stop if units else opening.end()) + len(opening[2])


def _units(content: str, at: int, prefix: str, quote: str) -> Iterator[_Unit]:
    while not content.startswith(quote, at):
        stop, value = at + 1, content[at : at + 1]
        if not value:
            raise EditRefused("the change is in a string whose end is not found")
        if "f" in prefix and value in "{}" and content[at + 1 : at + 2] == value:
            stop = at + 2
        elif "f" in prefix and value == "{":
            yield _Unit(None, at, stop := _behind_expression(content, at))
            at = stop
            continue
        elif value == "\\" and "r" in prefix:
            yield _Unit(value, at, at + 1)
            at, stop, value = at + 1, at + 2, content[at + 1 : at + 2]
        elif value == "\\" and (escape := _ESCAPE.match(content, at)):
            stop, value = escape.end(), _unescaped(escape[0], prefix)
        yield _Unit(value, at, stop, content[at:stop])
        at = stop


def _unescaped(escape: str, prefix: str) -> str:
    if escape == "\\\n":
        return ""
    quote = "'" if '"' in escape else '"'
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value: object = ast.literal_eval(f"{'b' if 'b' in prefix else ''}{quote}{escape}{quote}")
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _behind_expression(content: str, at: int) -> int:
    """Return the offset behind the closing brace of an f-string's expression."""
    depth = 0
    while at < len(content):
        found = STRING.match(content, at)
        if found:
            at = found.end()
            continue
        depth += (content[at] in "([{") - (content[at] in ")]}")
        at += 1
        if depth == 0:
            return at
    raise EditRefused("the change is in an f-string that is not understood")


def _of(units: list[tuple[_Part, _Unit]], around: ast.JoinedStr, node: ast.Constant) -> list[tuple[_Part, _Unit]]:
    """Return the pieces of the one literal of an f-string that a node is."""
    before = around.values[: next(index for index, each in enumerate(around.values) if each is node)]
    wanted = sum(isinstance(each, ast.FormattedValue) for each in before)
    seen = 0
    found: list[tuple[_Part, _Unit]] = []
    for part, unit in units:
        seen += unit.value is None
        if seen == wanted and unit.value is not None:
            found.append((part, unit))
    return found


def _put(pieces: Sequence[_Part], units: Sequence[tuple[_Part, _Unit]], wanted: Sequence[_Replacement]) -> list[Edit]:
    ends = [0]
    for _, unit in units:
        ends.append(ends[-1] + len(unit.value or ""))
    edits: list[Edit] = []
    for each in wanted:
        inside = [index for index in range(len(units)) if ends[index] < each.stop and ends[index + 1] > each.start]
        if inside:
            first = inside[0]
        else:  # between two characters: behind the one before
            first = next((index for index in range(len(units)) if ends[index + 1] == each.start), 0)
        if not units:
            part = pieces[0]
            edits.append(Edit(part.body, part.body, _escaped(each.text, part)))
            continue
        part, unit = units[first]
        start = unit.start if inside or each.start == 0 else unit.stop
        own = [index for index in inside if units[index][0] is part]
        edits.append(Edit(start, units[own[-1]][1].stop if own else start, _escaped(each.text, part)))
        rest = [index for index in inside if units[index][0] is not part]
        edits += [Edit(units[index][1].start, units[index][1].stop, "") for index in rest]
    return [edit for part in pieces for edit in _settled(part, _within(part, edits))]


def _within(part: _Part, edits: Sequence[Edit]) -> list[Edit]:
    stop = part.units[-1].stop if part.units else part.body
    return [edit for edit in edits if part.body <= edit.start and edit.stop <= stop]


def _escaped(text: str, part: _Part) -> str:
    """Write text as it stands in a literal; quotes are settled by ``_settled``."""
    prefix = part.prefix.lower()
    if "f" in prefix:
        text = text.replace("{", "{{").replace("}", "}}")
    if "r" in prefix:
        return text
    out = ""
    for char in text:
        if char == "\\":
            out += "\\\\"
        elif (char == "\n" and len(part.quote) == 3) or (char.isprintable() and ("b" not in prefix or char.isascii())):
            out += char
        else:
            out += char.encode("unicode_escape").decode()
    return out


def _settled(part: _Part, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits of one literal, with quotes that hold what is put in."""
    if not any(char in edit.text for edit in edits for char in "\"'\n\\"):
        return list(edits)
    if "r" in part.prefix.lower():
        if any(part.quote[0] in edit.text or edit.text.endswith("\\") for edit in edits) or (
            len(part.quote) == 1 and any("\n" in edit.text for edit in edits)
        ):
            raise EditRefused("the change puts text into a raw string that it cannot hold; replace the whole string")
        return list(edits)
    char = part.quote[0]
    if len(part.quote) == 3:
        stop = part.units[-1].stop if part.units else part.body
        return [
            edit._replace(
                text=re.sub(
                    f"{char}(?={char}|$)" if edit.stop == stop else f"{char}(?={char})", "\\\\" + char, edit.text
                )
            )
            for edit in edits
        ]
    value = "".join(unit.value or "" for unit in part.units if not _is_cut(unit, edits))
    value += "".join(edit.text for edit in edits)
    has_expression = any(unit.value is None for unit in part.units)
    wanted = char if has_expression else "'" if value.count('"') > value.count("'") else '"'
    if not any(quote in edit.text for edit in edits for quote in "\"'") or wanted == char:
        return [edit._replace(text=edit.text.replace(char, "\\" + char)) for edit in edits]
    return [_requoted(part, wanted, edits)]


def _is_cut(unit: _Unit, edits: Sequence[Edit]) -> bool:
    return any(edit.start <= unit.start and unit.stop <= edit.stop for edit in edits)


def _requoted(part: _Part, quote: str, edits: Sequence[Edit]) -> Edit:
    """Return the edit that writes a literal with the other quotes, its escapes otherwise as they were."""
    pieces = [(edit.start, 0, edit.text.replace(quote, "\\" + quote)) for edit in edits]
    for unit in part.units:
        if not _is_cut(unit, edits):
            shown = {quote: "\\" + quote, part.quote: part.quote}.get(unit.value or "", unit.raw)
            pieces.append((unit.start, 1, shown))
    body = "".join(text for _, _, text in sorted(pieces, key=lambda piece: piece[:2]))
    stop = part.units[-1].stop if part.units else part.body
    return Edit(part.start, stop + len(part.quote), f"{part.prefix}{quote}{body}{quote}")


def is_where_it_says(source: Source, node: ast.expr) -> bool:
    """Tell whether the source at a node's position is that node: before Python 3.12 not always so in an f-string."""
    if isinstance(node, ast.Starred | ast.Slice | ast.Tuple):
        return True
    index = source.index
    is_plain = not index.of((ast.JoinedStr,)) or not any(
        isinstance(each, ast.JoinedStr) for each in index.parents(node)
    )
    if node in index and is_plain:
        return True
    try:
        found = ast.parse(f"({source.text.segment(node)}\n)", mode="eval").body
    except (SyntaxError, ValueError, IndexError):
        return False
    return ast.dump(found) == ast.dump(node) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
