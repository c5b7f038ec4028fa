"""Propose steps for files of text: the smallest change that is unique, or one that is made everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model import Conflict
from ..operations.shared import line_diff, text_file
from ..operations.shared.text_file import PlainText
from .alike import Likeness, likeness
from .steps import Rung, Said, StepTable
from .trial import Trial, after

_WIDEST = 12
"""Lines of context that are tried on each side."""
_SHORTEST = 6
"""Characters of a text that is looked for."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_MOST_STEPS = 40
_GAPS = (0, 2, 8, 40, 1_000_000)
"""Unchanged lines between two changes that are said as one, where they cannot be said apart."""


class Hunk(NamedTuple):
    """Lines ``start`` to ``stop`` of the old text become ``new``."""

    start: int
    stop: int
    new: tuple[str, ...]


def settle(trial: Trial, path: str, old: bytes, new: bytes, *, is_exact: bool = False) -> list[Said]:
    """Return the steps that lead from one text to another, an empty list where no text is unique enough.

    ``is_exact`` asks for the bytes; else Python may come out in another layout.
    """
    left, right = text_file.read(old), text_file.read(new)
    if isinstance(left, Conflict) or isinstance(right, Conflict):
        return []
    if not left.content.strip():
        step = {"op": "text.insert", "files": [path], "at": "start", "text": right.content}
        whole = [Said(path, "", 1, Rung.TEXT, (step,), key="text\0start")]
        return whole if _hold(trial, path, (old, new), whole) else []
    hunks = _hunks(left.content.split("\n"), right.content.split("\n"))
    for gap in _GAPS:
        merged = _merged(left.content.split("\n"), hunks, gap)
        said = (not gap and _changed_everywhere(trial, path, (old, new), left, merged)) or _settled(
            path, (old, new), left, merged
        )
        if said and _hold(trial, path, (old, new), said):
            if not is_exact:
                return _without_layout(trial, path, (old, new), said)
            if after(trial.file(path, old, [step for each in said for step in each.steps])) == new:
                return said
    return []


def _without_layout(trial: Trial, path: str, states: tuple[bytes, bytes], said: Sequence[Said]) -> list[Said]:
    """Return the steps without those that change the layout of Python alone."""
    kept = list(said)
    if not path.endswith(".py") or not 1 < len(said) <= _MOST_STEPS:
        return kept
    for each in said:
        less = [one for one in kept if one is not each]
        if less and _hold(trial, path, states, less):
            kept = less
    return kept


def _hold(trial: Trial, path: str, states: tuple[bytes, bytes], said: Sequence[Said]) -> bool:
    """Tell whether the steps lead to the new text together, and a second run finds nothing to do."""
    steps = [step for each in said for step in each.steps]
    made = after(trial.file(path, states[0], steps))
    if made is None or likeness(path, made, states[1]) is Likeness.DIFFERENT:
        return False
    return all(after(trial.file(path, each, steps)) == each for each in (made, states[1]))


def _hunks(left: Sequence[str], right: Sequence[str]) -> list[Hunk]:
    return [Hunk(each.start, each.stop, tuple(right[each.first : each.last])) for each in line_diff.hunks(left, right)]


def _merged(lines: Sequence[str], hunks: Sequence[Hunk], gap: int) -> list[Hunk]:
    """Return the hunks with those joined that have few lines between them."""
    found: list[Hunk] = []
    for each in hunks:
        if gap and found and each.start - found[-1].stop <= gap:
            last = found.pop()
            each = Hunk(last.start, each.stop, (*last.new, *lines[last.stop : each.start], *each.new))
        found.append(each)
    return found


def _settled(path: str, states: tuple[bytes, bytes], text: PlainText, hunks: Sequence[Hunk]) -> list[Said]:
    said: list[Said] = []
    now = text.content.split("\n")
    shift = 0
    for each in hunks:
        start, stop = each.start + shift, each.stop + shift
        wanted = [*now[:start], *each.new, *now[stop:]]
        step = next(_steps(path, now, start, stop, each.new), None)
        if step is None:
            return []
        said.append(Said(path, "", each.start + 1, Rung.TEXT, (step,), key=f"text\0{each.start}"))
        now = wanted
        shift += len(each.new) - (each.stop - each.start)
    return said if likeness(path, text.encoded("\n".join(now)), states[1]) is not Likeness.DIFFERENT else []


