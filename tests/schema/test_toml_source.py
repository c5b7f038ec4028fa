"""Every key of a TOML file is found at its line."""

from __future__ import annotations

import pytest

from sdkpatch.schema import toml_source

TEXT = '''\
# comment with [table] and key = 1
id = "x"  # trailing
why = """
[not.a.table]
not = "a key"
"""
"quoted key" = { inner = 1, deep = { er = [1, { a = 2 }] } }

[when]
generator = ">=4"

[[step]]
op = 'a'
files = [
    "one",  # ] not the end
    "two",
]
take = { key = { header = "h" } }
[step.expect]
sites = "=1"

[[step]]
op = "b"
a.b.c = 1
text = \'\'\'
[[step]]
op = "no"
\'\'\'
last = true
'''


@pytest.mark.parametrize(
    "key, line",
    [
        (("id",), 2),
        (("why",), 3),
        (("quoted key", "inner"), 7),
        (("quoted key", "deep", "er", 1, "a"), 7),
        (("when",), 9),
        (("when", "generator"), 10),
        (("step", 0), 12),
        (("step", 0, "op"), 13),
        (("step", 0, "files", 1), 16),
        (("step", 0, "take", "key", "header"), 18),
        (("step", 0, "expect", "sites"), 20),
        (("step", 1), 22),
        (("step", 1, "a", "b", "c"), 24),
        (("step", 1, "last"), 29),
        (("step", 1, "absent", "deeper"), 22),
        (("absent",), 1),
    ],
)
def test_line_of_a_key(key: tuple[str | int, ...], line: int) -> None:
    toml_source.parse(TEXT)
    assert toml_source.line_of(toml_source.key_lines(TEXT), key) == line


def test_crlf_counts_the_same() -> None:
    lines = toml_source.key_lines(TEXT.replace("\n", "\r\n"))
    assert toml_source.line_of(lines, ("step", 1, "last")) == 29


def test_a_parse_error_names_its_line() -> None:
    with pytest.raises(ValueError) as raised:
        toml_source.parse('a = 1\nb = "x\n')
    assert toml_source.error_line(raised.value) == 2
    assert "line" not in toml_source.error_reason(raised.value)


def test_both_parsers_agree() -> None:
    assert toml_source.parse_with_tomlkit(TEXT) == toml_source.parse(TEXT)


def test_both_parsers_name_the_line_of_an_error() -> None:
    with pytest.raises(ValueError) as raised:
        toml_source.parse_with_tomlkit('a = 1\nb = "x\n')
    assert toml_source.error_line(raised.value) == 2
    assert "line" not in toml_source.error_reason(raised.value)


@pytest.mark.parametrize("text", ["a = 1\na = 2\n", "[a]\n[a]\n", "a.b = 1\n[a]\nb = 2\n", "a = {b = 1, b = 2}\n"])
def test_a_key_twice_is_an_error_for_both_parsers(text: str) -> None:
    with pytest.raises(ValueError):
        toml_source.parse(text)
    with pytest.raises(ValueError):
        toml_source.parse_with_tomlkit(text)
