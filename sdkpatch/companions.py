"""The files of its own that patched code needs in the SDK: added where a step that wants them has a site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import paths
from .model import Conflict, Expectation, Patch, Result, Step
from .operation import EditRefused, Style
from .operations import OPERATIONS
from .plan_file import FilePlanner
from .resources import SUPPORT_FOLDER, support
from .task import FileResult, Task, file_site
from .tree import Tree


def companions(tree: Tree, patches: Sequence[Patch], results: Iterable[Result], style: Style) -> Iterator[FileResult]:
    """Plan each support module that a step with a site needs, once, for the first such step."""
    busy = {(each.patch, each.step) for each in results if each.site.name not in ("(file)", "(link)")}
    found: dict[str, Task] = {}
    for patch in patches:
        for number, step in enumerate(patch.steps, 1):
            needs = getattr(OPERATIONS[step.operation], "needs", None)
            for name in needs(step.arguments) if needs and (patch.id, number) in busy else ():
                found.setdefault(name, _task(patch, name, len(patch.steps) + 2 + len(found)))
    for name in sorted(found):
        yield _planned(tree, name, found[name], style)


def _task(patch: Patch, name: str, number: int) -> Task:
    from .operations.file_add import Addition

    place = paths.Place(path=f"{SUPPORT_FOLDER}/{name}.py", base="package")
    step = Step(
        operation="file.add",
        files=("**",),
        arguments=Addition(place=place, content=support(name), replace=True),
        expect=Expectation(relation="any", sites=0),
        line=1,
    )
    return Task(patch=patch.id, number=number, step=step, origin=patch.origin)


def _planned(tree: Tree, name: str, task: Task, style: Style) -> FileResult:
    place = paths.Place(path=f"{SUPPORT_FOLDER}/{name}.py", base="package")
    try:
        path = paths.located(place, tree)
    except EditRefused as refused:
        lost = FileResult(path=place.path, before=None)
        lost.results.append(task.result(file_site(place.path), Conflict(reason=refused.reason)))
        return lost
    return FilePlanner(path, tree.read(path) if tree.has(path) else None, [task], style, tree).finish()
