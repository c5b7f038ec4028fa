"""The support modules by themselves: what an SDK gets must be right on its own, on every Python that Fern supports."""

from __future__ import annotations

import ast
import asyncio
import importlib
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_asyncio
from websockets.legacy.client import connect as connect_legacy
from websockets.sync.client import connect as connect_sync

from sdkpatch.handshakes.place import FUNCTIONS
from sdkpatch.resources import SUPPORT_MODULES, folder, support
from tests.systems.harness import EXAMPLE, KEY, patched
from tests.systems.servers import Aui, Bedrock, BioLM, FastChat, System
from tests.systems.test_systems import AUI_SUBPROTOCOL, BEDROCK, BIOLM, COMMON, FASTCHAT, refused, speaking


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The two modules inside the patched example SDK."""
    tree = str(patched(EXAMPLE, COMMON))
    sys.path.insert(0, tree)
    yield {name: importlib.import_module(f"aui.core.{name}") for name in SUPPORT_MODULES}
    sys.path.remove(tree)
    for name in [name for name in sys.modules if name.split(".")[0] == "aui"]:
        del sys.modules[name]


@pytest.fixture
def websocket(modules: dict[str, ModuleType]) -> Any:
    return modules["sdkpatch_websocket"]


@pytest.fixture
def redact(modules: dict[str, ModuleType]) -> Any:
    return modules["sdkpatch_redact"]


@pytest.mark.parametrize("name", SUPPORT_MODULES)
def test_every_python_that_fern_supports_can_read_it(name: str) -> None:
    ast.parse(support(name), feature_version=(3, 8))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=E,F,I", "--line-length=120"]
    sections = 'lint.isort.section-order = ["future", "standard-library", "third-party", "first-party"]'
    ferns = ["--config", sections, "--config", 'lint.isort.default-section = "third-party"', "--target-version=py38"]
    path = str(folder("templates") / "sdk" / f"{name}.py")
    done = subprocess.run([*command, *ferns, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_function_that_patched_code_uses_is_there(websocket: Any) -> None:
    assert all(hasattr(websocket, name) for name in FUNCTIONS)


class Wrapper:
    """A client wrapper with every kind of supplier."""

    nothing = None
    text = "plain"

    def supplied(self) -> str:
        return "supplied"

    async def awaited(self) -> str:
        return "awaited"


def test_attributes_of_the_wrapper_may_be_suppliers(websocket: Any) -> None:
    assert websocket.wrapper_value(Wrapper(), "nothing", "text") == "plain"
    assert websocket.wrapper_value(Wrapper(), "nothing", "supplied") == "supplied"
    assert websocket.wrapper_value(Wrapper(), "nothing") is None
    with pytest.raises(TypeError, match="awaited is supplied asynchronously: use the asynchronous client"):
        websocket.wrapper_value(Wrapper(), "awaited")
    assert asyncio.run(websocket.wrapper_value_async(Wrapper(), "nothing", "awaited")) == "awaited"
    assert asyncio.run(websocket.wrapper_value_async(Wrapper(), "supplied")) == "supplied"


def test_headers_know_no_case_and_the_callers_come_first(websocket: Any) -> None:
    options = {"additional_headers": {"x-key": "caller's"}}
    headers = {"X-Key": "client's", "x-KEY": "channel's", "x-key": "caller's", "A": "b"}
    assert websocket.header_value(headers, "X-KEY", options) == "caller's"
    assert websocket.header_value({"Auth": "Bearer x"}, "auth", scheme="bearer") == "x"
    assert websocket.unique_headers(headers, options) == {"x-key": "caller's", "A": "b"}
    assert websocket.without_headers(headers, "X-Key") == {"A": "b"}
    assert websocket.set_headers({"a": "b"}, {"A": "c", "D": None}) == {"A": "c"}
    assert websocket.set_headers(headers, {"X-Key": "patch's"}, options) == headers
    assert websocket.add_headers({"a": "b"}, {"A": "c", "D": True}) == {"a": "b", "D": "true"}


def test_a_value_cannot_break_out_of_its_header(websocket: Any) -> None:
    for set_them in (websocket.set_headers, websocket.add_headers):
        with pytest.raises(ValueError, match="the value for the header A holds a control character") as caught:
            set_them({}, {"A": "secret\r\nX-Other: y"})
        assert "secret" not in str(caught.value)
    assert websocket.add_cookies({"cookie": "a=b"}, {"t": 'x;y" z,é'}) == {"Cookie": "a=b; t=x%3By%22%20z%2C%C3%A9"}


def test_there_is_one_cookie_header(websocket: Any) -> None:
    headers = {"cookie": "a=1; access=old", "Cookie": "b=2"}
    made = websocket.add_cookies(headers, {"access": "new", "refresh": "r", "none": None})
    assert made == {"Cookie": "a=1; access=old; b=2; refresh=r"}
    assert websocket.add_cookies({"A": "b"}, {"none": None}) == {"A": "b"}


def test_subprotocols_are_tokens(websocket: Any) -> None:
    assert websocket.subprotocol_names("e30.e30", None, "chat") == ["e30.e30", "chat"]
    assert websocket.subprotocol_names(None) is None
    with pytest.raises(ValueError, match="cannot carry") as caught:
        websocket.subprotocol_names(KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "path", "values", "url"),
    [
        ("wss://h", "/a", {}, "wss://h/a"),
        ("wss://h/b/", "/a/", {}, "wss://h/b/a/"),
        ("wss://h/b?x=1", "/a", {}, "wss://h/b/a?x=1"),
        ("wss://h", "/{a}/{b}", {"a": "x/y?z", "b": True}, "wss://h/x%2Fy%3Fz/true"),
    ],
)
def test_a_path_is_joined(websocket: Any, base: str, path: str, values: dict[str, object], url: str) -> None:
    assert websocket.join_path(base, path, **values) == url


def test_a_query_is_joined(websocket: Any) -> None:
    assert websocket.join_query("wss://h/a", "") == "wss://h/a"
    assert websocket.join_query("wss://h/a?x=1", "y=2") == "wss://h/a?x=1&y=2"
    assert websocket.query_text([("a", True), ("b", [False, 1])]) == "a=true&b=false&b=1"
    assert (
        websocket.add_query("wss://h?a=1", {"a": "2", "b": None, "c": KEY}) == "wss://h?a=1&c=k%2Be%2Fy%3D%26%25d%C3%A9"
    )
    with pytest.raises(ValueError, match="the path of this channel needs a"):
        websocket.join_path("wss://h", "/{a}", a=None)


def test_templates_and_basic(websocket: Any) -> None:
    assert websocket.fill_template("Token $key $$", key="k") == "Token k $"
    assert websocket.fill_template("Token $key", key=None) is None
    assert websocket.basic_credentials("é", "b") == "Basic w6k6Yg=="
    assert websocket.basic_credentials("a", None) is None
    assert websocket.json_text({"a": "é", "b": None}) == '{"a": "\\u00e9"}'


def test_what_is_tried_again(websocket: Any) -> None:
    usual = websocket.RETRY_ON
    assert websocket._is_retried(websocket.HandshakeRefused(503), usual)
    assert not websocket._is_retried(websocket.HandshakeRefused(404), usual)
    for status in (401, 403):
        assert not websocket._is_retried(websocket.HandshakeRefused(status), (*usual, "4xx"))
        assert websocket._is_retried(websocket.HandshakeRefused(status), (str(status),))
    assert websocket._is_retried(websocket.HandshakeRefused(404), ("4xx",))
    assert websocket._is_retried(ConnectionResetError(), usual) and websocket._is_retried(EOFError(), usual)
    assert not websocket._is_retried(ValueError(), usual)
    assert all(
        0.25 <= websocket._delay(1, (0.5, 8)) <= 0.5 and 4 <= websocket._delay(9, (0.5, 8)) <= 8 for _ in range(99)
    )


def test_messages_are_skipped_kept_and_refused(websocket: Any) -> None:
    steps = websocket._dialogue(text="hi", success=["ok"], failure=[{"type": "no"}], skip=[{"type": "noise"}])
    assert next(steps) == "hi"
    assert steps.send(None) is None
    for message in ('{"type": "noise"}', '{"type": "news"}', b"\x00\xff"):
        assert steps.send(message) is None
    with pytest.raises(StopIteration) as done:
        steps.send("ok")
    assert done.value.value == ['{"type": "news"}', b"\x00\xff"]
    steps = websocket._dialogue(message={"a": None}, success=["ok"], failure=[{"type": "no"}], secrets=[KEY])
    assert next(steps) == "{}"
    steps.send(None)
    with pytest.raises(websocket.ApiError) as refused:
        steps.send(f'{{"type": "no", "echo": ["{KEY}"]}}')
    assert refused.value.status_code == 401 and refused.value.body == {"type": "no", "echo": ["***"]}


def test_an_invalid_url_is_quoted_without_its_query(websocket: Any) -> None:
    from websockets.exceptions import InvalidURI
    from websockets.sync.client import connect

    with pytest.raises(InvalidURI) as caught, websocket.open_websocket("http://me:pw@h/a?key=secret", using=connect):
        pass
    shown = repr(caught.value) + str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)
    assert "secret" not in shown and "pw" not in shown


def shown(error: BaseException) -> str:
    """Return all that a person or a log could see of an exception and of those it came from."""
    texts: list[str] = []
    pending: BaseException | None = error
    while pending is not None:
        texts += [str(pending), repr(pending), repr(pending.args), repr(vars(pending)), repr(dir(pending))]
        texts += [repr(getattr(pending, "object", ""))]
        pending = pending.__cause__ or pending.__context__
    return "\n".join(texts)


UNSENT: dict[str, dict[str, Any]] = {
    "a newline": {"headers": {"X-Api-Key": "top-secret\r\nX-Other: y"}},
    "a bell": {"headers": {"X-Api-Key": "top-secret\x07"}},
    "a delete character": {"headers": {"X-Api-Key": "top-secret\x7f"}},
    "another script": {"headers": {"X-Api-Key": "top-secret \u043a\u043b\u044e\u0447"}},
    "a byte that is no UTF-8": {"headers": {"X-Api-Key": "top-secret\udc80"}},
    "one of those in the query": {"url": "?key=top-secret\udc80"},
    "a subprotocol that is none": {"subprotocols": ["top-secret \udc80"]},
    "a proxy that is none": {"proxy": "gopher://me:top-secret@proxy"},
}


@pytest.mark.parametrize("what", UNSENT)
@pytest.mark.parametrize("how", ["sync", "asyncio", "legacy"])
def test_what_cannot_be_sent_is_not_shown(websocket: Any, how: str, what: str) -> None:
    """websockets 17 quotes the value in InvalidHeaderValue, and Python all that it encodes in UnicodeEncodeError."""
    given: dict[str, Any] = {**UNSENT[what]}
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"ws://127.0.0.1:{server.getsockname()[1]}/{given.pop('url', '')}"
        given["additional_headers"] = given.pop("headers", {})
        given |= {"open_timeout": 0.3, "attempts": 1}  # nobody answers, where a release would send it after all
        with pytest.raises(Exception) as caught:
            if how == "sync":
                with websocket.open_websocket(url, using=connect_sync, **given):
                    pass
            else:
                asyncio.run(opening(websocket, url, connect_asyncio if how == "asyncio" else connect_legacy, given))
    assert "top-secret" not in shown(caught.value), shown(caught.value)
    if what in ("a newline", "a bell", "a delete character"):
        assert isinstance(caught.value, ValueError)
        assert str(caught.value) == "the value for the header X-Api-Key holds a control character"


async def opening(websocket: Any, url: str, using: Any, given: dict[str, Any]) -> None:
    async with websocket.open_websocket_async(url, using=using, **given):
        pass


def test_an_error_that_quotes_nothing_stays_what_it_is(websocket: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"ws://127.0.0.1:{server.getsockname()[1]}/?key=top-secret"
        headers = {"X-Api-Key": "top-secret"}
        with (
            pytest.raises(TimeoutError),
            websocket.open_websocket(url, using=connect_sync, additional_headers=headers, open_timeout=0.1),
        ):
            pass


@pytest.mark.parametrize("value", ["top-secret\x7f", "top-secret\n", "top-secret \u043a", "top-secret\udc80"])
def test_a_header_of_a_patch_holds_what_headers_can_carry(websocket: Any, value: str) -> None:
    for set_them in (websocket.set_headers, websocket.add_headers):
        with pytest.raises(ValueError, match="the value for the header A holds a c") as caught:
            set_them({}, {"A": value})
        assert "secret" not in shown(caught.value)
    assert websocket.set_headers({}, {"A": "caf\xe9 \t"}) == {"A": "caf\xe9 \t"}


@pytest.mark.parametrize(
    "function, arguments, named",
    [
        ("basic_credentials", ("me", "top-secret\udc80"), {}),
        ("log_in", (None,), {"text": "top-secret\udc80"}),
        ("add_cookies", ({}, {"a": "top-secret\udc80"}), {}),
        ("add_query", ("ws://h", {"a": "top-secret\udc80"}), {}),
        ("query_text", ({"a": ["top-secret\udc80"]},), {}),
        ("join_path", ("ws://h", "/{a}"), {"a": "top-secret\udc80"}),
    ],
)
def test_credentials_that_cannot_be_encoded_are_not_shown(
    websocket: Any, function: str, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="cannot be encoded") as caught:
        getattr(websocket, function)(*arguments, **named)
    assert "secret" not in shown(caught.value)


def test_a_proxy_that_cannot_be_used_is_an_error(websocket: Any) -> None:
    from websockets.legacy.client import connect

    async def run() -> None:
        async with websocket.open_websocket_async("ws://h", using=connect, proxy="http://proxy"):
            pass

    with pytest.raises(TypeError, match="cannot connect through a proxy"):
        asyncio.run(run())


def test_names_are_masked_in_every_form(redact: Any) -> None:
    names = ("X-Api-Key", "token")
    for text in (
        "> GET /a?x_api_key=SECRET&b=1 HTTP/1.1",
        "> X-Api-Key: SECRET",
        "headers: {'x-api-key': 'SECRET', 'a': 'b'}",
        '> TEXT \'{"type": "auth", "token": "SECRET"}\' [40 bytes]',
        'body: {"echo": "{\\"token\\": \\"SECRET\\"}"}',
    ):
        masked = redact.redact_text(text, names)
        assert "SECRET" not in masked and "***" in masked
    kept = "GET /tokens?atoken=1 X-Other: y"
    assert redact.redact_text(kept, names) == kept
    assert redact.redact_headers({"x_api-KEY": "s", "a": "b"}, names) == {"x_api-KEY": "***", "a": "b"}
    assert redact.redact_headers(None, names) is None


def test_the_filter_is_installed_once(redact: Any) -> None:
    logger = logging.getLogger("websockets.client")
    before = len(logger.filters)
    redact.redact_logs(("a-name",))
    redact.redact_logs(("a-name",))
    assert len(logger.filters) == before + 1
    logger.removeFilter(logger.filters[-1])


def test_without_a_credential_nothing_is_made_up() -> None:
    servers: tuple[tuple[str, System, int], ...] = (
        (BEDROCK, Bedrock(KEY), 401),
        (FASTCHAT, FastChat(KEY), 401),
        (BIOLM, BioLM(KEY), 403),
        (AUI_SUBPROTOCOL, Aui(KEY, as_subprotocol=True), 401),
    )
    for patch, system, status in servers:
        for is_async in (False, True):
            with system, speaking(EXAMPLE, is_async, patch, COMMON) as speaker:
                assert all(refused(result, status) for result in speaker.say(system.url, key=None))
            shown = repr(system.handshakes) + repr(system.heard)
            assert "None" not in shown and "null" not in shown
