"""Apply a project's patches to earlier generations of its SDK, in memory: would they have held?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError, TreeError, UsageError, VerificationError
from ..fern import fernignore
from ..fern.metadata import generator_version, sdk_version
from ..model import Applied, Conflict, Patch, Plan, Result, Satisfied
from ..planning.planned_before import PlannedBefore
from ..planning.processes import in_processes, useful_jobs
from ..tree import Tree, scan
from .generations import Commit
from .history import History
from .run import dry_run
from .snapshots import Snapshots

NEXT = "next"
"""Stands for the commit of a tree that is not committed yet."""


class Stop(NamedTuple):
    """Why a patch does not hold: where, the reason and what to do. ``patch`` is empty where none is at fault."""

    patch: str
    step: int
    where: str
    reason: str
    hint: str


class Cell(NamedTuple):
    """What became of one patch in one generation.

    ``word`` is ``applied``, ``satisfied``, ``conflict``, ``obsolete``, ``skipped`` or ``no site``. ``is_kept`` tells
    that .fernignore keeps all files that it is about.
    """

    patch: str
    word: str
    applied: int = 0
    satisfied: int = 0
    conflicts: int = 0
    reason: str = ""
    is_kept: bool = False


class Generation(NamedTuple):
    """One generation and what became of each patch; ``stop`` is the first reason why one does not hold.

    ``has_sdk`` tells whether the commit has a tree to patch at all. ``sdk`` and ``generator`` are versions, empty where
    they are not recorded.
    """

    commit: str
    date: str
    subject: str
    sdk: str
    generator: str
    cells: tuple[Cell, ...]
    stop: Stop | None
    has_sdk: bool
    seconds: float

    @property
    def verdict(self) -> str:
        """``held``, ``conflict``, or that there is nothing to judge."""
        return "no SDK here" if not self.has_sdk else "held" if self.stop is None else "conflict"


class Absorbed(NamedTuple):
    """A patch that has nothing to do since the generation ``commit``; ``ever`` tells whether it had before."""

    patch: str
    commit: str
    date: str
    sdk: str
    ever: bool


class Backtested(NamedTuple):
    """What a backtest found, oldest generation first; ``passed`` and ``elsewhere`` were left out, as History says."""

    generations: tuple[Generation, ...]
    absorbed: tuple[Absorbed, ...]
    passed: int = 0
    elsewhere: int = 0

    @property
    def judged(self) -> tuple[Generation, ...]:
        """The generations that have a tree."""
        return tuple(each for each in self.generations if each.has_sdk)

    @property
    def broken(self) -> tuple[Generation, ...]:
        """The generations in which a patch does not hold."""
        return tuple(each for each in self.judged if each.stop is not None)


class DryRun(NamedTuple):
    """What is tried: the tree's folder, its package as sdkpatch.toml names it, and the patches for a tree."""

    root: Path
    package: str
    patches: Callable[[Tree], tuple[Patch, ...]]


def backtest(wish: DryRun, found: History, progress: Callable[[int, int], None], jobs: int = 0) -> Backtested:
    """Try the patches on every generation. Raises TreeError when git has no copy of a file."""
    jobs = jobs or useful_jobs(len(found.commits))
    shares = list(_shared(found.commits, jobs))
    parent = os.getpid()
    total = len(found.commits)

    def tried(share: Sequence[Commit]) -> list[Generation]:
        snapshots, before = Snapshots(wish.root), PlannedBefore()
        rows = []
        for commit in share:
            rows.append(_generation(wish, commit, snapshots, before))
            if os.getpid() == parent:
                progress(min(len(rows) * len(shares), total), total)
        return rows

    rows = [row for share in in_processes(tried, shares, len(shares)) for row in share]
    return _told(rows, found)


def backtest_next(wish: DryRun, folder: Path, progress: Callable[[int, int], None]) -> Backtested:
    """Try the patches on a tree that is not committed yet. Files that .fernignore keeps are those of today's tree.

    Raises UsageError or TreeError when the folder cannot be read.
    """
    start = time.perf_counter()
    tree = _merged(scan(folder), wish.root)
    row = _judged(wish, tree, Commit(NEXT, "", "", "", "", ""), PlannedBefore(), start, progress)
    return _told([row], History((), 0, 0))


def _merged(tree: Tree, root: Path) -> Tree:
    """Return what a generation would leave: the new files, and the old ones that .fernignore keeps."""
    old = scan(root) if root.is_dir() and root.resolve() != tree.root else None
    if old is None or not old.has(".fernignore"):
        return tree
    ignore = fernignore.read(old.read(".fernignore").decode("utf-8-sig", "replace"))
    kept = {path for path in old.files if path == ".fernignore" or _is_kept(ignore, path)}

    def content(path: str) -> bytes:
        return old.read(path) if path in kept else tree.read(path)

    return tree._replace(files=tuple(sorted({*tree.files, *kept})), content=content)


def _is_kept(ignore: fernignore.IgnoreFile, path: str) -> bool:
    parts = path.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return ignore.protects(path) or not above.isdisjoint(ignore.entries)


