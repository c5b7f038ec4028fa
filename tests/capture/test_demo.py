"""The demo of capture shows what README.md shows: hand edits become a patch, and the patch reaches a new channel."""

from __future__ import annotations

import subprocess
import sys

from tests.sdks import ROOT


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
