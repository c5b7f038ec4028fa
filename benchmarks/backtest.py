"""How long ``sdkpatch backtest`` takes over 100 generations of a real SDK, of which each changes every fiftieth file.

python -m benchmarks.backtest [REQUIREMENT] [GENERATIONS]
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.sdks import SDKS, copy

_EVERY = 50


def git(root: Path, *arguments: str) -> None:
    """Run git as the generator's bot."""
    who = ("-c", "user.name=fern-api[bot]", "-c", "user.email=bot@example.invalid", "-c", "gc.auto=0")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def generate(root: Path, number: int) -> None:
    """Commit one more generation: a share of the files has another comment at its end, by turns."""
    for path in sorted(root.rglob("*.py"))[number % _EVERY :: _EVERY]:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"# generation {number}\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "SDK regeneration")


def main(requirement: str, generations: int) -> None:
    """Build the repository, run the command once, and print how long it took."""
    sdk = next(each for each in SDKS if each.requirement == requirement)
    with tempfile.TemporaryDirectory() as folder:
        root = copy(requirement, Path(folder) / "sdk")
        git(root, "init", "-q")
        for number in range(generations):
            generate(root, number)
        files = len(list(root.rglob("*.py")))
        command = [sys.executable, "-m", "sdkpatch", "backtest", str(root), "--last", str(generations), *sdk.settings]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        start = time.perf_counter()
        done = subprocess.run([*command, "-q"], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        worked = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    said = (done.stdout or done.stderr).splitlines()[-1]
    print(f"{requirement}: {files} files, {generations} generations, {os.cpu_count()} cores")
    print(f"  sdkpatch backtest, whole process  {seconds:6.1f} s   {worked:6.1f} s of computing   {said}")


if __name__ == "__main__":
    named, count = (*sys.argv[1:], *("deepgram-sdk==7.17.0", "100")[len(sys.argv) - 1 :])[:2]
    main(named, int(count))
