"""What patched code does at run time, in every shape of Fern's, against a real WebSocket server on loopback."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sdkpatch.wire.recorder import Recorded
from tests.command import sdkpatch
from tests.server import Recorder
from tests.shapes import Shape, write_sdk

KEY = "a+b/c=&d é"
COPIES = tuple(itertools.product(("client", "raw_client"), (False, True)))
SHAPES = {
    "no query": Shape(query=0),
    "QueryParams, old errors": Shape(query=1, errors="old"),
    "QueryParams, new errors": Shape(query=1),
    "encode_query": Shape(query=2),
    "named after the specification": Shape(query=2, method="subscribe"),
    "get_base_url": Shape(query=2, base='get_base_url() + "/v1/chat"'),
    "channel header in the wrapper's case": Shape(query=2, channel_header="x-api-key"),
    "channel header in another case": Shape(query=1, channel_header="X-Api-Key"),
    "takes Authorization out": Shape(query=2, pops=True),
}


class Channel(NamedTuple):
    """One of the four copies of the channel of a patched SDK."""

    package: str
    module: str
    is_async: bool
    method: str

    def open(self, url: str, key: str | None, headers: Mapping[str, str] | None = None, **arguments: Any) -> None:
        """Open the channel and close it again."""
        wrappers = importlib.import_module(f"{self.package}.core.client_wrapper")
        environment = importlib.import_module(f"{self.package}.environment").Environment(url)
        prefix = "Async" if self.is_async else ""
        wrapper = getattr(wrappers, f"{prefix or 'Sync'}ClientWrapper")(
            environment=environment, api_key=key, headers=headers
        )
        name = f"{prefix}{'Raw' if self.module == 'raw_client' else ''}ChatClient"
        client = getattr(importlib.import_module(f"{self.package}.chat.{self.module}"), name)(client_wrapper=wrapper)
        opened = getattr(client, self.method)(**arguments)
        if not self.is_async:
            with opened:
                return

        async def run() -> None:
            async with opened:
                pass

        asyncio.run(run())

    def api_error(self) -> type[Exception]:
        error = importlib.import_module(f"{self.package}.core.api_error").ApiError
        assert isinstance(error, type) and issubclass(error, Exception)
        return error


@contextmanager
def patched(root: Path, shape: Shape, *settings: str) -> Iterator[list[Channel]]:
    """Write an SDK of its own name in a shape, patch it with the command, and make it importable."""
    package = f"sdk_{uuid.uuid4().hex}"
    tree = write_sdk(root / package, package, shape)
    options = [option for setting in settings for option in ("--set", setting)]
    done = sdkpatch("apply", tree, "--patch", "websocket-auth-query", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(tree / "src"))
    try:
        yield [Channel(package, module, is_async, shape.method) for module, is_async in COPIES]
    finally:
        sys.path.remove(str(tree / "src"))
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


def arrived(channel: Channel, key: str | None, base: str = "", **arguments: Any) -> Recorded:
    """Open the channel against a recorder and return the one handshake that arrived."""
    with Recorder() as recorder:
        channel.open(recorder.url + base, key, **arguments)
    (handshake,) = recorder.handshakes
    return handshake


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_key_arrives_in_the_query_intact_and_in_no_header(shape: Shape, tmp_path: Path) -> None:
    with patched(tmp_path, shape) as channels:
        for channel in channels:
            handshake = arrived(channel, KEY)
            assert handshake.query == (("api_key", KEY),)
            assert handshake.path == "/v1/chat"
            assert handshake.header("x-api-key") == ()
            assert handshake.header("X-Fern-Language") == ("Python",)
            assert "Python/" in handshake.header("User-Agent")[0]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_without_a_key_there_is_no_parameter_and_no_bare_question_mark(shape: Shape, tmp_path: Path) -> None:
    with patched(tmp_path, shape) as channels:
        for channel in channels:
            assert arrived(channel, None).target == "/v1/chat"


@pytest.mark.parametrize("shape", [Shape(query=1), Shape(query=2)], ids=["QueryParams", "encode_query"])
def test_the_key_is_joined_to_the_parameters_the_method_sends(shape: Shape, tmp_path: Path) -> None:
    with patched(tmp_path, shape) as channels:
        for channel in channels:
            assert arrived(channel, KEY, model="m&1").query == (("model", "m&1"), ("api_key", KEY))


@pytest.mark.parametrize("shape", [Shape(query=1), Shape(query=2)], ids=["QueryParams", "encode_query"])
def test_a_declared_parameter_that_the_caller_passed_wins_and_is_not_doubled(shape: Shape, tmp_path: Path) -> None:
    with patched(tmp_path, shape) as channels:
        for channel in channels:
            handshake = arrived(channel, KEY, api_key="the caller's")
            assert handshake.query == (("api_key", "the caller's"),)
            assert handshake.header("x-api-key") == ()


def test_an_additional_query_parameter_of_that_name_wins_and_is_not_doubled(tmp_path: Path) -> None:
    options = {"additional_query_parameters": {"api_key": "the caller's"}}
    with patched(tmp_path, Shape(query=2)) as channels:
        for channel in channels:
            assert arrived(channel, KEY, request_options=options).query == (("api_key", "the caller's"),)


def test_a_query_in_the_url_of_the_environment_stays_byte_for_byte(tmp_path: Path) -> None:
    shape = Shape(query=0, base="get_base_url()")
    with patched(tmp_path, shape) as channels:
        for channel in channels:
            handshake = arrived(channel, "k", base="/v1?flag&q=a%20b+c;d")
            assert handshake.target == "/v1?flag&q=a%20b+c;d&api_key=k"


@pytest.mark.parametrize("name", ["x-api-key", "X-Api-Key", "X-API-KEY"])
@pytest.mark.parametrize("channel_header", ["", "x-api-key", "X-Api-Key"])
def test_a_key_the_caller_overrides_in_any_case_is_the_one_sent(name: str, channel_header: str, tmp_path: Path) -> None:
    options = {"additional_headers": {name: "the caller's", "X-Other": "kept"}}
    with patched(tmp_path, Shape(channel_header=channel_header)) as channels:
        for channel in channels:
            handshake = arrived(channel, KEY, channel_key="the channel's", request_options=options)
            assert handshake.query == (("api_key", "the caller's"),)
            assert handshake.header("x-api-key") == ()
            assert handshake.header("X-Other") == ("kept",)


@pytest.mark.parametrize("channel_header", ["x-api-key", "X-Api-Key"])
def test_of_two_spellings_of_the_header_the_last_set_is_sent(channel_header: str, tmp_path: Path) -> None:
    with patched(tmp_path, Shape(channel_header=channel_header)) as channels:
        for channel in channels:
            handshake = arrived(channel, KEY, channel_key="the channel's")
            assert handshake.query == (("api_key", "the channel's"),)
            assert handshake.header("x-api-key") == ()


def test_a_caller_who_sets_the_header_to_none_sends_no_key(tmp_path: Path) -> None:
    options = {"additional_headers": {"x-api-key": None}}
    with patched(tmp_path, Shape()) as channels:
        for channel in channels:
            assert arrived(channel, KEY, request_options=options).query == ()


@pytest.mark.parametrize(
    "value, sent", [("Bearer a b", "a b"), ("bearer a", "a"), ("a b", "a b"), ("Token a", "Token a")]
)
def test_the_scheme_is_stripped_where_it_stands(value: str, sent: str, tmp_path: Path) -> None:
    with patched(tmp_path, Shape(), "scheme=Bearer") as channels:
        for channel in channels:
            assert arrived(channel, value).query == (("api_key", sent),)


def test_drop_sends_no_header_but_the_callers(tmp_path: Path) -> None:
    options = {"additional_headers": {"X-Other": "kept"}}
    with patched(tmp_path, Shape(), "headers=drop") as channels:
        for channel in channels:
            handshake = arrived(channel, KEY, headers={"X-Client": "dropped"}, request_options=options)
            assert handshake.query == (("api_key", KEY),)
            assert handshake.header("X-Other") == ("kept",)
            assert handshake.header("X-Fern-Language") == handshake.header("X-Client") == ()
            assert handshake.header("x-api-key") == ()


def test_a_refused_handshake_raises_an_api_error_that_holds_no_key(tmp_path: Path) -> None:
    with patched(tmp_path, Shape()) as channels:
        for channel in (channel for channel in channels if not channel.is_async):
            refusing = Recorder(lambda recorded: HTTPStatus.UNAUTHORIZED)
            with refusing as recorder, pytest.raises(channel.api_error()) as raised:
                channel.open(recorder.url, KEY)
            headers = vars(raised.value)["headers"]
            assert headers["X-Fern-Language"] == "Python"
            assert KEY not in str(headers)


def test_unpatched_the_key_is_in_a_header_and_not_in_the_query(tmp_path: Path) -> None:
    package = f"sdk_{uuid.uuid4().hex}"
    tree = write_sdk(tmp_path / package, package, Shape())
    sys.path.insert(0, str(tree / "src"))
    try:
        handshake = arrived(Channel(package, "client", False, "connect"), "key")
        assert handshake.query == ()
        assert handshake.header("x-api-key") == ("key",)
    finally:
        sys.path.remove(str(tree / "src"))
