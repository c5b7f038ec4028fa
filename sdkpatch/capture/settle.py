"""Settle one Python file: climb down each difference's ladder until the planner makes the edited file of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model import Conflict
from ..python.parsing import parse
from . import ladder, plain
from .alike import Likeness, likeness
from .differences import Comparison, Difference, Part
from .imports import is_about_imports
from .side import Side
from .steps import Candidate, Rung, Said, Unsaid
from .trial import Trial, after

_MOST_ROUNDS = 12
_MANY = 8
"""A function with more differences than this has another body."""


class Settled(NamedTuple):
    """What one file's differences became, in the order of the steps."""

    said: tuple[Said, ...]
    unsaid: tuple[Unsaid, ...] = ()


def compare(path: str, old: bytes, new: bytes) -> Comparison | None:
    """Return two states of a module to compare, None where one of them does not parse."""
    sides = [parse(path, each) for each in (old, new)]
    if isinstance(sides[0], Conflict) or isinstance(sides[1], Conflict):
        return None
    return Comparison(Side(sides[0]), Side(sides[1]))


class FileSettler:
    """Finds the steps that lead from one state of a Python file to another."""

    def __init__(self, trial: Trial, path: str, old: bytes, new: bytes) -> None:
        self._trial = trial
        self._path = path
        self._old = old
        self._new = new
        self._banned: set[tuple[str, str]] = set()

    def settle(self, given: Sequence[Said] = ()) -> Settled:
        """Return the steps, those that are ``given`` first; text where nothing else says a difference."""
        for _ in range(_MOST_ROUNDS):
            said = self._said(list(given))
            broken = self._broken(said)
            if broken is None:
                return Settled(tuple(said))
            one = said[broken]
            if one.rung is Rung.TEXT or broken < len(given):
                break
            self._banned.add((one.key, repr(one.steps)))
        return self._as_text(given)

    def _as_text(self, given: Sequence[Said]) -> Settled:
        for first in ([*given], []):
            said = [*first, *self._text(self._made(first) or self._old)]
            if self._broken(said) is None:
                return Settled(tuple(said))
        return Settled((), (Unsaid(self._path, "no text is unique enough to say it"),))

    def _made(self, said: Sequence[Said]) -> bytes | None:
        steps = [step for each in said for step in each.steps]
        return after(self._trial.file(self._path, self._old, steps)) if steps else self._old

    def _said(self, said: list[Said]) -> list[Said]:
        state = self._made(said)
        state = self._old if state is None else state
        refused: set[str] = set()
        while True:
            comparison = compare(self._path, state, self._new)
            if comparison is None:
                break
            differences = comparison.differences()
            found = next(
                (
                    (each, made)
                    for each in _ordered(differences)
                    if each.key not in refused
                    and (made := self._tried(comparison, each, differences, state, refused)) is not None
                ),
                None,
            )
            if found is None:
                break
            difference, (candidate, state) = found
            said.append(
                Said(self._path, difference.scope, difference.line, candidate.rung, candidate.steps, difference.key)
            )
        if likeness(self._path, state, self._new) is Likeness.DIFFERENT:
            said += self._text(state)
        return said

    def _tried(
        self,
        comparison: Comparison,
        difference: Difference,
        differences: Sequence[Difference],
        state: bytes,
        refused: set[str],
    ) -> tuple[Candidate, bytes] | None:
        """Return the first candidate that takes the difference away and brings no other, and the file after it."""
        left = Counter(each.key for each in differences)
        left.subtract([difference.key])
        for candidate in self._candidates(comparison, difference, differences):
            if (difference.key, repr(candidate.steps)) in self._banned:
                continue
            made = after(self._trial.file(self._path, state, candidate.steps))
            if made is None or made == state:
                continue
            again = compare(self._path, made, self._new)
            if again is None:
                continue
            now = Counter(each.key for each in again.differences())
            if not now - left:
                return candidate, made
        refused.add(difference.key)
        return None

    def _candidates(
        self, comparison: Comparison, difference: Difference, differences: Sequence[Difference]
    ) -> Iterator[Candidate]:
        same = [each for each in differences if each.part in (Part.STATEMENTS, Part.HEADER) and each.scope == difference.scope]
        whole = ladder.body(comparison, difference.scope, self._path) if difference.scope else None
        is_inside = difference in same
        if whole is not None and is_inside and len(same) > _MANY:
            yield whole
        yield from ladder.ladder(comparison, difference, self._path)
        if whole is not None and is_inside:
            yield whole

    def _text(self, state: bytes) -> list[Said]:
        return plain.settle(self._trial, self._path, state, self._new)

    def _broken(self, said: Sequence[Said]) -> int | None:
        """Return the first of the steps with which the planner does not lead to the edited file, None if all do.

        Binary search: with all steps up to it the planner still makes something of the file.
        """
        if self._leads(said):
            return None
        low, high = 0, len(said)
        while high - low > 1:
            middle = (low + high) // 2
            if self._holds(said[:middle]):
                low = middle
            else:
                high = middle
        return max(high - 1, 0)

    def _holds(self, said: Sequence[Said]) -> bool:
        return self._made(said) is not None

    def _leads(self, said: Sequence[Said]) -> bool:
        """Tell whether all steps together make the edited file, and a second run finds nothing to do there."""
        steps = [step for each in said for step in each.steps]
        if not steps:
            return likeness(self._path, self._old, self._new) is not Likeness.DIFFERENT
        made = after(self._trial.file(self._path, self._old, steps))
        if made is None or likeness(self._path, made, self._new) is Likeness.DIFFERENT:
            return False
        return all(after(self._trial.file(self._path, each, steps)) == each for each in {made, self._new})


def _ordered(differences: Sequence[Difference]) -> list[Difference]:
    """Return what is changed before what goes, what goes before what comes, and imports last."""

    def rank(difference: Difference) -> tuple[int, int]:
        if difference.part is Part.STATEMENTS and is_about_imports(difference):
            return 4, difference.line
        if difference.part is not Part.STATEMENTS:
            return 0, difference.line
        return (1 if difference.old and difference.new else 2 if difference.old else 3), difference.line

    return sorted(differences, key=rank)


