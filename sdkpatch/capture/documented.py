"""Propose steps for parts of a long docstring: an entry that comes or goes, a word that changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .steps import Candidate, Rung
from .written import is_plain

_LONG = 6
"""Lines from which a docstring is not written anew."""
_MOST = 4


def parts(base: Mapping[str, Any], old: str, new: str) -> Iterator[Candidate]:
    """Yield rewrites of the parts in which two docstrings differ, where they are long and nearly the same."""
    left, right = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    hunks = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    is_in_place = all(b - a == d - c == 1 for _, a, b, c, d in hunks)
    is_plain_text = not any('"""' in text or "\\" in text for text in (old, new))
    if (len(left) < _LONG and not is_in_place) or len(hunks) > _MOST or not is_plain_text:
        return
    for context in (0, 1, 2):
        steps = []
        for a, b, c, d in _apart([(a, b, c, d) for _, a, b, c, d in hunks], 2 * context):
            texts = _narrow(left[a].strip(), right[c].strip(), old) if b - a == d - c == 1 and not context else None
            found = texts or _widened(left, right, (a, b, c, d), context)
            steps.append({**base, "as": "statements", "match": found[0], "replace": found[1]})
        if is_plain(
            *(
                str(step[key]).replace("$HEAD", "").replace("$TAIL", "")
                for step in steps
                for key in ("match", "replace")
            )
        ):
            yield Candidate(Rung.REWRITE, tuple(steps))


def _apart(hunks: Sequence[tuple[int, int, int, int]], gap: int) -> list[tuple[int, int, int, int]]:
    """Return the hunks with those joined that have no more than ``gap`` lines between them."""
    found: list[tuple[int, int, int, int]] = []
    for a, b, c, d in hunks:
        if found and a - found[-1][1] <= gap:
            first = found.pop()
            a, c = first[0], first[2]
        found.append((a, b, c, d))
    return found


def _narrow(old: str, new: str, whole: str) -> tuple[str, str] | None:
    """Return two lines as a change of a string, if the line before is there once.

    Their indent is left open: the examples of Fern's async methods stand deeper, in ``async def main()``.
    """
    if not old or not new or whole.count(old) != 1:
        return None
    quote = '"""' if '"' in old + new else '"'
    return f"{quote}$HEAD{old}$TAIL{quote}", f"{quote}$HEAD{new}$TAIL{quote}"


def _widened(
    left: Sequence[str], right: Sequence[str], places: tuple[int, int, int, int], context: int
) -> tuple[str, str]:
    """Return lines that come, go or change, with some of what stands around, as a change of a string."""
    a, b, c, d = places
    above = left[max(a - context, 0) : a]
    below = left[b : b + context]
    head = "$HEAD\n" if a - len(above) > 0 else ""
    tail = "\n$TAIL" if b + len(below) < len(left) else ""
    texts = []
    for lines in (left[a:b], right[c:d]):
        inner = "\n".join([*above, *lines, *below])
        texts.append(f'"""{head}{inner}{tail}"""' if inner else f'"""{head.rstrip()}{tail}"""')
    return texts[0], texts[1]
