"""Propose steps for comments: statements that are the same code in both states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from .differences import CodeDifference, Comparison
from .places import SourceComment
from .side import BlockItem, Side, dumped
from .steps import Candidate, Rung
from .written import block, is_plain, released

_Pair: TypeAlias = tuple[list[SourceComment], list[SourceComment]]


def is_about_comments(difference: CodeDifference) -> bool:
    """Tell whether the statements are the same code, and only their comments differ."""
    old, new = (
        ["\n".join(map(dumped, item.statements)) for item in items] for items in (difference.old, difference.new)
    )
    return bool(old) and old == new


def ladder(comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the steps that add, change and remove comments at the ends of lines."""
    if len(difference.old) != 1 or len(difference.new) != 1:
        return
    old, new = difference.old[0], difference.new[0]
    gone, come = _differing(comparison, old, new)
    if not (gone or come) or any(each.is_alone for each in (*come, *gone)):
        return
    name = comparison.old.selectors.get(id(old.head), "")
    is_first = all(each.line == old.first for each in gone) and all(each.line == new.first for each in come)
    if name and len(come) <= 1 and len(gone) <= 1 and is_first:
        yield Candidate(Rung.OPERATION, (_step(gone, come, {**place, "target": name}),))
    within = {**place, **({"within": difference.scope} if difference.scope else {})}
    pairs = _pairs(gone, come)
    before = comparison.old.code([old])
    ways = [
        list(
            _matches(comparison.new, new, after[0].line, before)
            if after
            else _matches(comparison.old, old, was[0].line, before)
        )
        for was, after in pairs
    ]
    for chosen in zip(*ways, strict=False):
        steps = [_step(*pair, {**within, **match}) for pair, match in zip(pairs, chosen, strict=True)]
        yield Candidate(Rung.OPERATION, tuple(steps))


def _pairs(gone: list[SourceComment], come: list[SourceComment]) -> list[_Pair]:
    """Return which comment becomes which; one with the same text in another place goes and comes."""
    moved = {each.text for each in gone} & {each.text for each in come}
    if len(gone) == len(come) and not moved:
        return [([one], [other]) for one, other in zip(gone, come, strict=True)]
    return [*(([each], []) for each in gone), *(([], [each]) for each in come)] if moved or not (gone and come) else []


def _differing(
    comparison: Comparison, old: BlockItem, new: BlockItem
) -> tuple[list[SourceComment], list[SourceComment]]:
    """Return the comments that a statement has no more, and those that it has now.

    Where its code is the same, one that moved in it is both.
    """
    is_same = list(map(dumped, old.statements)) == list(map(dumped, new.statements))

    def told(side: Side, item: BlockItem, each: SourceComment) -> tuple[object, ...]:
        return each.text, each.is_alone, is_same and side.placed(each.line, item.first, item.first)

    was = [(told(comparison.old, old, each), each) for each in comparison.old.commented(old.first, old.last)]
    now = [(told(comparison.new, new, each), each) for each in comparison.new.commented(new.first, new.last)]
    come: list[SourceComment] = []
    for key, each in now:
        same = next((at for at, (other, _) in enumerate(was) if other == key), None)
        if same is None:
            come.append(each)
        else:
            del was[same]
    return [each for _, each in was], come


def _step(gone: Sequence[SourceComment], come: Sequence[SourceComment], place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step that adds a comment, takes one away, or puts one in the place of another."""
    if gone and come:
        return {"op": "comment.set", **place, "was": _text(gone[0]), "comment": _text(come[0])}
    if gone:
        return {"op": "comment.remove", **place, "comment": _text(gone[0])}
    return {"op": "comment.add", **place, "comment": _text(come[0])}


def head(comparison: Comparison, place: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the operations on the comments at the head of a module."""
    old, new = comparison.old.head.texts(), comparison.new.head.texts()
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    base = {**place, "target": "module"}
    if len(old) == len(new) == 1:
        step = {"op": "comment.set", **base, "was": gone[0], "comment": come[0]}
        yield Candidate(Rung.OPERATION, (step,))
    steps = [{"op": "comment.add", **base, "comment": each} for each in come]
    steps += [{"op": "comment.remove", **base, "comment": each} for each in gone]
    yield Candidate(Rung.OPERATION, tuple(steps))
    yield Candidate(Rung.OPERATION, tuple(reversed(steps)))


def _text(comment: SourceComment) -> str:
    return comment.text.lstrip("#").strip()


def _matches(side: Side, item: BlockItem, line: int, before: str) -> Iterator[dict[str, str]]:
    """Yield patterns of the code that the comment stands beside."""
    code = side.code([item]).partition("  #")[0]
    if "\n" not in code and is_plain(code):
        yield {"match": released(code)}
    beside = side.source.text.line(line).partition("#")[0].strip().rstrip(",")
    if beside and is_plain(beside):
        beside = released(beside)
        yield {"match": beside}
        yield {"as": "item", "match": beside}
        yield {"as": "keyword", "match": beside}
    if is_plain(before):
        yield {"match": block(before)}
