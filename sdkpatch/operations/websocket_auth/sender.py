"""``websocket.auth`` through the support module: judged and edited as the rest of the handshake family is."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import EditRefused
from ...handshakes import support
from ...handshakes.call import Unclear
from ...handshakes.goals import Want, names, verdict
from ...handshakes.operation import HandshakeOperation
from ...handshakes.place import HandshakePlace
from ...handshakes.recognise import SUPPORT_MODULE, Handshake
from ...operation import Held
from ...python.source import Source
from .arguments import Sending
from .sending import want


class Sender(HandshakeOperation[Sending]):
    """Credentials from anywhere to anywhere; ``WebSocketAuth`` hands over the steps that are no inline ones."""

    def want(self, place: HandshakePlace, arguments: Sending) -> Want:
        """Return what the step wants of a handshake."""
        return want(place, arguments)


def holds(source: Source, handshake: Handshake, siblings: Sequence[Handshake], sending: Sending) -> bool:
    """Tell whether a handshake has all that a step writes with the support module, its imports included."""
    try:
        place = HandshakePlace(source, handshake, siblings)
        wanted = want(place, sending)
        module = support.module_path(source, SUPPORT_MODULE)
        used = names(place, wanted)
        is_whole = not support.missing(source, used, module) and not support.foreign(source, used, module)
        return is_whole and isinstance(verdict(place, wanted), Held)
    except (Unclear, EditRefused):
        return False
