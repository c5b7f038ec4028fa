"""The committing stage, the only one that writes: all files of a plan, or none.

New bytes go to a file beside each target first. Once all of them are on disk the journal names them; from then on the
commit is finished by the next start even when this process dies, and taken back when a file cannot be written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..errors import TreeError
from ..model import FileChange
from ..tree import JOURNAL, TEMPORARY_SUFFIX, Tree
from . import disk, journal
from .disk import Owned
from .journal import Goal, Journal, beside, digest

_HINT = "correct the cause, then run sdkpatch recover"


def commit(tree: Tree, changes: Sequence[FileChange]) -> None:
    """Write the changes. Raises TreeError, with nothing changed, when that cannot be done.

    Call it under ``locks.locked``.
    """
    if not changes:
        return
    root = tree.root
    if os.path.lexists(root / JOURNAL):
        raise TreeError(JOURNAL, "an earlier run was interrupted while it wrote", "run sdkpatch recover")
    for change in changes:
        _check_target(tree, change)
    kept = {each.path: disk.owned(root / each.path) for each in changes if each.before is not None}
    goals = tuple(Goal(each.path, digest(each.before), digest(each.after)) for each in changes)
    new = Journal(goals, _emptied_folders(tree, changes))
    folders = _missing_folders(root, changes)
    old = Journal(tuple(goal._replace(after=goal.before) for goal in new.goals), folders, is_undo=True)
    _begin(root, old)
    try:
        for folder in folders:
            disk.make_folder(root / folder)
        _write_beside(root, changes, kept)
        journal.write(root, new)
        journal.reach(root)
    except OSError as error:
        _take_back(root, changes, kept, old, new)
        raise _unwritten(error, root) from error
    except KeyboardInterrupt:
        if os.path.lexists(root / JOURNAL):  # else it came when all was done
            _take_back(root, changes, kept, old, new)
        raise
    except TreeError as error:
        _take_back(root, changes, kept, old, new)
        raise TreeError(error.path, "was changed by somebody else during the run; nothing was changed") from error


def commit_all(runs: Sequence[tuple[Tree, Sequence[FileChange]]]) -> None:
    """Write the changes of several trees, one after the other; where one cannot be written, write the others back.

    Raises TreeError. A process that dies between two trees leaves the first ones written: each has its own journal.
    """
    written: list[tuple[Tree, Sequence[FileChange]]] = []
    try:
        for tree, changes in runs:
            commit(tree, changes)
            written.append((tree, changes))
    except (TreeError, KeyboardInterrupt):
        for tree, changes in reversed(written):
            back = [each._replace(before=each.after, after=each.before) for each in changes]
            commit(_after(tree, changes), back)
        raise


def _after(tree: Tree, changes: Sequence[FileChange]) -> Tree:
    """Return the listing of a tree as it is once changes are written; it reads each file from its own place."""
    gone = {each.path for each in changes if each.after is None}
    come = {each.path for each in changes if each.before is None}
    return tree._replace(files=tuple(sorted({*tree.files, *come} - gone)), moved=())


def _begin(root: Path, old: Journal) -> None:
    """Write the journal under which nothing was touched yet. Raises TreeError when that cannot be done."""
    try:
        journal.begin(root, old)
    except FileExistsError as error:
        hint = "run again; if no other run is at work, run sdkpatch recover"
        raise TreeError(JOURNAL, "another run has begun to write; nothing was changed", hint) from error
    except OSError as error:
        _forget(root)
        raise _unwritten(error, root) from error


def _unwritten(error: OSError, root: Path) -> TreeError:
    return TreeError(_name(error, root), f"cannot be written: {error.strerror}; nothing was changed")


def _forget(root: Path) -> None:
    """Drop a journal under which nothing was touched. Raises TreeError when even that cannot be done."""
    try:
        disk.remove(root / (JOURNAL + TEMPORARY_SUFFIX))
        disk.remove(root / JOURNAL)
    except OSError as error:
        raise TreeError(JOURNAL, f"cannot be removed: {error.strerror}", _HINT) from error


def _take_back(
    root: Path, changes: Sequence[FileChange], kept: Mapping[str, Owned], old: Journal, new: Journal
) -> None:
    """Bring back the old state of every file that is the new one. Raises TreeError when even that cannot be done."""
    try:
        if journal.read(root) != old:  # some files may have their new bytes by now
            undone = journal.undone(root, new.goals)
            for goal, change in zip(undone, changes, strict=True):
                if goal.before != goal.after and change.before is not None:
                    path = root / goal.path
                    for folder in reversed([each for each in path.parents if not each.exists()]):
                        disk.make_folder(folder)
                    disk.create(beside(path), change.before, kept[goal.path])
            journal.write(root, Journal(undone, old.folders, is_undo=True))
        journal.reach(root)
    except OSError as error:
        reason = f"cannot be written: {error.strerror}; the run is neither finished nor undone"
        raise TreeError(_name(error, root), reason, _HINT) from error


def _name(error: OSError, root: Path) -> str:
    """Return the file that an error is about, relative to the tree."""
    path = Path(os.fsdecode(error.filename)) if error.filename else root
    return path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else "the tree"


def replace_file(path: Path, content: bytes) -> None:
    """Write a patch file anew, in one step. Raises OSError."""
    temporary = beside(path)
    disk.create(temporary, content, disk.owned(path))
    try:
        disk.replace(temporary, path)
    except OSError:
        disk.remove(temporary)
        raise


def create_files(texts: Mapping[Path, str]) -> None:
    """Create files that are not there, with their folders: all of them, or none.

    Raises TreeError where one cannot be written, or has appeared meanwhile.
    """
    written: list[Path] = []
    made: list[Path] = []
    for path, text in texts.items():
        try:
            for folder in reversed([each for each in path.parents if not each.exists()]):
                disk.make_folder(folder)
                made.append(folder)
            disk.create(path, text.encode())
            written.append(path)
        except OSError as error:
            for each in written:
                disk.remove(each)
            for folder in reversed(made):
                disk.remove_folder(folder)
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


def recover(root: Path, leftovers: Sequence[str]) -> Journal | None:
    """Finish or take back a commit that was interrupted, and clear away what lies about; None when there was none.

    Raises TreeError when a file was changed by somebody else since, or cannot be written. Call it under
    ``locks.locked``.
    """
    reached: Journal | None = None
    try:
        if os.path.lexists(root / JOURNAL):
            reached = journal.reach(root)
        for path in leftovers:
            disk.remove(root / path)
    except OSError as error:
        raise TreeError(_name(error, root), f"cannot be written: {error.strerror}", _HINT) from error
    return reached if reached is not None or not leftovers else Journal(())


def _check_target(tree: Tree, change: FileChange) -> None:
    """Refuse what must not be replaced: a file that changed since it was read, or that its owner protected."""
    path = tree.root / change.path
    _check_free(beside(path), tree.root)
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


def _check_free(path: Path, root: Path) -> None:
    """Raise TreeError when something is where new bytes have to go, or nothing can be."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unwritten(error, root) from error
    name = path.relative_to(root).as_posix()
    raise TreeError(name, "is in the way of a temporary file; nothing was changed", "remove it, then run again")


