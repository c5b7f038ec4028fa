"""The lines in which texts differ: what is said leads from one to the other, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.operations.shared.line_diff import DifferingLines, hunks

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=30)


def applied(old: Sequence[str], new: Sequence[str], found: Sequence[DifferingLines]) -> list[str]:
    made = list(old)
    for each in reversed(found):
        made[each.start : each.stop] = new[each.first : each.last]
    return made


@given(old=LINES, new=LINES)
def test_the_hunks_lead_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    found = hunks(old, new)
    assert applied(old, new, found) == new
    assert all(one.stop < other.start or one.last < other.first for one, other in pairwise(found))


def test_distant_changes_of_a_long_text_are_told_apart() -> None:
    old = [f"line {number // 3}" if number % 3 else f"head {number}" for number in range(9000)]
    new = [*old[:10], "new", *old[10:4000], *old[4005:8999], "last"]
    found = hunks(old, new)
    assert applied(old, new, found) == new
    assert [(each.stop - each.start, each.last - each.first) for each in found] == [(0, 1), (5, 0), (1, 1)]


def test_what_moved_is_taken_out_and_put_in() -> None:
    old = [f"line {number}" for number in range(1000)]
    new = [*old[500:520], *old[:500], *old[520:]]
    found = hunks(old, new)
    assert applied(old, new, found) == new
    assert sum(each.stop - each.start for each in found) == 20
