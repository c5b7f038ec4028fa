"""A Python file as text, and how positions of ``ast`` lead into it.

``ast`` counts lines of any line end and columns in UTF-8 bytes, whatever the file's own encoding is. Here every line
ends with a line feed; ``splice`` puts the file's own line ends and encoding back.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from codecs import BOM_UTF8
from typing import NamedTuple

Span = tuple[int, int]
STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""|\'{3}(?:[^\\]|\\.)*?\'{3}|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'''', re.DOTALL
)
"""A string literal, prefix left out."""

PRAGMA = re.compile(r"\s*#\s*(type|noqa|pyright|pylint|mypy|ruff|flake8|ty)\b")
"""A comment that tells a tool something about its line."""


_LINE_FEED = re.compile("\n")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_ASCII = bytes(range(0x20, 0x7F))


class Edit(NamedTuple):
    """Offsets ``start`` and ``stop`` into ``Text.content``; ``text`` goes between them."""

    start: int
    stop: int
    text: str


def _line_starts(content: str) -> list[int]:
    """Return the offsets of lines that end with a line feed, and of what follows the last one."""
    return [0, *(found.end() for found in _LINE_FEED.finditer(content))]


def is_ascii_text(code: bytes) -> bool:
    """Tell whether ASCII text in a file's bytes is that text: False for UTF-16, and for a cookie such as ``rot13``.

    https://peps.python.org/pep-0263/ has the cookie in one of the first two lines.
    """
    if b"\x00" in code:
        return False
    found = next(filter(None, map(_COOKIE.match, code.split(b"\n", 2)[:2])), None)
    if found is None:
        return True
    try:
        return _ASCII.decode(found[1].decode("ascii")) == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        return False


def is_utf_8(code: bytes) -> bool:
    """Tell whether bytes are text in UTF-8: in others no word is found."""
    try:
        code.decode()
    except UnicodeDecodeError:
        return False
    return True


def searchable(code: bytes) -> bytes | None:
    """Return a module's text as UTF-8, so that words are found in it; None where it cannot be decoded."""
    if code.startswith(BOM_UTF8) or (b"coding" not in b"".join(code.split(b"\n", 2)[:2]) and b"\x00" not in code):
        return code
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(code).readline)[0]
        text = code.decode(encoding)
    except (SyntaxError, LookupError, ValueError):
        return code if is_ascii_text(code) else None
    is_text = "\x00" not in text and (b"coding" not in code or "coding" in text)  # else Python cannot read it either
    return text.encode("utf-8", "replace") if is_text else None


def comments(code: str) -> list[tuple[int, int, str]]:
    """Return start, stop and text of the comments in code, up to where it is no longer Python."""
    if "#" not in code:
        return []
    starts = [0]
    for line in code.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: list[tuple[int, int, str]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                at = starts[token.start[0] - 1] + token.start[1]
                found.append((at, at + len(token.string), token.string))
    except (tokenize.TokenError, SyntaxError):
        pass  # it ends inside a bracket or a block: what was read so far is right
    return found


class Text:
    """The decoded text of a file. ``content`` has no byte order mark and ends its lines with a line feed."""

    __slots__ = ("_starts", "content", "encoding", "mark", "newline", "raw")

    def __init__(self, code: bytes) -> None:
        self.mark = BOM_UTF8 if code.startswith(BOM_UTF8) else b""
        self.encoding = "utf-8"
        if b"coding" in b"".join(code.split(b"\n", 2)[:2]):
            self.encoding = tokenize.detect_encoding(io.BytesIO(code).readline)[0].removesuffix("-sig")
        self.raw = code.removeprefix(self.mark).splitlines(keepends=True)
        first = self.raw[0] if self.raw else b"\n"
        self.newline = b"\r\n" if first.endswith(b"\r\n") else b"\r" if first.endswith(b"\r") else b"\n"
        decoded = b"".join(self.raw).decode(self.encoding)
        self.content = decoded.replace("\r\n", "\n").replace("\r", "\n")
        self._starts = _line_starts(self.content)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position of ``ast``: 1-based line, column in UTF-8 bytes."""
        start = self._starts[line - 1]
        text = self.content[start : start + column]
        if text.isascii():
            return start + column
        return start + len(self.line(line).encode()[:column].decode())

    def line(self, line: int) -> str:
        """Return a line, 1-based, without its end."""
        start = self._starts[line - 1]
        stop = self._starts[line] - 1 if line < len(self._starts) else len(self.content)
        return self.content[start:stop]

    def start_of(self, line: int) -> int:
        """Return the offset of a line's start; of the text's end for a line after the last."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.content)

    def line_at(self, offset: int) -> int:
        """Return the 1-based line that an offset is in."""
        return bisect_right(self._starts, offset)

    @property
    def lines(self) -> int:
        """The number of lines; a text that ends with a line feed has no empty line after it."""
        return len(self._starts) - (self._starts[-1] == len(self.content))

    def span(self, node: ast.AST) -> Span:
        """Return the offsets of a node, decorators left out."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return self.offset(line, column), self.offset(
            getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0)
        )

    def closed(self, start: int, stop: int) -> int:
        """Return the offset behind the brackets that are open between two offsets: a node's end leaves them out."""
        plain = STRING.sub("", self.content[start:stop])
        missing = sum(plain.count(char) for char in "([{") - sum(plain.count(char) for char in ")]}")
        for _ in range(missing):
            while stop < len(self.content) and self.content[stop] not in ")]}":
                stop += 1
            stop += 1
        return stop

    def segment(self, node: ast.AST) -> str:
        """Return the source of a node."""
        start, stop = self.span(node)
        return self.content[start:stop]

    def indent(self, line: int) -> str:
        """Return the white space a line begins with."""
        text = self.line(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]
