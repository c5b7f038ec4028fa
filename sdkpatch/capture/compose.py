"""Compose patch files: one for each intention, named, with what each step expects, and an example."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..loading.patchfile import PatchText
from ..model import Patch, Plan
from ..operations import OPERATIONS
from . import naming, toml_text
from .engine import Group, changed_sites
from .generalise import selector_of
from .steps import Said, StepTable


class Reason(NamedTuple):
    """Why an edit was made, as its commit says."""

    title: str
    why: str = ""
    link: str = ""


class Draft(NamedTuple):
    """A patch file to be: its groups of steps, in order, and what a commit says of them."""

    groups: tuple[Group, ...]
    reason: Reason | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The files with hand edits that it says."""
        return tuple(dict.fromkeys(one.path for group in self.groups for one in group.said))


class Composed(NamedTuple):
    """A patch file: its name, its text, the patch that the loader makes of it, and the draft it was made of."""

    name: str
    text: str
    patch: Patch
    draft: Draft


def drafts(groups: Sequence[Group], *, as_one: bool = False) -> list[Draft]:
    """Return a draft for each connected group: what shares a file, or a step, belongs together."""
    if as_one:
        return [Draft(tuple(groups))] if groups else []
    owner: dict[str, int] = {}
    merged: list[list[Group]] = []
    for group in groups:
        paths = {one.path for one in group.said}
        known = sorted({owner[path] for path in paths if path in owner})
        target = known[0] if known else len(merged)
        if not known:
            merged.append([])
        merged[target].append(group)
        for other in known[1:]:
            merged[target] += merged[other]
            merged[other] = []
        for path in [*paths, *(path for path, at in owner.items() if at in known)]:
            owner[path] = target
    order = {id(group): at for at, group in enumerate(groups)}
    return [Draft(tuple(sorted(each, key=lambda group: order[id(group)]))) for each in merged if each]


def compose(
    listed: Sequence[Draft],
    first: int,
    taken: Sequence[str] = (),
    planned: Plan | None = None,
    examples: Mapping[str, Sequence[StepTable]] | None = None,
    alone: Container[tuple[str, int]] = (),
) -> list[Composed]:
    """Return the patch files of drafts, numbered from ``first``.

    ``planned`` is a plan with the same patches: what their steps found becomes what they expect. ``taken`` are ids that
    other patches have, ``alone`` the steps, by patch and number, whose places have no twin elsewhere. Raises
    ConfigError when a file does not load, which is a bug of capture's.
    """
    known = set(taken)
    found: list[Composed] = []
    for number, draft in enumerate(listed, first):
        steps = [group.step for group in draft.groups]
        title = draft.reason.title if draft.reason else naming.title(steps, draft.paths)
        name = _free(naming.slug(title), known)
        known.add(name)
        if planned is not None:
            steps = [_expecting(group, planned, name, at, alone) for at, group in enumerate(draft.groups, 1)]
        notes = {at: [group.note] for at, group in enumerate(draft.groups) if group.note}
        why, link = (draft.reason.why, draft.reason.link) if draft.reason else ("", "")
        shown = (examples or {}).get(name, ())
        text = toml_text.patch(name, title, why, link, steps, shown, notes)
        file = f"{number:02d}-{name}.toml"
        patch, mistakes, _ = PatchText(text, f"patches/{file}").bind({}, OPERATIONS)
        if patch is None:
            raise ConfigError(mistakes)
        found.append(Composed(file, text, patch, draft))
    return found


def _free(name: str, known: set[str]) -> str:
    number = 2
    free = name
    while free in known:
        free = f"{name}-{number}"
        number += 1
    return free


def _expecting(group: Group, planned: Plan, name: str, at: int, alone: Container[tuple[str, int]]) -> StepTable:
    """Return a step with the number of sites it found, and with ``twins`` where it has twins and is not ``alone``."""
    sites, _ = changed_sites(planned, name, at)
    step: dict[str, Any] = dict(group.step)
    if sites < 2 or step["op"].startswith(("toml.", "text.", "file.")):
        return step
    is_open = any(char in str(step.get(selector_of(step), "")) + str(step.get("files", "")) for char in "*?")
    made: dict[str, Any] = {}
    for key, value in step.items():
        made[key] = value
        if key == ("files" if "files" in step else "op"):
            made["expect"] = {"sites": f"{'>=' if is_open else '='}{sites}"}
    if is_open and (name, at) not in alone and has_twins(group.said):
        made = {key: value for key, value in made.items() if key != "expect"} | {}
        made = _with_twins(step, sites)
    return made


def _with_twins(step: StepTable, sites: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in step.items():
        made[key] = value
        if key == ("files" if "files" in step else "op"):
            made["expect"] = {"sites": f">={sites}"}
            made["twins"] = True
    return made


def has_twins(said: Sequence[Said]) -> bool:
    """Tell whether places are sync and async twins of each other."""
    scopes = {(one.path, one.scope) for one in said}
    return any((path, scope) in scopes and (path, f"Async{scope}") in scopes for path, scope in scopes if scope)
