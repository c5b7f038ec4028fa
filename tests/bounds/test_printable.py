"""Text of others, shown: one line, no escape sequence, no command."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.bounds.printable import printable, quoted


@pytest.mark.parametrize(
    "text, shown",
    [
        ("src/client.py", "src/client.py"),
        ("é and 漢字", "é and 漢字"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u202eabc", "\\u202eabc"),
        ("\ud800", "\\ud800"),
        ("::error::x", "\\x3a:error::x"),
        ("  ::error::x", "  \\x3a:error::x"),
        ("a::b", "a::b"),
        ("a ##[error]b", "a #\\x23[error]b"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_diff_keeps_its_tabs() -> None:
    assert printable("\ta\x1b", keep="\t") == "\ta\\x1b"


@given(st.text())
def test_one_line_and_no_command(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable() and len(shown.splitlines()) <= 1
    assert not shown.lstrip().startswith("::") and "##[" not in shown
    shown.encode()


@given(st.text())
def test_a_document_means_the_same(text: str) -> None:
    document = json.dumps({"a": text, "##[b": "##["})
    assert "##[" not in quoted(document)
    assert json.loads(quoted(document)) == json.loads(document)