def _changed_everywhere(
    trial: Trial, path: str, states: tuple[bytes, bytes], text: PlainText, hunks: Sequence[Hunk]
) -> list[Said]:
    """Return the steps with one among them that changes a text wherever it is, none where there is no such text."""
    for step, wanted, done in _everywhere(path, text.content.split("\n"), hunks):
        made = after(trial.file(path, states[0], [step]))
        if made is None or made != text.encoded("\n".join(wanted)):
            continue
        one = Said(path, "", done[0].start + 1, Rung.TEXT, (step,), key=f"text\0{done[0].start}")
        if likeness(path, made, states[1]) is not Likeness.DIFFERENT:
            return [one]
        rest = settle(trial, path, made, states[1])
        return [one, *rest] if rest else []
    return []


def _everywhere(
    path: str, lines: Sequence[str], hunks: Sequence[Hunk]
) -> Iterator[tuple[StepTable, list[str], list[Hunk]]]:
    """Yield replacements of a text that is changed wherever it is, with the lines after them and the hunks they say."""
    content = "\n".join(lines)
    groups: dict[tuple[str, str], list[Hunk]] = {}
    for each in hunks:
        for at, put in zip(range(each.start, each.stop), each.new, strict=False):
            if each.stop - each.start == len(each.new):
                for pair in _words(lines[at], put):
                    groups.setdefault(pair, []).append(each)
    for (find, put), own in groups.items():
        if len(own) > 1 and content.count(find) == len(own) and not content.count(put):
            step = {"op": "text.replace", "files": [path], "find": find, "replace": put, "count": ">=1"}
            yield step, content.replace(find, put).split("\n"), own


def _steps(path: str, lines: Sequence[str], start: int, stop: int, new: Sequence[str]) -> Iterator[StepTable]:
    """Yield replacements with more and more lines around, as long as what is found is there once."""
    content = "\n".join(lines)
    base = {"op": "text.replace", "files": [path]}
    if stop - start == len(new) == 1:
        for find, put in _words(lines[start], new[0]):
            if content.count(find) == 1 and content.count(put) == 0:
                yield {**base, "find": find, "replace": put}
    if start == stop and any(each.strip() for each in new):
        yield from _inserted(path, lines, start, new)
    for above, below in _windows(len(lines)):
        first, last = max(start - above, 0), min(stop + below, len(lines))
        find = "\n".join(lines[first:last])
        replace = "\n".join([*lines[first:start], *new, *lines[stop:last]])
        if find.strip() and replace and find != replace and content.count(find) == 1 and not content.count(replace):
            yield {**base, "find": find, "replace": replace}


def _inserted(path: str, lines: Sequence[str], at: int, new: Sequence[str]) -> Iterator[StepTable]:
    """Yield insertions beside a line that is there once: a heading first, then one without a number in it."""
    beside = [("before", lines[at])] if at < len(lines) else []
    beside += [("after", lines[at - 1])] if at else []
    usable = [(side, line) for side, line in beside if line.strip() and lines.count(line) == 1]
    usable.sort(key=lambda each: (each[1][:1] not in ("[", "#"), any(char.isdigit() for char in each[1])))
    for side, line in usable:
        text = "".join(f"{each}\n" for each in new)
        yield {"op": "text.insert", "files": [path], side: _SPECIAL.sub(r"\\\g<0>", line), "text": text}


def _windows(lines: int) -> Iterator[tuple[int, int]]:
    yield 0, 0
    for size in range(1, _WIDEST):
        yield from ((size, 0), (0, size), (size, size))
    yield lines, lines


def _words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Yield the smallest words of a line that differ, and wider parts around them."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    first = 0
    while first < min(len(left), len(right)) and left[first] == right[first]:
        first += 1
    last = 0
    while last < min(len(left), len(right)) - first and left[-1 - last] == right[-1 - last]:
        last += 1
    seen: set[str] = set()
    for wider in (0, 1, 2, 4, 8):
        start, end = max(first - wider, 0), max(last - wider, 0)
        find, put = "".join(left[start : len(left) - end]), "".join(right[start : len(right) - end])
        if find.strip() and put.strip() and len(find) >= _SHORTEST and find not in seen:
            seen.add(find)
            yield find, put
