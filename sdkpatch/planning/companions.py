"""The files of its own that patched code needs in the SDK: added where a step that wants them has a site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..fern.sdk_package import below
from ..model import Conflict, Expectation, Patch, Result, Step
from ..operation import Style
from ..operations import OPERATIONS
from ..operations.shared.paths import BasedPath
from ..resources import SUPPORT_FOLDER, support
from ..tree import ITSELF, Tree
from .file_result import FileResult, file_site
from .plan_file import FilePlanner
from .task import Task


def companions(tree: Tree, patches: Sequence[Patch], results: Sequence[Result], style: Style) -> Iterator[FileResult]:
    """Plan each support module that a step with a site needs, once, for the first such step."""
    found: dict[str, tuple[str, Patch]] = {}
    for patch in patches:
        for number, step in enumerate(patch.steps, 1):
            names = OPERATIONS[step.operation].needs(step.arguments)
            own = [each for each in results if names and (each.patch, each.step) == (patch.id, number)]
            for home in sorted({_home(tree, each.site.path) for each in own if not each.site.is_whole}):
                for name in names:
                    found.setdefault(below(home, f"{SUPPORT_FOLDER}/{name}.py"), (name, patch))
    for count, (path, (name, patch)) in enumerate(sorted(found.items())):
        yield _planned(tree, path, _task(patch, path, name, len(patch.steps) + 2 + count), style)


def _home(tree: Tree, path: str) -> str:
    """Return the package around a file whose core has the SDK's errors, ``.`` for the tree, empty for none."""
    while "/" in path:
        path = path.rpartition("/")[0]
        if tree.has(f"{path}/{SUPPORT_FOLDER}/api_error.py"):
            return path
    return ITSELF if tree.has(f"{SUPPORT_FOLDER}/api_error.py") else ""


def _task(patch: Patch, path: str, name: str, number: int) -> Task:
    from ..operations.file_add import FileAddition

    step = Step(
        operation="file.add",
        files=("**",),
        arguments=FileAddition(place=BasedPath(path=path, base="tree"), content=support(name), replace=True),
        expect=Expectation(relation="any", sites=0),
        line=1,
    )
    return Task(patch=patch.id, number=number, step=step, origin=patch.origin)


def _planned(tree: Tree, path: str, task: Task, style: Style) -> FileResult:
    if path.startswith("/"):
        lost = FileResult(path=path[1:], before=None)
        reason = f"no package around the patched file has a {SUPPORT_FOLDER}/api_error.py, which it builds on"
        lost.results.append(task.result(file_site(path[1:]), Conflict(reason=reason)))
        return lost
    return FilePlanner(path, tree.read(path) if tree.has(path) else None, [task], style, tree).finish()