def _shared(commits: Sequence[Commit], jobs: int) -> Iterator[Sequence[Commit]]:
    """Yield runs of neighbours: a generation shares most files with the one before it."""
    size = -(-len(commits) // max(jobs, 1))
    for start in range(0, len(commits), size):
        yield commits[start : start + size]


def _generation(wish: DryRun, commit: Commit, snapshots: Snapshots, before: PlannedBefore) -> Generation:
    start = time.perf_counter()
    tree = snapshots.tree(commit.id)
    if tree is None:
        return _row(commit, (), None, seconds=time.perf_counter() - start)
    return _judged(wish, tree, commit, before, start, lambda done, total: None)


def _judged(
    wish: DryRun,
    tree: Tree,
    commit: Commit,
    before: PlannedBefore,
    start: float,
    progress: Callable[[int, int], None],
) -> Generation:
    cells: tuple[Cell, ...] = ()
    try:
        patches = wish.patches(tree)
        planned = dry_run(tree, patches, package=wish.package, before=before, progress=progress)
        cells = tuple(_cell(patch, planned, tree) for patch in patches)
        stop = next(map(_stop, planned.conflicts), None)
    except ConfigError as wrong:
        first = wrong.mistakes[0]
        reason = f"found {first.found}, expected {first.expected}"
        stop = Stop("", 0, f"{first.file}:{first.line}: {first.key}", reason, first.hint)
    except UsageError as wrong:
        stop = Stop("", 0, wrong.subject, f"found {wrong.found}, expected {wrong.expected}", wrong.hint)
    except VerificationError as wrong:
        stop = Stop("", 0, f"{wrong.path}:{wrong.line}", f"the planned change failed: {wrong.reason}", "")
    return _row(commit, cells, stop, tree, seconds=time.perf_counter() - start)


def _row(
    commit: Commit, cells: tuple[Cell, ...], stop: Stop | None, tree: Tree | None = None, *, seconds: float
) -> Generation:
    return Generation(
        commit=commit.id,
        date=commit.date,
        subject=commit.subject,
        sdk=(sdk_version(tree) or "") if tree else "",
        generator=(generator_version(tree) or "") if tree else "",
        cells=cells,
        stop=stop,
        has_sdk=tree is not None,
        seconds=seconds,
    )


def _cell(patch: Patch, planned: Plan, tree: Tree) -> Cell:
    skipped = next((each.reason for each in planned.skipped if each.patch == patch.id), "")
    if skipped:
        return Cell(patch=patch.id, word="skipped", reason=skipped)
    own = [each for each in planned.results if each.patch == patch.id]
    applied, satisfied, conflicts = (
        sum(isinstance(each.outcome, kind) for each in own) for kind in (Applied, Satisfied, Conflict)
    )
    word = "conflict" if conflicts else "applied" if applied else "satisfied" if satisfied else "no site"
    stop = next((_stop(each) for each in own if isinstance(each.outcome, Conflict)), None)
    reason = f"{stop.where}: {stop.reason}" if stop else ""
    is_kept = word == "satisfied" and _are_kept(tree, own)
    return Cell(patch.id, word, applied, satisfied, conflicts, reason, is_kept)


def _are_kept(tree: Tree, results: Sequence[Result]) -> bool:
    """Tell whether .fernignore keeps every file with a site: then a person's edits are seen, not the generator's."""
    if not tree.has(".fernignore"):
        return False
    try:
        ignore = fernignore.read(tree.read(".fernignore").decode("utf-8-sig", "replace"))
    except TreeError:
        return False
    return all(_is_kept(ignore, each.site.path) for each in results)


def _stop(result: Result) -> Stop:
    assert isinstance(result.outcome, Conflict)
    where = f"{result.site.path}:{result.site.line}"
    return Stop(result.patch, result.step, where, result.outcome.reason, result.outcome.hint)


def _told(rows: Sequence[Generation], found: History) -> Backtested:
    """Mark the patches that have nothing to do from some generation on, and name that generation."""
    absorbed = []
    names = dict.fromkeys(cell.patch for row in rows for cell in row.cells)
    marked = list(rows)
    for name in names:
        cells = [(at, cell) for at, row in enumerate(rows) for cell in row.cells if cell.patch == name]
        work = [at for at, cell in cells if cell.word != "satisfied" or cell.is_kept]
        # a generation that stopped before the patches were planned has no cells: it says nothing of them
        since = [at for at, _ in cells if at > max(work, default=-1)]
        if not since:
            continue
        ever = any(cell.word in ("applied", "conflict") for _, cell in cells)
        first = rows[since[0]]
        absorbed.append(Absorbed(patch=name, commit=first.commit, date=first.date, sdk=first.sdk, ever=ever))
        for at in since:
            replaced = (each._replace(word="obsolete") if each.patch == name else each for each in marked[at].cells)
            marked[at] = marked[at]._replace(cells=tuple(replaced))
    return Backtested(tuple(marked), tuple(absorbed), found.passed, found.elsewhere)
