"""Regular expressions as functions on sets of positions: from all where a match may begin to all where it can end.

A set of positions of a text is an integer, in which bit n stands for the position before character n. Nothing is
tried twice: the work is the number of parts times the length of the text, times the rounds of a repetition until one
finds nothing new. ``re`` reads the expression and is asked about each single character.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

_parser = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
"""The parser of ``re``: its tree is no public interface, so what is not known in it is refused."""
_CLASSES = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W"}
_FOR_CHARACTERS = re.ASCII | re.IGNORECASE | re.DOTALL
_DEEPEST = 100
"""Groups, repetitions and alternatives within each other: what is deeper is nothing that a person wrote."""


class Unsupported(Exception):
    """The expression has a part whose answer depends on the way a match took; the message names it."""


class Searched:
    """A text to search in; ``spend`` is told of the work, and may raise to end it.

    With ``by_line`` every line is a text of its own: no match goes beyond it.
    """

    def __init__(self, text: str, spend: Callable[[int], None], by_line: bool = False) -> None:
        self.text = text
        self._spend = spend
        self._known: dict[object, int] = {}
        self._once = 1 + len(text) // 64 + len(set(text)) // 2
        self.all = (2 << len(text)) - 1
        self.starts, self.ends, self.feeds = 1, 1 << len(text), 0
        if "\n" in text:
            feeds = int(text[::-1].translate(_FEEDS), 2)
            if by_line:
                self.starts, self.ends = feeds << 1 | 1, feeds | self.ends
            else:
                self.feeds = feeds
        self.characters = self.all & ~self.ends

    def spend(self) -> None:
        """Count one look at a set of positions."""
        self._spend(1 + len(self.text) // 16384)

    def once(self, part: object, positions: Callable[[Searched], int]) -> int:
        """Return what a part asks of each position by itself, worked out when it is first needed."""
        self.spend()
        if part not in self._known:
            self._spend(self._once)
            self._known[part] = positions(self)
        return self._known[part]


class _Table(dict[int, str]):
    """For ``str.translate``: 1 for a character that an expression for one matches, 0 for any other; some are kept."""

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._expression = expression

    def __missing__(self, code: int) -> str:
        if len(self) > 2048:
            self.clear()
        self[code] = "1" if self._expression.match(chr(code)) else "0"
        return self[code]


_FEEDS = _Table(re.compile("\n"))


class Element(Protocol):
    """A part of an expression."""

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Return where the part ends if it begins at one of these positions; ``back``: where it begins if it ends so.

        Raises what ``spend`` of the text raises.
        """


class Character:
    """One character: a literal, ``.``, a set or a class."""

    def __init__(self, written: str, flags: int) -> None:
        self._table = _Table(re.compile(written, flags))

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Step over the character."""
        here = text.once(self, self.positions)
        return at >> 1 & here if back else (at & here) << 1

    def positions(self, text: Searched) -> int:
        """Return the positions before the characters that it matches."""
        return text.characters & int("0" + text.text[::-1].translate(self._table), 2)

    def run(self, text: Searched, at: int, back: bool) -> int:
        """Step over any number of these characters: each round goes twice as far."""
        here = text.once(self, self.positions)
        way, far = here if back else here << 1, 1
        while at and way:
            text.spend()
            at |= way & (at >> far if back else at << far)
            way &= way >> far if back else way << far
            far *= 2
        return at


class Anchor:
    """A condition on the position: ``^``, ``$``, ``\\b`` and their like."""

    def __init__(self, name: str, flags: int) -> None:
        self._name = f"LINE_{name}" if flags & re.MULTILINE and name in ("BEGINNING", "END") else name
        self._word = _character(r"\w", flags)

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Stay where it holds."""
        return at & text.once(self, self._positions)

    def _positions(self, text: Searched) -> int:
        if self._name in ("BEGINNING", "BEGINNING_STRING"):
            return text.starts
        if self._name == "END_STRING":
            return text.ends
        if self._name == "END":  # also in front of a line feed that is the last character
            return text.ends | text.feeds & text.ends >> 1
        if self._name == "LINE_BEGINNING":
            return text.starts | text.feeds << 1
        if self._name == "LINE_END":
            return text.ends | text.feeds
        words = self._word.positions(text)
        edges = words ^ words << 1
        if self._name == "BOUNDARY":
            return edges
        in_empty = re.search(r"\B", "")  # releases of Python differ
        return text.all & ~edges & ~(0 if in_empty else text.starts & text.ends)


