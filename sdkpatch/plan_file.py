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


class FilePlanner:
    """Takes one file through its steps in order: one libcst parse at most, none when nothing is to do."""

    def __init__(self, path: str, code: bytes, tasks: Sequence[Task], style: Style) -> None:
        self._tasks = tasks
        self._style = style
        self._source = parse(path, code)
        self._planned = FileResult(path=path, before=code)
        self._module: libcst.Module | None = None
        self._first = _judge(self._source, tasks[0]) if isinstance(self._source, Source) else ()

    @property
    def needs_edit(self) -> bool:
        """Tell whether finishing may have to edit; judging the first step already shows it for most files."""
        return len(self._tasks) > 1 or any(isinstance(each.verdict, ToDo) for each in self._first)

    def finish(self) -> FileResult:
        """Plan the file to its end."""
        planned = self._planned
        held: list[tuple[Task, int]] = []
        for task in self._tasks:
            source = self._source
            if isinstance(source, Conflict):
                planned.results.append(task.result(_conflict_site(planned.path, source), source))
                continue
            judgements = self._first if task is self._tasks[0] else _judge(source, task)
            held.append((task, len(judgements)))
            planned.results += [task.result(self._original(each.site), outcome(each)) for each in judgements]
            if not any(isinstance(each.verdict, Conflict) for each in judgements):
                self._edit(source, task, [each for each in judgements if isinstance(each.verdict, ToDo)])
        if len(self._tasks) > 1 and planned.revisions:
            planned.results += _undone(planned, held)
        return planned

    def _original(self, site: Site) -> Site:
        """Return the site with its line in the file as it is on disk, not as earlier steps leave it."""
        line = site.line
        for revision in reversed(self._planned.revisions):
            line = revision.line_before(line)
        return site._replace(line=line)

    def _edit(self, source: Source, task: Task, todo: Sequence[Judgement]) -> None:
        if not todo:
            return
        edited = _edit(source, self._module, task, todo, self._style)
        if isinstance(edited, Conflict):
            self._planned.results = [result for result in self._planned.results if not task.owns(result)]
            self._planned.results += [task.result(each.site, edited) for each in todo]
            return
        self._module, revision = edited
        self._planned.revisions.append(revision)
        if task is not self._tasks[-1]:
            self._source = parse(self._planned.path, revision.after)


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
        module = module or libcst.parse_module(source.code)
        works = [each.verdict for each in todo if isinstance(each.verdict, ToDo)]
        lines = sorted({_first_line(statement) for statement in source.tree.body})
        module, regions = PYTHON_OPERATIONS[task.step.operation].edit(module, works, task.step.arguments, style, lines)
        revision = Revision(before=source.code, after=module.bytes, regions=regions)
    except EditRefused as refused:
        return Conflict(reason=refused.reason)
    except RecursionError:
        return Conflict(reason="the file is nested too deeply to be edited")
    except libcst.ParserSyntaxError as error:
        return Conflict(reason=f"libcst cannot parse the file: {error.message} (line {error.raw_line})")
    if revision.stray_line is not None:
        return Conflict(reason="libcst does not keep all of this file (a form feed, or a lone CR at its end)")
    return module, revision


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _undone(planned: FileResult, held: Sequence[tuple[Task, int]]) -> list[Result]:
    """Report the steps whose goal a later step took back: two patches that want the same site differently."""
    source = parse(planned.path, planned.after or b"")
    undone: list[Result] = []
    for task, sites in held:
        if any(task.owns(result) and isinstance(result.outcome, Conflict) for result in planned.results):
            continue
        judgements = _judge(source, task) if isinstance(source, Source) else ()
        broken = [each for each in judgements if not isinstance(each.verdict, Held)]
        if broken or len(judgements) != sites:
            site = broken[0].site if broken else file_site(planned.path)
            reason = "another step of this run takes back what this step did"
            undone.append(task.result(site, Conflict(reason=reason, hint="remove one of the two patches")))
    return undone
