"""The patched SDK against the servers of four systems: sync and async, ``client.py`` and ``raw_client.py``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.command import sdkpatch
from tests.sdks import first_of
from tests.systems.harness import (
    CHANNELS,
    EXAMPLE,
    KEY,
    Channel,
    User,
    documented,
    importable,
    is_bundled,
    patched,
    tree_of,
)
from tests.systems.servers import MEBIBYTE, Aui, Bedrock, BioLM, FastChat, HttpServer, Redirecting, System, broken

COMMON = documented("common")
AUI = documented("key-in-the-url")
AUI_SUBPROTOCOL = documented("key-as-a-subprotocol")
BEDROCK = documented("login-message")
FASTCHAT = documented("answers-with-an-end")
BIOLM = documented("telemetry")
SENDS = {
    "Token": 'send = { header = { Authorization = "Token $key" } }',
    "Bearer": 'send = { header = { Authorization = "Bearer $key" } }',
    "Basic": 'send = { header = { Authorization = { basic = { username = "me", password = "$key" } } } }',
    "Cookie": 'send = { cookie = { access = "$key", refresh = "refresh" } }',
}


def fastchat(route: str) -> str:
    """Return the patch for one of the two routes."""
    token = FastChat.TOKENS[f"/chat/{route}"]
    return FASTCHAT.replace("/chat/user", f"/chat/{route}").replace("ACCESS-TOKEN", token)


def biolm(scheme: str) -> str:
    """Return the patch for one way to send the credential."""
    assert SENDS["Token"] in BIOLM
    return BIOLM.replace(SENDS["Token"], SENDS[scheme])


channels = pytest.mark.parametrize("channel", first_of(CHANNELS, is_bundled), ids=lambda channel: channel.name)
flavours = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


class Speaker:
    """A user of one channel, sync or async."""

    def __init__(self, user: User, channel: Channel, is_async: bool) -> None:
        self._user = user
        self._channel = channel
        self._is_async = is_async

    def say(self, url: str, *talk: Any, **given: Any) -> list[dict[str, Any]]:
        """Hold one conversation through ``client.py`` and one through ``raw_client.py``."""
        return self._user.converse(self.orders(url, *talk, **given))

    def say_once(self, url: str) -> dict[str, Any]:
        """Open and close the channel of ``client.py``."""
        (result,) = self._user.converse(self.orders(url)[:1])
        return result

    def orders(self, url: str, *talk: Any, **given: Any) -> list[dict[str, Any]]:
        return self._channel.orders(self._is_async, url=url, talk=[list(step) for step in talk], **given)


@contextmanager
def speaking(channel: Channel, is_async: bool, *patches: str) -> Iterator[Speaker]:
    """Patch an SDK and let a program use it."""
    with User(patched(channel, *patches)) as user:
        yield Speaker(user, channel, is_async)


def is_clean(result: dict[str, Any], *secrets: str) -> bool:
    """Tell whether no secret stands in an error or a log, plain or encoded."""
    shown = (result["error"] or {}).get("text", "") + result["logs"]
    return not any(form in shown for secret in secrets for form in (secret, quote(secret, safe=""), repr(secret)[1:-1]))


def refused(result: dict[str, Any], status: int) -> bool:
    """Tell whether a conversation ended with the SDK's own error of that status, and no secret in it."""
    error = result["error"]
    return error is not None and "ApiError" in error["kinds"] and error["status"] == status and is_clean(result, KEY)


def given_header(channel: Channel, key: str) -> dict[str, str]:
    """Return the caller's own header with another key."""
    return {channel.header: f"{channel.scheme} {key}".strip()}


def check_faults(speaker: Speaker, key: str = KEY) -> None:
    """Check the answers that are none: closed at once, never, and to go elsewhere."""
    with broken(silent=False) as url:
        assert all(result["error"] and is_clean(result, key) for result in speaker.say(url, key=key))
    with broken(silent=True) as url:
        for result in speaker.say(url, key=key, arguments={"open_timeout": 0.1, "close_timeout": 0.1}):
            assert {"TimeoutError"} & set(result["error"]["kinds"]) and is_clean(result, key)
    with Aui("other") as elsewhere, Redirecting(f"{elsewhere.url}/elsewhere") as system:
        assert all(refused(result, 302) for result in speaker.say(system.url, key=key))
        assert len(system.handshakes) == 2
        assert not elsewhere.handshakes


