"""What is remembered between runs of files that need nothing: sites that are held, or that there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

from ..errors import TreeError
from ..model import Result, Satisfied, Site, SiteKind
from ..operations import PYTHON_OPERATIONS
from ..tree import Tree
from .file_result import FileResult
from .task import Task

Entry = list[list[object]]


class Store(Protocol):
    """Where verdicts are kept from run to run."""

    def get(self, key: Sequence[str | bytes]) -> Entry | None: ...

    def put(self, key: Sequence[str | bytes], entry: Entry) -> None: ...


def told_in_full(tasks: Sequence[Task]) -> list[str]:
    """Return what tells the steps of a run from all others; empty where a step was not read from a patch."""
    if not tasks or not all(each.step.text for each in tasks):
        return []
    return [
        repr((each.patch, each.number, each.step.operation, each.step.files, each.step.leave, each.step.text))
        for each in tasks
    ]


class Memory:
    """The verdicts of one run, from before and for later. Whatever a store says, nothing is changed because of it."""

    def __init__(self, opened: Callable[[], Store], tree: Tree, steps: Sequence[Task]) -> None:
        """``opened`` gives the store, and is asked when it is needed."""
        self._opened = opened
        self._tree = tree
        self._places = {task.key: at for at, task in enumerate(steps)}

    @cached_property
    def _store(self) -> Store:
        return self._opened()

    @cached_property
    def _whole(self) -> bytes | None:
        """What tells all modules of the tree from any others; None where one cannot be read."""
        import hashlib

        found = hashlib.blake2b(digest_size=16)
        for path in self._tree.files:
            if path.endswith(".py"):
                try:
                    code = self._tree.read(path)
                except TreeError:
                    return None
                found.update(b"%d %d " % (len(path), len(code)) + path.encode("utf-8", "surrogateescape"))
                found.update(code)
        return found.digest()

    def is_unused(self, path: str) -> bool:
        """Tell whether the steps asked nothing of a file that none covers, and no module has changed since."""
        return self._whole is not None and self._store.get(self._key_of_unused(path)) == []

    def keep_unused(self, path: str) -> None:
        """Remember that the steps ask nothing of a file that none covers, as the modules of the tree are now."""
        if self._whole is not None:
            self._store.put(self._key_of_unused(path), [])

    def _key_of_unused(self, path: str) -> list[str | bytes]:
        return ["unused", path, self._tree.package, self._whole or b""]

    def recall(self, path: str, content: bytes | None, tasks: Sequence[Task]) -> FileResult | None:
        """Return what planning a file gave when it needed nothing; None where that is not known."""
        if content is None or any(task.step.operation not in PYTHON_OPERATIONS for task in tasks):
            return None
        entry = self._store.get(self._key(path, content, tasks))
        if entry is None:
            return None
        own = {self._places[task.key]: task for task in tasks}
        found = FileResult(path, content, self._tree.package_of(path), self._tree.package)
        try:
            for at, line, name, flavour, kind in entry:
                if type(at) is not int or type(line) is not int or type(name) is not str or type(flavour) is not str:
                    return None
                site = Site(path, line, name, flavour, SiteKind(kind))
                found.results.append(own[at].result(site, Satisfied()))
        except (KeyError, TypeError, ValueError):  # not as it was written
            return None
        return found

    def keep(self, result: FileResult, tasks: Sequence[Task]) -> None:
        """Remember a file that needs nothing, unless what other files hold had a part in that: they may change."""
        is_python = all(task.step.operation in PYTHON_OPERATIONS for task in tasks)
        is_unchanged = result.before is not None and not result.revisions and not result.left
        if result.before is None or not is_unchanged or not result.is_by_itself or not is_python:
            return
        if all(map(_is_held, result.results)):
            entry: Entry = [
                [
                    self._places[each.patch, each.step],
                    each.site.line,
                    each.site.name,
                    each.site.flavour,
                    each.site.kind.value,
                ]
                for each in result.results
            ]
            self._store.put(self._key(result.path, result.before, tasks), entry)

    def _key(self, path: str, content: bytes, tasks: Sequence[Task]) -> list[str | bytes]:
        numbers = " ".join(str(self._places[task.key]) for task in tasks)
        return [path, self._tree.package_of(path), self._tree.package, numbers, content]


def _is_held(result: Result) -> bool:
    return isinstance(result.outcome, Satisfied) and not result.site.is_whole
