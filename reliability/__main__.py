"""Run all long proofs and print what was seen, as the table of docs/reliability.md: ``make reliability``."""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from fuzz.targets import TARGETS
from reliability import builds, crashes, disks, ignoring, races

ROOT = Path(__file__).parent.parent
PARTS: Sequence[tuple[str, Callable[[], Iterator[str]]]] = (
    ("crash at every system call, 200 files", crashes.at_every_call),
    ("crash at random times, 200 files", crashes.at_random),
    ("disks", disks.every),
    ("two runs at once", races.two_at_once),
    ("`.fernignore` against git", ignoring.predicted),
    ("reproducible build", builds.twice),
    ("known vulnerabilities", builds.audited),
)
LIMIT = {"apply": 3600, "apply_real": 300}
"""Seconds for a target that cannot reach two million runs in minutes; the others have none."""
SHARES = {"apply": 2}
"""Processes among which the runs of a target are shared, each with random numbers of its own; the others have one."""


def main() -> None:
    """Run the parts one after the other, then the fuzz targets two at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000_000, help="of each fuzz target")
    parser.add_argument("--seconds", type=int, default=0, help="for each fuzz target; 0 is the usual")
    parser.add_argument("--only", help="a word of the parts or targets to run")
    asked = parser.parse_args()
    start = time.monotonic()
    names = ("libcst", "jinja2", "wcmatch")
    print(f"Python {platform.python_version()}, {platform.system()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    print("\n| what | seen | seconds |\n|---|---|---|")
    failed = False
    for name, part in PARTS:
        if asked.only is None or asked.only in name:
            failed |= not _told(name, part)
    wanted = [name for name in TARGETS if asked.only is None or asked.only in name]
    with ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(_fuzzed, name, asked.runs, asked.seconds or LIMIT.get(name, 0)) for name in wanted}
        for name, run in runs.items():
            failed |= not _told(f"fuzz `{name}`", run.result)
    print(f"\n{time.monotonic() - start:.0f} seconds; {'something failed' if failed else 'all held'}")
    sys.exit(failed)


def _told(name: str, part: Callable[[], Iterable[str | tuple[str, float]]]) -> bool:
    """Print a row for each thing that was seen, with the seconds since the one before, or those it gives itself."""
    start = time.monotonic()
    try:
        for seen in part():
            line, seconds = seen if isinstance(seen, tuple) else (seen, time.monotonic() - start)
            print(f"| {name} | {line} | {seconds:.0f} |", flush=True)
            name, start = "", time.monotonic()
    except (AssertionError, subprocess.CalledProcessError) as error:
        print(f"| {name} | FAILED: {str(error)[:500]} | {time.monotonic() - start:.0f} |", flush=True)
        return False
    return True


def _fuzzed(name: str, runs: int, seconds: int) -> list[tuple[str, float]]:
    """Run one target in processes of its own; return its figures. Raises AssertionError with what it found."""
    shares = SHARES.get(name, 1)
    command = [sys.executable, "-m", "fuzz.run", name, "--runs", str(runs // shares), "--seconds", str(seconds)]
    start = time.monotonic()
    with ThreadPoolExecutor(shares) as pool:
        ended = list(pool.map(_ended, [[*command, "--seed", str(seed)] for seed in range(1, shares + 1)]))
    executions, taken = sum(done for done, _ in ended), time.monotonic() - start
    figures = f"{executions:,} executions, {executions / taken:,.0f} a second"
    return [(f"{figures}, {max(covered for _, covered in ended):,} branches covered, nothing found", taken)]


def _ended(command: Sequence[str]) -> tuple[int, int]:
    """Run one process to its end; return its executions and the branches it covered."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 0, "\n".join(line for line in lines if not line.startswith(("INFO", "#")))[-1500:]
    found = re.search(r"^#(\d+)\s+DONE\s+cov: (\d+)", done.stderr, re.MULTILINE)
    assert found, lines[-3:]
    return int(found[1]), int(found[2])


if __name__ == "__main__":
    main()
