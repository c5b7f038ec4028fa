"""Find the files that each step has to look into, so that no other file is parsed."""

from __future__ import annotations

from collections.abc import Sequence

from . import globs
from .errors import TreeError
from .model import Conflict, Note, Result, Site
from .operations import PYTHON_OPERATIONS
from .resources import is_support
from .sdk_package import is_beside
from .task import Task, file_site, parse
from .text import searchable
from .tree import Tree

# Where Fern puts nothing but models: no socket is opened there, and a large SDK has thousands of them.
_MODEL_FOLDERS = ("/types/", "/requests/", "/errors/")

_UTF_8 = "save it as UTF-8, or leave it out of the step's files"


def candidates(tree: Tree, tasks: Sequence[Task]) -> tuple[dict[str, list[Task]], list[Result], list[Note]]:
    """Find the files each step has to look into, by name and by what their bytes must hold."""
    work: dict[str, list[Task]] = {}
    problems: list[Result] = []
    notes: list[Note] = []
    if not tasks:
        return work, problems, notes
    problems += _links(tree, tasks)
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
            reason = "the file's encoding is none that it can be searched in"
            problems += [task.result(file_site(path), Conflict(reason=reason, hint=_UTF_8)) for task in matching]
            notes += [] if matching else [_unseen(path, reason)]
            continue
        near = [task for task in matching or outside if _may_matter(text, task)]
        if matching and near:
            work[path] = near
        elif near:
            notes += _stray(path, code, near[0])
    return work, problems, notes


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
            site = Site(path=link.path, line=1, name="(link)")
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
