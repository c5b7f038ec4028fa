"""The stages of capture in their order: compare, propose and settle, generalise, compose, prove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Applied, Conflict, FileChange, Patch, Plan, Result, Satisfied
from ..planning.plan import plan
from ..planning.processes import in_processes, useful_jobs
from ..tree import Tree
from . import files
from .alike import Likeness, likeness
from .generalise import MOST_COUNTED, General, Generaliser, groups
from .settle import Settled
from .steps import Said, StepTable, Unsaid
from .trees import Edits, FileEdit
from .trial import Trial, after
from .twinned import twin_groups
from .written import is_release

_BATCH = 8


class Group(NamedTuple):
    """A step of a patch with the hand edits it says, and what a wider one would also change."""

    step: StepTable
    said: tuple[Said, ...]
    note: str = ""


class Found(NamedTuple):
    """What capture made of the edits: the groups in the order of their steps, and what no step says."""

    groups: tuple[Group, ...]
    unsaid: tuple[Unsaid, ...]
    layout: tuple[str, ...]


def find(
    tree: Tree,
    edits: Edits,
    *,
    whole_files: bool = False,
    format_too: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Return the steps that lead from the generated ``tree`` to the edited files."""
    trial = Trial(tree)
    settled: list[Settled] = []
    work = partial(files.settle, trial, whole_files=whole_files, format_too=format_too)
    listed = list(edits.edits)
    size = _BATCH * max(jobs or useful_jobs(len(listed)), 1)
    for start in range(0, len(listed), size):
        batch = listed[start : start + size]
        settled += in_processes(work, batch, jobs or useful_jobs(len(batch)))
        if progress is not None:
            progress(len(settled), len(listed))
    said = [one for each in settled for one in each.said]
    unsaid = [one for each in settled for one in each.unsaid]
    unsaid += [Unsaid(path, "it is a symbolic link, which a patch cannot make or remove") for path in edits.links]
    layout = [edit.path for edit, each in zip(listed, settled, strict=True) if not each.said and not each.unsaid]
    return Found(tuple(generalised(trial, edits.edits, said)), tuple(unsaid), tuple(layout))


def generalised(trial: Trial, edits: Sequence[FileEdit], said: Sequence[Said]) -> list[Group]:
    """Return the steps of all edits, one for several places where one does the same as several."""
    generaliser = Generaliser(trial, {edit.path: edit.old for edit in edits})
    targets = {edit.path: edit.new for edit in edits}
    taken: dict[tuple[int, int], General] = {}
    named = [*((each, False) for each in groups(said)), *((each, True) for each in twin_groups(said))]
    for listed, are_twins in named:
        places = [place for place in listed if (place.said, place.number) not in taken]
        general = generaliser.general(places, are_twins=are_twins) if len(places) > 1 else None
        if general is None:
            continue
        tried = {**taken, **{(place.said, place.number): general for place in places}}
        own = {(place.said, place.number) for place in places}
        touched = {
            said[index].path
            for index, each in enumerate(said)
            for number, _ in enumerate(each.steps)
            if each.path in {place.path for place in places} and (index, number) not in own
        }
        if all(_leads(trial, path, edits, targets, said, tried) for path in touched):
            taken = tried
    return list(_grouped(said, taken))


def _leads(
    trial: Trial,
    path: str,
    edits: Sequence[FileEdit],
    targets: dict[str, bytes | None],
    said: Sequence[Said],
    taken: dict[tuple[int, int], General],
) -> bool:
    """Tell whether the steps of one file, in the order they would have, still lead to the edited file."""
    steps = [group.step for group in _grouped(said, taken) if any(one.path == path for one in group.said)]
    old = next(edit.old for edit in edits if edit.path == path)
    made = after(trial.file(path, old, steps))
    again = after(trial.file(path, made, steps)) if made is not None else None
    return made is not None and again == made and likeness(path, made, targets[path]) is not Likeness.DIFFERENT


def _grouped(said: Sequence[Said], taken: dict[tuple[int, int], General]) -> list[Group]:
    """Return the steps in order: a general one stands where the first of its places stands."""
    found: list[Group] = []
    seen: set[int] = set()
    for index, each in enumerate(said):
        for number, step in enumerate(each.steps):
            general = taken.get((index, number))
            if general is None:
                found.append(Group(step, (each,), _release(step)))
            elif id(general) not in seen:
                seen.add(id(general))
                own = tuple(said[place.said] for place in general.places)
                note = ""
                if general.others:
                    places = "1 place" if general.others == 1 else f"{general.others} places"
                    places = places if general.others <= MOST_COUNTED else f"over {MOST_COUNTED} places"
                    note = f"Wider, {general.wider} would change {places} more."
                found.append(Group(general.step, own, note))
    return found


def _release(step: StepTable) -> str:
    """Return what is to be said of a step that is about the version of a release, mostly nothing."""
    changed = [line for line in str(step.get("change", "")).split("\n") if line[:1] in ("-", "+")]
    pair = (changed[0][2:], changed[1][2:]) if len(changed) == 2 else (step.get("match", ""), step.get("replace", ""))
    if is_release(str(pair[0]), str(pair[1])):
        return "The version of a release: the next one has another, and this step is a conflict then."
    return ""


class CaptureProof(NamedTuple):
    """What the planner makes of the generated tree with all patches: ``wrong`` are files that are not as edited."""

    plan: Plan
    wrong: tuple[str, ...]
    layout: tuple[str, ...]
    again: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        """Tell whether the patches lead to the edited tree, and a second run finds nothing to do."""
        return not (self.wrong or self.again or self.plan.conflicts)


def prove(generated: Tree, edited: Tree, edits: Edits, patches: Sequence[Patch], jobs: int = 1) -> CaptureProof:
    """Apply patches to the generated tree and hold the result against the edited one."""
    planned = plan(generated, patches, jobs=jobs)
    changes = {change.path: change for change in planned.changes}
    wrong: list[str] = []
    layout: list[str] = []
    for edit in edits.edits:
        made = _content(changes.get(edit.path), edit.old)
        how = likeness(edit.path, made, edit.new)
        wrong += [edit.path] if how is Likeness.DIFFERENT else []
        layout += [edit.path] if how is Likeness.LAYOUT else []
    known = {edit.path for edit in edits.edits}
    wrong += [path for path in changes if path not in known and path != ".fernignore"]
    second = plan(edited, patches, jobs=jobs) if not planned.conflicts else planned
    again = [each for each in second.results if not isinstance(each.outcome, Satisfied)]
    return CaptureProof(planned, tuple(sorted(wrong)), tuple(layout), tuple(again) if not planned.conflicts else ())


def _content(change: FileChange | None, old: bytes | None) -> bytes | None:
    return old if change is None else change.after


def changed_sites(planned: Plan, patch: str, step: int) -> tuple[int, int]:
    """Return how many sites a step found, and how many of them it changed."""
    own = [each for each in planned.results if each.patch == patch and each.step == step]
    good = [each for each in own if not isinstance(each.outcome, Conflict)]
    return len(good), sum(isinstance(each.outcome, Applied) for each in good)
