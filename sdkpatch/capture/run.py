"""Capture a tree: from two folders and the project's patches to new patch files, proved before they are written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..fern import fernignore
from ..fern.sdk_package import chosen, settled
from ..model import Conflict, FileChange, Patch
from ..planning.plan import plan
from ..tree import Tree, scan
from ..writing import disk
from . import trees
from .alike import Likeness, likeness
from .compose import Composed, Draft, Reason, compose, drafts
from .engine import CaptureProof, Found, Group, find, prove
from .examples import shown
from .left_out import LeftOut
from .steps import Unsaid
from .trees import Edits


class CaptureWish(NamedTuple):
    """What is asked for: ``only`` are globs of files, ``besides`` a folder of the tree that holds patches.

    ``reasons`` are the commits that edited each file, ``as_one`` asks for one patch of all edits.
    """

    only: Sequence[str] = ()
    besides: Sequence[str] = ()
    reasons: Mapping[str, Sequence[Reason]] = {}
    as_one: bool = False
    whole_files: bool = False
    format_too: bool = False
    package: str = ""
    first: int = 1
    jobs: int = 0


class Uncaptured(NamedTuple):
    """The files with edits that no patch holds, and what is left out, as in ``Captured``."""

    paths: tuple[str, ...]
    layout: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    is_part: bool


class Captured(NamedTuple):
    """What became of a tree's hand edits. ``thawed`` are frozen files whose edits are patches now.

    ``layout`` are files that differ in layout alone, and are left out, as is what ``left_out`` says; ``kept`` are added
    files that ``.fernignore`` keeps. ``proof`` is None where there was nothing to prove. ``is_part`` tells that only
    some files were asked for.
    """

    composed: tuple[Composed, ...]
    unsaid: tuple[Unsaid, ...]
    layout: tuple[str, ...]
    kept: tuple[str, ...]
    thawed: tuple[str, ...]
    proof: CaptureProof | None
    left_out: tuple[LeftOut, ...] = ()
    is_part: bool = False


def differing(generated: Path, root: Path, patches: Sequence[Patch], wish: CaptureWish) -> Uncaptured:
    """Return the files with edits that ``patches`` do not hold. Raises UsageError or TreeError."""
    with _patched(chosen(scan(generated), wish.package), patches) as base:
        edits = trees.compare(base, chosen(scan(root), wish.package), wish.only, wish.besides)
    likened = {each.path: likeness(each.path, each.old, each.new) for each in edits.edits}
    paths = [path for path, how in likened.items() if how is Likeness.DIFFERENT]
    return Uncaptured(
        paths=tuple(sorted((*paths, *edits.links))),
        layout=tuple(path for path, how in likened.items() if how is Likeness.LAYOUT),
        kept=edits.kept,
        left_out=edits.left_out,
        is_part=bool(wish.only),
    )


def capture(
    generated: Path,
    root: Path,
    patches: Sequence[Patch],
    wish: CaptureWish,
    progress: Callable[[int, int], None] | None = None,
) -> Captured:
    """Return patches that lead from the ``generated`` tree, patched by ``patches``, to the one at ``root``.

    Raises UsageError where the two do not belong together, TreeError where one cannot be read.
    """
    edited = settled(chosen(scan(root), wish.package))
    fresh = settled(chosen(scan(generated), wish.package))
    with _patched(fresh, patches) as base:
        edits = trees.compare(base, edited, wish.only, wish.besides)
        found = find(
            base,
            edits,
            whole_files=wish.whole_files,
            format_too=wish.format_too,
            jobs=wish.jobs,
            progress=progress,
        )
        composed, unsaid, proof = _composed(base, edited, edits, found, wish, [each.id for each in patches])
    whole = trees.compare(fresh, edited, wish.only, wish.besides)
    if patches and composed and proof is not None and proof.holds:
        proof = prove(fresh, edited, whole, [*patches, *(each.patch for each in composed)], wish.jobs)
        unsaid = tuple(_refused(proof))
    said = {path for each in composed for path in each.draft.paths}
    return Captured(
        composed=composed,
        unsaid=(*found.unsaid, *unsaid),
        layout=tuple(sorted({*found.layout, *(proof.layout if proof else ())})),
        kept=edits.kept,
        thawed=tuple(edit.path for edit in edits.edits if edit.is_frozen and edit.path in said),
        proof=proof,
        left_out=edits.left_out,
        is_part=bool(wish.only),
    )


def capture_each(
    generated: Path,
    root: Path,
    patches: Sequence[Patch],
    wish: CaptureWish,
    states: Iterator[tuple[Reason | None, Path]],
) -> Captured | None:
    """Return a patch for each of several states of the tree, each edited by one commit since the one before it.

    The first follows from the ``generated`` tree as ``patches`` leave it, the last is the tree at ``root``. None where
    the patches do not hold together: a later commit takes back what an earlier one did.
    """
    edited = settled(chosen(scan(root), wish.package))
    fresh = settled(chosen(scan(generated), wish.package))
    found: list[Captured] = []
    taken = [each.id for each in patches]
    first = wish.first
    with _patched(fresh, patches) as base:
        for reason, folder in states:
            state = settled(chosen(scan(folder), wish.package))
            edits = trees.compare(base, state, wish.only, wish.besides)
            steps = find(base, edits, whole_files=wish.whole_files, format_too=wish.format_too, jobs=wish.jobs)
            reasons = {edit.path: [reason] for edit in edits.edits} if reason else {}
            own = wish._replace(reasons=reasons, as_one=True, first=first)
            composed, unsaid, proof = _composed(base, state, edits, steps, own, taken)
            taken += [each.patch.id for each in composed]
            first += len(composed)
            found.append(Captured(composed, (*steps.unsaid, *unsaid), steps.layout, edits.kept, (), proof))
            if found[-1].unsaid:
                return None
            base = state
    whole = trees.compare(fresh, edited, wish.only, wish.besides)
    all_composed = tuple(one for each in found for one in each.composed)
    proof = prove(fresh, edited, whole, [*patches, *(each.patch for each in all_composed)], wish.jobs)
    if not proof.holds:
        return None
    return Captured(all_composed, (), proof.layout, whole.kept, (), proof, whole.left_out, bool(wish.only))


def _composed(
    base: Tree, edited: Tree, edits: Edits, found: Found, wish: CaptureWish, taken: Sequence[str]
) -> tuple[tuple[Composed, ...], tuple[Unsaid, ...], CaptureProof | None]:
    """Return the patch files and their proof: with general steps, or where these do not hold, without."""
    if not found.groups:
        return (), (), None
    said = Edits(tuple(each for each in edits.edits if each.path in _paths(found.groups)), (), ())
    proof: CaptureProof | None = None
    composed: list[Composed] = []
    for groups in (found.groups, _single(found.groups)):
        listed = [_reasoned(each, wish.reasons) for each in drafts(groups, as_one=wish.as_one)]
        composed = compose(listed, wish.first, taken)
        planned = plan(base, [each.patch for each in composed], jobs=wish.jobs)
        alone: frozenset[tuple[str, int]] = frozenset()
        for known in (planned, planned, None):
            composed = compose(listed, wish.first, taken, None if planned.conflicts else known, alone=alone)
            proof = prove(base, edited, said, [each.patch for each in composed], wish.jobs)
            if proof.holds:
                examples = {each.patch.id: shown(each, base) for each in composed}
                return tuple(compose(listed, wish.first, taken, known, examples, alone)), (), proof
            if planned.conflicts:
                break
            alone |= {(each.patch, each.step) for each in (*proof.plan.conflicts, *proof.again)}
    assert proof is not None
    return tuple(composed), tuple(_refused(proof)), proof


def _paths(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(one.path for group in groups for one in group.said)


def _single(groups: Sequence[Group]) -> list[Group]:
    """Return the groups with the steps of each place by itself."""
    found: list[Group] = []
    seen: set[int] = set()
    for group in groups:
        for one in group.said:
            if id(one) not in seen:
                seen.add(id(one))
                found += [Group(step, (one,)) for step in one.steps]
    return found


def _refused(proof: CaptureProof) -> Iterator[Unsaid]:
    """Yield what the planner says of edits that it cannot make."""
    for result in proof.plan.conflicts:
        if isinstance(result.outcome, Conflict):
            yield Unsaid(f"{result.site.path}:{result.site.line}", result.outcome.reason)


def _reasoned(draft: Draft, reasons: Mapping[str, Sequence[Reason]]) -> Draft:
    """Return a draft with the one commit that made all its edits, if there is one."""
    made = [set(reasons.get(path, ())) for path in draft.paths]
    common = set.intersection(*made) if made else set()
    others = set().union(*made) if made else set()
    return draft._replace(reason=next(iter(common))) if len(common) == len(others) == 1 else draft


@contextmanager
def _patched(tree: Tree, patches: Sequence[Patch]) -> Iterator[Tree]:
    """Give the tree as the project's patches leave it, in a folder of its own where they change anything."""
    planned = plan(tree, patches) if patches else None
    if planned is None or not planned.changes or planned.conflicts:
        yield tree
        return
    with tempfile.TemporaryDirectory(prefix="sdkpatch-capture-") as folder:
        copied = Path(folder) / "sdk"
        shutil.copytree(tree.root, copied, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        for change in planned.changes:
            _write(copied, change)
        yield settled(scan(copied)._replace(package=tree.package))


def _write(root: Path, change: FileChange) -> None:
    path = root / change.path
    keep = disk.owned(path) if change.before is not None else None
    disk.remove(path)
    if change.after is not None:
        for folder in reversed([each for each in path.parents if not each.exists()]):
            disk.make_folder(folder)
        disk.create(path, change.after, keep)


def thaw(text: str, paths: Sequence[str]) -> str:
    """Return a ``.fernignore`` without the lines that name some files."""
    ignore = fernignore.read(text)
    return "".join(line for line in ignore.lines if line.strip() not in paths)
