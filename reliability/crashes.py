"""Kill a commit at every system call that writes, and whole runs at random times; then recover."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from reliability.sandbox import Sandbox, sandbox
from sdkpatch.running.run import recover
from sdkpatch.tree import scan
from sdkpatch.writing import commit, locks
from tests.faults import WRITING, Fault, strike

WORKERS = 2
FEW = 100
"""Runs of which chance may put every death on one side."""
WHERE = {"before": "before a call", "torn": "in the middle of a write", "after": "after a call"}


def committed(box: Sandbox) -> int:
    """Commit all changes of a sandbox, in a process that may die over it."""
    with locks.locked(box.root):
        commit.commit(scan(box.root), box.changes)
    return 0


def at_every_call(count: int = 200) -> Iterator[str]:
    """Yield what was seen: death before, within and after each call that writes."""
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(partial(_some_calls, count), [(kind, part) for kind in WHERE for part in range(WORKERS)]))
    for kind in WHERE:
        own = [counted for (name, counted) in parts if name == kind]
        total = sum(own, Counter())
        killed = total["old"] + total["new"]
        assert total["old"] and killed >= count * 0.9, total
        yield f"{killed:,} deaths {WHERE[kind]}: {total['old']:,} ended old, {total['new']:,} new, 0 between"


def _some_calls(count: int, which: tuple[str, int]) -> tuple[str, Counter[str]]:
    kind, part = which
    found: Counter[str] = Counter()
    with sandbox(count) as box:
        at = part + 1
        while True:
            calls = ("write",) if kind == "torn" else WRITING
            ended = strike(Fault(at, kind, calls=calls), partial(committed, box))
            recover(box.root)
            state = box.state()
            if not ended.reached:
                assert ended.code == 0 and state == "new"
                return kind, found
            assert ended.killed
            found[state] += 1
            if state == "new":
                box.restore()
            at += WORKERS


PATCH = 'id = "many"\ntitle = "Many"\n[[step]]\nop = "text.replace"\nfiles = ["pkg/**/*.py"]\ncount = 40\n'


def at_random(runs: int = 500, count: int = 200) -> Iterator[str]:
    """Yield what was seen: ``sdkpatch apply`` killed at a random time, then ``sdkpatch recover``."""
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(partial(_some_times, runs // WORKERS, count), range(WORKERS)))
    total = sum(parts, Counter())
    assert total["old"] + total["new"] == runs, total
    assert runs < FEW or (total["old"] and total["new"]), "all died at one end: the times are not spread"
    yield (
        f"{runs:,} runs killed at random times: {total['old']:,} ended old, {total['new']:,} new, 0 between; "
        f"{total['journal']:,} left a journal or temporary files to recover from"
    )


def _some_times(runs: int, count: int, seed: int) -> Counter[str]:
    found: Counter[str] = Counter()
    chance = random.Random(seed)
    with sandbox(count) as box:
        box.new = {path: content.replace(b"value", b"patched") for path, content in box.old.items()}
        (box.root / ".git" / "many.toml").write_text(PATCH + 'find = "value"\nreplace = "patched"\n')
        command = [sys.executable, "-m", "sdkpatch", "apply", str(box.root), "-q"]
        command += ["--patch", str(box.root / ".git" / "many.toml")]
        start = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        whole = time.monotonic() - start
        assert box.state() == "new"
        box.restore()
        for _ in range(runs):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(whole * chance.uniform(0.3, 1.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            again = [sys.executable, "-m", "sdkpatch", "recover", str(box.root)]
            done = subprocess.run(again, capture_output=True, text=True, check=True)
            found["journal"] += done.stdout != "nothing to recover\n"
            state = box.state()
            found[state] += 1
            if state == "new":
                box.restore()
    return found
