"""The SDKs that are mutated, and how each is opened: written by hand, so that the prover finds out nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests import sdks

EXAMPLE = sdks.ROOT / "examples" / "aui-python"


class Subject(NamedTuple):
    """An SDK: where it comes from, what patches it, and how its channels are opened."""

    name: str
    package: str
    folder: str
    roots: tuple[str, str]
    key: str
    header: str
    query: str
    channels: tuple[str, ...]
    environment: str
    environments: tuple[str, ...]
    scheme: str = ""
    other_keys: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def settings(self) -> list[str]:
        """The options of sdkpatch that patch it."""
        found = ["--patch", "websocket-auth-query", "--set", f"header={self.header}", "--set", f"query={self.query}"]
        return [*found, "--set", f"scheme={self.scheme}"] if self.scheme else found


_DEEPGRAM = Subject(
    name="deepgram-sdk==5.0.0",
    package="deepgram",
    folder=".",
    roots=("DeepgramClient", "AsyncDeepgramClient"),
    key="api_key",
    header="Authorization",
    scheme="Token",
    query="token",
    channels=("agent.v1", "listen.v1", "listen.v2", "speak.v1"),
    environment="DeepgramClientEnvironment",
    environments=("PRODUCTION", "AGENT"),
)
_HUME = Subject(
    name="hume==0.13.0",
    package="hume",
    folder=".",
    roots=("HumeClient", "AsyncHumeClient"),
    key="api_key",
    header="X-Hume-Api-Key",
    query="hume_key",
    channels=(
        "hume.empathic_voice.chat.client:ChatClient",
        "hume.tts.stream_input.client:StreamInputClient",
        "hume.expression_measurement.stream.stream.client:StreamClient",
    ),
    environment="HumeClientEnvironment",
    environments=("PROD",),
    is_optional=True,
)
_SARVAM = Subject(
    name="sarvamai==0.1.13",
    package="sarvamai",
    folder=".",
    roots=("SarvamAI", "AsyncSarvamAI"),
    key="api_subscription_key",
    header="api-subscription-key",
    query="api_subscription_key",
    channels=("speech_to_text_streaming", "speech_to_text_translate_streaming", "text_to_speech_streaming"),
    environment="SarvamAIEnvironment",
    environments=("PRODUCTION",),
)
AUI = Subject(
    name="aui-python",
    package="aui",
    folder="src",
    roots=("AuiApiClient", "AsyncAuiApiClient"),
    key="api_key",
    header="x-network-api-key",
    query="network_api_key",
    channels=("external_session",),
    environment="AuiApiClientEnvironment",
    environments=("STAGING", "PRODUCTION"),
    other_keys=("network_api_key",),
    is_optional=True,
)
SUBJECTS = (
    AUI,
    _DEEPGRAM,
    _DEEPGRAM._replace(name="deepgram-sdk==6.0.1", header="authorization", scheme="token"),
    _DEEPGRAM._replace(
        name="deepgram-sdk==7.17.0", channels=(*_DEEPGRAM.channels, "speak.v2"), environments=("PRODUCTION",)
    ),
    _HUME,
    _HUME._replace(
        name="hume==0.14.1", channels=("empathic_voice.chat", "empathic_voice.control_plane", "tts.stream_input")
    ),
    _SARVAM,
    _SARVAM._replace(
        name="sarvamai==0.1.39",
        header="Api-Subscription-Key",
        channels=(*_SARVAM.channels, "speech_to_text_realtime_streaming", "voice_cloning_streaming"),
    ),
)


def generated(subject: Subject, target: Path) -> None:
    """Copy an SDK as Fern generated it."""
    if subject is AUI:
        shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns("__pycache__", "sdkpatch.toml", "patches"))
    else:
        sdks.copy(subject.name, target)


def patch(subject: Subject, target: Path) -> None:
    """Patch it in place."""
    command = [sys.executable, "-m", "sdkpatch", "apply", str(target), *subject.settings]
    subprocess.run(command, cwd=sdks.ROOT, check=True, capture_output=True, text=True)
