"""The verifying stage: prove a plan before anything is written. Reads nothing but the plan."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence

from ..errors import VerificationError
from ..model import Applied, FileChange, Judged, Patch, Plan, Result, Step
from ..operation import Held
from ..operations import FILE_OPERATIONS, PYTHON_OPERATIONS
from ..python.source import Source
from .processes import as_pays

_NOTHING = Judged(after=None, sites={}, compiles=False)


def verify(plan: Plan, patches: tuple[Patch, ...], *, jobs: int = 1) -> None:
    """Prove every changed file of a plan without conflicts. Raises VerificationError at the first that fails.

    A changed file must follow from its old bytes by the recorded regions only, compile, and be judged as held at
    every site by the half that did not edit it. What planning has judged or compiled of these very bytes is not done
    again. ``jobs`` is the number of processes, 0 for what pays.
    """
    steps = {(patch.id, number): step for patch in patches for number, step in enumerate(patch.steps, 1)}
    steps |= plan.surveyed
    by_path: dict[str, list[Result]] = {}
    for result in plan.results:
        by_path.setdefault(result.site.path, []).append(result)

    def fault(change: FileChange) -> VerificationError | None:
        try:
            _prove(change, by_path.get(change.path, ()), steps)
        except VerificationError as error:
            return error
        return None

    for error in as_pays(fault, plan.changes, jobs):
        if error is not None:
            raise error


def _prove(change: FileChange, results: Sequence[Result], steps: Mapping[tuple[str, int], Step]) -> None:
    _same_outside(change)
    done = change.judged if change.judged is not None and change.judged.after == change.after else _NOTHING
    source: Source | None = None
    by_step: dict[tuple[str, int], list[Result]] = {}
    for result in results:
        if (result.patch, result.step) in steps:
            by_step.setdefault((result.patch, result.step), []).append(result)
    is_left = change.path.endswith(".py") and change.after is not None
    if is_left and not (done.compiles and by_step.keys() <= done.sites.keys()):
        parsed = _compiled(change)
        source = Source(change.path, change.after or b"", parsed, package=change.package, sdk=change.sdk)
    order = {key: at for at, key in enumerate(steps)}
    last = max((order[key] for key, own in by_step.items() if any(map(_is_applied, own))), default=-1)
    for key, own in sorted(by_step.items()):
        sites = done.sites[key] if key in done.sites else _held(change, source, key, steps[key])
        # What a later step adds or deletes may hold sites of an earlier one; its own sites no step may lose.
        if sites != len(own) and order[key] >= last:
            raise VerificationError(change.path, 1, f"{len(own)} sites became {sites}")


def _held(change: FileChange, source: Source | None, key: tuple[str, int], step: Step) -> int:
    """Return how many sites a step has in the new bytes. Raises VerificationError where one is not held."""
    if step.operation in FILE_OPERATIONS:
        operation = FILE_OPERATIONS[step.operation]
        is_gone = change.after is None and operation.needs_file
        judged = () if is_gone else operation.judge_file(change.path, change.after, step.arguments, None)
    else:
        judged = PYTHON_OPERATIONS[step.operation].judge(source, step.arguments) if source else ()
    for judgement in judged:
        if not isinstance(judgement.verdict, Held):
            reason = f"{judgement.site.name} does not hold what {key[0]} promises"
            raise VerificationError(change.path, judgement.site.line, reason)
    return len(judged)


def _is_applied(result: Result) -> bool:
    return isinstance(result.outcome, Applied)


def _compiled(change: FileChange) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(change.after or b"", change.path)
            compile(tree, change.path, "exec", dont_inherit=True)
            return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise VerificationError(change.path, getattr(error, "lineno", 1) or 1, "it does not compile") from error


def _same_outside(change: FileChange) -> None:
    """Check the chain of revisions: each differs from the one before it in its regions only."""
    current = change.before or b""
    for revision in change.revisions:
        if revision.before != current:
            raise VerificationError(change.path, 1, "its revisions do not follow from each other")
        if revision.stray_line is not None:
            raise VerificationError(change.path, revision.stray_line, "lines outside the edit changed")
        current = revision.after
    if current != (change.after or b""):
        raise VerificationError(change.path, 1, "its revisions do not lead to the planned bytes")
