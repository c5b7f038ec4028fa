"""The planning stage: patches and a tree become new bytes per file and an outcome per site. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..bounds import globs
from ..errors import EditRefused
from ..fern.doubt import doubt
from ..fern.fernignore import one_line
from ..fern.metadata import generator_version, is_wanted
from ..fern.sdk_package import settled
from ..model import Applied, Conflict, Expectation, FileChange, Patch, Plan, Result, Satisfied, Site, Skipped, Step
from ..operation import PythonOperation, Style
from ..operations import FILE_OPERATIONS, OPERATIONS, PYTHON_OPERATIONS
from ..operations.fernignore_protect import FERNIGNORE, FernignoreProtect, Protection
from ..operations.shared import selectors
from ..operations.shared.paths import clashes
from ..tree import PlannedFiles, Tree
from . import twins
from .candidates import candidates
from .companions import companions
from .plan_file import FilePlanner
from .processes import in_processes, useful_jobs
from .task import WHOLE, FileResult, Left, Task, file_site


def plan(
    tree: Tree, patches: Sequence[Patch], *, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> Plan:
    """Plan a run of ``patches`` over ``tree``.

    ``jobs`` processes edit files at once; 0 decides by itself. ``progress`` is told how many files of how many are
    done. Raises TreeError when the tree cannot be read.
    """
    tree = settled(tree)
    version = generator_version(tree) if any(patch.generator for patch in patches) else None
    wanted = [patch for patch in patches if is_wanted(version, patch.generator)]
    skipped = [
        Skipped(patch=patch.id, reason=f"the SDK was generated with {version}, the patch is for {patch.generator}")
        for patch in patches
        if patch not in wanted
    ]
    tasks = [
        Task(
            patch=patch.id,
            number=number,
            step=step,
            origin=patch.origin,
            used=patch.used,
        )
        for patch in wanted
        for number, step in enumerate(patch.steps, 1)
    ]
    style = Style(line_length=120)
    python = [task for task in tasks if task.step.operation in PYTHON_OPERATIONS]
    work, problems, notes = candidates(tree, python)
    own = _file_work(tree, tasks, work, problems)
    if any(work.values()):
        from ..python.style import line_length

        style = Style(line_length=line_length(tree))
    files = _plan_files(tree, tasks, work, style, jobs, progress or _no_progress)
    _delay_imports(tree, tasks, work, style, files)
    results = [result for planned in files for result in planned.results] + problems
    for added in companions(tree, wanted, files, style):
        files.append(added)
        results += added.results
    own += _frozen(wanted, results)
    if own:
        content = tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else None
        files.append(FilePlanner(FERNIGNORE, content, own, style, tree).finish())
        results += files[-1].results
    results += _clashes(tasks, files)
    planned = PlannedFiles(tree=tree, planned={each.path: each.after for each in files if each.after != each.before})
    owned = _by_step(results)
    results += twins.missing(tree, tasks, owned)
    results += _expectations(tree, tasks, owned, planned)
    results += _lost(tree, tasks, _by_step(results), files)
    if not any(isinstance(each.outcome, Conflict) for each in results) and any(each.revisions for each in files):
        from .names import bindings

        findings = bindings.compare(tree, files)
        results += findings.results
        notes += findings.notes
    changes = [
        FileChange(
            path=each.path,
            before=each.before,
            after=each.after,
            revisions=tuple(each.revisions),
            package=each.package,
            sdk=each.sdk,
        )
        for each in files
        if each.revisions and each.after != each.before
    ]
    return Plan(
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        results=tuple(sorted(_once(results), key=_order)),
        skipped=tuple(skipped),
        notes=tuple(sorted(notes, key=lambda note: (note.path, note.line))),
        doubt=doubt(tree) if any(isinstance(result.outcome, Conflict) for result in results) else "",
    )


def _no_progress(done: int, total: int) -> None:
    """Nobody waits."""


def _order(result: Result) -> tuple[str, int, str, int]:
    return result.site.path, result.site.line, result.patch, result.step


def _once(results: Iterable[Result]) -> Iterator[Result]:
    """Yield each result, and what is wrong with a file as a whole for the first step alone."""
    seen: set[tuple[str, str]] = set()
    for result in results:
        if result.site.name in WHOLE and isinstance(result.outcome, Conflict):
            said = (result.site.path, result.outcome.reason)
            if said in seen:
                continue
            seen.add(said)
        yield result


def _file_work(tree: Tree, tasks: Sequence[Task], work: dict[str, list[Task]], problems: list[Result]) -> list[Task]:
    """Add to each file's tasks the steps that are about the file as a whole, in the order of the steps.

    Files that a step of the run makes are files to the others. Returns the tasks about .fernignore, which come last: a
    patch may want the files it changed to be listed there.
    """
    last: list[Task] = []
    order = {id(task): index for index, task in enumerate(tasks)}
    whole = [task for task in tasks if task.step.operation in FILE_OPERATIONS]
    made = {path for task in whole if FILE_OPERATIONS[task.step.operation].makes for path in _paths(task, tree, [])}
    seen = tree._replace(files=tuple(sorted({*tree.files, *made}))) if made.difference(tree.files) else tree
    for task in whole:
        for path in _paths(task, seen, problems):
            if path == FERNIGNORE:
                last.append(task)
            else:
                work.setdefault(path, []).append(task)
                work[path].sort(key=lambda each: order[id(each)])
    return last


def _paths(task: Task, tree: Tree, problems: list[Result]) -> Sequence[str]:
    try:
        return FILE_OPERATIONS[task.step.operation].paths(task.step.arguments, task.step.files, tree)
    except EditRefused as refused:
        problems.append(task.result(task.place, Conflict(reason=refused.reason)))
        return ()


def _clashes(tasks: Sequence[Task], files: Sequence[FileResult]) -> list[Result]:
    """Report new files of the run that cannot be beside one another."""
    found: list[Result] = []
    added = [each for each in files if each.before is None and each.after is not None]
    for path, conflict in clashes([each.path for each in added]).items():
        planned = next(each for each in added if each.path == path)
        task = next((task for task in tasks if any(task.owns(result) for result in planned.results)), None)
        found += [task.result(file_site(path), conflict)] if task else []
    return found


def _plan_files(
    tree: Tree,
    steps: Sequence[Task],
    work: Mapping[str, list[Task]],
    style: Style,
    jobs: int,
    progress: Callable[[int, int], None],
) -> list[FileResult]:
    planned: list[FileResult] = []
    pending: list[FilePlanner] = []
    for path, tasks in sorted(work.items()):
        planner = FilePlanner(path, tree.read(path) if tree.has(path) else None, tasks, style, tree, steps=steps)
        if planner.needs_edit:
            pending.append(planner)
        else:
            planned.append(planner.finish())
        progress(len(planned), len(work))
    for result in in_processes(FilePlanner.finish, pending, jobs or useful_jobs(len(pending))):
        planned.append(result)
        progress(len(planned), len(work))
    return planned


def _by_step(results: Iterable[Result]) -> dict[tuple[str, int], list[Result]]:
    owned: dict[tuple[str, int], list[Result]] = {}
    for result in results:
        owned.setdefault((result.patch, result.step), []).append(result)
    return owned


def _delay_imports(
    tree: Tree, steps: Sequence[Task], work: Mapping[str, list[Task]], style: Style, files: list[FileResult]
) -> None:
    """Plan those files once more whose new imports would run too early: such an import goes below what it needs."""
    if not any(each.revisions for each in files):
        return
    from .names import import_order

    late = import_order.late(import_order.early(tree, files))
    for index, each in enumerate(files):
        if each.path in late:
            content = tree.read(each.path) if tree.has(each.path) else None
            tasks = work[each.path]
            planner = FilePlanner(each.path, content, tasks, style, tree, steps=steps, late=late[each.path])
            files[index] = planner.finish()


def _expectations(
    tree: Tree, tasks: Sequence[Task], owned: Mapping[tuple[str, int], list[Result]], files: PlannedFiles
) -> list[Result]:
    """Compare how many sites each step found with what it expects, and ask it whether the tree drifted."""
    found: list[Result] = []
    for task in tasks:
        if task.step.operation == FernignoreProtect.name:
            continue
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        own = owned.get(task.key, [])
        sites = [result for result in own if result.site.name not in WHOLE]
        is_clear = not any(isinstance(each.outcome, Conflict) for each in own)
        expect, counted = task.step.expect, [result for result in sites if _counts(task.step.expect, result.site)]
        if not _is_met(expect, len(counted)) and is_clear:
            reason = f"expected {_shown(expect)}, found {len(counted)}"
            found.append(task.result(task.place, Conflict(reason=reason, hint=_hint(tree, task, operation))))
        elif is_clear and (empty := _empty_place(expect, counted)):
            reason = f'no site is in "{empty}", where expect.at says that one is'
            hint = "the generator changed what the step was written for there; a site elsewhere is no stand-in"
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


def _lost(
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


def _frozen(patches: Sequence[Patch], results: Iterable[Result]) -> list[Task]:
    """Return a ``fernignore.protect`` for the files that each patch with ``freeze = true`` is about."""
    tasks: list[Task] = []
    for patch in patches:
        paths = sorted(
            {
                result.site.path
                for result in results
                if patch.freeze and result.patch == patch.id and isinstance(result.outcome, Applied | Satisfied)
            }
        )
        if not paths:
            continue
        step = Step(
            operation=FernignoreProtect.name,
            files=FernignoreProtect.files,
            arguments=Protection(paths=tuple(paths), reason=one_line(f"patched by {patch.id}: {patch.title}")),
            expect=Expectation(relation="any", sites=0),
            line=1,
        )
        tasks.append(Task(patch=patch.id, number=len(patch.steps) + 1, step=step, origin=patch.origin))
    return tasks
