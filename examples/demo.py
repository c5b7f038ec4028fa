"""The main job on the bundled example SDK: patch a copy of it, show the diff, and prove the handshake on the wire."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sdkpatch.wire.recorder import Answer, Recorded, Recorder

EXAMPLE = Path(__file__).parent / "aui-python"
KEY = "demo+key/with=odd&signs é"


def say(text: str) -> None:
    """Print at once: the commands in between print in processes of their own."""
    print(text, flush=True)


def accept(handshake: Recorded) -> Answer:
    """Answer as the server does that the example SDK is for: the key counts in the query only."""
    return Answer(status=101 if ("network_api_key", KEY) in handshake.query else 401)


def run(command: str, tree: Path, *options: str) -> int:
    """Run the real command in a process of its own and let it print."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command_line = [sys.executable, "-m", "sdkpatch", command, str(tree), "--color", "auto", *options]
    return subprocess.run(command_line, env=environment, check=False).returncode


def connect(tree: Path, url: str) -> None:
    """Open the channel with the patched SDK, sync and async, through client and raw client."""
    sys.path.insert(0, str(tree / "src"))
    from aui import AsyncAuiApiClient, AuiApiClient, AuiApiClientEnvironment

    environment = AuiApiClientEnvironment(base=url, wss=f"{url}/api/v1/external")
    client = AuiApiClient(api_key=KEY, environment=environment)
    with client.external_session.connect(session_id="42"):
        pass
    with client.external_session.with_raw_response.connect():
        pass

    async def connect_async() -> None:
        client = AsyncAuiApiClient(api_key=KEY, environment=environment)
        async with client.external_session.connect():
            pass
        async with client.external_session.with_raw_response.connect():
            pass

    asyncio.run(connect_async())


def main() -> int:
    """Run the demo; the exit code is 0 only when all four handshakes were proved, twice."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "sdk"
        shutil.copytree(EXAMPLE, tree)
        say("== sdkpatch apply --diff: what will change")
        run("apply", tree, "--diff")
        say("\n== sdkpatch apply")
        if run("apply", tree) != 0:
            return 1
        say("\n== sdkpatch apply, again: nothing to do")
        if run("apply", tree) != 0:
            return 1
        with Recorder(accept) as recorder:
            connect(tree, recorder.url)
            say("\n== what arrived at a WebSocket server on loopback (key masked)")
            for handshake in recorder.handshakes:
                say(handshake.masked(KEY).split("\n")[0])
                assert handshake.query.count(("network_api_key", KEY)) == 1
                assert not handshake.header("x-network-api-key")
                assert handshake.header("X-Fern-Language")
        say(f"\n{len(recorder.handshakes)} of 4 handshakes proved: key in the query, intact; in no header")
        say("\n== sdkpatch verify: the same for any SDK, before it is published")
        verified = run("verify", tree)
        return 0 if len(recorder.handshakes) == 4 and verified == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
