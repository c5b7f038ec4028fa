"""Propose steps for comments: statements that are the same code in both states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .differences import Comparison, Difference
from .side import Item, dumped
from .steps import Candidate, Rung
from .written import block, is_plain, released


def is_about_comments(difference: Difference) -> bool:
    """Tell whether the statements are the same code, and only their comments differ."""
    old, new = (
        ["\n".join(map(dumped, item.statements)) for item in items] for items in (difference.old, difference.new)
    )
    return bool(old) and old == new


def ladder(comparison: Comparison, difference: Difference, place: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the step that puts a comment at the end of a line, of code as it is in the edited module."""
    if len(difference.old) != 1 or len(difference.new) != 1:
        return
    old, new = difference.old[0], difference.new[0]
    said = [
        [each.text for line, each in side.comments.items() if item.first <= line <= item.last]
        for side, item in ((comparison.old, old), (comparison.new, new))
    ]
    come = [each for each in said[1] if each not in said[0]]
    if len(come) != 1 or len(said[1]) != len(said[0]) + 1:
        return
    comment = come[0].lstrip("#").strip()
    line = next(
        line for line, each in comparison.new.comments.items() if new.first <= line <= new.last and each.text == come[0]
    )
    name = comparison.old.selectors.get(id(old.head), "")
    if name and line - new.first == 0:
        yield Candidate(Rung.OPERATION, ({"op": "comment.add", **place, "target": name, "comment": comment},))
    within = {"within": difference.scope} if difference.scope else {}
    for match in _matches(comparison, old, new, line):
        step = {"op": "comment.add", **place, **within, **match, "comment": comment}
        yield Candidate(Rung.OPERATION, (step,))


def _matches(comparison: Comparison, old: Item, new: Item, line: int) -> Iterator[dict[str, str]]:
    """Yield patterns of the code that the comment stands beside."""
    code = comparison.new.code([new]).partition("  #")[0]
    if "\n" not in code and is_plain(code):
        yield {"match": released(code)}
    beside = comparison.new.source.text.line(line).partition("#")[0].strip().rstrip(",")
    if beside and is_plain(beside):
        beside = released(beside)
        yield {"match": beside}
        yield {"as": "item", "match": beside}
        yield {"as": "keyword", "match": beside}
    if is_plain(comparison.old.code([old])):
        yield {"match": block(comparison.old.code([old]))}
