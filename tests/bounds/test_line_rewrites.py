"""New lines with what groups matched: as ``re`` has it, with counted work."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.bounds.line_rewrites import LineRewrite, problem
from sdkpatch.bounds.regexes import Budget, TooSlow


@pytest.mark.parametrize(
    ("expression", "text", "line", "new"),
    [
        (r"(\s*)version: .*", r"\1version: main", "  version: 3", "  version: main"),
        (r"(?P<key>\w+)=(?P<value>.*)", r"\g<value>=\g<key>", "a=b", "b=a"),
        (r"(a*)(a*)", r"[\1|\2]", "aaa", "[aaa|]"),
        (r"(a*?)(a*)", r"[\1|\2]", "aaa", "[|aaa]"),
        (r"(?i)(from) acme (import .*)", r"\1 own \2", "FROM acme IMPORT x", "FROM own IMPORT x"),
        (r"(é+)(.)", r"\2\1", "ééx", "xéé"),
        (r"plain (?:a|b)", r"\1 stays", "plain b", r"\1 stays"),
        (r"(a|b)\b(.*)$", r"\2\1", "a z", " za"),
    ],
)
def test_a_new_line_has_the_groups(expression: str, text: str, line: str, new: str) -> None:
    assert problem(expression, text) == ""
    rewrite = LineRewrite(expression, text)
    assert rewrite.states([line, "something else"], Budget()) == [new, None]
    if re.fullmatch(expression, new) is None:
        assert rewrite.states([new], Budget()) == [new]


@pytest.mark.parametrize(
    ("expression", "text", "said"),
    [
        (r"(a)", r"\2", "the expression has no group 2"),
        (r"(a)", r"\g<name>", "the expression has no group name"),
        (r"(a)+", r"\1", "group 1 stands within another part of the expression"),
        (r"((a)b)", r"\2", "group 2 stands within another part of the expression"),
        (r"(a)|(b)", r"\1\2", "group 1 stands within another part of the expression"),
    ],
)
def test_a_group_that_is_none_is_told_of(expression: str, text: str, said: str) -> None:
    assert problem(expression, text) == said


_PIECES = st.sampled_from(
    ["(a*)", "(a*?)", "(b+)", "(b+?)", "([ab]{1,2})", "(.?)", "(.*)", "a?", "b??", ".*", r"\b", "a"]
)


@given(st.lists(_PIECES, min_size=1, max_size=5), st.text("ab ", max_size=8))
def test_groups_are_those_of_re(pieces: list[str], line: str) -> None:
    expression = "".join(pieces)
    groups = re.compile(expression).groups
    text = "<" + "".join(rf"\{number};" for number in range(1, groups + 1))
    found = re.fullmatch(expression, line)
    wanted = found and "<" + "".join(f"{each};" for each in found.groups())
    assert LineRewrite(expression, text).states([line], Budget()) == [wanted]


def test_the_work_is_counted() -> None:
    rewrite = LineRewrite(r"(a*)" * 20 + "b", r"\1")
    assert rewrite.states(["aaab"], Budget()) == ["aaa"]
    with pytest.raises(TooSlow):
        rewrite.states(["a" * 4000 + "b"] * 50, Budget(2_000))
