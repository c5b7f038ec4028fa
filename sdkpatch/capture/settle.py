"""Settle one Python file: climb down each difference's ladder until the planner makes the edited file of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..model import Conflict, Satisfied
from ..python.parsing import parse
from . import imports, ladder, plain
from .alike import Likeness, likeness
from .differences import CodeDifference, Comparison, EditedPart
from .focus import focused
from .side import Side
from .steps import Candidate, Rung, Said, StepTable, Unsaid
from .trial import Trial, after

_MOST_ROUNDS = 12
_MANY = 8
"""A function with more differences than this has another body."""


class Settled(NamedTuple):
    """What one file's differences became, in the order of the steps."""

    said: tuple[Said, ...]
    unsaid: tuple[Unsaid, ...] = ()


class _Tried(NamedTuple):
    """A step that says a difference, and the state after it; ``is_exact`` tells that no import is missing in it."""

    said: Said
    state: bytes
    is_exact: bool


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
        self._known: Mapping[str, str] | None = None
        self._both: frozenset[str] | None = None

    def settle(self) -> Settled:
        """Return the steps; text where nothing else says a difference."""
        for _ in range(_MOST_ROUNDS):
            said = self._said()
            broken = self._broken(said)
            if broken is None:
                return Settled(tuple(said))
            if not said:
                break
            one = said[broken]
            if one.rung is Rung.TEXT:
                break
            self._banned.add((one.key, repr(one.steps)))
        said = self._text(self._old)
        if said and self._broken(said) is None:
            return Settled(tuple(said))
        return Settled((), (Unsaid(self._path, "no text in it is unique enough to say the edit"),))

    def _made(self, said: Sequence[Said]) -> bytes | None:
        steps = [step for each in said for step in each.steps]
        return after(self._trial.file(self._path, self._old, steps)) if steps else self._old

    def _said(self) -> list[Said]:
        """Return the steps of each definition by itself, then those of the module as these leave it, then text."""
        comparison = compare(self._path, self._old, self._new)
        if comparison is None:
            return self._text(self._old)
        said: list[Said] = []
        for scope in dict.fromkeys(each.scope for each in comparison.differences()):
            small = [focused(side, scope) for side in (comparison.old, comparison.new)]
            if small[0] is not None and small[1] is not None:
                said += self._climbed(small[0], small[1], scope)[0]
        state = self._made(said)
        if state is None:  # apart they hold, together they do not
            said, state = [], self._old
        for _ in range(2):  # what the second pass removes may need imports kept as well
            if kept := self._kept(state):
                said.append(kept)
                state = self._made(said) or state
            more, state = self._climbed(state, self._new, None)
            said += more
            if not more:
                break
        if likeness(self._path, state, self._new) is Likeness.DIFFERENT:
            said += self._text(state)
        return said

    def _kept(self, state: bytes) -> Said | None:
        """Return the step that keeps imports which the edited file still has, although its code needs them no more."""
        before, now = compare(self._path, self._old, self._new), compare(self._path, state, self._new)
        if before is None or now is None:
            return None
        wanted, there = set(imports.top(before.new)), set(imports.top(now.old))
        lost = [text for text in imports.top(before.old) if text in wanted and text not in there]
        if not lost:
            return None
        step = {"op": "import.set", "files": [self._path], "import": lost[0] if len(lost) == 1 else lost}
        return Said(self._path, "", 1, Rung.OPERATION, (step,), key="\0".join(("kept", *lost)))

    def _climbed(self, state: bytes, target: bytes, scope: str | None) -> tuple[list[Said], bytes]:
        """Return steps for what differs in two states, in one definition or everywhere, and the state they lead to."""
        said: list[Said] = []
        refused: set[str] = set()
        seen = {state}
        while True:
            comparison = compare(self._path, state, target)
            listed = [each for each in comparison.differences() if scope in (None, each.scope)] if comparison else []
            found = spare = None
            for each in _ordered(listed):
                if each.key in refused or comparison is None:
                    continue
                tried = self._tried(comparison, each, listed, (state, target), scope)
                if tried is not None and tried.is_exact:
                    found = tried
                    break
                if tried is None:
                    refused.add(each.key)
                spare = spare or tried
            found = found or spare
            if found is None or found.state in seen:  # one takes back what another did
                return said, state
            state = found.state
            seen.add(state)
            said.append(found.said)

    def _tried(
        self,
        comparison: Comparison,
        difference: CodeDifference,
        listed: Sequence[CodeDifference],
        states: tuple[bytes, bytes],
        scope: str | None,
    ) -> _Tried | None:
        """Return the first candidate that takes the difference away and brings no other, and the state after it.

        Where there is none, one after which an import is missing that nothing uses any more: that can be set later.
        """
        spare: _Tried | None = None
        left = Counter(each.key for each in listed)
        left.subtract([difference.key])
        for candidate in self._candidates(comparison, difference, listed):
            if (difference.key, repr(candidate.steps)) in self._banned:
                continue
            made = after(self._trial.file(self._path, states[0], candidate.steps))
            if made is None or made == states[0]:
                continue
            again = compare(self._path, made, states[1])
            now = Counter(each.key for each in again.differences() if scope in (None, each.scope)) if again else None
            if now is not None and again is not None and self._is_better(comparison, again, now - left):
                line = self._line(difference, scope)
                said = Said(self._path, difference.scope, line, candidate.rung, candidate.steps, difference.key)
                tried = _Tried(said, made, is_exact=not now - left)
                if tried.is_exact:
                    return tried
                spare = spare or tried
        return spare

    def _is_better(self, comparison: Comparison, again: Comparison, more: Counter[str]) -> bool:
        """Tell whether a state has no new differences, but for imports that went because nothing uses them any more."""
        if not more:
            return True
        if self._both is None:
            before = compare(self._path, self._old, self._new)
            tops = [imports.top(side) for side in (before.old, before.new)] if before else [[], []]
            self._both = frozenset(each for each in tops[0] if each in tops[1] and tops[0].count(each) == 1)
        now, was = imports.missing(again), imports.missing(comparison)
        is_known = now.lacking <= was.lacking | self._both and now.extra <= was.extra
        return is_known and all(imports.is_about_imports(each) for each in again.differences() if each.key in more)

    def _line(self, difference: CodeDifference, scope: str | None) -> int:
        """Return the line of a difference in the generated file: in a module cut down to a definition it is another."""
        if scope is None:
            return difference.line
        text = self._old.decode("utf-8", "replace").splitlines()
        name = scope.rpartition(".")[2]
        heads = (f"def {name}(", f"class {name}(", f"class {name}:", f"async def {name}(")
        outer = scope.split(".")[0]
        start = next((at for at, line in enumerate(text) if line.startswith((f"class {outer}", f"def {outer}"))), 0)
        found = (at for at in range(start, len(text)) if text[at].lstrip().startswith(heads))
        return next(found, start) + 1

    def _candidates(
        self, comparison: Comparison, difference: CodeDifference, listed: Sequence[CodeDifference]
    ) -> Iterator[Candidate]:
        same = [
            each
            for each in listed
            if each.part in (EditedPart.STATEMENTS, EditedPart.HEADER) and each.scope == difference.scope
        ]
        whole = ladder.body(comparison, difference.scope, self._path) if difference.scope else None
        is_inside = difference in same
        if whole is not None and is_inside and len(same) > _MANY:
            yield whole
        yield from ladder.ladder(comparison, difference, self._path, self._foldable())
        if whole is not None and is_inside:
            yield whole

    def _foldable(self) -> Mapping[str, str]:
        """Return the new imports, by the names they bind, that end up where the edited file has them."""
        if self._known is None:
            comparison = compare(self._path, self._old, self._new)
            known = dict(imports.come(comparison)) if comparison else {}
            self._known = known if known and self._are_placed(list(known.values())) else {}
            if known and not self._known and len(known) > 1:
                self._known = {name: text for name, text in known.items() if self._are_placed([text])}
        return self._known

    def _are_placed(self, listed: list[str]) -> bool:
        step = {"op": "import.set", "files": [self._path], "import": listed}
        made = after(self._trial.file(self._path, self._old, [step]))
        again = compare(self._path, made, self._new) if made is not None else None
        if again is None:
            return False
        wanted = [text for text in imports.top(again.new) if text in {*imports.top(again.old)}]
        return [text for text in imports.top(again.old) if text in set(imports.top(again.new))] == wanted

    def _text(self, state: bytes) -> list[Said]:
        return plain.settle(self._trial, self._path, state, self._new)

    def _broken(self, said: Sequence[Said]) -> int | None:
        """Return a step with which the planner does not lead to the edited file, None if all of them do.

        It is one that finds nothing in a second run; else binary search finds the first with which a run fails.
        """
        steps = [step for each in said for step in each.steps]
        if not steps:
            return None if likeness(self._path, self._old, self._new) is not Likeness.DIFFERENT else 0
        planned = self._trial.file(self._path, self._old, steps)
        made = after(planned)
        if made is not None and likeness(self._path, made, self._new) is not Likeness.DIFFERENT:
            return self._lost(said, steps, made)
        if planned is not None and made is not None:
            sited = {each.step for each in planned.results}
            owner = [index for index, each in enumerate(said) for _ in each.steps]
            idle = next((number for number, _ in enumerate(steps, 1) if number not in sited), 0)
            if idle:
                return owner[idle - 1]
        low, high = 0, len(said)
        while high - low > 1:
            middle = (low + high) // 2
            if self._made(said[:middle]) is not None:
                low = middle
            else:
                high = middle
        return max(high - 1, 0)

    def _lost(self, said: Sequence[Said], steps: Sequence[StepTable], made: bytes) -> int | None:
        """Return the step that a second run would stop at, None for none."""
        owner = [index for index, each in enumerate(said) for _ in each.steps]
        for state in dict.fromkeys((made, self._new)):
            again = self._trial.file(self._path, state, steps)
            if again is None:
                return 0
            for number, _ in enumerate(steps, 1):
                own = [each for each in again.results if each.step == number]
                if not own or not all(isinstance(each.outcome, Satisfied) for each in own):
                    return owner[number - 1]
        return None


def _ordered(differences: Sequence[CodeDifference]) -> list[CodeDifference]:
    """Return what is changed before what goes, what goes before what comes, and imports last."""

    def rank(difference: CodeDifference) -> tuple[int, int]:
        if difference.part is EditedPart.STATEMENTS and imports.is_about_imports(difference):
            return 4, difference.line
        if difference.part is not EditedPart.STATEMENTS:
            return 0, difference.line
        return (1 if difference.old and difference.new else 2 if difference.old else 3), difference.line

    return sorted(differences, key=rank)