def _check_writable(path: Path, shown: str) -> None:
    mode = path.stat().st_mode
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        what = "is in a read-only directory" if path.is_dir() else "is read-only"
        raise TreeError(shown, f"{what}; nothing was changed", "chmod u+w it, or leave it out of the step's files")


def _missing_folders(root: Path, changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return the folders that new files need, outer ones first."""
    missing = {
        folder.relative_to(root).as_posix()
        for change in changes
        if change.after is not None
        for folder in (root / change.path).parents
        if folder.is_relative_to(root) and not folder.exists()
    }
    return tuple(sorted(missing))


def _emptied_folders(tree: Tree, changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return the folders all of whose files go, outer ones first; one that holds anything else stays."""
    gone = {each.path for each in changes if each.after is None and each.before is not None}
    if not gone:
        return ()
    emptied = {parent.as_posix() for path in gone for parent in PurePosixPath(path).parents} - {"."}
    for path in {*tree.files, *(each.path for each in changes if each.after is not None)} - gone:
        emptied -= {parent.as_posix() for parent in PurePosixPath(path).parents}
    return tuple(sorted(emptied))


def _write_beside(root: Path, changes: Sequence[FileChange], kept: Mapping[str, Owned]) -> None:
    """Write all new bytes, and wait until they and their names are on the disk."""
    for change in changes:
        if change.after is not None:
            disk.create(beside(root / change.path), change.after, kept.get(change.path))
    for folder in sorted({(root / change.path).parent for change in changes}):
        disk.sync_folder(folder)
