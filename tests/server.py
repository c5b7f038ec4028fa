"""A real server of the ``websockets`` library on loopback, which records the handshakes that it accepts or refuses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from sdkpatch.wire.recorder import Recorded


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
        quiet = logging.getLogger("tests.server")
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
