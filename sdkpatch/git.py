"""Ask git about a repository that may come from anybody, without running what its configuration names.

A repository's own configuration can name programs that git runs when it only looks: a file system monitor, hooks,
filters that clean or smudge content, text converters (git-config(1), gitattributes(5)).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_QUIET = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.pager=cat")


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the repository that ``root`` is in. Raises OSError when git is not installed."""
    command = ["git", "-C", str(root), *_QUIET]
    options = [option for name in _filters(root) for option in ("-c", name)]
    return subprocess.run([*command, *options, *arguments], capture_output=True, check=False)


def _filters(root: Path) -> list[str]:
    """Return settings that take the repository's own filters and converters away; the user's stay."""
    wanted = r"^(filter\..*\.(clean|smudge|process|required)|diff\..*\.(textconv|command))$"
    asked = ["config", "--show-scope", "--includes", "--null", "--name-only", "--get-regexp", wanted]
    done = subprocess.run(["git", "-C", str(root), *_QUIET, *asked], capture_output=True, check=False)
    parts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    found = zip(parts[::2], parts[1::2], strict=False)
    own = {name for scope, name in found if scope in ("local", "worktree")}
    return [f"{name}={'false' if name.endswith('.required') else ''}" for name in sorted(own)]
