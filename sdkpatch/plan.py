"""The planning stage: patches and a tree become new bytes per file and an outcome per site. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from . import globs, twins
from .candidates import candidates
from .companions import companions
from .fern.fernignore import one_line
from .fern.metadata import generator_version, is_wanted
from .model import (
    Applied,
    Conflict,
    Expectation,
    FileChange,
    Patch,
    Plan,
    Result,
    Satisfied,
    Site,
    Skipped,
    Step,
)
from .operation import EditRefused, PythonOperation, Style
from .operations import FILE_OPERATIONS, OPERATIONS, PYTHON_OPERATIONS
from .operations.fernignore_protect import FERNIGNORE, FernignoreProtect, Protection
from .plan_file import FilePlanner
from .processes import in_processes, useful_jobs
from .task import FileResult, Task
from .tree import Tree


def plan(
    tree: Tree, patches: Sequence[Patch], *, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> Plan:
    """Plan a run of ``patches`` over ``tree``.

    ``jobs`` processes edit files at once; 0 decides by itself. ``progress`` is told how many files of how many are
    done. Raises TreeError when the tree cannot be read.
    """
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
        )
        for patch in wanted
        for number, step in enumerate(patch.steps, 1)
    ]
    style = Style(line_length=120)
    python = [task for task in tasks if task.step.operation in PYTHON_OPERATIONS]
    work, problems, notes = candidates(tree, python)
    own = _file_work(tree, tasks, work, problems)
    if any(work.values()):
        from .style import line_length

        style = Style(line_length=line_length(tree))
    files = _plan_files(tree, work, style, jobs, progress or _no_progress)
    _delay_imports(tree, work, style, files)
    results = [result for planned in files for result in planned.results] + problems
    for added in companions(tree, wanted, results, style):
        files.append(added)
        results += added.results
    own += _frozen(wanted, results)
    if own:
        content = tree.read(FERNIGNORE) if tree.has(FERNIGNORE) else None
        files.append(FilePlanner(FERNIGNORE, content, own, style, tree).finish())
        results += files[-1].results
    results += twins.missing(tree, tasks, results)
    present = {*tree.files, *(each.path for each in files if each.after is not None)}
    results += _expectations(tree, tasks, results, present - {each.path for each in files if each.after is None})
    if not any(isinstance(each.outcome, Conflict) for each in results) and any(each.revisions for each in files):
        from . import bindings

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
        )
        for each in files
        if each.revisions and each.after != each.before
    ]
    return Plan(
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        results=tuple(sorted(results, key=_order)),
        skipped=tuple(skipped),
        notes=tuple(sorted(notes, key=lambda note: (note.path, note.line))),
    )


def _no_progress(done: int, total: int) -> None:
    """Nobody waits."""


def _order(result: Result) -> tuple[str, int, str, int]:
    return result.site.path, result.site.line, result.patch, result.step


def _file_work(tree: Tree, tasks: Sequence[Task], work: dict[str, list[Task]], problems: list[Result]) -> list[Task]:
    """Add to each file's tasks the steps that are about the file as a whole, in the order of the steps.

    Returns those about .fernignore, which come last: a patch may want the files it changed to be listed there.
    """
    last: list[Task] = []
    order = {id(task): index for index, task in enumerate(tasks)}
    for task in tasks:
        operation = FILE_OPERATIONS.get(task.step.operation)
        if operation is None:
            continue
        try:
            paths = operation.paths(task.step.arguments, task.step.files, tree)
        except EditRefused as refused:
            place = Site(path=task.origin, line=task.step.line, name=task.step.operation)
            problems.append(task.result(place, Conflict(reason=refused.reason)))
            continue
        for path in paths:
            if path == FERNIGNORE:
                last.append(task)
                continue
            if path.endswith(".py"):  # what the step leaves there is not known yet, so every step has to look
                known = work.setdefault(path, [])
                python = [each for each in tasks if each.step.operation in PYTHON_OPERATIONS and each not in known]
                known += [each for each in python if globs.matches(path, each.step.files)]
            work.setdefault(path, []).append(task)
            work[path].sort(key=lambda each: order[id(each)])
    return last


def _plan_files(
    tree: Tree,
    work: Mapping[str, list[Task]],
    style: Style,
    jobs: int,
    progress: Callable[[int, int], None],
) -> list[FileResult]:
    planned: list[FileResult] = []
    pending: list[FilePlanner] = []
    for path, tasks in sorted(work.items()):
        planner = FilePlanner(path, tree.read(path) if tree.has(path) else None, tasks, style, tree)
        if planner.needs_edit:
            pending.append(planner)
        else:
            planned.append(planner.finish())
        progress(len(planned), len(work))
    for result in in_processes(FilePlanner.finish, pending, jobs or useful_jobs(len(pending))):
        planned.append(result)
        progress(len(planned), len(work))
    return planned


def _delay_imports(tree: Tree, work: Mapping[str, list[Task]], style: Style, files: list[FileResult]) -> None:
    """Plan those files once more whose new imports would run too early: such an import goes below what it needs."""
    if not any(each.revisions for each in files):
        return
    from . import import_order

    late = import_order.late(import_order.early(tree, files))
    for index, each in enumerate(files):
        if each.path in late:
            content = tree.read(each.path) if tree.has(each.path) else None
            tasks = work[each.path]
            files[index] = FilePlanner(each.path, content, tasks, style, tree, late=late[each.path]).finish()


def _expectations(tree: Tree, tasks: Sequence[Task], results: Sequence[Result], files: Container[str]) -> list[Result]:
    """Compare how many sites each step found with what it expects, and ask it whether the tree drifted."""
    found: list[Result] = []
    for task in tasks:
        if task.step.operation == FernignoreProtect.name:
            continue
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        own = [result for result in results if task.owns(result)]
        sites = [result for result in own if result.site.name not in ("(file)", "(link)")]
        place = Site(path=task.origin, line=task.step.line, name=task.step.operation)
        if not _is_met(task.step.expect, len(sites)) and len(sites) == len(own):
            reason = f"expected {_shown(task.step.expect)}, found {len(sites)}"
            found.append(task.result(place, Conflict(reason=reason, hint=_hint(tree, task, operation))))
        elif operation and (lost := _unmatched(tree, task, operation, sites)):
            found.append(task.result(place, lost))
        elif sites and (drift := _drift(tree, task, files)):
            found.append(task.result(place, drift))
    return found


def _hint(tree: Tree, task: Task, operation: PythonOperation | None) -> str:
    selectors = operation.selectors(task.step.arguments) if operation else ()
    words = operation.words(task.step.arguments) if operation else ()
    if not selectors and not words:
        return "the generator moved or renamed what the step is about; look at files and at the notes"
    from . import hints

    return hints.near(tree, task.step, selectors[0]) if selectors else hints.holding(tree, task.step, words)


def _unmatched(tree: Tree, task: Task, operation: PythonOperation, sites: Sequence[Result]) -> Conflict | None:
    """Return the conflict of the first of several selectors that names no site."""
    wanted = operation.selectors(task.step.arguments)
    if len(wanted) < 2 or task.step.expect.relation == "any":
        return None
    from .hints import near, unmatched

    lost = unmatched(wanted, [result.site.name for result in sites])
    if not lost:
        return None
    return Conflict(reason=f'the selector "{lost}" names nothing', hint=near(tree, task.step, lost))


def _drift(tree: Tree, task: Task, files: Container[str]) -> Conflict | None:
    try:
        return OPERATIONS[task.step.operation].drift(tree, task.step.arguments, task.step.expect, files)
    except EditRefused as refused:
        return Conflict(reason=refused.reason)


def _shown(expect: Expectation) -> str:
    return f"{expect} {'site' if expect.sites == 1 else 'sites'}"


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
