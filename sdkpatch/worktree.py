"""What git knows of the tree: files with edits that are neither committed nor staged, which a write would bury."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


def edited(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of ``paths`` that differ from what git has staged, sorted; none where there is no git.

    A file that git does not track has no older version to lose, and is none of them.
    """
    command = ["git", "-C", str(root), "diff", "--name-only", "--relative", "--no-ext-diff", "-z", "--"]
    literal = [f":(literal){path}" for path in paths]
    try:
        done = subprocess.run([*command, *literal], capture_output=True, check=False)
    except OSError:  # git is not installed
        return ()
    if done.returncode:  # no repository, or none that git trusts
        return ()
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return tuple(sorted({name for name in names if name}))
