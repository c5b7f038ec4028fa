"""The recorder against the real clients of ``websockets``, and against what no client would send."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from websockets.asyncio.client import connect as asyncio_connect
from websockets.exceptions import ConnectionClosedOK, InvalidMessage, InvalidStatus
from websockets.legacy.client import connect as legacy_connect
from websockets.sync.client import ClientConnection, connect

from sdkpatch.wire import frames
from sdkpatch.wire.recorder import Answer, Recorded, Recorder

HEADERS = {"X-Key": "k+/=&% é", "x-key": "again"}


def raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are and return all that comes back."""
    host, port = url.removeprefix("ws://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_handshake_is_kept_as_it_was_sent() -> None:
    with Recorder() as recorder, connect(f"{recorder.url}/v1?a=1&a=%2B+%C3%A9", additional_headers=HEADERS):
        pass
    (handshake,) = recorder.handshakes
    assert handshake.path == "/v1"
    assert handshake.query == (("a", "1"), ("a", "+ é"))
    assert handshake.header("X-KEY") == ("k+/=&% é", "again")
    assert handshake.masked("k+/=&% é").splitlines()[0] == "GET /v1?a=1&a=%2B+%C3%A9"
    assert "X-Key: ***" in handshake.masked("k+/=&% é")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 3 * 2**20])
def test_messages_of_every_length_come_and_go(size: int) -> None:
    text = "x" * size
    with Recorder(lambda recorded: Answer(script=(text, None))) as recorder:
        with connect(recorder.url, max_size=None, compression=None) as client:
            assert client.recv() == text
            client.send(text)
            client.send([text[: size // 2], text[size // 2 :]])
        assert recorder.handshakes[0].messages == (text, text)


def _asyncio(url: str) -> AbstractAsyncContextManager[Any]:
    return asyncio_connect(url)


def _legacy(url: str) -> AbstractAsyncContextManager[Any]:
    return legacy_connect(url)


@pytest.mark.parametrize("opened", [_asyncio, _legacy], ids=["asyncio", "legacy"])
def test_asynchronous_clients_talk_and_get_their_pong(opened: Any) -> None:
    async def talk(url: str) -> None:
        async with opened(url) as client:
            await client.send("hello")
            await (await client.ping())

    with Recorder() as recorder:
        asyncio.run(talk(recorder.url))
    assert recorder.handshakes[0].messages == ("hello",)


@pytest.mark.parametrize("status", [401, 403, 500, 599])
def test_a_refusal_has_its_status(status: int) -> None:
    with Recorder(lambda recorded: Answer(status=status)) as recorder, pytest.raises(InvalidStatus) as raised:
        connect(recorder.url)
    assert raised.value.response.status_code == status


def test_a_redirect_leads_to_the_other_recorder() -> None:
    async def follow(url: str) -> None:
        async with asyncio_connect(url):
            pass

    with Recorder() as there:
        with Recorder(lambda recorded: Answer(status=302, location=f"{there.url}/x")) as here:
            asyncio.run(follow(here.url))
        assert [each.target for each in there.handshakes] == ["/x"]


def test_garbage_and_silence() -> None:
    with Recorder(lambda recorded: Answer(raw=b"\x00garbage\r\n\r\n")) as recorder, pytest.raises(InvalidMessage):
        connect(recorder.url)
    with Recorder(lambda recorded: Answer(silent=True)) as recorder, pytest.raises(TimeoutError):
        connect(recorder.url, open_timeout=0.2)
    assert len(recorder.handshakes) == 1


def test_a_client_that_only_waits_is_told_that_nothing_more_comes() -> None:
    with Recorder() as recorder, connect(recorder.url) as client, pytest.raises(ConnectionClosedOK):
        client.recv(timeout=8)


def test_the_last_subprotocol_is_chosen_and_none_where_none_is_offered() -> None:
    with Recorder() as recorder:
        opened: ClientConnection
        with connect(recorder.url, subprotocols=["secret", "chat"]) as opened:  # type: ignore[list-item]
            assert opened.subprotocol == "chat"
        with connect(recorder.url) as opened:
            assert opened.subprotocol is None


def test_a_request_that_no_client_should_send_is_shown_as_it_came() -> None:
    with Recorder() as recorder:
        answer = raw(recorder.url, b"GET /v1?key=a b\xe9 HTTP/1.1\r\nX-Odd:  v \r\nno colon\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert raw(recorder.url, b"") == b""
        assert raw(recorder.url, b"GET /half HTTP/1.1\r\nHost: x") == b""
    (handshake,) = recorder.handshakes
    assert handshake.target == "/v1?key=a bé"
    assert handshake.headers == (("X-Odd", "v"), ("no colon", ""))


def test_take_forgets_what_it_returned() -> None:
    with Recorder() as recorder:
        with connect(f"{recorder.url}/1"):
            pass
        assert [each.target for each in recorder.take()] == ["/1"]
        assert recorder.take() == []


def test_the_answer_may_depend_on_the_handshake_and_change() -> None:
    def answer(recorded: Recorded) -> Answer:
        return Answer(status=101 if ("key", "good") in recorded.query else 401)

    with Recorder(answer) as recorder:
        with connect(f"{recorder.url}/?key=good"):
            pass
        with pytest.raises(InvalidStatus):
            connect(f"{recorder.url}/?key=bad")
        recorder.answer = lambda recorded: Answer()
        with connect(f"{recorder.url}/?key=bad"):
            pass


def test_it_listens_on_loopback_only() -> None:
    with Recorder() as recorder:
        assert recorder.url.startswith("ws://127.0.0.1:")
    with pytest.raises(RuntimeError, match="not serving yet"):
        _ = Recorder().url


def test_a_frame_that_is_too_large_ends_the_connection() -> None:
    class Stream:
        def __init__(self) -> None:
            self.left = b"\x81\xff" + (2**40).to_bytes(8, "big")

        def read(self, size: int, /) -> bytes:
            taken, self.left = self.left[:size], self.left[size:]
            return taken

    with pytest.raises(ValueError, match="a frame of 1099511627776 bytes"):
        frames.read_message(Stream())
