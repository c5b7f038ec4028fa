"""Twins: Fern emits a method four times, sync and async, in ``client.py`` and ``raw_client.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Conflict, Result
from ..tree import Tree
from .task import Task

_FILES = ("client.py", "raw_client.py")


def missing(tree: Tree, tasks: Sequence[Task], owned: Mapping[tuple[str, int], Sequence[Result]]) -> list[Result]:
    """Report, for the steps that ask for it, each site whose twin has none."""
    found: list[Result] = []
    for task in tasks:
        if not task.step.twins:
            continue
        sites = {(each.site.path, each.site.name): each for each in owned.get(task.key, ())}
        for (path, name), result in sorted(sites.items()):
            if isinstance(result.outcome, Conflict) or result.site.is_whole:
                continue
            for twin in _twins(tree, path, name):
                if twin not in sites:
                    reason = f"its twin {twin[1]} in {twin[0]} has no such site"
                    hint = "the generator changed one of the two; without twins = true the step takes what it finds"
                    found.append(task.result(result.site, Conflict(reason=reason, hint=hint)))
    return found


def _twins(tree: Tree, path: str, name: str) -> list[tuple[str, str]]:
    """Return where the same method stands sync or async, and plain or raw."""
    owner, dot, rest = name.partition(".")
    if not dot:
        return []
    folder, slash, file = path.rpartition("/")
    other = owner.removeprefix("Async") if owner.startswith("Async") else f"Async{owner}"
    found = [(path, f"{other}.{rest}")]
    if file in _FILES:
        opposite = folder + slash + _FILES[1 - _FILES.index(file)]
        if tree.has(opposite):
            plain = owner.removeprefix("Async")
            is_raw = plain.startswith("Raw")
            twin = ("Async" if owner.startswith("Async") else "") + (
                plain.removeprefix("Raw") if is_raw else f"Raw{plain}"
            )
            found.append((opposite, f"{twin}.{rest}"))
    return found
