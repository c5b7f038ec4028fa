"""``websocket.auth``: move credentials of every generated WebSocket handshake out of headers, into the query."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING

from ...fields import KeyPath, Report
from ...model import Conflict, Expectation, Note, Region
from ...operation import Judgement, Style, ToDo
from ...source import Source
from . import arguments as declared
from .arguments import Arguments
from .judge import judge
from .work import Work

if TYPE_CHECKING:
    import libcst

    from ...tree import Tree

_CONNECT = re.compile(rb"(?<![A-Za-z])[cC]onnect(?![A-Za-z])|import \*")


class WebSocketAuth:
    """The operation; see docs/operations/websocket.auth.md."""

    name = "websocket.auth"
    strays = True
    summary = "Send a credential of every WebSocket handshake as a query parameter instead of a header."
    fields = declared.FIELDS
    files = ("**/client.py", "**/raw_client.py")

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Arguments:
        """Return the checked arguments."""
        return declared.compile_arguments(arguments, key, report)

    def may_matter(self, code: bytes, arguments: object) -> bool:
        """A file that opens a WebSocket names the library and one of its connect functions."""
        return b"websockets" in code and _CONNECT.search(code) is not None

    def judge(self, source: Source, arguments: object) -> tuple[Judgement, ...]:
        """Judge every handshake of the module."""
        assert isinstance(arguments, Arguments)
        return judge(source, arguments)

    def edit(
        self, module: libcst.Module, todo: Sequence[ToDo], arguments: object, style: Style, lines: Sequence[int]
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Insert the code at every site that is to do."""
        from .edit import edit

        assert isinstance(arguments, Arguments)
        works = [each.work for each in todo if isinstance(each.work, Work)]
        return edit(module, works, arguments, style, lines)

    def drift(self, tree: Tree, arguments: object, expect: Expectation, files: Container[str]) -> Conflict | None:
        """Conflict when no code of the SDK sets a header that the step takes: the generator renamed it."""
        assert isinstance(arguments, Arguments)
        if not expect.credential:
            return None
        wrappers = [path for path in tree.files if path.endswith("client_wrapper.py")]
        if not wrappers:
            return None
        near = b"\n".join(tree.read(path) for path in wrappers).lower()
        for credential in arguments.take:
            header = credential.header.lower().encode()
            if header in near or _is_anywhere(tree, header):
                continue
            return Conflict(
                reason=f'no code of this SDK sets the header "{credential.header}" that the step takes',
                hint=_known_headers(tree, wrappers, credential.header)
                + ' If callers set it themselves: expect = { credential = "any" }',
            )
        return None

    def selectors(self, arguments: object) -> Sequence[str]:
        """None: handshakes are recognised by what they do."""
        return ()

    def words(self, arguments: object) -> Sequence[str]:
        """None: what opens a socket is imported under many names."""
        return ()

    def stray(self, source: Source) -> tuple[Note, ...]:
        """Report what a file the step does not cover does with sockets, one note per file."""
        from ...fern.handshake import find, imported_connects

        opened = [handshake for handshake in find(source.tree, source.code) if handshake.call is not None]
        if opened:
            lines = ", ".join(str(handshake.line) for handshake in opened)
            text = f"opens a WebSocket (line {lines}) outside the step's files: not generated, left alone"
            return (Note(path=source.path, line=opened[0].line, text=text),)
        names = imported_connects(source.tree)
        if names:
            text = f"imports {names[0]} from websockets and opens nothing: calls of it elsewhere are not found"
            return (Note(path=source.path, line=1, text=text),)
        return ()


def _is_anywhere(tree: Tree, header: bytes) -> bool:
    return any(header in tree.read(path).lower() for path in tree.files if path.endswith(".py"))


def _known_headers(tree: Tree, wrappers: Sequence[str], wanted: str) -> str:
    """Name the headers the client wrapper sets, or the one that was probably meant."""
    from ...fields import did_you_mean

    known: set[str] = set()
    for path in wrappers:
        text = tree.read(path).decode("utf-8", "replace")
        known |= set(re.findall(r'headers\["([A-Za-z0-9-]+)"\]\s*=', text))
        known |= set(re.findall(r'^\s+"([A-Z][A-Za-z0-9-]*)":', text, re.MULTILINE))
    hint = did_you_mean(wanted, known)
    return (
        (hint if hint.endswith("?") else f"it sets: {hint.removeprefix('known: ')}.")
        if known
        else "the client wrapper sets no header."
    )
