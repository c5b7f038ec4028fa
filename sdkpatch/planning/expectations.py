"""Hold each step of a run against what it expects of the tree, now and in a second run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..bounds import globs
from ..errors import EditRefused
from ..model import Conflict, Expectation, Result, Satisfied, Site, Step
from ..operation import PythonOperation
from ..operations import OPERATIONS, PYTHON_OPERATIONS
from ..operations.fernignore_protect import FernignoreProtect
from ..operations.shared import selectors
from ..tree import PlannedFiles, Tree
from . import twins
from .file_result import FileResult, Left
from .task import Task


def unmet(
    tree: Tree, tasks: Sequence[Task], owned: Mapping[tuple[str, int], list[Result]], files: PlannedFiles
) -> list[Result]:
    """Compare how many sites each step found with what it expects, and ask it whether the tree drifted."""
    found: list[Result] = []
    for task in tasks:
        if task.step.operation == FernignoreProtect.name:
            continue
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        own = owned.get(task.key, [])
        sites = [result for result in own if not result.site.is_whole]
        is_clear = not any(isinstance(each.outcome, Conflict) for each in own)
        expect, counted = task.step.expect, [result for result in sites if _counts(task.step.expect, result.site)]
        if not _is_met(expect, len(counted)) and is_clear:
            reason = f"expected {_shown(expect)}, found {len(counted)}"
            found.append(task.result(task.place, Conflict(reason=reason, hint=_hint(tree, task, operation))))
        elif is_clear and (empty := _empty_place(expect, counted)):
            reason = f'no site is in "{empty}", but expect.at requires one'
            hint = "the generator changed the code there; sites elsewhere do not count"
            found.append(task.result(task.place, Conflict(reason=reason, hint=hint)))
        elif is_clear and (gone := _absent(task.step, files)):
            reason = f"files names {gone}, which is not there"
            hint = "the generator moved or renamed it: bring files up to date"
            found.append(task.result(task.place, Conflict(reason=reason, hint=hint)))
        elif operation and (lost := _unmatched(tree, task, operation, sites)):
            found.append(task.result(task.place, lost))
        elif sites and (drift := _drift(tree, task, files)):
            found.append(task.result(task.place, drift))
    return found


def lost_in_second_run(
    tree: Tree, tasks: Sequence[Task], owned: Mapping[tuple[str, int], list[Result]], files: Iterable[FileResult]
) -> list[Result]:
    """Report the steps that a second run would stop at, because later steps took their sites away or added some."""
    found: list[Result] = []
    moved: dict[tuple[str, int], dict[str, Left]] = {}
    for each in files:
        for key, left in each.left.items():
            moved.setdefault(key, {})[each.path] = left
    for task in tasks:
        own = owned.get(task.key, [])
        if task.key not in moved or any(isinstance(each.outcome, Conflict) for each in own):
            continue
        here = moved[task.key]
        sites = [each for each in own if each.site.path not in here]
        sites += [task.result(site, Satisfied()) for left in here.values() for site in left.sites]
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        counted = [each for each in sites if _counts(task.step.expect, each.site)]
        is_met = _is_met(task.step.expect, len(counted)) and not _empty_place(task.step.expect, counted)
        is_met = is_met and not (operation and _unmatched(tree, task, operation, sites))
        if is_met and not twins.missing(tree, [task], {task.key: sites}):
            continue
        by = sorted({left.by for left in here.values()})
        found.append(task.result(task.place, _second_run(task, len(sites), by)))
    return found


def _second_run(task: Task, sites: int, by: Sequence[str]) -> Conflict:
    word = "site" if sites == 1 else "sites"
    reason = f"{' and '.join(by)} would leave {task.label} {sites} {word}; it expects {_shown(task.step.expect)}"
    return Conflict(reason=reason, hint="a second run would stop at this step: remove one of them, or change expect")


def _hint(tree: Tree, task: Task, operation: PythonOperation[Any] | None) -> str:
    selectors = operation.selectors(task.step.arguments) if operation else ()
    words = operation.words(task.step.arguments) if operation else ()
    from . import hints

    if lacking := hints.no_file(tree, task.step):
        return lacking
    if not selectors and not words and not (operation and operation.scopes(task.step.arguments)):
        return "the generator moved or renamed what the step is about; look at files and at the notes"
    if operation and selectors:
        lost = hints.missing(tree, task.step, selectors) or selectors[0]
        return hints.near(tree, task.step, lost, operation.kinds)
    scopes = operation.scopes(task.step.arguments) if operation else ()
    return hints.scope_hint(tree, task.step, scopes) or hints.holding(tree, task.step, words)


def _unmatched(tree: Tree, task: Task, operation: PythonOperation[Any], sites: Sequence[Result]) -> Conflict | None:
    """Return the conflict of the first of several selectors that names no site."""
    wanted, scopes = operation.selectors(task.step.arguments), operation.scopes(task.step.arguments)
    if max(len(wanted), len(scopes)) < 2 or task.step.expect.relation == "any":
        return None
    from .hints import lost_scope, near, unmatched

    names = [result.site.name for result in sites]
    lost = unmatched(wanted, names) if len(wanted) > 1 else ""
    lost = lost or lost_scope(tree, task.step, (*wanted, *scopes), names)
    if not lost:
        return None
    return Conflict(reason=f'the selector "{lost}" names nothing', hint=near(tree, task.step, lost, operation.kinds))


def _absent(step: Step, files: PlannedFiles) -> str:
    """Return the first of several files that a patch names exactly and that is not there, or an empty string."""
    usual = OPERATIONS[step.operation].files_for(step.arguments)
    if len(step.files) < 2 or step.files == usual or step.expect.relation == "any":
        return ""
    return next((path for path in step.files if not set(path) & set("*?[{") and path not in files), "")


def _drift(tree: Tree, task: Task, files: PlannedFiles) -> Conflict | None:
    try:
        return OPERATIONS[task.step.operation].drift(tree, task.step.arguments, task.step.expect, files)
    except EditRefused as refused:
        return Conflict(reason=refused.reason)


def _shown(expect: Expectation) -> str:
    among = f" in {', '.join(expect.at)}" if expect.at else ""
    return f"{expect} {'site' if expect.sites == 1 else 'sites'}{among}"


def _is_met(expect: Expectation, count: int) -> bool:
    match expect.relation:
        case "=":
            return count == expect.sites
        case ">=":
            return count >= expect.sites
        case "<=":
            return count <= expect.sites
        case _:
            return True


def _counts(expect: Expectation, site: Site) -> bool:
    return not expect.at or any(_is_at(place, site) for place in expect.at)


def _is_at(place: str, site: Site) -> bool:
    """Tell whether a site lies in FILES, or in what FILES:SELECTOR names."""
    files, _, selector = place.partition(":")
    if not globs.matches(site.path, (files,)):
        return False
    return not selector or selectors.encloses(selector, site.name)


def _empty_place(expect: Expectation, counted: Sequence[Result]) -> str:
    """Return the first of the places that must each hold a site and holds none, or an empty string."""
    if expect.relation not in (">=", "=") or not expect.sites:
        return ""
    return next((each for each in expect.at if not any(_is_at(each, result.site) for result in counted)), "")
