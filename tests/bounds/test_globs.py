"""Globs over paths below the tree."""

from __future__ import annotations

import pytest

from sdkpatch.bounds import globs


@pytest.mark.parametrize(
    "pattern, path, expected",
    [
        ("**/client.py", "client.py", True),
        ("**/client.py", "a/b/client.py", True),
        ("**/client.py", "a/raw_client.py", False),
        ("src/*/client.py", "src/a/client.py", True),
        ("src/*/client.py", "src/a/b/client.py", False),
        ("src/**", "src/a/b.py", True),
        ("src/**/b.py", "src/b.py", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("a.py", "axpy", False),
        ("a[1].py", "a[1].py", True),
    ],
)
def test_matches(pattern: str, path: str, expected: bool) -> None:
    assert globs.matches(path, (pattern,)) is expected


@pytest.mark.parametrize("pattern", ["/a", "../a", "a/../b", "C:/a", "a\\b"])
def test_a_glob_that_leaves_the_tree_is_a_problem(pattern: str) -> None:
    assert globs.problem(pattern)


def test_a_plain_glob_is_none() -> None:
    assert globs.problem("src/**/c*.py") == ""
