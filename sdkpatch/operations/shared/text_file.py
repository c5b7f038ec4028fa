"""Text files of any kind: decoded, edited line by line, written back in their own line ends."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...model import Conflict, Region
from ...python.text import is_ascii_text
from ...schema.fields import Times
from . import line_diff


class PlainText(NamedTuple):
    """A text with line feeds, and what it takes to write it back."""

    content: str
    mark: bytes
    newline: str

    def encoded(self, content: str) -> bytes:
        """Return other content as this file would have it."""
        return self.mark + content.replace("\n", self.newline).encode()


def read(raw: bytes) -> PlainText | Conflict:
    """Decode a file, or say why it is no text."""
    mark = BOM_UTF8 if raw.startswith(BOM_UTF8) else b""
    if b"\x00" in raw:
        return Conflict(reason="the file is binary")
    if not is_ascii_text(raw):
        return Conflict(reason="the file declares an encoding that is not based on ASCII")
    try:
        text = raw.removeprefix(mark).decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Conflict(reason=f"the file is not UTF-8 (line {line})")
    newline = "\r\n" if "\r\n" in text else "\n"
    if newline == "\r\n" and text.count("\n") != text.count("\r\n"):
        return Conflict(reason="the file mixes line ends", hint="convert the file to one kind of line end")
    return PlainText(content=text.replace("\r\n", "\n"), mark=mark, newline=newline)


def named(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Return the step's globs."""
    files = arguments.get("files")
    return tuple(map(str, files)) if isinstance(files, list | tuple) else ()


def is_no_site(path: str, expected: Times, files: Sequence[str]) -> bool:
    """Tell whether a file that has nothing of a step's text is none of its sites.

    So it is where any number will do, and where no fixed number is expected and only a glob names the file.
    """
    return not expected.is_exact and (expected.least == 0 or path not in files)


def regions(before: bytes, after: bytes) -> tuple[Region, ...]:
    """Return the lines that differ."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return tuple(
        Region(start=each.start + 1, stop=each.stop + 1, length=each.last - each.first)
        for each in line_diff.hunks(old, new)
    )
