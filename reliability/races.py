"""Two runs at once on one tree."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

from reliability.crashes import PATCH
from reliability.sandbox import sandbox


def two_at_once(rounds: int = 50, count: int = 200) -> Iterator[str]:
    """Yield what was seen: both end well, one after the other, and the tree is all new."""
    codes: Counter[int] = Counter()
    with sandbox(count) as box:
        box.new = {path: content.replace(b"value", b"patched") for path, content in box.old.items()}
        (box.root / ".git" / "many.toml").write_text(PATCH + 'find = "value"\nreplace = "patched"\n')
        command = [sys.executable, "-m", "sdkpatch", "apply", str(box.root), "-q", "--allow-dirty"]
        command += ["--patch", str(box.root / ".git" / "many.toml")]
        for _ in range(rounds):
            both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"]
            said = [process.communicate() for process in both]
            codes += Counter(process.returncode for process in both)
            assert all(process.returncode == 0 for process in both), said
            applied = sum(f"{count} applied" in out for out, _ in said)
            assert applied == 1, said
            assert box.state() == "new"
            box.restore()
    yield f"{rounds} pairs of runs at once: each time one wrote, the other waited and found nothing to do"
