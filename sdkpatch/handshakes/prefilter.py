"""Where operations on handshakes look: the files that can open a WebSocket, and what others do with one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from ..model import Note
from ..operation import Usual
from ..python.source import Source
from .recognise import find, imported_connects

_CONNECT = re.compile(rb"(?<![A-Za-z])[cC]onnect(?![A-Za-z])|import \*")


class _Narrowed(Protocol):
    @property
    def within(self) -> tuple[str, ...]:
        """The selectors of the functions that a step is about, none where it is about all."""


N = TypeVar("N", bound=_Narrowed)
"""The arguments of an operation on handshakes."""


class OnHandshakes(Usual[N]):
    """The files and functions that every operation on handshakes looks at."""

    strays = True
    kinds: tuple[str, ...] = ()
    files: tuple[str, ...] = ("**/client.py", "**/raw_client.py")

    def selectors(self, arguments: N) -> Sequence[str]:
        """Return what ``within`` names; handshakes are recognised by what they do."""
        return arguments.within

    def scopes(self, arguments: N) -> Sequence[str]:
        """Return what ``within`` names."""
        return arguments.within

    def words(self, arguments: N) -> Sequence[str]:
        """None: what opens a socket is imported under many names."""
        return ()

    def may_matter(self, code: bytes, arguments: N) -> bool:
        """A file that opens a WebSocket names the library and one of its connect functions."""
        return opens_sockets(code)

    def stray(self, source: Source) -> tuple[Note, ...]:
        """Report what a file the step does not cover does with sockets, one note per file."""
        return stray_sockets(source)


def opens_sockets(code: bytes) -> bool:
    """Tell from a file's bytes whether it can open a WebSocket at all."""
    return b"websockets" in code and _CONNECT.search(code) is not None


def stray_sockets(source: Source) -> tuple[Note, ...]:
    """Report what a file that no step covers does with sockets, one note per file."""
    opened = [handshake for handshake in find(source.tree, source.code) if handshake.call is not None]
    if opened:
        lines = ", ".join(str(handshake.line) for handshake in opened)
        text = f"opens a WebSocket (line {lines}) outside the step's files: not generated, left alone"
        return (Note(path=source.path, line=opened[0].line, text=text),)
    found = imported_connects(source.tree)
    if found:
        text = f"imports {found[0]} from websockets and opens no socket: calls in other files are not found"
        return (Note(path=source.path, line=1, text=text),)
    return ()
