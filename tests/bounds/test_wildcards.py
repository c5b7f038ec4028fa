"""Wildcards mean what the expressions mean that they stand for, and cost no more for a pattern made to cost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.bounds.wildcards import matcher

PIECES = st.lists(st.sampled_from(["**/", "**", "*", "?", "a", "b", ".", "/"]), max_size=7).map("".join)


@given(PIECES, st.text(alphabet="ab./", max_size=10))
def test_they_are_those_of_the_expression(pattern: str, path: str) -> None:
    wanted = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        wanted += known.get(piece, re.escape(piece))
    assert matcher(pattern)(path) == bool(re.fullmatch(wanted, path))


@given(st.text(alphabet="ab*?.", max_size=8), st.text(alphabet="ab.", max_size=8))
def test_a_name_is_parted_by_dots(pattern: str, name: str) -> None:
    wanted = "".join({"*": "[^.]*", "?": "[^.]"}.get(char, re.escape(char)) for char in pattern)
    assert matcher(pattern, ".")(name) == bool(re.fullmatch(wanted, name))


@pytest.mark.parametrize("pattern", ["*a" * 20 + "b", "**/a/" * 15 + "b", "**a" * 15 + "b", "**/*a*a*a*a*a*a*a*b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    """Each character is looked at once, and leads to no more states than the pattern has parts."""
    for path in ("a" * 12, "a" * 250, "a/" * 500, "a" * 3000):
        read = CountedText(path)
        assert not matcher(pattern)(read)
        assert 0 < read.looks <= len(path)


class CountedText(str):
    """A text that counts how often a character is taken from it; an expression of ``re`` takes none this way."""

    looks = 0

    def __iter__(self) -> Iterator[str]:
        for char in str.__iter__(self):
            self.looks += 1
            yield char
