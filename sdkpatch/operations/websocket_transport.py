"""``websocket.transport``: open the asynchronous handshakes with the new asyncio client of websockets."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..handshakes.call import Unclear
from ..handshakes.goals import Part, Want
from ..handshakes.opening import using
from ..handshakes.operation import HandshakeOperation
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Promise, Refusals, Unseen
from ..handshakes.recognise import named
from ..handshakes.support import used
from ..python import import_lines
from ..python.source import Source, last_line
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.selectors import WITHIN
from .shared.structural import texts

_LOCAL = "websockets_client_connect"
_IMPORT = f"from websockets.asyncio.client import connect as {_LOCAL}"


class Transport(NamedTuple):
    """Which handshakes."""

    within: tuple[str, ...]


class WebSocketTransport(HandshakeOperation[Transport]):
    """The operation; see docs/operations/websocket.transport.md."""

    name = "websocket.transport"
    summary = "Open asynchronous sockets with the new asyncio client of websockets, not the legacy one."
    fields = (
        Field(
            "client",
            String('"asyncio"', choices=("asyncio",)),
            "The client of websockets to use. It needs websockets 13 or later.",
            True,
        ),
        WITHIN,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Transport:
        """Return the selectors."""
        return Transport(within=texts(arguments, "within"))

    def want(self, place: HandshakePlace, arguments: Transport) -> Want:
        """An asynchronous socket is opened with ``websockets.asyncio.client.connect``; a sync one is as it should."""
        if not place.is_async:
            return Want()
        connect = using(place)
        parts: list[Part] = []
        if ast.unparse(connect) != _LOCAL:
            parts.append(Part(lambda: [place.replaced(connect, _LOCAL)] if place.is_opened_by_support else []))
        is_imported = import_lines.has(place.source, import_lines.parsed(_IMPORT))
        if not is_imported or any(_is_guarded(statement) for statement in place.source.tree.body):
            _refuse_shared(place, arguments.within)
            parts.append(Part(partial(_import, place.source)))
        return Want(opened=True, parts=tuple(parts))

    def promises(self, arguments: Transport) -> tuple[Promise, ...]:
        """A refused handshake is an ``ApiError``; which client sent a request does not show in it."""
        return (Refusals(), Unseen("which client of websockets opens the socket"))


def _refuse_shared(place: HandshakePlace, within: Sequence[str]) -> None:
    """Raise Unclear when a handshake that ``within`` leaves out takes its connect function from the same import."""
    inside = named(place.source, place.siblings, within)
    for other in place.siblings:
        if other not in inside and other.function is not None and used(other.function, (_LOCAL,)):
            reason = f"line {other.line} opens a socket with {_LOCAL} as well, and within leaves it out"
            raise Unclear(reason, f"one import serves both: name {other.name} in within, too")


def _import(source: Source) -> Sequence[Edit]:
    """Return the edits that import the asyncio client in the place of the guarded import of the legacy one."""
    edits: list[Edit] = []
    for statement in source.tree.body:
        if _is_guarded(statement):
            text = source.text
            first, last = statement.lineno, last_line(statement)
            while first > 1 and not text.line(first - 1).strip():
                first -= 1  # the blank lines above it
            edits.append(Edit(text.start_of(first), text.start_of(last + 1), ""))
    return [*edits, *import_lines.add(source, [_IMPORT])]


def _is_guarded(statement: ast.stmt) -> bool:
    """Recognise the import of the legacy client that Fern emits, in a ``try`` with a second one in its handler."""
    imports = [node for node in ast.walk(statement) if isinstance(node, ast.ImportFrom)]
    bound = {import_lines.bound_name(alias) for node in imports for alias in node.names}
    return isinstance(statement, ast.Try) and bound == {_LOCAL}
