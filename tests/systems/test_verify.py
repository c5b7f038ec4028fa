"""``sdkpatch verify`` and every kind of promise: kept, it is proved; broken by hand, it is found and named."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command import sdkpatch
from tests.sdks import first_of
from tests.systems import test_systems as systems
from tests.systems.harness import CHANNELS, EXAMPLE, Channel, is_bundled, patch_files, tree_of

SYSTEMS = {
    "url": systems.AUI,
    "subprotocol": systems.AUI_SUBPROTOCOL,
    "login": systems.BEDROCK,
    "messages": systems.FASTCHAT,
    "telemetry": systems.BIOLM,
}
COOKIES = """
id = "cookies"
title = "Cookies, Basic and an argument"

[[step]]
op = "websocket.auth"
take = { key = { header = "x-api-key" }, user = { parameter = "user" }, other = { env = "OTHER" } }
send.cookie = { access = "$key", refresh = "$other" }
send.header.Authorization = { basic = { username = "$user", password = "$key" } }

[[step]]
op = "websocket.headers"
add = { X-Added = "added" }
set = { X-Fern-Language = "set" }
remove = ["X-Fern-SDK-Name"]
"""
SUPPORT = "src/aui/core/sdkpatch_websocket.py"
REDACT = "src/aui/core/sdkpatch_redact.py"


def prepared(channel: Channel, folder: Path, *patches: str) -> tuple[Path, list[str]]:
    """Copy a patched SDK; return it with the options that name the patches."""
    shutil.copytree(_patched(channel, *patches), folder / "sdk")
    return folder / "sdk", patch_files(channel, folder, patches)


@cache
def _patched(channel: Channel, *patches: str) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_FOLDER.name))
    tree = tree_of(channel, folder / "sdk")
    done = sdkpatch("apply", tree, *patch_files(channel, folder, patches))
    assert done.returncode == 0, done.stdout
    return tree


_FOLDER = tempfile.TemporaryDirectory(prefix="sdkpatch-verify-")


def verify(tree: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    done = sdkpatch("verify", tree, *options, "--format", "json")
    assert done.stdout, done.stderr
    (report,) = json.loads(done.stdout)["reports"]
    return done.returncode, report["channels"]


def reasons(channels: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Return what was not proved: flavour, what, why; less what only says that the code is not the patch's."""
    return {
        (channel["flavour"], check["what"], check["reason"])
        for channel in channels
        for check in channel["checks"]
        if check["verdict"] == "not proved" and check["what"] != "the code is as the patch makes it"
    }


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("channel", first_of([EXAMPLE, CHANNELS[2]], is_bundled), ids=lambda channel: channel.name)
def test_what_the_documented_patches_promise_is_proved(channel: Channel, name: str, tmp_path: Path) -> None:
    tree, options = prepared(channel, tmp_path, SYSTEMS[name], systems.COMMON)
    code, channels = verify(tree, *options)
    assert code == 0, reasons(channels)
    assert all(each["verdict"] == "proved" for each in channels)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["url", "telemetry"])
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_it_is_proved_on_every_release_with_all_faults(
    python: str,
    channel: Channel,
    name: str,
    tmp_path: Path,
) -> None:
    tree, options = prepared(channel, tmp_path, SYSTEMS[name], systems.COMMON)
    code, channels = verify(tree, *options, "--python", python, "--faults")
    assert code == 0, reasons(channels)


class Break(NamedTuple):
    """A change to a support module, and what must be found: what was promised, and the reason or a part of it."""

    system: str
    old: str
    new: str
    what: str
    why: str
    path: str = SUPPORT


