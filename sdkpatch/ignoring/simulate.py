"""Try the next generation out: run what Fern runs, in a copy, and say what becomes of every file."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import TreeError, UsageError
from ..operations.fernignore_protect import FERNIGNORE
from ..tree import scan
from .readers import git_environment, local_entry

_WHO = ("-c", "user.name=sdkpatch", "-c", "user.email=sdkpatch@localhost", "-c", "commit.gpgsign=false")


class Outcome(NamedTuple):
    """What becomes of the files of a tree, each group sorted.

    ``lost`` are gone; ``replaced`` have the new generation's content; ``kept`` stay because they are listed, ``stale``
    are those of them that the new generation has, and otherwise. ``added`` are new.
    """

    lost: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    stale: tuple[str, ...]
    added: tuple[str, ...]


def simulate(root: Path, generated: Path) -> Outcome:
    """Copy the tree, put ``generated`` over it as ``fern generate --local`` does, and compare.

    The commands are those of Fern: ``git rm -rf .``, the copy, ``git add .``, then ``reset``, ``clean`` and
    ``restore`` of the paths in ``.fernignore``. Raises UsageError when one of them fails: so would the generation; and
    TreeError when the file cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="sdkpatch-simulate-") as folder:
        copied = Path(folder) / "sdk"
        shutil.copytree(root, copied, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        if (root / FERNIGNORE).is_symlink():
            raise TreeError(FERNIGNORE, "is a symbolic link", "replace it by what it leads to")
        if (root / FERNIGNORE).is_file():
            _regenerate(copied, generated)
        else:  # without the file Fern empties the folder, but for README.md where it makes none
            _empty(copied, keep=() if (generated / "README.md").exists() else ("README.md",))
            _copy(generated, copied)
        return _compared(root, generated, copied)


def pathspecs(text: str) -> list[str]:
    """Return the entries of a ``.fernignore`` as Fern's local reader has them, itself first."""
    entries = [local_entry(line) for line in text.strip().splitlines()]
    return [FERNIGNORE, *(entry for entry in entries if entry)]


def _regenerate(copied: Path, generated: Path) -> None:
    try:
        kept = pathspecs((copied / FERNIGNORE).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TreeError(FERNIGNORE, "it is not UTF-8") from error
    if not (generated / "README.md").exists():
        kept.append("README.md")
    _git(copied, "init", "--quiet")
    _git(copied, "add", ".")
    _git(copied, *_WHO, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", "before")
    _git(copied, "rm", "-rf", "--quiet", ".")
    _copy(generated, copied)
    _git(copied, "add", ".")
    _git(copied, "reset", "--quiet", "--", *kept)
    _git(copied, "clean", "-fd", "--quiet", "--", *kept)
    _git(copied, "restore", ".")
    shutil.rmtree(copied / ".git")


def _git(folder: Path, *arguments: str) -> None:
    environment = git_environment(GIT_CONFIG_NOSYSTEM="1", GIT_CEILING_DIRECTORIES=str(folder.parent))
    try:
        done = subprocess.run(
            ["git", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise UsageError("git", found=str(error.strerror), expected="git, which Fern uses to keep files") from error
    if done.returncode:
        reason = next(iter(done.stderr.strip().splitlines()), f"exit code {done.returncode}").replace(str(folder), ".")
        hint = "sdkpatch fernignore check names the line"
        subject = f"git {arguments[0] if not arguments[0].startswith('-') else 'commit'}"
        raise UsageError(subject, found=reason, expected="it to go on: Fern's generation would fail here", hint=hint)


def _empty(folder: Path, keep: Sequence[str]) -> None:
    for entry in folder.iterdir():
        if entry.name not in keep:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else os.remove(entry)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))


def _compared(root: Path, generated: Path, copied: Path) -> Outcome:
    before = set(scan(root).files)
    after = {path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()}
    new = {path.relative_to(generated).as_posix() for path in generated.rglob("*") if path.is_file()}
    same = {path for path in before & after if filecmp.cmp(root / path, copied / path, shallow=False)}
    ours = {path for path in same if path not in new or not filecmp.cmp(root / path, generated / path, shallow=False)}
    return Outcome(
        lost=tuple(sorted(before - after)),
        replaced=tuple(sorted((before & after) - same)),
        kept=tuple(sorted(ours)),
        stale=tuple(sorted(ours & new)),
        added=tuple(sorted(after - before)),
    )