@channels
@flavours
def test_aui(channel: Channel, is_async: bool) -> None:
    with speaking(channel, is_async, AUI, COMMON) as speaker:
        with Aui(KEY) as system:
            for result in speaker.say(system.url, ("send", "hello"), ("recv",), ("send", "big"), ("recv",)):
                assert result["error"] is None, result["error"]
                assert [size > 3 * MEBIBYTE for _, size in result["said"][:2]] == [False, True]
                assert is_clean(result, KEY)
            for handshake in system.handshakes:
                assert dict(handshake.query)["network_api_key"] == KEY
                assert not handshake.header(channel.header)
                assert len(handshake.header("User-Agent")) <= 1
            url = f"{system.url}/base/?tenant=a%20b"
            assert all(result["error"] is None for result in speaker.say(url))
            handshake = system.handshakes[-1]
            assert handshake.path.startswith("/base/") and "//" not in handshake.path
            assert dict(handshake.query)["tenant"] == "a b"
            assert all(refused(result, 401) for result in speaker.say(system.url, key="bad"))
        with Aui("the caller's") as system:
            headers = given_header(channel, "the caller's")
            assert all(r["error"] is None for r in speaker.say(system.url, headers=headers))
        check_faults(speaker)


@flavours
def test_aui_without_a_key(is_async: bool) -> None:
    with speaking(EXAMPLE, is_async, AUI, COMMON) as speaker, Aui(KEY) as system:
        assert all(refused(result, 401) for result in speaker.say(system.url, key=None))
        assert all("?" not in handshake.target for handshake in system.handshakes)


@channels
@flavours
def test_a_key_in_the_url_does_not_follow_a_redirect(channel: Channel, is_async: bool) -> None:
    """The inline form alone: the generated client may follow, and then has no key in hand."""
    with speaking(channel, is_async, AUI) as speaker, Aui(KEY) as elsewhere, Redirecting(elsewhere.url) as system:
        assert all(result["error"] for result in speaker.say(system.url))
        assert all(dict(handshake.query)["network_api_key"] == KEY for handshake in system.handshakes)
        assert not any(KEY in repr(handshake) or handshake.query for handshake in elsewhere.handshakes)
        assert not any(handshake.header(channel.header) for handshake in elsewhere.handshakes)


@flavours
def test_of_two_attributes_the_second_wins(is_async: bool) -> None:
    with speaking(EXAMPLE, is_async, AUI) as speaker, Aui("wins") as system:
        both = {"network_api_key": "loses", "api_key": "wins"}
        assert all(r["error"] is None for r in speaker.say(system.url, wrapper=both))


@channels
@flavours
def test_aui_with_a_subprotocol(channel: Channel, is_async: bool) -> None:
    with speaking(channel, is_async, AUI_SUBPROTOCOL, COMMON) as speaker:
        token = "e30.e30-_~"
        with Aui(token, as_subprotocol=True) as system:
            for result in speaker.say(system.url, ("send", "hello"), ("recv",), key=token):
                assert result["error"] is None, result["error"]
                assert result["said"][-1] == "aui-websocket"
                assert is_clean(result, token)
            assert not any(handshake.header(channel.header) for handshake in system.handshakes)
            assert all(refused(result, 401) for result in speaker.say(system.url, key="bad"))
            count = len(system.handshakes)
            for result in speaker.say(system.url):  # a key that the header cannot carry
                assert result["error"]["type"] == "ValueError" and is_clean(result, KEY)
            assert len(system.handshakes) == count
        check_faults(speaker, token)


@channels
@flavours
def test_bedrock(channel: Channel, is_async: bool) -> None:
    with speaking(channel, is_async, BEDROCK, COMMON) as speaker:
        chat = '{"type": "chat", "message": "hello"}'
        big = '{"type": "chat", "message": "big"}'
        talk = [("recv",), ("recv",), ("send", chat), ("recv",), ("recv",), ("send", big), ("recv",), ("recv",)]
        talk += [
            step for kind in ("ping", "history", "clear") for step in (("send", f'{{"type": "{kind}"}}'), ("recv",))
        ]
        with Bedrock(KEY) as system:
            for result in speaker.say(system.url, *talk):
                assert result["error"] is None, result["error"]
                kinds = [text.split('"')[3] for text, _ in result["said"][:-1]]
                expected = ["connection_established", "typing", *["typing", "ai_response"] * 2]
                assert kinds == [*expected, "pong", "history", "history_cleared"]
                assert result["said"][5][1] > 3 * MEBIBYTE
                assert is_clean(result, KEY)
            assert not any(handshake.header(channel.header) for handshake in system.handshakes)
            results = speaker.say(system.url, key="a wrong one")
            assert all(refused(result, 401) and is_clean(result, "a wrong one") for result in results)
            assert system.refused == ["bearer_token"] * 2
            headers = given_header(channel, KEY)
            assert all(r["error"] is None for r in speaker.say(system.url, key="bad", headers=headers))
        with Bedrock(KEY, single_sign_on=True, refusal="error") as system:
            for result in speaker.say(system.url, ("recv",), ("recv",), ("recv",)):
                kinds = [text.split('"')[3] for text, _ in result["said"][:-1]]
                assert kinds == ["auth_configured", "connection_established", "typing"]
            assert all(refused(result, 401) for result in speaker.say(system.url, key="bad"))
        check_faults(speaker)


