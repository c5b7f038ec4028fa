"""Pieces of a text by where they stand: which of many are around one, or within it, without asking each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from .text import Span


class Spans:
    """A set of spans, some of them within others."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._sorted = sorted(set(spans))
        self._furthest: list[int] = []  # where the spans up to each end at the latest
        for _, stop in self._sorted:
            self._furthest.append(max(stop, self._furthest[-1] if self._furthest else stop))

    def around(self, span: Span) -> Iterator[Span]:
        """Yield the spans that contain one, itself included, the last to begin first."""
        at = bisect_right(self._sorted, (span[0], self._furthest[-1])) - 1 if self._sorted else -1
        while at >= 0 and self._furthest[at] >= span[1]:
            if self._sorted[at][1] >= span[1]:
                yield self._sorted[at]
            at -= 1

    def within(self, span: Span) -> Iterator[Span]:
        """Yield the spans that one contains, itself included."""
        for at in range(bisect_left(self._sorted, (span[0], span[0])), len(self._sorted)):
            start, stop = self._sorted[at]
            if start > span[1]:
                return
            if stop <= span[1]:
                yield start, stop
