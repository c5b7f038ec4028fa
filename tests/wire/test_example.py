"""The bundled example SDK: the snippet its users run, for real, before and after patching."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection

from sdkpatch.wire.recorder import Recorded
from tests.command import sdkpatch
from tests.sdks import ROOT
from tests.server import Recorder

KEY = "YOUR_API_KEY+/=& é"

SNIPPET = """
import sys
from aui import AuiApiClient, AuiApiClientEnvironment

url = sys.argv[1]
client = AuiApiClient(
    api_key=sys.argv[2], environment=AuiApiClientEnvironment(base=url, wss=url + "/api/v1/external")
)
with client.external_session.connect() as socket:
    socket.send_user_message({"task_id": "task_id_here", "text": "Your message"})
    for message in socket.iter_messages():
        print(message)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples" / "aui-python", tmp_path / "sdk"))


@pytest.fixture
def server() -> Iterator[Recorder]:
    def accept(recorded: Recorded) -> HTTPStatus | None:
        return None if ("network_api_key", KEY) in recorded.query else HTTPStatus.UNAUTHORIZED

    def talk(connection: ServerConnection) -> None:
        message = json.loads(connection.recv())
        for word in message["text"].split():
            connection.send(json.dumps({"type": "token", "task_id": message["task_id"], "text": word}))

    with Recorder(accept, talk) as recorder:
        yield recorder


def run(tree: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", SNIPPET, url, KEY]
    environment = {"PYTHONPATH": str(tree / "src"), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=60)


def test_the_snippet_talks_to_the_server_once_the_sdk_is_patched(tree: Path, server: Recorder) -> None:
    unpatched = run(tree, server.url)
    assert unpatched.returncode == 1
    assert "401" in unpatched.stderr

    assert sdkpatch("apply", tree).returncode == 0
    patched = run(tree, server.url)

    assert patched.stderr == ""
    assert patched.stdout == (
        "type='token' task_id='task_id_here' text='Your'\ntype='token' task_id='task_id_here' text='message'\n"
    )
    refused, accepted = server.handshakes
    assert refused.query == ()
    assert accepted.query == (("network_api_key", KEY),)
    assert accepted.header("x-network-api-key") == ()


def test_of_the_two_keys_of_the_client_the_api_key_wins(tree: Path) -> None:
    assert sdkpatch("apply", tree).returncode == 0
    code = SNIPPET.split("with client")[0].replace("api_key=sys.argv[2]", "network_api_key='first', api_key='second'")
    code += "with client.external_session.connect():\n    pass\n"
    with Recorder() as recorder:
        command = [sys.executable, "-c", code, recorder.url, KEY]
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": str(tree / "src")}, check=False, timeout=60
        )
    assert done.returncode == 0, done.stderr
    assert recorder.handshakes[0].query == (("network_api_key", "second"),)


def test_the_demo_proves_four_handshakes_and_shows_no_key() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "4 of 4 handshakes proved: key in the query, intact; in no header" in done.stdout
    assert '+        _key = _sent.get("x-network-api-key")' in done.stdout
    assert "demo+key" not in done.stdout and "demo%2Bkey" not in done.stdout