@pytest.mark.parametrize("kind", ["api_key", "basic_auth", "oauth2"])
@flavours
def test_bedrock_knows_other_kinds_of_credentials(kind: str, is_async: bool) -> None:
    message = {
        "api_key": 'api_key = "$token", api_key_header = "X-API-Key"',
        "basic_auth": 'username = "$user", password = "$token"',
        "oauth2": 'client_id = "$user", client_secret = "$token", token_url = "https://id.example/t", scope = "$scope"',
    }[kind]
    take = '{ token = { header = "x-api-key" }, user = { parameter = "user", env = "NOT_SET", literal = "me" }'
    take += ', scope = { parameter = "scope" } }' if kind == "oauth2" else " }"
    patch = BEDROCK.replace('{ token = { header = "x-api-key" } }', take)
    patch = patch.replace('auth_type = "bearer_token", token = "$token"', f'auth_type = "{kind}", {message}')
    patch = patch.replace(', user = { parameter = "user", env = "NOT_SET", literal = "me" }', "", kind == "api_key")
    with speaking(EXAMPLE, is_async, patch) as speaker, Bedrock(KEY) as system:
        assert all(result["error"] is None for result in speaker.say(system.url))
        assert all(kind in said for said in system.heard)
        assert all(refused(result, 401) for result in speaker.say(system.url, key="bad"))


@channels
@flavours
@pytest.mark.parametrize("route", ["user", "admin"])
def test_fastchat(channel: Channel, is_async: bool, route: str) -> None:
    token = FastChat.TOKENS[f"/chat/{route}"]
    with speaking(channel, is_async, fastchat(route), COMMON) as speaker:
        ask = [("send_model", "hello"), ("iterate",)]
        with FastChat(KEY, channel.step) as system:
            results = speaker.say(system.url, *ask, *ask, arguments={"conversation": "mine"})
            for result in results:
                assert result["error"] is None, result["error"]
                assert len(result["said"]) == 7  # three steps for each query, the terminator is none
                assert is_clean(result, KEY)
            assert system.heard == ["hello"] * 4
            for handshake in system.handshakes:
                assert dict(handshake.query)["chat_id"] == "mine" and dict(handshake.query)["model"] == "gpt"
                assert handshake.header("aditional_servers")[0].isascii()
                assert not handshake.header(channel.header) or channel.header.lower() == token.lower()
            lost = speaker.say(system.url, ("send_model", "model error"), ("iterate",))
            assert all(result["error"] is None and len(result["said"]) == 4 for result in lost)
            big = speaker.say(system.url, ("send_model", "big"), ("recv",))
            assert all(result["said"][0][1] > 3 * MEBIBYTE for result in big)
            assert all(refused(result, 401) for result in speaker.say(system.url, key="bad"))
            wanted = {token: "bad"}
            assert all(refused(result, 401) for result in speaker.say(system.url, headers=wanted))
            url = f"{system.url}?tenant=1"
            assert all(result["error"] is None for result in speaker.say(url))
            assert dict(system.handshakes[-1].query)["tenant"] == "1"
        check_faults(speaker)


@pytest.mark.one_in(3)
@channels
@flavours
@pytest.mark.parametrize("scheme", SENDS)
def test_biolm(channel: Channel, is_async: bool, scheme: str) -> None:
    with speaking(channel, is_async, biolm(scheme), COMMON) as speaker:
        talk = [("recv",), ("recv",), ("send", "hello"), ("recv",), ("send", "big"), ("recv",)]
        with BioLM(KEY, scheme=scheme) as system:
            for result in speaker.say(system.url, *talk):
                assert result["error"] is None, result["error"]
                assert result["said"][3][1] > 3 * MEBIBYTE
                assert is_clean(result, KEY)
            first, second = system.handshakes
            assert first.header("X-Request-Id") != second.header("X-Request-Id")
            assert first.header("X-Telemetry-Channel") != second.header("X-Telemetry-Channel")
            assert all(refused(result, 403) for result in speaker.say(system.url, key="bad"))
            assert len(system.handshakes) == 4  # a refusal is not tried again
            headers = given_header(channel, KEY)
            assert all(r["error"] is None for r in speaker.say(system.url, key="bad", headers=headers))
            url = f"{system.url}?tenant=1"
            assert all(result["error"] is None for result in speaker.say(url))
        with BioLM(KEY, scheme=scheme, unavailable=2) as system:
            result = speaker.say_once(system.url)
            assert result["error"] is None and len(system.handshakes) == 3
        if scheme != "Basic":
            with BioLM(KEY, scheme=scheme, unavailable=9) as system:
                result = speaker.say_once(system.url)
                assert refused(result, 503) and len(system.handshakes) == 3
        check_faults(speaker)


