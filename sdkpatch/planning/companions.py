"""The files of its own that patched code needs in the SDK: added where a step that wants them has a site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..fern.sdk_package import below
from ..model import Conflict, Expectation, Patch, Step
from ..operation import Style
from ..operations import OPERATIONS
from ..operations.shared.paths import BasedPath
from ..resources import SUPPORT_FOLDER, SUPPORT_MODULES, support
from ..tree import ITSELF, Tree
from .file_result import FileResult, file_site
from .plan_file import FilePlanner
from .task import Task


def companions(tree: Tree, patches: Sequence[Patch], files: Sequence[FileResult], style: Style) -> Iterator[FileResult]:
    """Plan each support module that the files with sites import, once, for the first step that needs it.

    Where none does, an earlier run left the code: the module is planned for the first step on handshakes with a site
    there. Other steps leave the module alone.
    """
    found: dict[str, tuple[str, Patch]] = {}
    imported = {planned.path: names for planned in files if (names := _imported(planned.after or b""))}
    results = [each for planned in files if planned.path in imported for each in planned.results]
    sites = [each for each in results if not each.site.is_whole]
    steps = [(patch, number, step) for patch in patches for number, step in enumerate(patch.steps, 1)]
    for is_left in (False, True):
        for patch, number, step in steps:
            operation = OPERATIONS[step.operation]
            needed = operation.needs(step.arguments)
            own = {each.site.path for each in sites if (each.patch, each.step) == (patch.id, number)}
            for path in sorted(own) if needed or (is_left and operation.strays) else ():
                for name in imported[path] if is_left else needed:
                    found.setdefault(below(_home(tree, path), f"{SUPPORT_FOLDER}/{name}.py"), (name, patch))
    for count, (path, (name, patch)) in enumerate(sorted(found.items())):
        yield _planned(tree, path, _task(patch, path, name, len(patch.steps) + 2 + count), style)


def _imported(code: bytes) -> list[str]:
    """Return the support modules that a file imports from."""
    return [name for name in SUPPORT_MODULES if re.search(rb"from [.\w]*\b%b import" % name.encode(), code)]


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
