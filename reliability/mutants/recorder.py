"""A server on loopback that all names lead to; it notes each request as it arrives and agrees to be a WebSocket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import socket
import ssl
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Recorder:
    """The requests that came, in order. TLS is left out, and whether it was asked for is noted."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self._tls: list[bool] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        self._redirect(self._server.getsockname()[1])

    def taken(self) -> list[dict[str, Any]]:
        """Return the requests since the last time."""
        found, self.requests = self.requests, []
        self._tls.clear()
        return found

    def _redirect(self, port: int) -> None:
        def here(host: Any, *_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        def wrapped(_: Any, sock: socket.socket, *__: Any, **___: Any) -> socket.socket:
            self._tls.append(True)
            return sock

        plain = asyncio.BaseEventLoop.create_connection

        async def connected(loop: Any, *arguments: Any, **named: Any) -> Any:
            named.pop("server_hostname", None)
            if named.pop("ssl", None):
                self._tls.append(True)
            return await plain(loop, *arguments, **named)

        def nothing(*_: Any, **__: Any) -> None:
            """Leave the certificates of authorities unread, which takes longer than all the rest."""

        for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
            setattr(ssl.SSLContext, name, nothing)
        replaced = {"getaddrinfo": socket, "wrap_socket": ssl.SSLContext, "create_connection": asyncio.BaseEventLoop}
        for name, function in {"getaddrinfo": here, "wrap_socket": wrapped, "create_connection": connected}.items():
            setattr(replaced[name], name, function)

    def _accept(self) -> None:
        while True:
            connection, _ = self._server.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
            headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
            self.requests.append(_request(first, headers, tls=bool(self._tls)))
            nonce = dict(headers).get("sec-websocket-key")
            if nonce is None:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            accept = base64.b64encode(hashlib.sha1((nonce + _MAGIC).encode()).digest()).decode()
            connection.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            connection.recv(65536)  # the closing frame, or a first message
            connection.sendall(b"\x88\x02\x03\xe8")


def _request(first: str, headers: list[tuple[str, str]], *, tls: bool) -> dict[str, Any]:
    method, target, _ = first.split(" ", 2)
    url = urlsplit(target)
    return {
        "method": method,
        "tls": tls,
        "path": url.path,
        "query": sorted(parse_qsl(url.query, keep_blank_values=True)),
        "headers": sorted((name, value) for name, value in headers if name != "sec-websocket-key"),
    }
