"""Lines that a regular expression matches as a whole, written anew with what its groups matched, with bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .position_sets import Element, Searched, outer_parts, parsed
from .position_sets import Sequence as Parts
from .regexes import Budget

_REFERENCE = re.compile(r"\\(?:([1-9]\d?)|g<(\w{1,99})>)")


def problem(expression: str, text: str) -> str:
    """Return why a new line cannot have the groups that its text names, or an empty string.

    A text without references always can. A group has to stand by itself: one within a repetition, an alternative or
    another group need not have matched, or may have matched more than once.
    """
    wanted = {found[1] or found[2] for found in _REFERENCE.finditer(text)}
    if not re.compile(expression).groups or not wanted:
        return ""
    known, names = {each.group for each in outer_parts(expression)}, re.compile(expression).groupindex
    for each in sorted(wanted):
        number = int(each) if each.isdecimal() else names.get(each, 0)
        if not 1 <= number <= re.compile(expression).groups:
            return f"the expression has no group {each}"
        if number not in known:
            return f"group {each} stands within another part of the expression"
    return ""


class LineRewrite:
    """A line that an expression matches, and the new line: text in which ``\\1`` or ``\\g<name>`` are its groups.

    Without groups in the expression the new line is the text as it is. Where a line can be matched in several ways,
    each part takes as much as it can from left to right; a lazy repetition takes as little.
    """

    def __init__(self, expression: str, text: str) -> None:
        self._expression = expression
        self._outer = outer_parts(expression)
        self._new = [*self._parts(text)]
        known = {each.group: each.element for each in self._outer if each.group}
        self._after: Element = Parts(
            tuple(parsed(re.escape(each)) if isinstance(each, str) else known[each] for each in self._new)
        )

    def _parts(self, text: str) -> Iterator[str | int]:
        """Yield the parts of the new line: text, and numbers of groups."""
        compiled = re.compile(self._expression)
        at = 0
        for found in _REFERENCE.finditer(text) if compiled.groups else ():
            if found.start() > at:
                yield text[at : found.start()]
            yield int(found[1]) if found[1] else compiled.groupindex.get(found[2]) or int(found[2])
            at = found.end()
        if at < len(text):
            yield text[at:]

    def states(self, lines: Sequence[str], budget: Budget) -> list[str | None]:
        """Return for each line what it is to become: itself where it is new already, None where it is neither.

        Raises TooSlow.
        """
        old = budget.match_lines(self._expression, lines)
        new = budget.match_lines(self._after, lines)
        return [
            self._rewritten(line, budget) if is_old else line if is_new else None
            for line, is_old, is_new in zip(lines, old, new, strict=True)
        ]

    def _rewritten(self, line: str, budget: Budget) -> str:
        """Return the new line for one that the expression matches."""
        if all(isinstance(each, str) for each in self._new):
            return "".join(map(str, self._new))
        text = Searched(line, budget.spend, by_line=True)
        behind = [text.ends]
        for part in reversed(self._outer):
            behind.append(part.element.reach(text, behind[-1], True))
        groups: dict[int, str] = {}
        start = 0
        for part, left in zip(self._outer, reversed(behind[:-1]), strict=True):
            ends = part.element.reach(text, 1 << start, False) & left
            stop = (ends & -ends if part.is_lazy else ends).bit_length() - 1
            if part.group:
                groups[part.group] = line[start:stop]
            start = stop
        return "".join(each if isinstance(each, str) else groups[each] for each in self._new)
