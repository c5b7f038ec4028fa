"""Propose steps for files of text: whole lines added, and the smallest change that is unique."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from ..model import Conflict
from ..operations.shared import plain_text
from .alike import Likeness, likeness
from .steps import Rung, Said, StepTable
from .trial import Trial, after

_WIDEST = 12
"""Lines of context that are tried on each side."""


def settle(trial: Trial, path: str, old: bytes, new: bytes) -> list[Said]:
    """Return the steps that lead from one text to another, an empty list where no text is unique enough.

    In a Python file, lines that only lay code out anew are left as they are.
    """
    texts = plain_text.read(old), plain_text.read(new)
    if isinstance(texts[0], Conflict) or isinstance(texts[1], Conflict):
        return []
    left, right = (each.content.split("\n") for each in texts)
    said: list[Said] = []
    state = old
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    shift = 0
    now = list(left)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        start, stop = a + shift, b + shift
        for step in _steps(path, now, start, stop, right[c:d]):
            wanted = [*now[:start], *right[c:d], *now[stop:]]
            made = after(trial.file(path, state, [step]))
            if made is not None and made == texts[0].encoded("\n".join(wanted)):
                said.append(Said(path, "", a + 1, Rung.TEXT, (step,), key=f"text\0{a}"))
                state, now = made, wanted
                shift += (d - c) - (b - a)
                break
    return said if likeness(path, state, new) is not Likeness.DIFFERENT else []


def _steps(path: str, lines: Sequence[str], start: int, stop: int, new: Sequence[str]) -> Iterator[StepTable]:
    """Yield replacements with more and more lines around, as long as what is found is there once."""
    content = "\n".join(lines)
    base = {"op": "text.replace", "files": [path]}
    if stop - start == len(new) == 1:
        yield from ({**base, "find": old, "replace": put} for old, put in _words(lines[start], new[0], content))
    for above, below in _windows():
        first, last = max(start - above, 0), min(stop + below, len(lines))
        find = "\n".join(lines[first:last])
        replace = "\n".join([*lines[first:start], *new, *lines[stop:last]])
        if not find.strip() or content.count(find) != 1:
            continue
        if replace and find != replace:
            yield {**base, "find": find, "replace": replace}


def _windows() -> Iterator[tuple[int, int]]:
    yield 0, 0
    for size in range(1, _WIDEST):
        yield from ((size, 0), (0, size), (size, size))


def _words(old: str, new: str, content: str) -> Iterator[tuple[str, str]]:
    """Yield the smallest part of a line that differs and is there once, cut at blanks."""
    left, right = old.split(" "), new.split(" ")
    first = 0
    while first < min(len(left), len(right)) and left[first] == right[first]:
        first += 1
    last = 0
    while last < min(len(left), len(right)) - first and left[-1 - last] == right[-1 - last]:
        last += 1
    for wider in range(3):
        start, end = max(first - wider, 0), max(last - wider, 0)
        find, put = " ".join(left[start : len(left) - end]), " ".join(right[start : len(right) - end])
        if find.strip() and put.strip() and len(find) >= 6 and content.count(find) == 1 and content.count(put) == 0:
            yield find, put
