"""What was planned for files of one tree, for the next tree of a run over several: most of their files are the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy

from ..operation import Reading, Style
from ..operations import OPERATIONS, PYTHON_OPERATIONS
from ..tree import Tree
from .file_result import FileResult
from .memory import told_in_full
from .task import Task

_Key = tuple[Hashable, ...]


class PlannedBefore:
    """Remembers what became of a file, by its bytes and the steps: changed, held or refused.

    What was not asked for in one tree is forgotten before the next but one, so that memory holds two trees at most.
    """

    def __init__(self) -> None:
        self._last: dict[_Key, FileResult] = {}
        self._now: dict[_Key, FileResult] = {}
        self._run: _Key | None = None
        self._numbers: Mapping[tuple[str, int], int] = {}

    def begin(self, tree: Tree, steps: Sequence[Task], style: Style) -> None:
        """Say which tree and steps are next, and how its files are planned."""
        told = told_in_full(steps)
        is_known = bool(told) and not any(isinstance(OPERATIONS[each.step.operation], Reading) for each in steps)
        self._run = (tuple(told), tree.package, style, tree.tops) if is_known else None
        self._numbers = {task.key: at for at, task in enumerate(steps)}
        self._last, self._now = self._now, {}

    def recall(self, tree: Tree, path: str, content: bytes | None, tasks: Sequence[Task]) -> FileResult | None:
        """Return what planning these bytes gave; None where that is not known."""
        key = self._key(tree, path, content, tasks)
        found = self._last.get(key) if key is not None else None
        if key is None or found is None:
            return None
        self._now[key] = found
        return _copied(found)

    def keep(self, tree: Tree, planned: Iterable[FileResult], work: Mapping[str, Sequence[Task]]) -> None:
        """Remember files, unless what other files hold had a part in what was planned: they may change."""
        for each in planned:
            key = self._key(tree, each.path, each.before, work[each.path])
            if key is not None and each.is_by_itself:
                self._now[key] = _copied(each)

    def _key(self, tree: Tree, path: str, content: bytes | None, tasks: Sequence[Task]) -> _Key | None:
        """Return what tells a file from all others; None where its bytes and the steps do not decide."""
        is_python = all(task.step.operation in PYTHON_OPERATIONS for task in tasks)
        if self._run is None or content is None or not is_python:
            return None
        numbers = tuple(self._numbers[task.key] for task in tasks)
        return (self._run, path, tree.package_of(path), numbers, content)


def _copied(planned: FileResult) -> FileResult:
    """Return a result of its own: the stages that follow change results in place."""
    found = copy(planned)
    found.results, found.revisions = list(planned.results), list(planned.revisions)
    found.left, found.made = dict(planned.left), list(planned.made)
    return found
