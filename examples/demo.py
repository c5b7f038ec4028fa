"""The main job on the bundled example SDK: the server refuses it; patch a copy, prove the handshake on the wire."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parent / "aui-python"
KEY = "demo+key/with=odd&signs é"


def headline(text: str) -> None:
    """Print what comes next, at once: the commands in between print in processes of their own."""
    styled = f"\033[1;36m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
    print(f"\n== {styled}", flush=True)


def run(*arguments: str | Path) -> int:
    """Run the real command in a process of its own and let it print."""
    print(f"$ sdkpatch {' '.join('sdk' if isinstance(each, Path) else each for each in arguments)}", flush=True)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "sdkpatch", *map(str, arguments)], env=environment, check=False
    ).returncode


def connect(tree: Path, url: str) -> None:
    """Open the channel of the SDK, sync and async, through client and raw client, and print how each ended."""
    sys.path.insert(0, str(tree / "src"))
    from aui import AsyncAuiApiClient, AuiApiClient, AuiApiClientEnvironment

    environment = AuiApiClientEnvironment(base=url, wss=f"{url}/api/v1/external")
    client = AuiApiClient(api_key=KEY, environment=environment)
    later = AsyncAuiApiClient(api_key=KEY, environment=environment)

    def sync(open_channel: Callable[[], object]) -> None:
        with open_channel():  # type: ignore[attr-defined]
            pass

    def asynchronous(open_channel: Callable[[], object]) -> None:
        async def opened() -> None:
            async with open_channel():  # type: ignore[attr-defined]
                pass

        asyncio.run(opened())

    for name, how, open_channel in (
        ("client.py      sync ", sync, client.external_session.connect),
        ("raw_client.py  sync ", sync, client.external_session.with_raw_response.connect),
        ("client.py      async", asynchronous, later.external_session.connect),
        ("raw_client.py  async", asynchronous, later.external_session.with_raw_response.connect),
    ):
        try:
            how(open_channel)
            print(f"{name}  accepted", flush=True)
        except Exception as error:
            answer: Any = getattr(error, "response", error)  # of websockets, or the SDK's ApiError
            print(f"{name}  refused: HTTP {answer.status_code} ({type(error).__name__})", flush=True)


def handshakes(tree: Path) -> int:
    """Connect to a server on loopback that wants the key in the query; return how many handshakes it accepted."""
    from sdkpatch.wire.recorder import Answer, Recorded, Recorder

    def accept(handshake: Recorded) -> Answer:
        return Answer(status=101 if ("network_api_key", KEY) in handshake.query else 401)

    with Recorder(accept) as recorder:
        command = [sys.executable, __file__, "--connect", str(tree), recorder.url]
        subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=True)
        found = recorder.handshakes
        for handshake in found:
            assert handshake.header("X-Fern-Language")
            key = "in the header x-network-api-key" if handshake.header("x-network-api-key") else "in the query"
            print(f"arrived: {handshake.masked(KEY).splitlines()[0]}   the key stands {key}", flush=True)
        proved = [each for each in found if each.query.count(("network_api_key", KEY)) == 1]
        return len([each for each in proved if not each.header("x-network-api-key")])


def main() -> int:
    """Run the demo; the exit code is 0 only when no handshake was accepted before, and all four after."""
    headline("a server that wants the key in the query refuses the generated SDK")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "sdk"
        shutil.copytree(EXAMPLE, tree)
        if handshakes(tree) != 0:
            return 1
        headline("what will change")
        run("apply", tree, "--diff")
        headline("patch it")
        if run("apply", tree) != 0:
            return 1
        headline("again: nothing to do")
        if run("apply", tree) != 0:
            return 1
        headline("the same server accepts all four handshakes")
        accepted = handshakes(tree)
        print(f"{accepted} of 4 handshakes proved: key in the query, intact; in no header", flush=True)
        headline("the same proof for any SDK, before it is published")
        verified = run("verify", tree)
        return 0 if accepted == 4 and verified == 0 else 1


def started(arguments: Sequence[str]) -> int:
    """Run the demo, or with ``--connect TREE URL`` only what a user of the SDK does."""
    if arguments[:1] == ["--connect"]:
        connect(Path(arguments[1]), arguments[2])
        return 0
    return main()


if __name__ == "__main__":
    sys.exit(started(sys.argv[1:]))
