"""The frames of RFC 6455, as far as a server needs them that offers no extension."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple, Protocol

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_LIMIT = 16 * 2**20


class Stream(Protocol):
    """What bytes are read from, as many as asked for but at its end."""

    def read(self, size: int, /) -> bytes: ...


class Frame(NamedTuple):
    """A message, or a control frame, unmasked."""

    opcode: int
    payload: bytes


def accept_key(key: str) -> str:
    """Return the value of ``Sec-WebSocket-Accept`` for a client's key (RFC 6455, section 4.2.2)."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    return base64.b64encode(digest).decode("ascii")


def read_message(stream: Stream) -> Frame | None:
    """Return the next control frame or whole message, None at the end. Raises ValueError for what is too large."""
    opcode, payload = 0, b""
    while True:
        head = stream.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        if length > _LIMIT:
            raise ValueError(f"a frame of {length} bytes")
        mask = stream.read(4) if head[1] & 0x80 else bytes(4)
        part = stream.read(length)
        part = bytes(byte ^ mask[index % 4] for index, byte in enumerate(part))
        if head[0] & 0x08:
            return Frame(head[0] & 0x0F, part)
        opcode, payload = opcode or head[0] & 0x0F, payload + part
        if head[0] & 0x80:
            return Frame(opcode, payload)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return one final, unmasked frame, as servers send them."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, size])
    elif size < 2**16:
        head = bytes([0x80 | opcode, 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 127]) + size.to_bytes(8, "big")
    return head + payload
