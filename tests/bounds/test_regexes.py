"""Regular expressions of patches: found as ``re`` finds them, and never for long."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.bounds.regexes import Budget, TooSlow, problem

DEEP = "it is nested too deeply, or counts too far"


@given(
    st.text(alphabet="ab(|)*+?[]^$.\\d{2,3}-eis<=1:&~p", max_size=14),
    st.text(alphabet="ab01 .-{}", max_size=12),
)
def test_it_finds_what_re_finds(expression: str, text: str) -> None:
    if problem(expression):
        return
    wanted = re.compile(expression)
    assert Budget().search(expression, text) == bool(wanted.search(text))
    assert Budget().fullmatch(expression, text) == bool(wanted.fullmatch(text))


@pytest.mark.parametrize(
    "expression", ["a{e}", "a{i<=1}", "(?:abc){s}", "{d", "[[:alpha:]]", r"\p{L}", "(?|a|b)", "[a--b]"]
)
def test_what_regex_alone_takes_for_special_is_refused(expression: str) -> None:
    assert problem(expression).startswith("it is no regular expression: ")


@pytest.mark.parametrize("expression", ["a{2}", "a{2,}", "a{,3}", r"\{name\}", "[{}]", "[]{}]", r"[\]{]", "", "}"])
def test_braces_that_count_or_stand_for_themselves(expression: str) -> None:
    assert problem(expression) == ""


@pytest.mark.parametrize("expression", ["(a+)+b", "(a|aa)+$", r"(\w+\s?)*#", "(a*)*(a*)*(a*)*b", "(?:a?){40}a{40}"])
def test_no_expression_takes_years(expression: str) -> None:
    with suppress(TooSlow):
        Budget(seconds=0.2).search(expression, "a" * 5000 + "!")


def test_what_takes_too_long_is_given_up() -> None:
    with pytest.raises(TooSlow, match="the regular expression takes more than 2 seconds in this file"):
        Budget(seconds=0.2).search("(a|aa)+$", "a" * 5000 + "!")


def test_all_lines_of_a_file_share_its_time() -> None:
    budget = Budget(seconds=0)
    with pytest.raises(TooSlow):
        budget.fullmatch("a", "a")


@pytest.mark.parametrize("expression", ["(", "[", "a{3,1}", "(?P<a>.)(?P<a>.)(", "*"])
def test_what_is_none_is_said(expression: str) -> None:
    assert problem(expression).startswith("it is no regular expression: ")


def test_what_no_person_wrote_is_refused() -> None:
    assert problem("(" * 1001) == "it has more than 1000 characters"
    assert problem("(" * 480 + ")" * 480) in ("", f"it is no regular expression: {DEEP}")
