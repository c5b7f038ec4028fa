"""``websocket.auth`` through the support module: judged and edited as the rest of the handshake family is."""

from __future__ import annotations

from ...handshakes.goals import Want
from ...handshakes.operation import HandshakeOperation
from ...handshakes.place import HandshakePlace
from .arguments import Sending
from .sending import want


class Sender(HandshakeOperation[Sending]):
    """Credentials from anywhere to anywhere; ``WebSocketAuth`` hands over the steps that are no inline ones."""

    def within(self, arguments: Sending) -> tuple[str, ...]:
        """Return the selectors that limit the step to some functions."""
        return arguments.within

    def want(self, place: HandshakePlace, arguments: Sending) -> Want:
        """Return what the step wants of a handshake."""
        return want(place, arguments)
