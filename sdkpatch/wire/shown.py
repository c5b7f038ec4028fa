"""A recorded handshake as people read it: secrets masked, and where they stood."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from .masking import Mask
from .recorder import Recorded
from .values import Carrier

OWN = ("host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions")
"""Headers of the handshake itself (RFC 6455), which say nothing of the SDK."""


def carriers(handshake: Recorded, mask: Mask) -> Iterator[Carrier]:
    """Yield every place of a handshake where a credential stands."""
    for name, value in handshake.query:
        if mask.value(value) != value:
            yield Carrier("query", name)
    if mask.holds(urlsplit(handshake.target).path):
        yield Carrier("path", "")
    for name, value in handshake.headers:
        if mask.holds(value):
            scheme, blank, _ = mask.value(value).rpartition(" ")
            yield Carrier("header", name, scheme if blank and " " not in scheme else "")
    for message in handshake.messages:
        if mask.holds(message):
            yield Carrier("message", "")


def shown(handshake: Recorded, mask: Mask) -> tuple[str, ...]:
    """Return a handshake as text, secrets masked: the request line, the SDK's headers sorted, the messages."""
    headers = sorted((name, value) for name, value in handshake.headers if name.lower() not in OWN)
    return (
        f"GET {mask.target(handshake.target)}",
        *(f"{name}: {mask.value(value)}" for name, value in headers),
        *(f"message {mask.text(message)}" for message in handshake.messages),
    )