INTACT = "once and intact"
BREAKS = (
    Break(
        "url",
        "        refused = HandshakeRefused(status)\n",
        "        return exc\n",
        "a handshake refused with 401 is an ApiError",
        "was raised instead",
    ),
    Break(
        "url",
        "HandshakeRefused(status)\n",
        "HandshakeRefused(418)\n",
        "a handshake refused with 401 is an ApiError",
        "its status is 418",
    ),
    Break("url", "if name in accepted}", "if name == 'x'}", "connect gets max_size", "it gets none"),
    Break(
        "url",
        "if masked != text:",
        "if False:",
        "no credential shows in DEBUG logs",
        "network_api_key shows",
        path=REDACT,
    ),
    Break(
        "login",
        "yield json.dumps({key: value ",
        "yield json.dumps({key: value[:-1] ",
        f"the credential goes in the first message, {INTACT}",
        "message arrives garbled",
    ),
    Break(
        "login",
        "raise ApiError(status_code=401, body=_masked(",
        "raise ApiError(status_code=403, body=_masked(",
        "a refused login is an ApiError",
        "its status is 403",
    ),
    Break(
        "login",
        "body=_masked(seen, [secret for secret in secrets if secret])",
        "body=str(secrets)",
        "no credential shows in exceptions",
        "a credential shows",
    ),
    Break(
        "subprotocol",
        "return found or None",
        "return found[::-1] or None",
        f"the credential goes in subprotocol 0, {INTACT}",
        "subprotocol 0 carries something else than the credential",
    ),
    Break(
        "telemetry",
        "for attempt in range(1, attempts + 1):",
        "for attempt in range(1, 2):",
        "a handshake that fails is tried 3 times",
        "it was tried 1 times",
    ),
    Break(
        "telemetry",
        'urllib.parse.quote(_encodable(value), safe="")',
        '"other"',
        "the path is /ws/telemetry/{channel}/",
        "/ws/telemetry/other/",
    ),
    Break(
        "messages",
        "return json.dumps(value, ensure_ascii=True)",
        "return json.dumps([])",
        f"the credential goes in header aditional_servers, {INTACT}",
        "carries something else",
    ),
    Break(
        "cookies",
        "urllib.parse.quote(value, safe=allowed)",
        "value[:-1]",
        f"the credential goes in cookie access, {INTACT}",
        "cookie access arrives garbled",
    ),
    Break(
        "cookies",
        'f"{username}:{password}"',
        'f"{username}"',
        f"the credential goes in header Authorization, {INTACT}",
        "header Authorization arrives garbled",
    ),
    Break(
        "cookies",
        "**{name: value for name, value in added.items()",
        "**{name: 'x' for name, value in added.items()",
        "header X-Added is sent once",
        "it carries another value",
    ),
    Break(
        "cookies",
        "    gone = {name.lower() for name in names}\n",
        "    gone = ()\n",
        "no header x-fern-sdk-name is sent",
        "it is still sent",
    ),
)


FIRST = {each.system: each for each in reversed(BREAKS)}


@pytest.mark.parametrize(
    "broken",
    first_of(BREAKS, lambda each: each in FIRST.values()),
    ids=lambda broken: f"{broken.system}: {broken.what}",
)
def test_a_broken_promise_is_found_and_named(broken: Break, tmp_path: Path) -> None:
    patches = ({**SYSTEMS, "cookies": COOKIES}[broken.system], systems.COMMON)
    tree, options = prepared(EXAMPLE, tmp_path, *patches)
    path = tree / broken.path
    text = path.read_text()
    assert broken.old in text
    path.write_text(text.replace(broken.old, broken.new))
    code, channels = verify(tree, *options, *(["--faults"] if "tried" in broken.what else []))
    assert code == 5
    found = reasons(channels)
    for flavour in ("sync", "async"):
        assert any(each[:2] == (flavour, broken.what) and broken.why in each[2] for each in found), found


def test_cookies_basic_and_headers_are_proved(tmp_path: Path) -> None:
    tree, options = prepared(EXAMPLE, tmp_path, COOKIES)
    code, channels = verify(tree, *options)
    assert code == 0, reasons(channels)


@pytest.mark.parametrize("flavour", first_of(["sync", "async"], lambda flavour: flavour == "sync"))
def test_a_credential_that_follows_a_redirect_is_found(flavour: str, tmp_path: Path) -> None:
    tree, options = prepared(EXAMPLE, tmp_path, SYSTEMS["messages"], systems.COMMON)
    path = tree / SUPPORT
    path.write_text(path.read_text().replace("                _keep_origin(connector, url)\n", ""))
    code, channels = verify(tree, *options, "--faults")
    assert code == 5
    assert (flavour, "no credential follows a redirect to another host", "it arrived there") in reasons(channels)


def test_two_sdks_of_a_monorepo_do_not_mix(tmp_path: Path) -> None:
    tree, options = prepared(EXAMPLE, tmp_path, SYSTEMS["url"])
    shutil.copytree(tree / "src" / "aui", tree / "other" / "src" / "aui2")
    for path in (tree / "other").rglob("*.py"):
        path.write_text(path.read_text().replace("import aui", "import aui2"))
    code, channels = verify(tree, *options)
    assert code == 0, reasons(channels)
    assert {each["module"].split(".")[0] for each in channels} == {"aui", "aui2"}
