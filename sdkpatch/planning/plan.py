"""The planning stage: patches and a tree become new bytes per file and an outcome per site. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..errors import EditRefused
from ..fern.doubt import doubt
from ..fern.fernignore import one_line
from ..fern.metadata import generator_version, is_wanted
from ..fern.sdk_package import settled
from ..model import Applied, Conflict, Expectation, FileChange, Note, Patch, Plan, Result, Satisfied, Skipped, Step
from ..operation import Style
from ..operations import FILE_OPERATIONS, PYTHON_OPERATIONS
from ..operations.fernignore_protect import FERNIGNORE, FernignoreProtect, Protection
from ..operations.shared.paths import clashes
from ..tree import PlannedFiles, Tree
from . import expectations, twins
from .candidates import candidates
from .companions import companions
from .file_result import FileResult, file_site
from .memory import Memory, Store, told_in_full
from .plan_file import FilePlanner
from .planned_before import PlannedBefore
from .processes import as_pays
from .release import frozen
from .survey import is_surveyed, moved_to_their_places, surveyed
from .task import Task


class _Run(NamedTuple):
    """What planning works on: the steps that apply, and the work that each file is for them.

    ``tree`` has files that a step moves where they will be; ``disk`` has them where they are.
    """

    tree: Tree
    disk: Tree
    patches: Sequence[Patch]
    tasks: Sequence[Task]
    work: Mapping[str, list[Task]]
    protections: Sequence[Task]
    style: Style
    memory: Memory | None


class _Found(NamedTuple):
    """What planning has found so far, about files and about steps."""

    files: list[FileResult]
    results: list[Result]
    notes: list[Note]


def plan(
    tree: Tree,
    patches: Sequence[Patch],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    store: Callable[[Sequence[str]], Store] | None = None,
    before: PlannedBefore | None = None,
) -> Plan:
    """Plan a run of ``patches`` over ``tree``.

    ``jobs`` processes edit files at once; 0 decides by itself. ``progress`` is told how many files of how many are
    done. ``store`` gives what is remembered for some steps, each told in full. ``before`` has what was planned for the
    tree before this one. Raises TreeError when the tree cannot be read.
    """
    tree = settled(tree)
    wanted, skipped = _wanted(tree, patches)
    run, found = _prepared(tree, wanted, store)
    if before is not None:
        before.begin(run.tree, run.tasks, run.style)
    _plan_files(run, found, jobs, progress or _no_progress, before)
    _check(run, found)
    found.notes.extend(frozen(run.disk, wanted))
    return _composed(run, found, skipped)


def _wanted(tree: Tree, patches: Sequence[Patch]) -> tuple[list[Patch], list[Skipped]]:
    """Return the patches for the generator that made the tree, and the others with the reason."""
    version = generator_version(tree) if any(patch.generator for patch in patches) else None
    wanted = [patch for patch in patches if is_wanted(version, patch.generator)]
    reason = "the SDK was generated with {}, the patch is for {}"
    others = [patch for patch in patches if patch not in wanted]
    return wanted, [Skipped(patch=each.id, reason=reason.format(version, each.generator)) for each in others]


def _prepared(
    tree: Tree, patches: Sequence[Patch], store: Callable[[Sequence[str]], Store] | None
) -> tuple[_Run, _Found]:
    """Find the files that each step is about, and what is wrong with files that none can look into."""
    tasks = [
        Task(patch=patch.id, number=number, step=step, origin=patch.origin, used=patch.used)
        for patch in patches
        for number, step in enumerate(patch.steps, 1)
    ]
    disk, (tasks, tree, refused) = tree, surveyed(tree, tasks)
    failed = {(each.patch, each.step) for each in refused}
    on_python = [task for task in tasks if task.step.operation in PYTHON_OPERATIONS and task.key not in failed]
    told = told_in_full(tasks) if store is not None else []
    memory = Memory(partial(store, told), tree, tasks) if store is not None and told else None
    work, problems, notes = candidates(tree, on_python, memory)
    problems += refused
    protections = _file_work(tree, [task for task in tasks if task.key not in failed], work, problems)
    style = Style(line_length=120)
    if any(work.values()):
        from ..python.style import line_length

        style = Style(line_length=line_length(tree))
    return _Run(tree, disk, patches, tasks, work, protections, style, memory), _Found([], problems, notes)


def _plan_files(
    run: _Run, found: _Found, jobs: int, progress: Callable[[int, int], None], before: PlannedBefore | None
) -> None:
    """Plan each file, then those that follow from the others: support modules and ``.fernignore``."""
    memory = run.memory
    known = _remembered(run, memory.recall) if memory is not None else {}
    known |= _remembered(run, partial(before.recall, run.tree)) if before is not None else {}
    files = _planned(run, [path for path in sorted(run.work) if path not in known], jobs, progress)
    if memory is not None:
        for each in files:
            memory.keep(each, run.work[each.path])
    if before is not None:
        before.keep(run.tree, files, run.work)
    files = sorted([*files, *known.values()], key=lambda each: each.path)
    _delay_imports(run, files)
    results = [*(result for planned in files for result in planned.results), *found.results]
    for added in companions(run.tree, run.patches, files, run.style):
        files.append(added)
        results += added.results
    if protections := [*run.protections, *_frozen(run.patches, results)]:
        files.append(FilePlanner(FERNIGNORE, _content(run.tree, FERNIGNORE), protections, run.style, run.tree).finish())
        results += files[-1].results
    if run.tree.moved:
        files, results = moved_to_their_places(run.tree, run.tasks, files, results)
    found.files[:], found.results[:] = files, results


def _check(run: _Run, found: _Found) -> None:
    """Hold the run as a whole against what steps expect and what code beside the edits needs."""
    tree, tasks, files, results = run.disk, run.tasks, found.files, found.results
    results += _clashes(tasks, files)
    planned = PlannedFiles(tree=tree, planned={each.path: each.after for each in files if each.after != each.before})
    owned = _by_step(results)
    results += twins.missing(tree, tasks, owned)
    results += expectations.unmet(tree, tasks, owned, planned)
    results += expectations.lost_in_second_run(tree, tasks, _by_step(results), files)
    if not any(isinstance(each.outcome, Conflict) for each in results) and any(each.revisions for each in files):
        from .names import bindings

        findings = bindings.compare(tree, files)
        results += findings.results
        found.notes.extend(findings.notes)


def _composed(run: _Run, found: _Found, skipped: Sequence[Skipped]) -> Plan:
    changes = [
        FileChange(
            path=each.path,
            before=each.before,
            after=each.after,
            revisions=tuple(each.revisions),
            package=each.package,
            sdk=each.sdk,
            judged=each.judged,
        )
        for each in found.files
        if each.revisions and each.after != each.before
    ]
    return Plan(
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        results=tuple(sorted(_once(found.results), key=_order)),
        skipped=tuple(skipped),
        notes=tuple(sorted(found.notes, key=lambda note: (note.path, note.line))),
        doubt=doubt(run.tree) if any(isinstance(result.outcome, Conflict) for result in found.results) else "",
        surveyed={task.key: task.step for task in run.tasks if is_surveyed(task)},
    )


def _content(tree: Tree, path: str) -> bytes | None:
    return tree.read(path) if tree.has(path) else None


def _no_progress(done: int, total: int) -> None:
    """Nobody waits."""


def _order(result: Result) -> tuple[str, int, str, int]:
    return result.site.path, result.site.line, result.patch, result.step


def _once(results: Iterable[Result]) -> Iterator[Result]:
    """Yield each result, and what is wrong with a file as a whole for the first step alone."""
    seen: set[tuple[str, str]] = set()
    for result in results:
        if result.site.is_whole and isinstance(result.outcome, Conflict):
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


def _remembered(
    run: _Run, recall: Callable[[str, bytes | None, Sequence[Task]], FileResult | None]
) -> dict[str, FileResult]:
    """Return the files of which is known what planning gives, and that have not changed since."""
    found = {path: recall(path, _content(run.tree, path), tasks) for path, tasks in run.work.items()}
    return {path: each for path, each in found.items() if each is not None}


def _planned(run: _Run, paths: Sequence[str], jobs: int, progress: Callable[[int, int], None]) -> list[FileResult]:
    """Plan each file: the first ones here, and where that takes long a share of the others in a process each."""

    def planned(path: str) -> FileResult:
        content, tasks = _content(run.tree, path), run.work[path]
        planner = FilePlanner(path, content, tasks, run.style, run.tree, steps=run.tasks, tells_names=True)
        return planner.finish()

    return list(as_pays(planned, paths, jobs, lambda done: progress(done, len(paths))))


def _by_step(results: Iterable[Result]) -> dict[tuple[str, int], list[Result]]:
    owned: dict[tuple[str, int], list[Result]] = {}
    for result in results:
        owned.setdefault((result.patch, result.step), []).append(result)
    return owned


def _delay_imports(run: _Run, files: list[FileResult]) -> None:
    """Plan those files once more whose new imports would run too early: such an import goes below what it needs."""
    if not any(each.revisions for each in files):
        return
    from .names import import_order

    late = import_order.late(import_order.early(run.tree, files))
    for index, each in enumerate(files):
        if each.path in late:
            content, tasks = _content(run.tree, each.path), run.work[each.path]
            planner = FilePlanner(each.path, content, tasks, run.style, run.tree, steps=run.tasks, late=late[each.path])
            files[index] = planner.finish()


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
