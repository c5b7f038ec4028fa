"""Propose steps for comments: statements that are the same code in both states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .differences import CodeDifference, Comparison
from .side import BlockItem, SourceComment, dumped
from .steps import Candidate, Rung
from .written import block, is_plain, released


def is_about_comments(difference: CodeDifference) -> bool:
    """Tell whether the statements are the same code, and only their comments differ."""
    old, new = (
        ["\n".join(map(dumped, item.statements)) for item in items] for items in (difference.old, difference.new)
    )
    return bool(old) and old == new


def ladder(comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the steps that put comments at the ends of lines, of code as it is in the edited module."""
    if len(difference.old) != 1 or len(difference.new) != 1:
        return
    old, new = difference.old[0], difference.new[0]
    there = [each.text for line, each in comparison.old.comments.items() if old.first <= line <= old.last]
    come: list[SourceComment] = []
    for line, each in comparison.new.comments.items():
        if new.first <= line <= new.last and each.text in there:
            there.remove(each.text)
        elif new.first <= line <= new.last:
            come.append(each)
    if not come or there or any(each.is_alone for each in come):
        return
    name = comparison.old.selectors.get(id(old.head), "")
    if name and len(come) == 1 and come[0].line == new.first:
        step = {"op": "comment.add", **place, "target": name, "comment": _text(come[0])}
        yield Candidate(Rung.OPERATION, (step,))
    within = {"within": difference.scope} if difference.scope else {}
    ways = [list(_matches(comparison, old, new, each.line)) for each in come]
    for chosen in zip(*ways, strict=False):
        steps = [
            {"op": "comment.add", **place, **within, **match, "comment": _text(each)}
            for each, match in zip(come, chosen, strict=True)
        ]
        yield Candidate(Rung.OPERATION, tuple(steps))


def _text(comment: SourceComment) -> str:
    return comment.text.lstrip("#").strip()


def _matches(comparison: Comparison, old: BlockItem, new: BlockItem, line: int) -> Iterator[dict[str, str]]:
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
