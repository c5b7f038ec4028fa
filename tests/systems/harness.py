"""Patch an SDK for a system, and let its channels speak with the system's server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from tests.command import sdkpatch
from tests.sdks import ROOT, copy

KEY = "k+e/y=&%dé"
"""A credential with every character that an encoding could get wrong."""

CLIENT = Path(__file__).parent / "client.py"


class Channel(NamedTuple):
    """One channel of an SDK: where it is, and how the generated code sends the key.

    ``requirement`` is empty for the bundled example SDK.
    """

    name: str
    requirement: str
    module: str
    kind: str
    header: str
    scheme: str
    attribute: str
    step: str = '{"type": "step"}'
    """A message that the channel's socket client can parse, so that its own reading can be tried."""

    @property
    def package(self) -> str:
        """The SDK's import package."""
        return self.module.split(".")[0]

    def orders(self, is_async: bool, **given: Any) -> list[dict[str, Any]]:
        """Return the order of one conversation, for ``client.py`` and for ``raw_client.py``."""
        prefix = "Async" if is_async else ""
        usual = {"package": self.package, "method": "connect", "is_async": is_async, "talk": [], "key": KEY, **given}
        return [
            {"module": f"{self.module}.client", "class": f"{prefix}{self.kind}", **usual},
            {"module": f"{self.module}.raw_client", "class": f"{prefix}Raw{self.kind}", **usual},
        ]


_HUME = (
    '{"type": "timestamp", "generation_id": "g", "request_id": "r", "snippet_id": "s", '
    '"timestamp": {"text": "t", "type": "word", "time": {"begin": 0, "end": 1}}}'
)
EXAMPLE = Channel("example", "", "aui.external_session", "ExternalSessionClient", "x-network-api-key", "", "api_key")
CHANNELS = (
    EXAMPLE,
    Channel("deepgram", "deepgram-sdk==7.17.0", "deepgram.agent.v1", "V1Client", "Authorization", "Token", "api_key"),
    Channel(
        "hume", "hume==0.14.1", "hume.tts.stream_input", "StreamInputClient", "X-Hume-Api-Key", "", "api_key", _HUME
    ),
    Channel(
        "sarvamai",
        "sarvamai==0.1.13",
        "sarvamai.speech_to_text_streaming",
        "SpeechToTextStreamingClient",
        "api-subscription-key",
        "",
        "api_subscription_key",
        '{"type": "data", "data": {"event_type": "step", "timestamp": "2025-01-01T00:00:00Z"}}',
    ),
)


def is_bundled(channel: Channel) -> bool:
    """Tell whether a channel is that of the example SDK, which make test takes for all."""
    return not channel.requirement


def tree_of(channel: Channel, folder: Path) -> Path:
    """Copy an SDK as it was generated; return the folder to import it from."""
    if channel.requirement:
        return copy(channel.requirement, folder)
    shutil.copytree(ROOT / "examples" / "aui-python", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("sdkpatch.toml", "patches"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def importable(channel: Channel, tree: Path) -> Path:
    """Return the folder below an SDK's root that its package is in."""
    return tree if channel.requirement else tree / "src"


def documented(name: str) -> str:
    """Return the patch of that id as docs/handshakes.md shows it."""
    page = (ROOT / "docs" / "handshakes.md").read_text()
    found = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (patch,) = [each for each in found if f'id = "{name}"\n' in each]
    return str(patch)


def patch_files(channel: Channel, folder: Path, patches: Sequence[str]) -> list[str]:
    """Write patches, with the channel's header for ``x-api-key``, and return the options that name them."""
    options: list[str] = []
    for number, patch in enumerate(patches):
        path = folder / f"patch-{number}.toml"
        taken = f'header = "{channel.header}"' + (f', scheme = "{channel.scheme}"' if channel.scheme else "")
        path.write_text(patch.replace('header = "x-api-key"', taken).replace('"x-api-key"', f'"{channel.header}"'))
        options += ["--patch", str(path)]
    return options


_FOLDER = tempfile.TemporaryDirectory(prefix="sdkpatch-systems-")


@cache
def patched(channel: Channel, *patches: str) -> Path:
    """Copy an SDK and apply patches given as TOML, once, with the channel's header for ``x-api-key``.

    Returns the folder to import the SDK from. A second run must have nothing to do.
    """
    folder = Path(tempfile.mkdtemp(dir=_FOLDER.name)) / "sdk"
    tree = tree_of(channel, folder)
    files = patch_files(channel, folder.parent, patches)
    done = sdkpatch("apply", str(tree), *files)
    assert done.returncode == 0, done.stdout + done.stderr
    again = sdkpatch("apply", str(tree), *files, "--check")
    assert again.returncode == 0, again.stdout + again.stderr
    return importable(channel, tree)


class User:
    """A program that uses the SDK in ``tree``, in a process of its own; a context manager."""

    def __init__(self, tree: Path, python: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [python, str(CLIENT), str(tree)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> User:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def converse(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Carry out orders and return what came of each."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        results: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return results