class Look:
    """A look ahead or ``behind``: what must be there, or if ``negative`` must not."""

    def __init__(self, body: Element, behind: bool, negative: bool) -> None:
        self._body = body
        self._behind = behind
        self._negative = negative

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Stay where it holds."""
        return at & text.once(self, self._positions)

    def _positions(self, text: Searched) -> int:
        found = self._body.reach(text, text.all, not self._behind)
        return text.all & ~found if self._negative else found


class Sequence(NamedTuple):
    """Parts that follow each other."""

    parts: tuple[Element, ...]

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Go through all parts."""
        for part in reversed(self.parts) if back else self.parts:
            if not at:
                break
            at = part.reach(text, at, back)
        return at


class Branch(NamedTuple):
    """Alternatives."""

    parts: tuple[Element, ...]

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Go through each part."""
        found = 0
        for part in self.parts:
            found |= part.reach(text, at, back)
        return found


class Repeat(NamedTuple):
    """A part ``least`` to ``most`` times. Whether it prefers more or fewer does not change where it can end."""

    body: Element
    least: int
    most: int

    def reach(self, text: Searched, at: int, back: bool) -> int:
        """Go through the part until that leads nowhere new."""
        for _ in range(self.least):
            text.spend()
            before, at = at, self.body.reach(text, at, back)
            if at == before:
                break
        if self.most == _parser.MAXREPEAT and isinstance(self.body, Character):
            return self.body.run(text, at, back)
        found = new = at
        for _ in range(self.most - self.least):
            if not new:
                break
            text.spend()
            new = self.body.reach(text, new, back) & ~found
            found |= new
        return found


def parsed(expression: str) -> Element:
    """Return an expression that ``re`` takes.

    Raises Unsupported, and RecursionError where it is nested too deeply.
    """
    tree = _parser.parse(expression)
    return _sequence(tree, tree.state.flags, 0)


class OuterPart(NamedTuple):
    """A part of an expression that no other part is around. ``group`` is the number of a group, 0 for any other part.

    ``is_lazy`` tells that it is a repetition which takes as little as it can.
    """

    element: Element
    group: int
    is_lazy: bool


def outer_parts(expression: str) -> tuple[OuterPart, ...]:
    """Return the parts of an expression in their order. Raises as ``parsed`` does."""
    tree = _parser.parse(expression)
    found = []
    for operator, value in tree:
        element = _part(operator.name, value, tree.state.flags, 1)
        group = (value[0] or 0) if operator.name == "SUBPATTERN" else 0
        inner = value[3] if group else [(operator, value)]
        is_lazy = len(inner) == 1 and inner[0][0].name == "MIN_REPEAT"
        found.append(OuterPart(element, group, is_lazy))
    return tuple(found)


def _sequence(items: Iterable[tuple[Any, Any]], flags: int, depth: int) -> Element:
    if depth > _DEEPEST:
        raise RecursionError
    parts = tuple([_part(operator.name, value, flags, depth + 1) for operator, value in items])
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _part(name: str, value: Any, flags: int, depth: int) -> Element:
    """Return a part of the tree that the parser of ``re`` makes; the names are those it gives."""
    if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return _character(_written(name, value), flags)
    if name == "AT":
        return Anchor(value.name.removeprefix("AT_"), flags)
    if name == "BRANCH":
        return Branch(tuple([_sequence(each, flags, depth) for each in value[1]]))
    if name == "SUBPATTERN":
        _, added, removed, body = value
        return _sequence(body, (flags | added) & ~removed, depth)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, body = value
        return Repeat(_sequence(body, flags, depth), least, most)
    if name in ("ASSERT", "ASSERT_NOT"):
        direction, body = value
        return Look(_sequence(body, flags, depth), direction < 0, name == "ASSERT_NOT")
    if name == "FAILURE":
        return Branch(())
    refers = name in ("GROUPREF", "GROUPREF_EXISTS")
    raise Unsupported("a reference to a group" if refers else "an atomic group or a possessive repetition")


def _written(name: str, value: Any) -> str:
    if name == "ANY":
        return "."
    if name == "IN":
        return "[" + "".join([_member(operator.name, each) for operator, each in value]) + "]"
    return f"[{'^' if name == 'NOT_LITERAL' else ''}{_escaped(value)}]"


def _member(name: str, value: Any) -> str:
    if name == "NEGATE":
        return "^"
    if name == "RANGE":
        return f"{_escaped(value[0])}-{_escaped(value[1])}"
    return _CLASSES[value.name.removeprefix("CATEGORY_")] if name == "CATEGORY" else _escaped(value)


def _escaped(code: int) -> str:
    return f"\\U{code:08x}"


def _character(written: str, flags: int) -> Character:
    return _shared_character(written, flags & _FOR_CHARACTERS)


@lru_cache(maxsize=256)
def _shared_character(written: str, flags: int) -> Character:
    return Character(written, flags)
