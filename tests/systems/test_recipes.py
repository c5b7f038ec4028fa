"""All recipes of the handshake family at once, in any order, make one SDK that works."""

from __future__ import annotations

import itertools
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.resources import recipes
from tests.command import sdkpatch, snapshot
from tests.sdks import first_of
from tests.systems.harness import CHANNELS, KEY, Channel, User, importable, is_bundled, tree_of
from tests.systems.servers import System
from tests.systems.test_systems import Speaker, is_clean, refused
from tests.test_patch_book import findings, reformatted


def chosen(channel: Channel) -> list[tuple[str, dict[str, str]]]:
    """Return every recipe with values that go together; of those that are each other's alternative, one."""
    taken = {"header": channel.header, "scheme": channel.scheme}
    return [
        ("websocket-auth-query", {**taken, "query": "network_api_key"}),
        ("websocket-auth-cookie", {}),
        ("websocket-auth-message-basic", {}),
        ("websocket-connect", {"open_timeout": "3", "attempts": "2"}),
        ("websocket-errors", {}),
        ("websocket-query", {}),
        ("websocket-headers-once", {}),
        ("websocket-messages", {}),
        ("websocket-transport-asyncio", {}),
        ("http-request-id", {}),
        ("secrets-redact", {"header": channel.header, "query": "network_api_key"}),
        ("fernignore-own-files", {}),
    ]


ALTERNATIVES = {
    "websocket-auth-header": "websocket-auth-query",
    "websocket-auth-subprotocol": "websocket-auth-query",
    "websocket-auth-message-bearer": "websocket-auth-message-basic",
    "websocket-auth-message-api-key": "websocket-auth-message-basic",
    "websocket-auth-message-oauth2": "websocket-auth-message-basic",
}
"""Recipes that take the same credential, or read the same first messages, as another."""


class Everything(System):
    """A server that asks for all that the recipes send: key in the query, cookies, a login, ids."""

    def refuses(self, handshake: Any) -> Any:
        from http import HTTPStatus

        return None if dict(handshake.query).get("network_api_key") == KEY else HTTPStatus.UNAUTHORIZED

    def talk(self, connection: Any) -> None:
        connection.send('{"type": "connection_established"}')
        self.hear(connection)
        connection.send('{"type": "auth_configured"}')
        self.hear(connection)
        connection.send("plain")
        connection.send("x" * 3 * 2**20)
        connection.send("--eof")


def project(recipes_in_order: list[tuple[str, dict[str, str]]]) -> str:
    tables = []
    for name, values in recipes_in_order:
        given = ", ".join(
            f"{key} = {value if value.isdigit() else chr(34) + value + chr(34)}" for key, value in values.items()
        )
        tables.append(f'[[patch]]\nuses = "{name}"\n' + (f"with = {{ {given} }}\n" if given else ""))
    return 'sdk = "."\n' + "\n".join(tables)


def test_no_recipe_is_left_out() -> None:
    named = {name for name, _ in chosen(CHANNELS[0])}
    assert named | set(ALTERNATIVES) == set(recipes())
    assert set(ALTERNATIVES.values()) <= named


@pytest.mark.parametrize("channel", first_of(CHANNELS, is_bundled), ids=lambda channel: channel.name)
@pytest.mark.slow
def test_mypy_and_ruff_find_nothing_in_what_all_recipes_leave(channel: Channel, tmp_path: Path) -> None:
    tree = tree_of(channel, tmp_path / "sdk")
    code = importable(channel, tree)
    said, unformatted, found = findings(code), reformatted(code), flakes(code)
    (tree / "sdkpatch.toml").write_text(project(chosen(channel)))
    assert sdkpatch("apply", str(tree)).returncode == 0
    assert findings(code) - said == set()
    assert reformatted(code) - unformatted == set()
    assert flakes(code) - found == set()


def flakes(code: Path) -> set[str]:
    """Return what ruff's pyflakes rules find, without lines."""
    options = ["--no-cache", "--isolated", "--select=F", "--output-format=concise"]
    command = [sys.executable, "-m", "ruff", "check", *options, "."]
    done = subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)
    return {re.sub(r":\d+:\d+:", ":", line) for line in done.stdout.splitlines() if ".py:" in line}


@pytest.mark.parametrize("channel", first_of(CHANNELS, is_bundled), ids=lambda channel: channel.name)
@pytest.mark.parametrize("order", range(4))
def test_all_recipes_in_any_order_make_one_sdk_that_works(channel: Channel, order: int, tmp_path: Path) -> None:
    used = chosen(channel)
    random.Random(order).shuffle(used)
    tree = tree_of(channel, tmp_path / "sdk")
    (tree / "sdkpatch.toml").write_text(project(used))
    done = sdkpatch("apply", str(tree))
    assert done.returncode == 0, done.stdout + done.stderr
    before = snapshot(tree)
    again = sdkpatch("apply", str(tree))
    assert again.returncode == 0 and " 0 conflicts; nothing to do" in again.stdout
    assert snapshot(tree) == before
    with User(importable(channel, tree)) as user, Everything() as system:
        for is_async in (False, True):
            speaker = Speaker(user, channel, is_async)
            given = {"username": "me", "password": KEY, "access_token": "a", "refresh_token": "r"}
            talk = (("recv",), ("send_model", "hello"), ("iterate",))
            for result in speaker.say(system.url, *talk, arguments=given):
                assert result["error"] is None, result["error"]
                assert [text for text, _ in result["said"][:2]] == ['{"type": "connection_established"}', "plain"]
                assert result["said"][2][1] == 3 * 2**20
                assert is_clean(result, KEY)
            assert all(refused(result, 401) for result in speaker.say(system.url, key="bad", arguments=given))
        assert len(system.handshakes) == 8
        for handshake in itertools.islice(system.handshakes, 2):
            assert handshake.header("Cookie") == ("access=a; refresh=r",)
            assert len(handshake.header("X-Request-Id")[0]) == 32
            assert not handshake.header(channel.header)
