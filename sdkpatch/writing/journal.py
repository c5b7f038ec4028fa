"""The journal of a commit: it names the state that every file has to reach, before the first of them is touched.

While new bytes are written beside their targets, that state is the old one; with all of them on the disk the journal
is replaced by one that names the new state, in one step. Whoever finds a journal brings the tree to the state it
names: ``reach`` can be repeated after any interruption, and after any power failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import TreeError
from ..tree import JOURNAL, TEMPORARY_SUFFIX
from . import disk

_VERSION = 2


class Goal(NamedTuple):
    """What one file has to become: SHA-256 digests of its content, None for no file.

    A file that is ``before`` gets the bytes that lie beside it, or goes; one that is ``after`` is there already. Where
    both are the same nothing was touched yet, and only what lies beside the file goes.
    """

    path: str
    before: str | None
    after: str | None


class Journal(NamedTuple):
    """The goals of a commit, and the ``folders`` that go when they end empty: those that it made, or emptied.

    ``is_undo`` tells whether the goals are the old state.
    """

    goals: tuple[Goal, ...]
    folders: tuple[str, ...] = ()
    is_undo: bool = False


def digest(content: bytes | None) -> str | None:
    """Return what a journal says of a file's content."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def beside(path: Path) -> Path:
    """Return where the new bytes of a file lie until they take its place."""
    return path.with_name(f".{path.name}{TEMPORARY_SUFFIX}")


def begin(root: Path, journal: Journal) -> None:
    """Write the first journal of a commit. Raises FileExistsError when another run has begun one, OSError."""
    temporary = root / (JOURNAL + TEMPORARY_SUFFIX)
    disk.create(temporary, _text(journal))
    try:
        disk.claim(temporary, root / JOURNAL)
    except FileExistsError:
        disk.remove(temporary)
        raise
    disk.sync_folder(root)


def write(root: Path, journal: Journal) -> None:
    """Put a journal in place of the one that is there. Raises OSError."""
    temporary = root / (JOURNAL + TEMPORARY_SUFFIX)
    disk.remove(temporary)
    disk.create(temporary, _text(journal))
    disk.replace(temporary, root / JOURNAL)
    disk.sync_folder(root)


def _text(journal: Journal) -> bytes:
    entries = [goal._asdict() for goal in journal.goals]
    table = {"version": _VERSION, "undo": journal.is_undo, "files": entries, "folders": list(journal.folders)}
    return json.dumps({**table, "machine": _machine()}).encode()


def _machine() -> list[str]:
    """Return the name of this machine, and of its kernel's start: containers of one machine share the latter."""
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    with suppress(OSError):
        return [name, Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()]
    return [name, ""]


def elsewhere(root: Path) -> str:
    """Return on which other machine the journal of a tree was written, empty when on this one.

    Locks do not always reach another machine, so a run that is alive there cannot be told from one that died.
    """
    try:
        written = json.loads(_content(root / JOURNAL) or b"")["machine"]
        own = _machine()
        is_own = written[0] == own[0] or (own[1] and written[1] == own[1])
        return "" if is_own else str(written[0])
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return ""  # of an older release; or damaged, as reading it will tell


def reach(root: Path) -> Journal:
    """Bring every file to the state that the journal names, then drop the journal; return what it named.

    Raises TreeError, before the first file is touched, when the journal cannot be followed or a file was changed
    since by somebody else; OSError when a file cannot be written.
    """
    journal = read(root)
    for goal in journal.goals:
        _check(root, goal)
    for goal in journal.goals:
        _settle(root, goal)
    for folder in reversed(journal.folders):
        disk.remove_folder(root / folder)
    for path in sorted({(root / goal.path).parent for goal in journal.goals}):
        if path.is_dir():
            disk.sync_folder(path)
    disk.remove(root / (JOURNAL + TEMPORARY_SUFFIX))
    disk.remove(root / JOURNAL)
    with suppress(OSError):  # a journal that comes back after a power failure is followed once more, to no effect
        disk.sync_folder(root)
    return journal


def read(root: Path) -> Journal:
    """Return the journal of a tree. Raises TreeError when it cannot be followed, OSError when it cannot be read."""
    path = root / JOURNAL
    try:
        content = _content(path)
        table = json.loads(content or b"")
        version, entries, folders = table["version"], table["files"], table["folders"]
        journal = Journal(
            tuple(Goal(*(entry[name] for name in Goal._fields)) for entry in entries),
            tuple(_inside(root, each) for each in folders),
            bool(table["undo"]),
        )
        for goal in journal.goals:
            _inside(root, goal.path)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise TreeError(JOURNAL, "is damaged", f"restore the tree from git, then delete {JOURNAL}") from error
    if version != _VERSION:
        raise TreeError(JOURNAL, "was written by another release of sdkpatch", "finish the run with that release")
    return journal


def _inside(root: Path, path: object) -> str:
    """Return a path of a journal. Raises ValueError when it leads out of the tree: a tree may come from anybody."""
    if not isinstance(path, str) or not path or os.path.isabs(path) or "\0" in path:
        raise ValueError("no path below the tree")
    parts = path.replace("\\", "/").split("/")
    if {"", ".", "..", ".git"} & {part.casefold() for part in parts} or ":" in parts[0]:
        raise ValueError("no path below the tree")
    if not (root / path).parent.resolve().is_relative_to(root.resolve()):
        raise ValueError("a link leads out of the tree")
    return path


def _content(path: Path) -> bytes | None:
    """Return the bytes of a regular file, None where there is none. Raises ValueError for a link or a folder."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError("no regular file")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return path.read_bytes()


def _check(root: Path, goal: Goal) -> None:
    """Raise TreeError unless the goal can be reached from what is there."""
    if goal.before == goal.after:
        return
    try:
        current = digest(_content(root / goal.path))
        reached = current == goal.after
        if not reached and current == goal.before:
            reached = goal.after is None or digest(_content(beside(root / goal.path))) == goal.after
    except ValueError:
        reached = False
    if not reached:
        hint = f"restore the tree from git, then delete {JOURNAL} and *{TEMPORARY_SUFFIX}"
        raise TreeError(goal.path, "was changed since an interrupted commit", hint)


def _settle(root: Path, goal: Goal) -> None:
    path = root / goal.path
    _check(root, goal)  # once more: whoever else writes may do so at any time
    if goal.before == goal.after or digest(_content(path)) == goal.after:
        disk.remove(beside(path))
    elif goal.after is None:
        disk.remove(path)
    else:
        disk.replace(beside(path), path)


def undone(root: Path, goals: Sequence[Goal]) -> tuple[Goal, ...]:
    """Return the goals that take back what was done of others, for files that nobody else changed meanwhile."""
    taken: list[Goal] = []
    for goal in goals:
        try:
            is_done = digest(_content(root / goal.path)) == goal.after != goal.before
        except ValueError:
            is_done = False
        taken.append(Goal(goal.path, goal.after if is_done else goal.before, goal.before))
    return tuple(taken)
