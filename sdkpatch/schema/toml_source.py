"""Read a TOML file, and find the line of a key in it.

Neither tomllib nor tomlkit tells where a key stands, and a mistake without a line costs a maintainer minutes.
The text is valid TOML by the time a line is looked up, so the scanner here only has to follow it.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_HEADER = re.compile(r"[ \t]*(\[\[?)\s*(?P<key>[^\]\n]+?)\s*\]\]?")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_KEY = re.compile(rf"[ \t]*(?P<key>(?:{_PART.pattern})(?:\s*\.\s*(?:{_PART.pattern}))*)\s*=\s*")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)


def parse(text: str) -> dict[str, Any]:
    """Parse TOML. Raises ``ValueError`` whose text names the line, if there is one to name.

    The standard library's parser, where there is one, loads in an eighth of the time tomlkit takes.
    """
    try:
        if sys.version_info >= (3, 11):
            import tomllib

            return tomllib.loads(text)
        return parse_with_tomlkit(text)
    except RecursionError:
        raise ValueError("arrays or tables that are nested too deeply") from None


def parse_with_tomlkit(text: str) -> dict[str, Any]:
    """Parse TOML on Python 3.10, as ``parse`` does elsewhere."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text).unwrap()
    except ValueError:
        raise
    except TOMLKitError as error:  # a key that is there twice: no ValueError, as its parse errors are
        raise ValueError(str(error)) from error


def error_line(error: ValueError) -> int:
    """Return the line that a parse error names, 1 when it names none."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else 1


def error_reason(error: ValueError) -> str:
    """Return a parse error's text without its position."""
    return re.sub(r"\s*\(?at (?:line|end)[^)]*\)?$", "", str(error))


def _parts(key: str) -> list[str]:
    return [part if part[0] not in "\"'" else part[1:-1] for part in _PART.findall(key)]


class _Scan(NamedTuple):
    """The text, where its lines end, and the lines found so far."""

    text: str
    ends: Sequence[int]
    lines: dict[tuple[str | int, ...], int]

    def note(self, path: tuple[str | int, ...], at: int) -> None:
        """Note the line of a place, where none is noted."""
        self.lines.setdefault(path, bisect_left(self.ends, at) + 1)


def _scan_value(scan: _Scan, at: int, path: tuple[str | int, ...]) -> int:
    """Step over the value at ``at`` and note the keys of inline tables and the items of arrays within it."""
    text = scan.text
    if string := _STRING.match(text, at):
        return string.end()
    if text[at] not in "[{":
        while at < len(text) and text[at] not in ",]}\n#":
            at += 1
        return at
    opening, index = text[at], 0
    at += 1
    while at < len(text) and text[at] not in "]}":
        if text[at] == "#":
            at = text.index("\n", at)  # the bracket closes further down
        elif text[at] in ", \t\r\n":
            at += 1
        elif opening == "{" and (key := _KEY.match(text, at)):
            inner = (*path, *_parts(key["key"]))
            scan.note(inner, key.start("key"))
            at = _scan_value(scan, key.end(), inner)
        else:
            inner = (*path, index)
            index += 1
            scan.note(inner, at)
            at = _scan_value(scan, at, inner)
    return at + 1


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the 1-based line of every table header and key of valid TOML ``text``, by key path."""
    scan = _Scan(text, [found.start() for found in re.finditer("\n", text)], {})
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    at = 0
    while at < len(text):
        if header := _HEADER.match(text, at):
            table = ()
            names = _parts(header["key"])
            for position, name in enumerate(names):
                table = (*table, name)
                if header[1] == "[[" and position == len(names) - 1:
                    counts[table] = counts.get(table, -1) + 1
                if table in counts:
                    table = (*table, counts[table])
            scan.note(table, header.start("key"))
            at = header.end()
        elif key := _KEY.match(text, at):
            path = (*table, *_parts(key["key"]))
            scan.note(path, key.start("key"))
            at = _scan_value(scan, key.end(), path)
        newline = text.find("\n", at)
        at = newline + 1 if newline >= 0 else len(text)
    return scan.lines


def line_of(lines: Mapping[tuple[str | int, ...], int], key: Sequence[str | int]) -> int:
    """Return the line of ``key``, or of its nearest parent that has one, or 1."""
    path = tuple(key)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
