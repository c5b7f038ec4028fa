"""Find the files that each step has to look into, so that no other file is parsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..bounds import globs
from ..errors import TreeError
from ..fern.sdk_package import is_beside
from ..model import Conflict, Note, Result, Site, SiteKind
from ..operations import PYTHON_OPERATIONS
from ..python.parsing import parse
from ..python.text import searchable
from ..resources import is_support
from ..tree import Tree
from .file_result import file_site
from .memory import Memory
from .names.importers import Importers
from .task import Task

# Where Fern puts nothing but models: no socket is opened there, and a large SDK has thousands of them.
_MODEL_FOLDERS = ("/types/", "/requests/", "/errors/")

_UTF_8 = "save it as UTF-8, or leave it out of the step's files"


def candidates(
    tree: Tree, tasks: Sequence[Task], memory: Memory | None = None
) -> tuple[dict[str, list[Task]], list[Result], list[Note]]:
    """Find the files each step has to look into, by name and by what their bytes must hold."""
    work: dict[str, list[Task]] = {}
    problems: list[Result] = []
    notes: list[Note] = []
    if not tasks:
        return work, problems, notes
    problems += _links(tree, tasks)
    seen = _Seen(tree, Importers(tree), memory)
    outside = [task for task in tasks if PYTHON_OPERATIONS[task.step.operation].strays]
    for path in tree.files:
        if not path.endswith(".py") or is_support(path):
            continue
        matching = _matching(tree, path, tasks)
        if not matching and (not outside or any(folder in f"/{path}" for folder in _MODEL_FOLDERS)):
            continue
        try:
            code = tree.read(path)
        except TreeError as error:
            problems += [task.result(file_site(path), Conflict(reason=error.reason)) for task in matching]
            if not matching:
                notes.append(_unseen(path, error.reason))
            continue
        text = searchable(code)
        if text is None:
            unread = _unsearchable(path, code)
            problems += [task.result(file_site(path), unread) for task in matching]
            notes += [] if matching else [_unseen(path, unread.reason)]
            continue
        if near := [task for task in matching if _may_matter(text, task)]:
            work[path] = near
        if not any(task in outside for task in matching):
            unused, used = _outside(seen, path, code, [task for task in outside if _may_matter(text, task)])
            problems += used
            notes += unused
    return work, problems, notes


def _unsearchable(path: str, code: bytes) -> Conflict:
    """Return what is wrong with a file whose bytes cannot be searched: mostly Python cannot read it either."""
    source = parse(path, code)
    reason = "the file's encoding is none that it can be searched in"
    return source if isinstance(source, Conflict) else Conflict(reason=reason, hint=_UTF_8)


class _Seen(NamedTuple):
    """What is known of a tree as a whole."""

    tree: Tree
    importers: Importers
    memory: Memory | None


def _outside(seen: _Seen, path: str, code: bytes, tasks: Sequence[Task]) -> tuple[Sequence[Note], Sequence[Result]]:
    """Say of a file that no step covers what the steps would have to know: a note, or conflicts where it is used."""
    notes = _stray(path, code, tasks[0]) if tasks else ()
    if notes and seen.memory is not None and seen.memory.is_unused(path):
        return notes, ()
    used = [
        _used(seen.tree, seen.importers, task, note)
        for note in notes
        for task in tasks
        if not globs.matches(path, task.step.leave)
    ]
    conflicts = [result for result in used if result is not None]
    if notes and not conflicts and seen.memory is not None:
        seen.memory.keep_unused(path)
    return (() if conflicts else notes), conflicts


def _is_root(tree: Tree, path: str) -> bool:
    """Tell whether a file lies in the package's own folder: the root client opens no socket of a resource."""
    return (path.rpartition("/")[0] or ".") == tree.package_of(path)


def _used(tree: Tree, importers: Importers, task: Task, note: Note) -> Result | None:
    """Return the conflict of a socket outside a step's files that code in these files uses."""
    user = importers.first(note.path, lambda path: globs.matches(path, task.step.files) and not _is_root(tree, path))
    if user is None:
        return None
    reason = f"{note.text.partition(':')[0]}, and {user.path}:{user.line} uses it"
    leave = f'say that its sockets stay as they are: leave = ["{note.path}"]'
    below = "below uses in sdkpatch.toml"
    is_recipe = task.origin.startswith("recipe:")
    hint = f"{leave} {below}" if is_recipe else f"add it to files, or {leave} in the step, or {below}"
    return task.result(file_site(note.path, note.line), Conflict(reason=reason, hint=hint))


def _matching(tree: Tree, path: str, tasks: Sequence[Task]) -> list[Task]:
    """Return the steps that cover a file; sockets of a hand-written package are the SDK's only where a step says so."""
    found = [task for task in tasks if globs.matches(path, task.step.files)]
    if any(map(_takes_all_sockets, found)) and is_beside(tree, path):
        return [task for task in found if not _takes_all_sockets(task)]
    return found


def _takes_all_sockets(task: Task) -> bool:
    """Tell whether a step is about every handshake of the SDK, and no file of it was named."""
    operation = PYTHON_OPERATIONS[task.step.operation]
    return operation.strays and task.step.files == operation.files


def _links(tree: Tree, tasks: Sequence[Task]) -> list[Result]:
    """Report each link out of the tree that stands where a step looks: what it leads to is not the SDK's."""
    problems: list[Result] = []
    for link in tree.links:
        path = f"{link.path}/client.py" if link.is_package else link.path
        task = next((task for task in tasks if globs.matches(path, task.step.files)), None)
        if link.leaves and task is not None:
            site = Site(path=link.path, line=1, name="(link)", kind=SiteKind.LINK)
            reason = "the symbolic link leaves the SDK tree, so what it leads to is neither read nor changed"
            problems.append(task.result(site, Conflict(reason=reason, hint="replace the link by the file")))
    return problems


def _may_matter(code: bytes, task: Task) -> bool:
    return PYTHON_OPERATIONS[task.step.operation].may_matter(code, task.step.arguments)


def _stray(path: str, code: bytes, task: Task) -> tuple[Note, ...]:
    source = parse(path, code)
    if isinstance(source, Conflict):
        return (_unseen(path, source.reason),)
    return PYTHON_OPERATIONS[task.step.operation].stray(source)


def _unseen(path: str, reason: str) -> Note:
    return Note(path=path, line=1, text=f"outside the step's files and not looked into: {reason}")
