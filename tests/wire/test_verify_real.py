"""``sdkpatch verify`` on SDKs that Fern really generated."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.command import sdkpatch
from tests.sdks import SDKS, Sdk, copy, first_of, is_quick, unpacked
from tests.wire.test_verify import failures, verify

REAL = pytest.mark.parametrize("sdk", first_of(SDKS, is_quick), ids=lambda sdk: sdk.requirement)


@REAL
def test_unpatched_it_is_a_report_of_every_channel(sdk: Sdk) -> None:
    tree = unpacked(sdk.requirement)
    code, report = verify(tree, cwd=tree)
    assert code == 0, failures(report)
    assert len(report["channels"]) == sdk.sites
    for channel in report["channels"]:
        assert channel["verdict"] == "recorded"
        (found,) = channel["credentials"]
        assert (found["place"], found["name"].lower()) == ("header", sdk.header.lower())
        assert found["scheme"].lower() == sdk.scheme.lower()
    done = sdkpatch("verify", tree, "--suggest", f"wss-auth=query:{sdk.query}", cwd=tree)
    assert f'query = "{sdk.query}" }}' in done.stdout
    assert done.stdout.count("[[patch]]") == 1


@REAL
def test_patched_it_is_proved_and_half_patched_it_is_not(sdk: Sdk, tmp_path: Path) -> None:
    tree = copy(sdk.requirement, tmp_path / "sdk")
    code, report = verify(tree, *sdk.settings)
    assert code == 5
    for channel in report["channels"]:
        assert channel["verdict"] == "not proved"
        reasons = [check.get("reason", "") for check in channel["checks"]]
        assert any(reason.endswith(f"and not in query {sdk.query}") for reason in reasons)

    assert sdkpatch("apply", tree, *sdk.settings).returncode == 0
    code, report = verify(tree, *sdk.settings)
    assert code == 0, failures(report)
    assert len(report["channels"]) == sdk.sites
    assert all(f"{sdk.query}=***" in channel["request"][0] for channel in report["channels"])

    for path in unpacked(sdk.requirement).rglob("raw_client.py"):
        shutil.copy(path, tree / path.relative_to(unpacked(sdk.requirement)))
    code, report = verify(tree, *sdk.settings)
    assert code == 5
    bad = {channel["path"].rpartition("/")[2] for channel in report["channels"] if channel["verdict"] != "proved"}
    good = {channel["path"].rpartition("/")[2] for channel in report["channels"] if channel["verdict"] == "proved"}
    assert (bad, good) == ({"raw_client.py"}, {"client.py"})


def test_a_step_that_names_its_channels_is_proved_of_them(tmp_path: Path) -> None:
    """The report says which ones; the other channels keep their credential where it was, which is no proof."""
    tree = copy("hume==0.14.1", tmp_path / "sdk")
    patch = tmp_path / "chat.toml"
    step = 'op = "websocket.auth"\ntake.key.header = "X-Hume-Api-Key"\nsend.query.hume_key = "$key"\n'
    for within, named in (("*ChatClient.connect", 4), ("*.connect", 12)):
        patch.write_text(f'id = "chat"\ntitle = "Chat"\n\n[[step]]\n{step}within = "{within}"\n')
        assert sdkpatch("apply", tree, "--patch", str(patch)).returncode == 0
        code, report = verify(tree, "--patch", str(patch))
        proved = [channel["name"] for channel in report["channels"] if channel["verdict"] == "proved"]
        assert (len(proved), code) == (named, 0 if named == 12 else 5)
        notes = [note for note in report["notes"] if note.startswith("chat step 1 names ")]
        if named == 12:
            assert notes == []
        else:
            assert all("ChatClient" in name for name in proved)
            assert notes[0].startswith("chat step 1 names 4 of 12 channels: ChatClient.connect (hume/empathic_voice/")
    assert not (tree / "hume" / "core" / "sdkpatch_websocket.py").exists()


def test_an_sdk_without_sockets_has_nothing_to_open() -> None:
    tree = unpacked("squareup==46.0.0.20260916")
    code, report = verify(tree, cwd=tree)
    assert code == 0 and report["channels"] == [] and report["notes"] == []


@pytest.mark.slow
def test_sockets_written_by_hand_are_opened_or_named() -> None:
    """One of them waits for an answer before it hands the socket over; one is opened by a class no client leads to."""
    tree = unpacked("elevenlabs==2.78.0")
    code, report = verify(tree, cwd=tree)
    verdicts = {channel["path"].rpartition("/")[2]: channel["verdict"] for channel in report["channels"]}
    assert code == 0 and verdicts == {"scribe.py": "recorded", "realtime_tts.py": "recorded"}
    assert any("conversation.py" in note for note in report["notes"])
    assert all(note.endswith("it is not opened") for note in report["notes"])
