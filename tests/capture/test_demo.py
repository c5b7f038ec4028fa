"""The demo of capture shows what README.md shows: hand edits become a patch, and the patch reaches a new channel."""

from __future__ import annotations

import subprocess
import sys

from tests.sdks import ROOT


def test_the_demo_shows_the_refusal_first_and_then_the_proof() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    refused, _, after = done.stdout.partition("== what will change")
    assert refused.count("refused: HTTP 401 (") == 4
    assert refused.count("GET /api/v1/external/session   the key stands in the header x-network-api-key") == 4
    assert after.count("  accepted\n") == 4
    assert "4 of 4 handshakes proved: key in the query, intact; in no header" in after
    assert "4 channels opened: 4 proved, 0 not proved; " in after
    assert "odd" not in done.stdout


def test_the_demo_brings_hand_edits_into_a_new_channel() -> None:
    command = [sys.executable, str(ROOT / "examples" / "demo_capture.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert (
        "4 hand edits in 2 files -> 1 patch; applied to the generated tree they give TREE, byte for byte" in done.stdout
    )
    assert (
        "src/aui/internal_session/raw_client.py:126  AsyncRawInternalSessionClient.connect  async  applied"
        in done.stdout
    )
    assert "8 sites: 8 applied, 0 satisfied, 0 conflicts; 4 files changed" in done.stdout
    step = "[[step]]" + done.stdout.partition("[[step]]")[2].partition("\n\n")[0]
    assert f"```toml\n{step}\n```" in (ROOT / "README.md").read_text()
