"""Faithful servers of the four systems, on loopback: what they demand, what they say, and how they refuse.

Each records what arrived. They run in threads, on ``websockets``' own server.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from typing_extensions import Self
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from sdkpatch.wire.recorder import Recorded

MEBIBYTE = 2**20


def text_of(value: str) -> str:
    """Return a header's value as its sender meant it: websockets wrote UTF-8 up to 16 and reads ISO 8859-1 from 17."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


class System:
    """A context manager that serves one system."""

    def __init__(self) -> None:
        self.handshakes: list[Recorded] = []
        self.heard: list[str] = []
        self.refused: list[str] = []
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The address, such as ``ws://127.0.0.1:40404``."""
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._server = serve(
            self._talk,
            "127.0.0.1",
            0,
            process_request=self._process,
            select_subprotocol=self.subprotocol,
            max_size=None,
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.shutdown()

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = tuple((name, text_of(value)) for name, value in request.headers.raw_items())
        recorded = Recorded(target=request.path, headers=headers)
        self.handshakes.append(recorded)
        status = self.refuses(recorded)
        return None if status is None else connection.respond(status, "refused\n")

    def refuses(self, handshake: Recorded) -> HTTPStatus | None:
        """Return the status that refuses a handshake, None to accept it."""
        return None

    def subprotocol(self, connection: ServerConnection, offered: object) -> Subprotocol | None:
        """Choose one of the subprotocols the client offers."""
        return None

    def _talk(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            self.talk(connection)

    @abstractmethod
    def talk(self, connection: ServerConnection) -> None:
        """Speak with a client until the connection closes."""

    def hear(self, connection: ServerConnection) -> str:
        """Receive a text and remember it."""
        message = connection.recv()
        assert isinstance(message, str)
        self.heard.append(message)
        return message


class Aui(System):
    """A: the key is in the query and nowhere else; later versions take it as the first subprotocol."""

    def __init__(self, key: str, *, as_subprotocol: bool = False) -> None:
        super().__init__()
        self._key = key
        self._as_subprotocol = as_subprotocol

    def refuses(self, handshake: Recorded) -> HTTPStatus | None:
        if self._as_subprotocol:
            offered = [
                each.strip() for value in handshake.header("Sec-WebSocket-Protocol") for each in value.split(",")
            ]
            return None if offered == [self._key, "aui-websocket"] else HTTPStatus.UNAUTHORIZED
        given = parse_qs(urlsplit(handshake.target).query).get("network_api_key", [])
        return None if given == [self._key] else HTTPStatus.UNAUTHORIZED

    def subprotocol(self, connection: ServerConnection, offered: object) -> Subprotocol | None:
        return Subprotocol("aui-websocket") if self._as_subprotocol else None

    def talk(self, connection: ServerConnection) -> None:
        while True:
            said = self.hear(connection)
            size = 3 * MEBIBYTE if said == "big" else 0
            connection.send(json.dumps({"type": "agent", "text": said, "padding": "x" * size}))


class Bedrock(System):
    """B: the handshake is always accepted; a first message logs in, and the socket stays open after a refusal."""

    WANTED: Mapping[str, tuple[str, ...]] = {
        "bearer_token": ("token",),
        "api_key": ("api_key", "api_key_header"),
        "basic_auth": ("username", "password"),
        "oauth2": ("client_id", "client_secret", "token_url"),
    }

    def __init__(self, secret: str, *, single_sign_on: bool = False, refusal: str = "auth_failed") -> None:
        super().__init__()
        self._secret = secret
        self._single_sign_on = single_sign_on
        self._refusal = refusal

    def talk(self, connection: ServerConnection) -> None:
        if self._single_sign_on:
            connection.send(json.dumps({"type": "auth_configured", "by": "sso"}))
        connection.send(json.dumps({"type": "connection_established", "session_id": "session-1"}))
        while not self._logged_in(connection, json.loads(self.hear(connection))):
            pass
        while self._answer(connection, json.loads(self.hear(connection))):
            pass

    def _logged_in(self, connection: ServerConnection, message: dict[str, str]) -> bool:
        kind = message.get("auth_type", "")
        wanted = self.WANTED.get(kind, ("",))
        if message.get("type") == "auth" and all(message.get(name) for name in wanted) and message[wanted[-1]]:
            secret = message["client_secret"] if kind == "oauth2" else message[wanted[0 if kind != "basic_auth" else 1]]
            if secret == self._secret:
                connection.send(json.dumps({"type": "typing", "message": "one moment"}))
                connection.send(json.dumps({"type": "auth_configured", "auth_type": kind}))
                return True
        self.refused.append(kind)
        connection.send(json.dumps({"type": self._refusal, "message": f"refused: {json.dumps(message)}"}))
        return False

    def _answer(self, connection: ServerConnection, message: dict[str, str]) -> bool:
        match message["type"]:
            case "chat":
                connection.send(json.dumps({"type": "typing", "message": "thinking"}))
                size = 3 * MEBIBYTE if message["message"] == "big" else 0
                connection.send(json.dumps({"type": "ai_response", "message": message["message"] + "x" * size}))
            case "ping":
                connection.send(json.dumps({"type": "pong"}))
            case "history":
                connection.send(json.dumps({"type": "history", "messages": []}))
            case "clear":
                connection.send(json.dumps({"type": "history_cleared"}))
            case "logout":
                connection.send(json.dumps({"type": "logout_success"}))
                return False
            case _:
                connection.send(json.dumps({"type": "error", "message": "unknown type"}))
        return True


class FastChat(System):
    """C: two routes with a token header each; a wrong token is told of after the handshake, then 1008."""

    TOKENS: Mapping[str, str] = {"/chat/user": "ACCESS-TOKEN", "/chat/admin": "MASTER-TOKEN"}

    def __init__(self, token: str, step: str = "{}") -> None:
        super().__init__()
        self._token = token
        self._step = json.loads(step)

    def refuses(self, handshake: Recorded) -> HTTPStatus | None:
        if handshake.path not in self.TOKENS:
            return HTTPStatus.NOT_FOUND
        for value in handshake.header("aditional_servers"):
            json.loads(value)
        return None

    def talk(self, connection: ServerConnection) -> None:
        handshake = self.handshakes[-1]
        if handshake.header(self.TOKENS[handshake.path]) != (self._token,):
            connection.send(json.dumps({"status": "error", "detail": "Invalid token"}))
            connection.close(1008, "policy")
            return
        query = dict(handshake.query)
        connection.send(json.dumps({"status": "success", "chat_id": query.get("chat_id"), "model": query.get("model")}))
        while True:
            said = self.hear(connection)
            for number in range(3):
                padding = "x" * (3 * MEBIBYTE if said == "big" else 0)
                connection.send(json.dumps({**self._step, "content": f"{said} {number}{padding}"}))
            if said == "model error":
                connection.socket.shutdown(socket.SHUT_RDWR)
                return
            connection.send("--eof")


class BioLM(System):
    """D: the same credentials as on REST; a channel in path and header, an id in each request, 403 for a refusal."""

    def __init__(self, secret: str, *, scheme: str = "Token", unavailable: int = 0) -> None:
        super().__init__()
        self._secret = secret
        self._scheme = scheme
        self._unavailable = unavailable

    def refuses(self, handshake: Recorded) -> HTTPStatus | None:
        if len(self.handshakes) <= self._unavailable:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if not self._is_known(handshake):
            return HTTPStatus.FORBIDDEN
        if handshake.path == "/ws/activity/":
            return None
        channel, *more = handshake.header("X-Telemetry-Channel") or ("",)
        requests = handshake.header("X-Request-Id")
        is_channel = not more and re.fullmatch(r"telemetry_[0-9a-f]{32}", channel)
        is_request = len(requests) == 1 and re.fullmatch(r"[0-9a-f]{32}", requests[0])
        if not is_channel or not is_request or handshake.path != f"/ws/telemetry/{channel}/":
            return HTTPStatus.NOT_FOUND
        return None

    def _is_known(self, handshake: Recorded) -> bool:
        if self._scheme == "Cookie":
            pairs = [pair.strip() for value in handshake.header("Cookie") for pair in value.split(";")]
            cookies = {name: unquote(value) for name, _, value in (pair.partition("=") for pair in pairs)}
            return (cookies.get("access"), cookies.get("refresh")) == (self._secret, "refresh")
        if self._scheme == "Basic":
            encoded = base64.b64encode(f"me:{self._secret}".encode()).decode()
            return handshake.header("Authorization") == (f"Basic {encoded}",)
        return handshake.header("Authorization") == (f"{self._scheme} {self._secret}",)

    def talk(self, connection: ServerConnection) -> None:
        handshake = self.handshakes[-1]
        if handshake.path == "/ws/activity/":
            self.hear(connection)  # nothing is said until something changes
            connection.send(json.dumps({"event": "activity_update"}))
            return
        request = handshake.header("X-Request-Id")[0]
        connection.send(json.dumps({"event": "request_start", "request_id": request, "rid": "other"}))
        connection.send(json.dumps({"event": "call_submitted", "rid": request}))
        while True:
            said = self.hear(connection)
            padding = "x" * (3 * MEBIBYTE if said == "big" else 0)
            connection.send(json.dumps({"event": "response_sent", "rid": request, "text": said + padding}))


class Redirecting(System):
    """Answers every handshake with a redirect to another host."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        super()._process(connection, request)
        response = connection.respond(HTTPStatus.FOUND, "elsewhere\n")
        response.headers["Location"] = self._target
        return response

    def talk(self, connection: ServerConnection) -> None:
        raise AssertionError("no handshake is accepted")


@contextmanager
def broken(*, silent: bool) -> Iterator[str]:
    """Serve a port that closes every connection at once, or accepts it and says nothing; yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if silent:
                kept.append(connection)
            else:
                connection.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        for connection in kept:
            connection.close()


class HttpServer:
    """A context manager that answers every request with an empty object and keeps its headers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        kept = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kept.append(dict(self.headers.items()))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """The address, such as ``http://127.0.0.1:40404``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
