"""Run the examples of a patch: what documents it is what proves it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import NamedTuple

from ..bounds import globs
from ..errors import EditRefused
from ..model import Conflict, Example, Patch, Step
from ..operation import Reading, Style
from ..operations import FILE_OPERATIONS, OPERATIONS
from ..planning.file_result import FileResult
from ..planning.plan_file import FilePlanner
from ..planning.task import Task
from ..python.style import FERN_LINE_LENGTH
from ..tree import Tree


class ExampleResult(NamedTuple):
    """What became of one example: ``number`` counts from 1, ``after`` is what the patch makes of it.

    ``problem`` says what is wrong, empty when nothing is; ``details`` are the lines of a difference. ``is_outdated``
    tells that the example has an after, and only that is wrong.
    """

    patch: str
    number: int
    after: str
    problem: str = ""
    details: tuple[str, ...] = ()
    is_outdated: bool = False


def run_examples(patch: Patch) -> tuple[ExampleResult, ...]:
    """Run every ``[[example]]`` of a patch.

    The code before becomes the code after exactly, in a second run nothing changes, and both hold with CRLF line ends.
    An example without ``after`` must not change.
    """
    return tuple(_run(patch, number, example) for number, example in enumerate(patch.examples, 1))


def _run(patch: Patch, number: int, example: Example) -> ExampleResult:
    wanted = example.before if example.after is None else example.after
    assert wanted is not None
    made = _apply(patch, example.path, _encoded(example.before))
    if isinstance(made, str):
        return ExampleResult(patch=patch.id, number=number, after=wanted, problem=made)
    after = (made or b"").decode()
    result = ExampleResult(patch=patch.id, number=number, after=after)
    if after != wanted:
        is_outdated = example.after is not None
        problem = "the result is not the code after" if is_outdated else "it changes the code, but there is no after"
        return result._replace(problem=problem, details=_difference(wanted, after), is_outdated=is_outdated)
    again = _apply(patch, example.path, made)
    if again != made:
        problem = again if isinstance(again, str) else "a second run changes the result again"
        return result._replace(problem=f"the code after: {problem}")
    if example.before is None:
        return result
    crlf = _apply(patch, example.path, example.before.replace("\n", "\r\n").encode())
    if isinstance(crlf, str) or (crlf or b"") != wanted.replace("\n", "\r\n").encode():
        return result._replace(problem="with CRLF line ends the result differs")
    return result


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _apply(patch: Patch, path: str, content: bytes | None) -> bytes | str | None:
    """Return what the patch makes of a file, or the reason why it cannot."""
    package = "/".join(path.split("/")[: 2 if path.startswith("src/") else 1]) if "/" in path else "src/example"
    folders = [path[:at] for at, char in enumerate(path) if char == "/" and at >= len(package)]
    files = tuple(sorted({path, *(f"{folder}/__init__.py" for folder in {package, *folders})}))
    tree = Tree(root=Path(), files=files, links=(), leftovers=(), interrupted=False)
    tasks = [
        Task(patch=patch.id, number=number, step=step, origin=patch.origin)
        for number, step in enumerate((_told(each, tree) for each in patch.steps), 1)
        if _is_about(step, path, tree)
    ]
    if not tasks:
        return f"no step is about the file {path}: give the example a path"
    planned = FilePlanner(path, content, tasks, Style(FERN_LINE_LENGTH), package=package).finish()
    return _reason(planned) or planned.after


def _told(step: Step, tree: Tree) -> Step:
    """Return a step that knows what its operation reads of the tree."""
    operation = OPERATIONS[step.operation]
    try:
        arguments = operation.read(step.arguments, tree) if isinstance(operation, Reading) else step.arguments
    except EditRefused:  # the example's file is all there is
        return step
    return step._replace(arguments=arguments)


def _is_about(step: Step, path: str, tree: Tree) -> bool:
    if step.operation in FILE_OPERATIONS:
        return path in FILE_OPERATIONS[step.operation].paths(step.arguments, step.files, tree)
    return globs.matches(path, step.files)


def _reason(planned: FileResult) -> str:
    for result in planned.results:
        if isinstance(result.outcome, Conflict):
            return f"a conflict on line {result.site.line}: {result.outcome.reason}"
    return ""


def _difference(wanted: str, found: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(wanted.split("\n"), found.split("\n"), "after", "result", lineterm="", n=2)
    return tuple(lines)
