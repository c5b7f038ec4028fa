"""The oracle: what the planner makes of a file, or of a tree, when steps are applied to it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property

from ..bounds import globs
from ..errors import EditRefused
from ..loading.patchfile import PatchText
from ..model import Applied, Conflict, Patch, Result, Step
from ..operation import Style
from ..operations import FILE_OPERATIONS, OPERATIONS, PYTHON_OPERATIONS
from ..planning.candidates import candidates
from ..planning.file_result import FileResult
from ..planning.plan_file import FilePlanner
from ..planning.task import Task
from ..tree import Tree
from . import toml_text
from .steps import StepTable


class Trial:
    """Applies steps to files of the generated tree, one file at a time: what no person wrote is never written."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._steps: dict[str, Step | None] = {}

    @cached_property
    def style(self) -> Style:
        """The layout of the tree's code."""
        from ..python.style import line_length

        return Style(line_length=line_length(self.tree))

    def step(self, table: StepTable) -> Step | None:
        """Return a step as the loader makes it, None where the patch language has no such step."""
        text = toml_text.patch("capture", "capture", "", "", [table], ())
        if text not in self._steps:
            patch, _, _ = PatchText(text, "capture").bind({}, OPERATIONS)
            self._steps[text] = patch.steps[0] if patch is not None else None
        return self._steps[text]

    def patch(self, tables: Sequence[StepTable]) -> Patch | None:
        """Return the patch of several steps, None where one of them cannot be."""
        steps = [self.step(table) for table in tables]
        known = tuple(step for step in steps if step is not None)
        if len(known) < len(steps):
            return None
        return Patch("capture", "capture", "", "", "capture", "", False, known, (), {})

    def file(self, path: str, content: bytes | None, tables: Sequence[StepTable]) -> FileResult | None:
        """Return what the planner makes of a file, None where a step cannot be or is not about the file."""
        patch = self.patch(tables)
        if patch is None:
            return None
        tasks = [task for task in _tasks(patch) if self._is_about(task.step, path)]
        return FilePlanner(path, content, tasks, self.style, self.tree).finish() if tasks else None

    def _is_about(self, step: Step, path: str) -> bool:
        if step.operation in FILE_OPERATIONS:
            try:
                return path in FILE_OPERATIONS[step.operation].paths(step.arguments, step.files, self.tree)
            except EditRefused:
                return False
        return globs.matches(path, step.files)

    def elsewhere(self, table: StepTable, besides: Container[str]) -> Iterator[int]:
        """Yield for each other file of the tree that a step has sites in how many it would change; a conflict counts.

        Nothing is edited, so this takes no longer than a run that finds all done.
        """
        patch = self.patch([table])
        tasks = _tasks(patch) if patch is not None else []
        if not tasks or tasks[0].step.operation not in PYTHON_OPERATIONS:
            return
        work, _, _ = candidates(self.tree, tasks)
        for path, own in work.items():
            if path not in besides:
                code = self.tree.read(path)
                held, found = FilePlanner(path, code, own, self.style, self.tree, steps=tasks).held(own[0], code)
                yield found - held


def _tasks(patch: Patch) -> list[Task]:
    return [
        Task(patch=patch.id, number=number, step=step, origin=patch.origin)
        for number, step in enumerate(patch.steps, 1)
    ]


def after(result: FileResult | None) -> bytes | None:
    """Return the bytes that a file becomes, None where it has a conflict."""
    if result is None or any(isinstance(each.outcome, Conflict) for each in result.results):
        return None
    return result.after


def changed(results: Sequence[Result]) -> int:
    """Return the number of sites that steps changed."""
    return sum(isinstance(each.outcome, Applied) for each in results)


def reason(result: FileResult | None) -> str:
    """Return why a file has a conflict, an empty string where it has none."""
    if result is None:
        return "the patch language has no such step"
    return next((each.outcome.reason for each in result.results if isinstance(each.outcome, Conflict)), "")