UNPATCHED: dict[str, Callable[[], System]] = {
    "aui": partial(Aui, KEY),
    "aui-subprotocol": partial(Aui, "token", as_subprotocol=True),
    "bedrock": partial(Bedrock, KEY),
    "fastchat": partial(FastChat, KEY),
    "biolm": partial(BioLM, KEY),
}


@channels
@flavours
def test_the_generated_client_can_talk_to_none(channel: Channel, is_async: bool, tmp_path: Path) -> None:
    with User(importable(channel, tree_of(channel, tmp_path / "sdk"))) as user:
        speaker = Speaker(user, channel, is_async)
        for make in UNPATCHED.values():
            with make() as system:
                # Bedrock accepts the handshake, and answers a message of one that is not logged in with a refusal.
                talk = [("send", '{"type": "chat", "message": "hello"}'), ("recv",), ("recv",)]
                for result in speaker.say(system.url, *talk):
                    assert result["error"] is not None or system.refused


@flavours
def test_what_the_callers_own_block_raises_is_no_refused_handshake(is_async: bool, tmp_path: Path) -> None:
    with Bedrock(KEY) as system:  # it accepts every handshake
        with speaking(EXAMPLE, is_async, COMMON) as speaker:
            for result in speaker.say(system.url, ("raise",)):
                assert result["error"]["type"] == "InvalidStatusCode"
        with User(importable(EXAMPLE, tree_of(EXAMPLE, tmp_path / "generated"))) as user:  # where it is swallowed
            for result in Speaker(user, EXAMPLE, is_async).say(system.url, ("raise",)):
                assert result["error"]["type"] == "ApiError"


def test_the_names_of_models_in_the_readme(tmp_path: Path) -> None:
    tree = tree_of(EXAMPLE, tmp_path / "sdk")
    readme = tree / "README.md"
    readme.write_text(readme.read_text() + '\nclient.predict("mpnn_protein")\n')
    (tmp_path / "names.toml").write_text(documented("model-names"))
    assert sdkpatch("apply", str(tree), "--patch", str(tmp_path / "names.toml")).returncode == 0
    assert readme.read_text().endswith('\nclient.predict("protein-mpnn")\n')


@flavours
def test_a_rest_request_has_the_headers_too(is_async: bool) -> None:
    hume = CHANNELS[2]
    with HttpServer() as server, User(patched(hume, BIOLM)) as user:
        orders = [{**order, "rest": True} for order in hume.orders(is_async, url=server.url, key="k")]
        for result in user.converse(orders):
            assert result["error"] is None, result["error"]["text"]
        requests = [headers["X-Request-Id"] for headers in server.requests]
        channels = [headers["X-Telemetry-Channel"] for headers in server.requests]
    assert len(set(requests)) == 4 and all(re.fullmatch(r"[0-9a-f]{32}", each) for each in requests)
    assert channels[0] == channels[1] != channels[2] == channels[3]  # two requests of each of two clients


@flavours
def test_an_activity_socket_says_nothing_until_something_changes(is_async: bool) -> None:
    patch = biolm("Token").replace("/ws/telemetry/{channel}/", "/ws/activity/")
    patch = patch.replace('fill = { channel = { attribute = "telemetry" } }\n', "")
    with BioLM(KEY) as system, speaking(EXAMPLE, is_async, patch, COMMON) as speaker:
        for result in speaker.say(system.url, ("send", "a change"), ("recv",)):
            assert result["said"][0][0] == '{"event": "activity_update"}'


@flavours
def test_an_sdk_may_be_a_package_within_others(is_async: bool, tmp_path: Path) -> None:
    generated = importable(EXAMPLE, tree_of(EXAMPLE, tmp_path / "generated"))
    tree = tmp_path / "sdk"
    shutil.copytree(generated, tree / "src" / "company")
    (tree / "src" / "company" / "__init__.py").touch()
    (tmp_path / "patch.toml").write_text(COMMON.replace("x-api-key", EXAMPLE.header))
    done = sdkpatch("apply", str(tree), "--patch", str(tmp_path / "patch.toml"))
    assert done.returncode == 0, done.stdout
    assert (tree / "src" / "company" / "aui" / "core" / "sdkpatch_websocket.py").is_file()
    nested = EXAMPLE._replace(module=f"company.{EXAMPLE.module}")
    orders = nested.orders(is_async, package="company.aui")
    with User(tree / "src") as user, Aui("other") as system:
        results = user.converse([{**order, "url": system.url} for order in orders])
        for result in results:
            assert refused(result, 401), result["error"]
