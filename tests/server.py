"""A WebSocket server on loopback that records the handshakes it receives.

Needs the ``wire`` extra (the ``websockets`` library). It listens on 127.0.0.1 only, on a port the system picks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve


class Recorded(NamedTuple):
    """One handshake: the request target as sent, and the headers in their order, names as sent."""

    target: str
    headers: tuple[tuple[str, str], ...]

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
        from urllib.parse import quote, quote_plus

        lines = [f"GET {self.target}", *(f"{name}: {value}" for name, value in sorted(self.headers))]
        text = "\n".join(lines)
        for form in sorted({secret, quote(secret, safe=""), quote_plus(secret)}, key=len, reverse=True):
            text = text.replace(form, "***")
        return text


class Recorder:
    """A context manager that serves, and keeps what it saw in ``handshakes``.

    ``accept`` decides on each handshake: None lets it pass, a status refuses it. ``talk`` is run on each open
    connection, in a thread of its own; the connection is closed when it returns.
    """

    def __init__(
        self,
        accept: Callable[[Recorded], HTTPStatus | None] = lambda recorded: None,
        talk: Callable[[ServerConnection], None] = lambda connection: None,
    ) -> None:
        self._accept = accept
        self._talk = talk
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.handshakes: list[Recorded] = []

    @property
    def url(self) -> str:
        """The address to connect to, such as ``ws://127.0.0.1:40404``."""
        if self._server is None:
            raise RuntimeError("the recorder is not serving yet")
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def __enter__(self) -> Recorder:
        quiet = logging.getLogger("sdkpatch.wire")
        quiet.setLevel(logging.CRITICAL)
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._record, logger=quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join(5)

    def _record(self, connection: ServerConnection, request: Request) -> Response | None:
        recorded = Recorded(target=request.path, headers=tuple(request.headers.raw_items()))
        self.handshakes.append(recorded)
        status = self._accept(recorded)
        return connection.respond(status, "refused\n") if status is not None else None
