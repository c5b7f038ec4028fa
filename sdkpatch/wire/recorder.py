"""A server on loopback that records WebSocket handshakes as they come in, byte for byte.

It speaks HTTP and RFC 6455 on a raw socket, so that no release of any WebSocket library decides what it sees. It
listens on 127.0.0.1 only, on a port the system picks.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from . import frames

_SECONDS = 10.0
_IDLE = 3
"""Seconds that an open socket may be without a message: then both sides wait for the other."""
_NORMAL = (1000).to_bytes(2, "big")
"""The code of a normal closure (RFC 6455, section 7.4.1)."""
_HEAD = 2**20


class Recorded(NamedTuple):
    """One handshake: the request target as sent, the headers in their order, names as sent, and what was said then.

    Header values are UTF-8 where they can be, ISO 8859-1 else: websockets writes the former up to 16, the latter from
    17 on (read in its sources).
    """

    target: str
    headers: tuple[tuple[str, str], ...]
    messages: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path of the request target."""
        return urlsplit(self.target).path

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query parameters, decoded, in their order."""
        return tuple(parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=False))

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, whatever the case of its name."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())

    def masked(self, secret: str) -> str:
        """Return the request as text with the secret masked, plain and encoded, the headers sorted."""
        from .masking import Mask

        lines = [f"GET {self.target}", *(f"{name}: {value}" for name, value in sorted(self.headers))]
        return Mask([secret]).text("\n".join(lines))


class Answer(NamedTuple):
    """What the server answers to a handshake.

    ``status`` is that of HTTP, 101 to open the WebSocket; ``location`` is for a redirect. ``script`` is what happens
    on the open connection: a text is sent, None waits for a message. ``raw`` is sent instead of all that, and
    ``silent`` says nothing at all until the client goes.
    """

    status: int = 101
    location: str = ""
    script: tuple[str | None, ...] = ()
    raw: bytes = b""
    silent: bool = False


class _Exchange:
    """One connection's handshake and messages, while it goes on."""

    def __init__(self, target: str, headers: tuple[tuple[str, str], ...]) -> None:
        self.recorded = Recorded(target=target, headers=headers)
        self.messages: list[str] = []


class Recorder:
    """A context manager that serves, and keeps what it saw in ``handshakes``.

    ``answer`` decides on each handshake; it may be replaced at any time, and is asked in the connection's own thread.
    """

    def __init__(self, answer: Callable[[Recorded], Answer] = lambda recorded: Answer()) -> None:
        self.answer = answer
        self._exchanges: list[_Exchange] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None

    @property
    def handshakes(self) -> list[Recorded]:
        """What arrived, in its order."""
        with self._lock:
            return [each.recorded._replace(messages=tuple(each.messages)) for each in self._exchanges]

    def take(self) -> list[Recorded]:
        """Return what arrived since the last time, and forget it."""
        taken = self.handshakes
        with self._lock:
            self._exchanges = self._exchanges[len(taken) :]
        return taken

    @property
    def url(self) -> str:
        """The address to connect to, such as ``ws://127.0.0.1:40404``."""
        if self._server is None:
            raise RuntimeError("the recorder is not serving yet")
        return f"ws://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Recorder:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def record(self, target: str, headers: tuple[tuple[str, str], ...]) -> _Exchange:
        """Keep a handshake; called by the connection's thread before anything is answered."""
        exchange = _Exchange(target, headers)
        with self._lock:
            self._exchanges.append(exchange)
        return exchange


class _Server(socketserver.ThreadingTCPServer):
    """Listens on loopback; a thread for each connection, which does not keep the process."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.recorder = recorder

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of ours."""


class _Connection(socketserver.StreamRequestHandler):
    """One connection, from its request line to its end."""

    timeout = _SECONDS
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Read the request, record it, answer."""
        assert isinstance(self.server, _Server)
        head = _read_head(self.rfile.readline)
        if head is None:
            return
        exchange = self.server.recorder.record(*head)
        answer = self.server.recorder.answer(exchange.recorded)
        if answer.silent:
            self.rfile.read(1)
        elif answer.raw:
            self.wfile.write(answer.raw)
        elif answer.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.wfile.write(_refusal(answer))
        else:
            self.wfile.write(_acceptance(exchange.recorded))
            self._talk(exchange, answer.script)
        self._leave()

    def _talk(self, exchange: _Exchange, script: Sequence[str | None]) -> None:
        """Say what the script says, and hear all that the client says; close when it waits for more than that."""
        self.connection.settimeout(_IDLE)
        try:
            for line in script:
                if line is not None:
                    self.wfile.write(frames.frame(frames.TEXT, line.encode()))
                elif not self._read(exchange):
                    return
            while self._read(exchange):
                pass
        except TimeoutError:
            self.wfile.write(frames.frame(frames.CLOSE, _NORMAL))

    def _read(self, exchange: _Exchange) -> bool:
        """Read one message; answer pings and the close. Returns False when there is no more to come."""
        while found := frames.read_message(self.rfile):
            if found.opcode == frames.CLOSE:
                self.wfile.write(frames.frame(frames.CLOSE, found.payload))
                return False
            if found.opcode == frames.PING:
                self.wfile.write(frames.frame(frames.PONG, found.payload))
            elif found.opcode in (frames.TEXT, frames.BINARY):
                exchange.messages.append(found.payload.decode("utf-8", "backslashreplace"))
                return True
        return False

    def _leave(self) -> None:
        """End the connection so that what was written still arrives."""
        with contextlib.suppress(OSError):  # the client may have been faster
            self.request.shutdown(socket.SHUT_WR)


def _read_head(readline: Callable[[int], bytes]) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return request target and headers as they were sent, None when there is no whole request."""
    lines: list[bytes] = []
    while (line := readline(_HEAD)).strip():
        lines.append(line.rstrip(b"\r\n"))
    if not lines or not line.endswith(b"\n"):
        return None
    first = _text(lines[0]).split(" ", 1)
    target = first[-1].rsplit(" ", 1)[0]  # a target with a blank in it is wrong, and shown as it came
    pairs = [line.partition(b":") for line in lines[1:]]
    return target, tuple((_text(name), _text(value).strip(" \t")) for name, _, value in pairs)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _refusal(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", "Content-Length: 0", "Connection: close"]
    lines += [f"Location: {answer.location}"] if answer.location else []
    return "\r\n".join([*lines, "", ""]).encode()


def _acceptance(recorded: Recorded) -> bytes:
    """Return the answer that opens the WebSocket; of several subprotocols the last is chosen."""
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    keys, offered = recorded.header("Sec-WebSocket-Key"), recorded.header("Sec-WebSocket-Protocol")
    lines += [f"Sec-WebSocket-Accept: {frames.accept_key(keys[0])}"] if keys else []
    lines += [f"Sec-WebSocket-Protocol: {offered[-1].split(',')[-1].strip()}"] if offered else []
    return "\r\n".join([*lines, "", ""]).encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
