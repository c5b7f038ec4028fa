"""The four systems on other releases of websockets, each in an environment of its own. Slow: it installs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.systems import test_systems as systems
from tests.systems.harness import CHANNELS, KEY, Channel, User, patched
from tests.systems.servers import Aui, Bedrock, BioLM, FastChat, Redirecting
from tests.systems.test_systems import Speaker, refused

ASYNCIO = """
id = "asyncio"
title = "The new client"

[[step]]
op = "websocket.transport"
client = "asyncio"
"""
pytestmark = pytest.mark.slow


def check_all(python: str, channel: Channel, is_async: bool, *more: str) -> None:
    """Let one channel speak with every system: with the right credential, with a wrong one, and redirected."""
    common = (systems.COMMON, *more)
    with User(patched(channel, systems.AUI, *common), python) as user, Aui(KEY) as aui:
        speaker = Speaker(user, channel, is_async)
        assert [r["error"] for r in speaker.say(aui.url, ("send", "hello"), ("recv",))] == [None, None]
        assert all(len(handshake.header("User-Agent")) <= 1 for handshake in aui.handshakes)
        assert all(refused(result, 401) for result in speaker.say(aui.url, key="bad"))
        with Aui(KEY) as elsewhere, Redirecting(elsewhere.url) as redirecting:
            assert all(refused(result, 302) for result in speaker.say(redirecting.url))
            assert not elsewhere.handshakes
    token = "e30.e30-_~"
    with User(patched(channel, systems.AUI_SUBPROTOCOL, *common), python) as user:
        speaker = Speaker(user, channel, is_async)
        with Aui(token, as_subprotocol=True) as later:
            assert [r["said"] for r in speaker.say(later.url, key=token)] == [["aui-websocket"]] * 2
    with User(patched(channel, systems.BEDROCK, *common), python) as user, Bedrock(KEY) as bedrock:
        speaker = Speaker(user, channel, is_async)
        big = ("send", '{"type": "chat", "message": "big"}')
        for result in speaker.say(bedrock.url, ("recv",), ("recv",), big, ("recv",), ("recv",)):
            assert result["error"] is None, result["error"]
            assert systems.is_clean(result, KEY)
        assert all(refused(result, 401) for result in speaker.say(bedrock.url, key="bad"))
    with User(patched(channel, systems.FASTCHAT, *common), python) as user, FastChat(KEY, channel.step) as chat:
        speaker = Speaker(user, channel, is_async)
        for result in speaker.say(chat.url, ("send_model", "hello"), ("iterate",)):
            assert result["error"] is None and len(result["said"]) == 4, result
        for result in speaker.say(chat.url, ("send_model", "model error"), ("iterate",)):
            assert result["error"] is None and len(result["said"]) == 4, result
        assert all(refused(result, 401) for result in speaker.say(chat.url, key="bad"))
    with User(patched(channel, systems.BIOLM, *common), python) as user, BioLM(KEY, unavailable=1) as lab:
        speaker = Speaker(user, channel, is_async)
        assert [r["error"] for r in speaker.say(lab.url, ("recv",))] == [None, None]
        assert all(refused(result, 403) for result in speaker.say(lab.url, key="bad"))


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_every_system_on_every_release(python: str, channel: Channel, is_async: bool) -> None:
    check_all(python, channel, is_async)


@pytest.mark.parametrize("channel", CHANNELS[:2], ids=lambda channel: channel.name)
def test_every_system_with_the_asyncio_client(python: str, channel: Channel) -> None:
    if Path(python).parent.parent.name != "websockets-12.0":  # it came with 13
        check_all(python, channel, True, ASYNCIO)
