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
    command = ["git", "-C", str(root), *_QUIET, *arguments]
    return subprocess.run(command, env=_without(_programs(root)), capture_output=True, check=False)


def _programs(root: Path) -> list[str]:
    """Return the names of the repository's own settings of filters and converters; the user's are not among them."""
    wanted = r"^(filter\..*\.(clean|smudge|process|required)|diff\..*\.(textconv|command))$"
    asked = ["config", "--show-scope", "--includes", "--null", "--name-only", "--get-regexp", wanted]
    done = subprocess.run(["git", "-C", str(root), *_QUIET, *asked], capture_output=True, check=False)
    parts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    found = zip(parts[::2], parts[1::2], strict=False)
    return sorted({name for scope, name in found if scope in ("local", "worktree")})


def _without(names: list[str]) -> dict[str, str]:
    """Return an environment in which these settings are empty: a name may hold ``=``, which ``-c`` cannot write."""
    environment = dict(os.environ)
    given = environment.get("GIT_CONFIG_COUNT", "")
    start = int(given) if given.isdecimal() else 0
    for at, name in enumerate(names, start):
        environment[f"GIT_CONFIG_KEY_{at}"] = name
        environment[f"GIT_CONFIG_VALUE_{at}"] = "false" if name.endswith(".required") else ""
    return {**environment, "GIT_CONFIG_COUNT": str(start + len(names))}
