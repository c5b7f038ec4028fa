"""What git knows of the tree: files with edits that are neither committed nor staged, which a write would bury."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import TreeError
from . import git


def edited(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of ``paths`` that differ from what git has staged, sorted; none outside of a repository.

    A file that git does not track has no older version to lose, and is none of them. Raises TreeError where there is a
    repository and git cannot say: it is not installed, or does not trust the folder's owner.
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return ()
    command = ["diff", "--name-only", "--relative", "--no-ext-diff", "--no-textconv", "-z", "--"]
    try:
        done = git.run(root, *command, *(f":(literal){path}" for path in paths))
    except OSError as error:
        raise _unknown(str(error.strerror)) from error
    if done.returncode:
        raise _unknown(next(iter(done.stderr.decode("utf-8", "replace").strip().splitlines()), "git failed"))
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return tuple(sorted({name for name in names if name}))


def _unknown(reason: str) -> TreeError:
    hint = "let git read the repository, or apply with --allow-dirty; nothing was written"
    return TreeError("git", f"cannot tell which files have uncommitted edits: {reason}", hint)
