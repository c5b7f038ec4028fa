"""Plan one Python file: judge with ast, edit with libcst, step by step."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .model import Applied, Conflict, Outcome, Result, Revision, Satisfied, Site
from .operation import EditRefused, Held, Judgement, Source, Style, ToDo
from .operations import PYTHON_OPERATIONS
from .task import FileResult, Task, file_site, parse

if TYPE_CHECKING:
    import libcst


def plan_file(path: str, code: bytes, tasks: Sequence[Task], style: Style) -> FileResult:
    """Take one file through its steps in order: one libcst parse at most, none when nothing is to do."""
    planned = FileResult(path=path, before=code)
    module: libcst.Module | None = None
    source = parse(path, code)
    held: list[tuple[Task, int]] = []
    for task in tasks:
        if isinstance(source, Conflict):
            planned.results.append(task.result(_conflict_site(path, source), source))
            continue
        judgements = _judge(source, task)
        todo = [each for each in judgements if isinstance(each.verdict, ToDo)]
        planned.results += [task.result(each.site, outcome(each)) for each in judgements]
        held.append((task, len(judgements)))
        if not todo or any(isinstance(each.verdict, Conflict) for each in judgements):
            continue
        edited = _edit(source, module, task, todo, style)
        if isinstance(edited, Conflict):
            planned.results = [result for result in planned.results if not task.owns(result)]
            planned.results += [task.result(each.site, edited) for each in todo]
            break
        module, revision = edited
        planned.revisions.append(revision)
        source = parse(path, revision.after)
    if len(tasks) > 1 and planned.revisions and isinstance(source, Source):
        planned.results += _undone(source, held, planned.results)
    return planned


def _conflict_site(path: str, conflict: Conflict) -> Site:
    found = re.search(r"\(line (\d+)\)$", conflict.reason)
    return file_site(path, int(found[1]) if found else 1)


def _judge(source: Source, task: Task) -> tuple[Judgement, ...]:
    try:
        return PYTHON_OPERATIONS[task.step.operation].judge(source, task.step.arguments)
    except RecursionError:
        conflict = Conflict(reason="the file is nested too deeply to be judged")
        return (Judgement(site=file_site(source.path), verdict=conflict),)


def outcome(judgement: Judgement) -> Outcome:
    match judgement.verdict:
        case Held():
            return Satisfied()
        case ToDo(detail=detail):
            return Applied(detail=detail)
        case conflict:
            return conflict


def _edit(
    source: Source, module: libcst.Module | None, task: Task, todo: Sequence[Judgement], style: Style
) -> tuple[libcst.Module, Revision] | Conflict:
    import libcst

    try:
        if module is None:
            module = libcst.parse_module(source.code)
            if module.bytes != source.code:
                return Conflict(reason="the file does not survive a round trip (a form feed, or a lone CR at its end)")
        works = [each.verdict for each in todo if isinstance(each.verdict, ToDo)]
        lines = sorted({_first_line(statement) for statement in source.tree.body})
        module, regions = PYTHON_OPERATIONS[task.step.operation].edit(module, works, task.step.arguments, style, lines)
        return module, Revision(before=source.code, after=module.bytes, regions=regions)
    except EditRefused as refused:
        return Conflict(reason=refused.reason)
    except RecursionError:
        return Conflict(reason="the file is nested too deeply to be edited")
    except libcst.ParserSyntaxError as error:
        return Conflict(reason=f"libcst cannot parse the file: {error.message} (line {error.raw_line})")


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _undone(source: Source, held: Sequence[tuple[Task, int]], results: Sequence[Result]) -> list[Result]:
    """Report the steps whose goal a later step took back: two patches that want the same site differently."""
    undone: list[Result] = []
    for task, sites in held:
        if any(task.owns(result) and isinstance(result.outcome, Conflict) for result in results):
            continue
        judgements = _judge(source, task)
        broken = [each for each in judgements if not isinstance(each.verdict, Held)]
        if broken or len(judgements) != sites:
            site = broken[0].site if broken else file_site(source.path)
            reason = "another step of this run takes back what this step did"
            undone.append(task.result(site, Conflict(reason=reason, hint="remove one of the two patches")))
    return undone
