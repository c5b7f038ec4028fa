"""``websocket.errors``: a refused handshake becomes the SDK's ``ApiError`` with its status, sync and async."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..handshakes.goals import Want
from ..handshakes.operation import HandshakeOperation
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Promise, Refusals
from ..schema.fields import KeyPath, Mistakes
from .shared.selectors import WITHIN
from .shared.structural import texts


class Errors(NamedTuple):
    """Which handshakes."""

    within: tuple[str, ...]


class WebSocketErrors(HandshakeOperation[Errors]):
    """The operation; see docs/operations/websocket.errors.md."""

    name = "websocket.errors"
    summary = "Raise the SDK's ApiError for a refused handshake, and for nothing else."
    fields = (WITHIN,)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Errors:
        """Return the selectors."""
        return Errors(within=texts(arguments, "within"))

    def want(self, place: HandshakePlace, arguments: Errors) -> Want:
        """The support module opens the socket."""
        return Want(opened=True)

    def promises(self, arguments: Errors) -> tuple[Promise, ...]:
        """A refused handshake is an ``ApiError``."""
        return (Refusals(),)
