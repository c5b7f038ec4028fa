"""What planning one file means for its sites, and what is wrong with a text that steps would leave."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from ..model import Applied, Conflict, Outcome, Result, Satisfied, Site
from ..operation import Held, Judgement, ToDo
from ..python.source import Source
from .file_result import FileResult, file_site
from .task import Task

_LINE = re.compile(r"\(line (\d+)\)$")


class Verdicts(NamedTuple):
    """What judging a step gave for one state of a file."""

    content: bytes | None
    found: tuple[Judgement, ...]

    def are_held(self, content: bytes | None) -> bool:
        """Tell whether the goal holds at every site of these very bytes."""
        return self.content is content and all(isinstance(each.verdict, Held) for each in self.found)


def taken_back(task: Task, broken: Judgement, later: Task, is_new: bool) -> Conflict:
    """Return the conflict of a step that a later one disturbs, with both of them named."""
    details = (broken.verdict.reason,) if isinstance(broken.verdict, Conflict) else ()
    if is_new:
        reason = f"{later.label} adds code that {task.label} is about, and that does not meet its goal"
        hint = "put the step that adds the code first, or add it as the other step wants it"
    else:
        reason = f"{later.label} undoes what {task.label} did"
        hint = "the two want this place differently: remove one of them"
    return Conflict(reason=reason, hint=hint, details=details)


def uncompilable(source: Source | Conflict, planned: FileResult) -> Conflict | None:
    """Return why a planned module, parsed, does not compile; None when it does."""
    if not isinstance(source, Source):
        return of_result("the result of the steps is wrong", source, planned.after)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _compile(source, planned.path)
    except (SyntaxError, ValueError) as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        line = error.lineno or 0 if isinstance(error, SyntaxError) else 0
        details = _lines(planned.after, line)
        return Conflict(reason=f"the result of the steps does not compile: {message}", details=details)
    except RecursionError:
        return Conflict(reason="the result of the steps is nested too deeply to compile")
    return None


def _compile(source: Source, path: str) -> None:
    """Compile a module from its tree, which takes less time than to parse it again; a deep one from its text."""
    try:
        compile(source.tree, path, "exec", dont_inherit=True)
    except RecursionError:
        compile(source.code, path, "exec", dont_inherit=True)


def of_result(what: str, conflict: Conflict, content: bytes | None) -> Conflict:
    """Return what is wrong with a planned text, with the lines: no file on disk has them."""
    found = _LINE.search(conflict.reason)
    reason = f"{conflict.reason[: found.start()]}(line {found[1]} of the result)" if found else conflict.reason
    details = (*conflict.details, *_lines(content, int(found[1]) if found else 0))
    return conflict._replace(reason=f"{what}: {reason}", details=details)


def _lines(content: bytes | None, line: int) -> tuple[str, ...]:
    """Return a line of a text between its neighbours, numbered; nothing for line 0."""
    lines = (content or b"").decode("utf-8", "replace").splitlines()
    around = range(max(line - 1, 1), min(line + 1, len(lines)) + 1) if line else ()
    return tuple(f"{number}: {lines[number - 1]}".rstrip() for number in around)


def once(conflict: Conflict, todo: Sequence[Judgement]) -> Conflict:
    """Return what is wrong with a change as a whole: said once, at the first of its sites."""
    if len(todo) == 1:
        return conflict
    others = f"so none of the {len(todo)} sites in this file is changed"
    return conflict._replace(reason=f"{conflict.reason}; {others}")


def is_conflict(result: Result) -> bool:
    """Tell whether a result stops the run."""
    return isinstance(result.outcome, Conflict)


def conflict_site(path: str, conflict: Conflict) -> Site:
    """Return where a file that does not parse is wrong: its reason names the line."""
    found = _LINE.search(conflict.reason)
    return file_site(path, int(found[1]) if found else 1)


def outcome(judgement: Judgement) -> Outcome:
    """Return what a verdict means when the plan is carried out."""
    match judgement.verdict:
        case Held():
            return Satisfied()
        case ToDo(detail=detail):
            return Applied(detail=detail)
        case conflict:
            return conflict
