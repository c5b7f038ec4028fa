"""Fern's readers of ``.fernignore``, each with its own rules; what they agree on is what protects a file for certain.

Read in Fern's sources (github.com/fern-api/fern, 2024 to 2026):

- *local*: ``fern generate --local``. A line ends at its first ``#``; the rest is a pathspec of git, given to
  ``git reset`` and ``git clean``. One that leaves the folder makes git fail, and the generation with it.
- *github*: the push and pull-request steps, and the step that puts files back behind Replay. Only a line that starts
  with ``#`` is a comment; the rest is a pattern of minimatch, or a path and what is below it. ``!`` is a letter like
  others.
- *replay*: Replay's own look at which files are the team's, in the released CLI. As *github*, but a pattern matches no
  file or folder that starts with a dot, and ``!`` at its start turns it round: it then stands for all other files.
- *older github*: as *github* before patterns came (2025). Every line that is no comment is the path of a file, or of a
  folder.

The service that generates remotely has a reader of its own, which is not public.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from ..errors import UsageError

LOCAL, GITHUB, REPLAY, OLDER = "local", "github", "replay", "older github"
_TOO_MANY = "its braces stand for too many patterns"
READERS = (LOCAL, GITHUB, REPLAY, OLDER)


class LineReading(NamedTuple):
    """What one reader makes of one line: the entry it takes, why it fails on it, and the files it protects."""

    reader: str
    entry: str
    aborts: str
    protects: frozenset[str]


def local_entry(line: str) -> str:
    """Return what the local reader takes of a line: all before the first ``#``."""
    return line.partition("#")[0].strip()


def git_environment(**values: str) -> dict[str, str]:
    """Return an environment for git in a folder of our own.

    A hook of git runs with ``GIT_DIR`` and ``GIT_INDEX_FILE``: with them, our commands would write to its repository.
    """
    return {**{name: value for name, value in os.environ.items() if not name.startswith("GIT_")}, **values}


class Index:
    """A context manager over an index of the tree's files in a temporary folder: git matches, the tree stays as it is.

    ``coming`` are files that are listed whether or not they are there. Raises UsageError when git is not installed.
    """

    def __init__(self, root: Path, coming: Sequence[str] = ()) -> None:
        self._root = root
        self._coming = coming
        self._folder = tempfile.TemporaryDirectory(prefix="sdkpatch-index-")
        self.files: tuple[str, ...] = ()

    def __enter__(self) -> Index:
        try:
            self._fill()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def _fill(self) -> None:
        self._git("init", "--quiet")
        self._git("add", "--all", "--", ".")
        coming = [path for path in self._coming if not os.path.lexists(self._root / path)]
        empty = self._run("hash-object", "--stdin").stdout.decode().strip() if coming else ""
        for path in coming:
            self._git("update-index", "--add", "--cacheinfo", f"100644,{empty},{path}")
        self.files = self.match(".") or ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def match(self, pathspec: str) -> tuple[str, ...] | None:
        """Return the files of a pathspec, None where git refuses it."""
        done = self._run("ls-files", "-z", "--", pathspec)
        if done.returncode:
            return None
        return tuple(name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name)

    def _git(self, *arguments: str) -> None:
        done = self._run(*arguments)
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise UsageError("git", found=reason, expected="it to list the tree")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-c", "core.safecrlf=false", "-c", "core.autocrlf=false", *arguments]
        environment = git_environment(GIT_DIR=str(Path(self._folder.name) / "git"), GIT_WORK_TREE=str(self._root))
        try:
            return subprocess.run(
                command, cwd=self._root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except OSError as error:
            raise UsageError("git", found=str(error.strerror), expected="git, which Fern uses to keep files") from error


def readings(line: str, index: Index) -> tuple[LineReading, ...]:
    """Return what each reader makes of a line of the file."""
    files = index.files
    return (_local(line, index), _github(line, files), _replay(line, files), _older(line, files))


def _local(line: str, index: Index) -> LineReading:
    entry = local_entry(line)
    if not entry:
        return LineReading(LOCAL, "", "", frozenset())
    found = index.match(entry)
    if found is None:
        return LineReading(LOCAL, entry, "git refuses it, and the generation fails", frozenset())
    return LineReading(LOCAL, entry, "", frozenset(found))


def _github(line: str, files: Sequence[str]) -> LineReading:
    entry = _uncommented(line)
    plain = entry.removesuffix("/")
    matched = _matched(plain, files, dots=True)
    if matched is None:
        return LineReading(GITHUB, entry, _TOO_MANY, frozenset())
    return LineReading(GITHUB, entry, "", _below(plain, files) | matched)


def _replay(line: str, files: Sequence[str]) -> LineReading:
    entry = _uncommented(line)
    plain = entry.removesuffix("/")
    turns = len(plain) - len(plain.lstrip("!"))
    matched = _matched(plain[turns:], files, dots=False)
    if matched is None:
        return LineReading(REPLAY, entry, _TOO_MANY, frozenset())
    found = matched | ({plain[turns:]} & set(files) if turns else frozenset())
    return LineReading(REPLAY, entry, "", _below(plain, files) | (set(files) - found if turns % 2 else found))


def _below(plain: str, files: Sequence[str]) -> frozenset[str]:
    """Return the file of that path, or the files of that folder."""
    return frozenset(each for each in files if plain and (each == plain or each.startswith(f"{plain}/")))


def _matched(pattern: str, files: Sequence[str], *, dots: bool) -> frozenset[str] | None:
    """Return the files of a pattern of minimatch; ``dots`` tells whether its wildcards match a dot at the start.

    None where its braces stand for more patterns than can be tried.
    """
    if not any(mark in pattern for mark in "*?[{"):
        return frozenset()
    from wcmatch import glob
    from wcmatch._wcparse import PatternLimitException

    flags = glob.GLOBSTAR | glob.BRACE | glob.FORCEUNIX | (glob.DOTGLOB if dots else 0)
    try:
        return frozenset(path for path in files if glob.globmatch(path, pattern, flags=flags))
    except PatternLimitException:
        return None


def _older(line: str, files: Sequence[str]) -> LineReading:
    entry = _uncommented(line)
    return LineReading(OLDER, entry, "", _below(entry.removesuffix("/"), files))


def _uncommented(line: str) -> str:
    text = line.strip()
    return "" if text.startswith("#") else text
