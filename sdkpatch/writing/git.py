"""Ask git about a repository that may come from anybody, without running what its configuration names.

A repository's own configuration can name programs that git runs when it only looks: a file system monitor, hooks,
filters that clean or smudge content, text converters (git-config(1), gitattributes(5)).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_QUIET = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.pager=cat",
    "-c",
    "log.showSignature=false",
)
_PROGRAMS = r"^(filter\..*\.(clean|smudge|process|required)|diff\..*\.(textconv|command))$"
_PROBE = "filter.sdkpatch.required"
"""A setting of ours: git shows it where it takes settings from the environment at all."""
_NAMED = ("config", "--show-scope", "--includes", "--null", "--name-only", "--get-regexp", _PROGRAMS)


def run(root: Path, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git in the repository that ``root`` is in; ``given`` is its input. Raises OSError when git is not installed.

    Where git cannot tell which programs are named, or be told to leave them (older than 2.31), a failure is the answer.
    """
    command = ["git", "-C", str(root), *_QUIET]
    asked = subprocess.run([*command, *_NAMED], env=_without([_PROBE]), capture_output=True, check=False)
    parts = asked.stdout.decode("utf-8", "surrogateescape").split("\0")
    named = list(zip(parts[::2], parts[1::2], strict=False))
    if ("command", _PROBE) not in named:
        reason = asked.stderr or b"git is older than 2.31"
        return subprocess.CompletedProcess(asked.args, asked.returncode or 1, b"", reason)
    own = sorted({name for scope, name in named if scope in ("local", "worktree")})  # the user's are not among them
    command += arguments
    return subprocess.run(command, env=_without(own), input=given, capture_output=True, check=False)


def _without(names: list[str]) -> dict[str, str]:
    """Return an environment in which these settings are empty: a name may hold ``=``, which ``-c`` cannot write."""
    environment = dict(os.environ)
    given = environment.get("GIT_CONFIG_COUNT", "")
    start = int(given) if given.isdecimal() else 0
    for at, name in enumerate(names, start):
        environment[f"GIT_CONFIG_KEY_{at}"] = name
        environment[f"GIT_CONFIG_VALUE_{at}"] = "false" if name.endswith(".required") else ""
    return {**environment, "GIT_CONFIG_COUNT": str(start + len(names))}
