"""``websocket.auth`` through the support module: judged and edited as the rest of the handshake family is."""

from __future__ import annotations

from collections.abc import Mapping

from ...handshakes.goals import Want
from ...handshakes.operation import HandshakeOperation
from ...handshakes.place import HandshakePlace
from ...schema.fields import KeyPath, Mistakes
from .arguments import Sending, compile_arguments
from .sending import want


class Sender(HandshakeOperation):
    """Credentials from anywhere to anywhere; ``WebSocketAuth`` hands over the steps that are no inline ones."""

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> object:
        """Return the checked arguments."""
        return compile_arguments(arguments, key, report)

    def want(self, place: HandshakePlace, arguments: object) -> Want:
        """Return what the step wants of a handshake."""
        assert isinstance(arguments, Sending)
        return want(place, arguments)
