"""The lines in which two texts differ, found in time that hardly grows with the lines that are the same."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SHORT = 400
"""So many lines are compared each with each."""


class DifferingLines(NamedTuple):
    """Lines ``start`` to ``stop`` of the old text became ``first`` to ``last`` of the new one; the first line is 0."""

    start: int
    stop: int
    first: int
    last: int


def hunks(old: Sequence[str | bytes], new: Sequence[str | bytes]) -> list[DifferingLines]:
    """Return what differs, in order. Lines that both texts have once hold the texts against each other."""
    found: list[DifferingLines] = []
    for each in _between(old, new, DifferingLines(0, len(old), 0, len(new))):
        if found and found[-1].stop == each.start and found[-1].last == each.first:
            each = DifferingLines(found[-1].start, each.stop, found.pop().first, each.last)
        found.append(each)
    return found


def _between(old: Sequence[str | bytes], new: Sequence[str | bytes], part: DifferingLines) -> Iterator[DifferingLines]:
    start, stop, first, last = part
    while start < stop and first < last and old[start] == new[first]:
        start, first = start + 1, first + 1
    while start < stop and first < last and old[stop - 1] == new[last - 1]:
        stop, last = stop - 1, last - 1
    if start == stop or first == last:
        if start < stop or first < last:
            yield DifferingLines(start, stop, first, last)
        return
    anchors = (
        _anchors(old, new, DifferingLines(start, stop, first, last)) if stop - start + last - first > _SHORT else []
    )
    if not anchors:
        matcher = difflib.SequenceMatcher(a=old[start:stop], b=new[first:last], autojunk=stop - start > 5 * _SHORT)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag != "equal":
                yield DifferingLines(start + a, start + b, first + c, first + d)
        return
    for at, to in [*anchors, (stop, last)]:
        yield from _between(old, new, DifferingLines(start, at, first, to))
        start, first = at, to


def _anchors(old: Sequence[str | bytes], new: Sequence[str | bytes], part: DifferingLines) -> list[tuple[int, int]]:
    """Return the places of lines that both have once, the longest row of them that is in order in both."""
    counts = Counter(old[part.start : part.stop]), Counter(new[part.first : part.last])
    places = {line: at for at, line in enumerate(new[part.first : part.last], part.first) if counts[1][line] == 1}
    pairs = [
        (at, places[line])
        for at, line in enumerate(old[part.start : part.stop], part.start)
        if counts[0][line] == 1 and line in places
    ]
    ends: list[int] = []
    chain: list[int] = []
    before: list[int] = []
    for index, (_, to) in enumerate(pairs):
        length = bisect_left(ends, to)
        before.append(chain[length - 1] if length else -1)
        ends[length : length + 1] = [to]
        chain[length : length + 1] = [index]
    found: list[tuple[int, int]] = []
    index = chain[-1] if chain else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
