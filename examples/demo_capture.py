"""Hand edits become patches: edit a copy of the example SDK by hand, capture, regenerate with a new channel, apply."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import headline

EXAMPLE = Path(__file__).parent / "aui-python"
ABOVE = '            headers.update(request_options["additional_headers"])\n'
BY_HAND = '        headers.setdefault("X-Tenant", "acme")\n'


def say(text: str) -> None:
    """Print at once: the commands in between print in processes of their own."""
    print(text, flush=True)


def run(folder: Path, *arguments: str) -> int:
    """Run the real command in a process of its own and let it print."""
    say(f"$ sdkpatch {' '.join(arguments)}")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "sdkpatch", *arguments], cwd=folder, env=environment, check=False
    ).returncode


def generate(tree: Path, *, with_a_new_channel: bool = False) -> None:
    """Write the SDK as the generator would; the next release of its API has a second channel."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(EXAMPLE, tree, ignore=shutil.ignore_patterns("sdkpatch.toml", "patches"))
    if with_a_new_channel:
        package = tree / "src" / "aui"
        shutil.copytree(package / "external_session", package / "internal_session")
        for path in (package / "internal_session").glob("*.py"):
            path.write_text(path.read_text().replace("ExternalSession", "InternalSession"))


def edit(tree: Path) -> int:
    """Do what a person does: send a header of their own in every handshake; return the number of edits."""
    edits = 0
    for path in sorted(tree.rglob("*client.py")):
        code = path.read_text()
        edits += code.count(ABOVE)
        path.write_text(code.replace(ABOVE, ABOVE + BY_HAND))
    return edits


def main() -> int:
    """Run the demo; the exit code is 0 only when the patch reached the new channel, too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = folder / "sdk"
        generate(folder / "fresh")
        generate(tree)
        headline(f"a person edits the SDK in {edit(tree)} places: every handshake sends a header of theirs")
        headline("sdkpatch capture: the hand edits become a patch")
        if run(folder, "capture", "sdk", "--generated", "fresh", "--into", "patches") != 0:
            return 1
        patch = next((folder / "patches").glob("*.toml"))
        headline(f"patches/{patch.name}")
        say(patch.read_text().partition("\n[[example]]")[0])
        headline("the generator writes the SDK anew: the edits are gone, and there is a new channel")
        generate(tree, with_a_new_channel=True)
        headline("sdkpatch apply: the edits are back, in the new channel as well")
        if run(folder, "apply", "sdk") != 0:
            return 1
        return 0 if sum(path.read_text().count(BY_HAND) for path in tree.rglob("*client.py")) == 8 else 1


if __name__ == "__main__":
    sys.exit(main())
