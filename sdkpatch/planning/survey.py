"""What a step that renames has to know of the tree, and the files that it moves: planned where they will be."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EditRefused
from ..model import Applied, Conflict, Region, Result
from ..operation import Inheriting, Reading, Surveying
from ..operations import OPERATIONS
from ..tree import Tree
from .file_result import FileResult
from .task import Task


def is_surveyed(task: Task) -> bool:
    """Tell whether a step knows what other files say."""
    return isinstance(OPERATIONS[task.step.operation], Surveying | Reading | Inheriting)


def surveyed(tree: Tree, tasks: Sequence[Task]) -> tuple[list[Task], Tree, list[Result]]:
    """Return the tasks that know what the tree says, the tree with moved files where they will be, and conflicts."""
    found: list[Task] = []
    refused: list[Result] = []
    for task in tasks:
        operation = OPERATIONS[task.step.operation]
        if isinstance(operation, Reading):
            try:
                task = task._replace(step=task.step._replace(arguments=operation.read(task.step.arguments, tree)))
            except EditRefused as problem:
                refused.append(task.result(task.place, Conflict(reason=problem.reason)))
        if isinstance(operation, Inheriting):
            task = _inherited(tree, task, operation)
        if not isinstance(operation, Surveying):
            found.append(task)
            continue
        from .names.offers import Refused, survey

        try:
            told = survey(tree, operation.renamed(task.step.arguments))
        except (Refused, EditRefused) as problem:
            place = problem.place if isinstance(problem, Refused) else None
            refused.append(task.result(place or task.place, Conflict(reason=problem.reason)))
            found.append(task)
            continue
        arguments = operation.surveyed(
            task.step.arguments, told.defining, told.offers, tuple(sorted(told.tops.items())), told.stems
        )
        known = f"{told.defining}{sorted(told.offers)}{sorted(told.tops.items())}{told.stems}"
        text = f"{task.step.text}{known}" if task.step.text else ""
        found.append(task._replace(step=task.step._replace(arguments=arguments, text=text)))
        if told.moved:
            places = dict(tree.moved)
            old = {before for _, before in told.moved}
            files = sorted({*tree.files} - old | {after for after, _ in told.moved})
            places = {after: before for after, before in places.items() if after not in old}
            places |= {after: dict(tree.moved).get(before, before) for after, before in told.moved}
            tree = tree._replace(files=tuple(files), moved=tuple(sorted(places.items())))
    return found, tree, refused


def _inherited(tree: Tree, task: Task, operation: Inheriting) -> Task:
    """Return the task that knows the classes with a member; what is remembered of files depends on them, too."""
    from .names.owners import owners

    found = owners(tree, *operation.member(task.step.arguments))
    arguments = operation.inherited(task.step.arguments, found)
    known = f"{sorted(found.classes)}{sorted(found.names)}{found.problems}"
    text = f"{task.step.text}{known}" if task.step.text else ""
    return task._replace(step=task.step._replace(arguments=arguments, text=text))


def moved_to_their_places(
    tree: Tree, tasks: Sequence[Task], files: Sequence[FileResult], results: Sequence[Result]
) -> tuple[list[FileResult], list[Result]]:
    """Return the files with those that move as one that goes and one that comes, and what became of their sites."""
    task = next(each for each in tasks if _moves(each))
    planned = {each.path: each for each in files}
    found = [each for each in files if each.path not in dict(tree.moved)]
    told = list(results)
    by_path: dict[str, list[int]] = {}
    for at, result in enumerate(told):
        by_path.setdefault(result.site.path, []).append(at)
    for path, place in tree.moved:
        old = planned.get(path)
        before = tree.read(path)
        gone = FileResult(place, before, tree.package_of(path), tree.package)
        gone.revise(None, (Region(1, _lines(before) + 1, 0),))
        come = FileResult(path, None, tree.package_of(path), tree.package)
        after = before if old is None or old.after is None else old.after
        come.revise(after, (Region(1, 1, _lines(after)),))
        own = task
        if old is not None:
            come.results, come.left, come.judged = old.results, old.left, old.judged
        for at in by_path.get(path, ()):
            result = told[at]
            if _moves(_task(tasks, result)):
                own = _task(tasks, result)
                if not isinstance(result.outcome, Conflict):
                    told[at] = result._replace(outcome=Applied(f"moved from {place}"))
        gone.made = come.made = [(own.patch, own.number, own.step.operation)]
        is_removed = old is not None and old.after is None  # by another step
        found += [gone] if is_removed else [gone, come]
    return sorted(found, key=lambda each: each.path), told


def _moves(task: Task) -> bool:
    return isinstance(OPERATIONS[task.step.operation], Surveying)


def _task(tasks: Sequence[Task], result: Result) -> Task:
    return next((task for task in tasks if task.owns(result)), tasks[0])


def _lines(code: bytes) -> int:
    return len(code.splitlines())
