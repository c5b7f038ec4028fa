"""The planning stage: patches and a tree become new bytes per file and an outcome per site. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .candidates import candidates
from .fern.metadata import generator_version, is_wanted
from .model import (
    Applied,
    Conflict,
    Expectation,
    FileChange,
    Patch,
    Plan,
    Result,
    Revision,
    Satisfied,
    Site,
    Skipped,
    Step,
)
from .operation import Style, ToDo
from .operations import PYTHON_OPERATIONS, TEXT_OPERATIONS
from .operations.fernignore_protect import FernignoreProtect, Protection
from .plan_file import FilePlanner, outcome
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
    if any(work.values()):
        from .style import line_length

        style = Style(line_length=line_length(tree))
    files = _plan_files(tree, work, style, jobs, progress or _no_progress)
    results = [result for planned in files for result in planned.results] + problems
    results += _expectations(tree, tasks, results)
    texts = _plan_texts(tree, tasks, _frozen(wanted, results))
    results += [result for planned in texts for result in planned.results]
    changes = [
        FileChange(path=each.path, before=each.before, after=each.revisions[-1].after, revisions=tuple(each.revisions))
        for each in (*files, *texts)
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
        planner = FilePlanner(path, tree.read(path), tasks, style)
        if planner.needs_edit:
            pending.append(planner)
        else:
            planned.append(planner.finish())
        progress(len(planned), len(work))
    for result in in_processes(FilePlanner.finish, pending, jobs or useful_jobs(len(pending))):
        planned.append(result)
        progress(len(planned), len(work))
    return planned


def _expectations(tree: Tree, tasks: Sequence[Task], results: Sequence[Result]) -> list[Result]:
    """Compare how many sites each step found with what it expects, and ask it whether the tree drifted."""
    found: list[Result] = []
    for task in tasks:
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        if operation is None:
            continue
        own = [result for result in results if task.owns(result)]
        sites = [result for result in own if result.site.name not in ("(file)", "(link)")]
        place = Site(path=task.origin, line=task.step.line, name=operation.name)
        if not _is_met(task.step.expect, len(sites)) and len(sites) == len(own):
            reason = f"expected {_shown(task.step.expect)}, found {len(sites)}"
            hint = "the generator moved or renamed what the step is about; look at files and at the notes"
            found.append(task.result(place, Conflict(reason=reason, hint=hint)))
        elif sites and (drift := operation.drift(tree, task.step.arguments, task.step.expect)):
            found.append(task.result(place, drift))
    return found


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
            arguments=Protection(paths=tuple(paths), reason=f"patched by {patch.id}: {patch.title}"),
            expect=Expectation(relation="any", sites=0),
            line=1,
        )
        tasks.append(Task(patch=patch.id, number=len(patch.steps) + 1, step=step, origin=patch.origin))
    return tasks


def _plan_texts(tree: Tree, tasks: Sequence[Task], frozen: Sequence[Task]) -> list[FileResult]:
    """Take each text file through its steps in order."""
    planned: dict[str, FileResult] = {}
    for task in (*tasks, *frozen):
        operation = TEXT_OPERATIONS.get(task.step.operation)
        if operation is None:
            continue
        target = operation.target
        if target not in planned:
            before = tree.read(target) if tree.has(target) else None
            planned[target] = FileResult(path=target, before=before)
        file = planned[target]
        judgements = operation.judge_text(file.after, task.step.arguments, tree)
        file.results += [task.result(each.site, outcome(each)) for each in judgements]
        if any(isinstance(each.verdict, Conflict) for each in judgements):
            continue
        if any(isinstance(each.verdict, ToDo) for each in judgements):
            after, regions = operation.edit_text(file.after, task.step.arguments)
            file.revisions.append(Revision(before=file.after or b"", after=after, regions=regions))
    return list(planned.values())
