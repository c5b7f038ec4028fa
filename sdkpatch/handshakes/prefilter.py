"""Tell from bytes which files can open a WebSocket, and what files that no step covers do with one."""

from __future__ import annotations

import re

from ..model import Note
from ..python.source import Source
from .recognise import find, imported_connects

_CONNECT = re.compile(rb"(?<![A-Za-z])[cC]onnect(?![A-Za-z])|import \*")


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
