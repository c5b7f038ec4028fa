"""The stages in their order: scan, plan, verify, commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError, Mistake, TreeError, UncommittedError
from ..fern.sdk_package import chosen
from ..model import Patch, Plan
from ..operation import Fitting
from ..operations import OPERATIONS
from ..planning.plan import plan
from ..planning.prove import verify
from ..schema.fields import show_key
from ..tree import JOURNAL, Tree, scan

if TYPE_CHECKING:
    from ..planning.planned_before import PlannedBefore
    from ..writing.cache import Cache
    from ..writing.journal import Journal


def apply(
    root: Path,
    patches: tuple[Patch, ...],
    *,
    write: bool = True,
    allow_dirty: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    package: str = "",
    remember: bool = False,
) -> Plan:
    """Plan and verify a run of ``patches`` over the SDK at ``root``, and write it when ``write`` is set.

    ``jobs`` is the number of processes, 0 for what pays; ``package`` the SDK's package as sdkpatch.toml names it.
    ``remember`` says to use, and to keep for later runs, what is held already: see ``writing.cache``.
    Returns the plan; a plan with conflicts was not written.
    Raises UsageError, TreeError, VerificationError, ConfigError when a patch is wrong for this SDK, or
    UncommittedError when git has no copy of what would be written
    over and ``allow_dirty`` is not set.
    """
    job = TreeRun(root=root, patches=patches, package=package)
    return apply_all((job,), write=write, allow_dirty=allow_dirty, jobs=jobs, progress=progress, remember=remember)[0]


class TreeRun(NamedTuple):
    """A tree, the patches for it, and its package as sdkpatch.toml names it."""

    root: Path
    patches: tuple[Patch, ...]
    package: str = ""


def apply_all(
    runs: Sequence[TreeRun],
    *,
    write: bool = True,
    allow_dirty: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    remember: bool = False,
) -> tuple[Plan, ...]:
    """Do what ``apply`` does for several trees, all or nothing: a conflict in one leaves every tree as it was.

    All are planned and verified before the first is written. Where one cannot be written, those that were are written
    back. Raises what ``apply`` raises.
    """
    trees = [_opened(each, write) for each in runs]
    for tree, each in zip(trees, runs, strict=True):
        _check_fit(tree, each.patches)
    # Most runs have nothing to write; those need no lock, nor the modules for one.
    plans = [
        _proved(tree, each.patches, jobs, progress, remember=remember) for tree, each in zip(trees, runs, strict=True)
    ]
    changing = [at for at, planned in enumerate(plans) if planned.changes]
    if not write or not changing or any(planned.conflicts for planned in plans):
        return tuple(plans)
    from ..writing import commit, locks

    with ExitStack() as held:
        for at in sorted(changing, key=lambda at: str(trees[at].root)):  # in one order: no two runs wait for each other
            held.enter_context(locks.locked(trees[at].root))
        for at in changing:
            if commit.is_stale(trees[at], plans[at].changes):  # another run wrote while this one waited for it
                trees[at] = chosen(scan(runs[at].root), runs[at].package)
                plans[at] = _proved(trees[at], runs[at].patches, jobs, progress)
        if not any(planned.conflicts for planned in plans):
            for at in changing:
                _check_edits(trees[at], plans[at], allow_dirty)
            commit.commit_all([(trees[at], plans[at].changes) for at in changing])
    return tuple(plans)


def _opened(run: TreeRun, write: bool) -> Tree:
    """Return a tree, brought to a state that a run that was interrupted had decided on. Raises TreeError."""
    tree = chosen(scan(run.root, half_written=write), run.package)
    if write and (tree.interrupted or tree.leftovers):
        _check_machine(tree)
        recover(run.root)
        tree = chosen(scan(run.root), run.package)
    return tree


def dry_run(
    tree: Tree,
    patches: tuple[Patch, ...],
    *,
    package: str = "",
    before: PlannedBefore | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Plan and verify a run over a tree that is never written to; ``before`` has what was planned for another one.

    Raises what ``apply`` raises.
    """
    tree = chosen(tree, package)
    _check_fit(tree, patches)
    planned = plan(tree, patches, progress=progress, before=before)
    if not planned.conflicts:
        verify(planned, patches)
    return planned


def recover(root: Path) -> Journal | None:
    """Bring a tree whose run was interrupted to the state before that run, or after it: whichever it had decided on.

    Waits for a run that is alive. Returns the journal that was followed, one without files where only temporary files
    lay about, None where there was nothing. Raises UsageError, or TreeError when it cannot be done.
    """
    from ..writing import commit, locks

    with locks.locked(scan(root, half_written=True).root):
        tree = scan(root, half_written=True)
        return commit.recover(tree.root, tree.leftovers)


def _check_fit(tree: Tree, patches: tuple[Patch, ...]) -> None:
    """Raise ConfigError with the arguments of steps that do not fit the SDK."""
    mistakes: list[Mistake] = []
    for patch in patches:
        file, used_on = patch.used
        for index, step in enumerate(patch.steps):
            operation = OPERATIONS[step.operation]
            for misfit in operation.misfits(tree, step.arguments) if isinstance(operation, Fitting) else ():
                mistake = Mistake(
                    file=file or patch.origin,
                    line=used_on or step.line,
                    key=show_key(("step", index, *misfit.key)),
                    found=misfit.found,
                    expected=misfit.expected,
                    hint=misfit.hint,
                )
                mistakes.append(mistake)
    if mistakes:
        raise ConfigError(tuple(mistakes))


def _check_machine(tree: Tree) -> None:
    """Raise TreeError when a run on another machine, which may be alive, has begun to write."""
    from ..writing import journal

    if tree.interrupted and (machine := journal.elsewhere(tree.root)):
        hint = "once that run is over, run sdkpatch recover"
        raise TreeError(JOURNAL, f"a run on {machine} is writing, or was interrupted while it wrote", hint)


def _check_edits(tree: Tree, planned: Plan, allow_dirty: bool) -> None:
    """Raise UncommittedError when a person's own edits would be mixed with those of a run."""
    if allow_dirty or not planned.changes:
        return
    from ..writing.worktree import edited

    paths = edited(tree.root, [change.path for change in planned.changes if change.before is not None])
    if paths:
        raise UncommittedError(paths)


def _proved(
    tree: Tree,
    patches: tuple[Patch, ...],
    jobs: int,
    progress: Callable[[int, int], None] | None,
    *,
    remember: bool = False,
) -> Plan:
    stores: list[Cache] = []

    def store(steps: Sequence[str]) -> Cache:
        from ..writing.cache import Cache

        stores.append(Cache(steps))
        return stores[0]

    planned = plan(tree, patches, jobs=jobs, progress=progress, store=store if remember else None)
    for each in stores:
        each.save()
    if not planned.conflicts:
        verify(planned, patches, jobs=jobs)
    return planned
