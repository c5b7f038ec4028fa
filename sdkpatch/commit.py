"""The committing stage, the only one that writes: all files of a plan, or none.

New bytes go to a file beside each target first. Once all of them are on disk a journal names them; from then on the
commit is finished by the next start even when this process dies. Before that moment nothing of the SDK has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import TreeError
from .model import FileChange
from .tree import JOURNAL, TEMPORARY_SUFFIX, Tree

_LOCK_SECONDS = 30.0


def commit(tree: Tree, changes: Sequence[FileChange]) -> None:
    """Write the changes. Raises TreeError, with nothing changed, when that cannot be done.

    Call it under ``locked``.
    """
    if not changes:
        return
    for change in changes:
        _check_target(tree, change)
    written: list[Path] = []
    made: list[Path] = []
    try:
        for change in changes:
            if change.after is not None:
                made += _make_folders((tree.root / change.path).parent)
                written.append(_write_beside(tree.root / change.path, change, change.after))
        _write_journal(tree.root, changes)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()
        (tree.root / (JOURNAL + TEMPORARY_SUFFIX)).unlink(missing_ok=True)
        name = Path(error.filename).name if error.filename else "the tree"
        raise TreeError(name, f"cannot be written: {error.strerror}; nothing was changed") from error
    _finish(tree.root)


def replace_file(path: Path, content: bytes) -> None:
    """Write a patch file anew, in one step. Raises OSError."""
    temporary = _beside(path)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def create_files(texts: Mapping[Path, str]) -> None:
    """Create files that are not there, with their folders: all of them, or none.

    Raises TreeError where one cannot be written, or has appeared meanwhile.
    """
    written: list[Path] = []
    made: list[Path] = []
    for path, text in texts.items():
        try:
            made += _make_folders(path.parent)
            with open(path, "x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
        except OSError as error:
            for each in written:
                each.unlink(missing_ok=True)
            for folder in reversed(made):
                folder.rmdir()
            raise TreeError(str(path), f"cannot be written: {error.strerror}; nothing was changed") from error


def is_stale(tree: Tree, changes: Sequence[FileChange]) -> bool:
    """Tell whether a file changed since it was read for these changes. Raises TreeError when one is gone."""
    for change in changes:
        if change.before is None:
            if (tree.root / change.path).exists():
                return True
        elif tree.read(change.path) != change.before:
            return True
    return False


def recover(root: Path, leftovers: Sequence[str]) -> bool:
    """Finish a commit that was interrupted, or clear away one that never started; True when there was one.

    Raises TreeError when a file was changed by somebody else since. Call it under ``locked``.
    """
    if (root / JOURNAL).exists():
        _finish(root)
        return True
    for path in leftovers:
        (root / path).unlink(missing_ok=True)
    return bool(leftovers)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the tree for this process. Raises TreeError when another one holds it for more than 30 seconds.

    The lock is the operating system's: that of a process that died is free.
    """
    from filelock import FileLock, Timeout

    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:24]
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"sdkpatch-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with FileLock(folder / f"{key}.lock", timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        hint = "wait for the other sdkpatch to end, or stop it"
        raise TreeError(str(root), "another sdkpatch is at work on this tree", hint) from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{TEMPORARY_SUFFIX}")


def _check_target(tree: Tree, change: FileChange) -> None:
    """Refuse what must not be replaced: a file that changed since it was read, or that its owner protected."""
    path = tree.root / change.path
    if change.before is None:
        if path.exists() or path.is_symlink():
            raise TreeError(change.path, "appeared while the run was planned; nothing was changed", "run again")
        folder = next(each for each in path.parents if each.exists() or each.is_symlink())
        if not folder.is_dir() or tree.root not in (folder.resolve(), *folder.resolve().parents):
            raise TreeError(change.path, "lies behind a file or a link out of the tree; nothing was changed")
        _check_writable(folder, change.path)
        return
    if tree.read(change.path) != change.before:
        raise TreeError(change.path, "was changed by somebody else during the run; nothing was changed", "run again")
    _check_writable(path, change.path)
    _check_writable(path.parent, change.path)


def _check_writable(path: Path, shown: str) -> None:
    mode = path.stat().st_mode
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        what = "is in a read-only directory" if path.is_dir() else "is read-only"
        raise TreeError(shown, f"{what}; nothing was changed", "chmod u+w it, or leave it out of the step's files")


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return what was made, outer ones first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
    return missing[::-1]


def _write_beside(path: Path, change: FileChange, after: bytes) -> Path:
    temporary = _beside(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(after)
        file.flush()
        os.fsync(file.fileno())
    if change.before is not None:
        os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
    return temporary


def _write_journal(root: Path, changes: Sequence[FileChange]) -> None:
    entries = [
        {
            "path": change.path,
            "before": hashlib.sha256(change.before).hexdigest() if change.before is not None else None,
            "after": hashlib.sha256(change.after).hexdigest() if change.after is not None else None,
        }
        for change in changes
    ]
    temporary = root / (JOURNAL + TEMPORARY_SUFFIX)
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "files": entries}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, root / JOURNAL)
    _sync_directory(root)


def _finish(root: Path) -> None:
    """Put every file the journal names in place, then drop the journal. Can be repeated after any interruption."""
    journal = root / JOURNAL
    try:
        entries = json.loads(journal.read_text(encoding="utf-8"))["files"]
        for entry in entries:
            _put_in_place(root, entry)
        for folder in {(root / entry["path"]).parent for entry in entries}:
            _sync_directory(folder)
        journal.unlink()
        _sync_directory(root)
    except (KeyError, TypeError, ValueError) as error:
        raise TreeError(JOURNAL, "is damaged", f"restore the tree from git, then delete {JOURNAL}") from error
    except OSError as error:
        hint = "mend the cause and run sdkpatch apply again: it finishes the interrupted commit first"
        raise TreeError(str(error.filename or JOURNAL), f"cannot be written: {error.strerror}", hint) from error


def _put_in_place(root: Path, entry: dict[str, str | None]) -> None:
    path = root / str(entry["path"])
    if root not in path.resolve().parents:
        raise ValueError("a path of the journal leaves the tree")
    temporary = _beside(path)
    current = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
    if current == entry["after"]:
        temporary.unlink(missing_ok=True)
        return
    if entry["after"] is None and current == entry["before"]:
        path.unlink()
        return
    if current != entry["before"] or hashlib.sha256(temporary.read_bytes()).hexdigest() != entry["after"]:
        hint = f"restore the tree from git, then delete {JOURNAL} and *{TEMPORARY_SUFFIX}"
        raise TreeError(str(entry["path"]), "was changed since an interrupted commit", hint)
    os.replace(temporary, path)


def _sync_directory(path: Path) -> None:
    if os.name == "nt":  # directories cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
