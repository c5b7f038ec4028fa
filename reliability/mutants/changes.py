"""A mutant, and edits of text at the positions of ``ast``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

Edit = tuple[int, int, str]
"""Start and end in bytes, and what comes instead."""


class Mutant(NamedTuple):
    """A change of an SDK: ``files`` are the new texts; ``opens`` are expressions for openers it adds, with flavour.

    ``has_scheme`` is whether the patch is told of the scheme before the key, where the SDK has one.
    """

    kind: str
    label: str
    files: Mapping[str, str]
    opens: tuple[tuple[str, bool], ...] = ()
    has_scheme: bool = True


class Source:
    """A module: its path below the SDK, its text, its tree."""

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self._bytes = self.text.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.stmt | ast.expr | ast.keyword | ast.arg) -> tuple[int, int]:
        """Return where a node begins and ends, in bytes."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def code(self, node: ast.stmt | ast.expr | ast.keyword | ast.arg) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self._bytes[start:end].decode()

    def lines(self, node: ast.stmt) -> tuple[int, int]:
        """Return where the whole lines of a statement begin and end, decorators and comments above it included."""
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        assert node.end_lineno is not None
        return self._starts[first - 1], self._starts[node.end_lineno]

    def block(self, node: ast.stmt) -> str:
        """Return the whole lines of a statement."""
        start, end = self.lines(node)
        return self._bytes[start:end].decode()

    def edited(self, edits: Iterable[Edit]) -> str:
        """Return the text with these edits."""
        content = self._bytes
        for start, end, new in sorted(edits, reverse=True):
            content = content[:start] + new.encode() + content[end:]
        return content.decode()


class Copy(NamedTuple):
    """A method that opens a channel: ``client`` or ``raw``, ``sync`` or ``async``."""

    source: Source
    owner: ast.ClassDef
    method: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def is_async(self) -> bool:
        """Whether it is the asynchronous one."""
        return isinstance(self.method, ast.AsyncFunctionDef)

    @property
    def name(self) -> str:
        """The place, for people."""
        return f"{self.source.path} {self.owner.name}.{self.method.name}"


def copies(source: Source) -> Iterator[Copy]:
    """Yield the methods of a module that open a channel."""
    for owner in source.tree.body:
        if isinstance(owner, ast.ClassDef):
            for method in owner.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and _opens(source.code(method)):
                    yield Copy(source, owner, method)


def _opens(text: str) -> bool:
    return "websockets_sync_client.connect(" in text or "websockets_client_connect(" in text


def compiles(mutant: Mutant) -> bool:
    """Say whether each text of a mutant is Python."""
    try:
        for text in mutant.files.values():
            compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True
