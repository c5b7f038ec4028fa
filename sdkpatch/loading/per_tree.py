"""The patches of a project for one tree after another: parameters may take their values from a file of the SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..model import Patch
from ..operation import Operation
from ..tree import Tree
from .project import WorkingSet, load, open_patch


def for_trees(target: WorkingSet, operations: Mapping[str, Operation[Any]]) -> Callable[[Tree], tuple[Patch, ...]]:
    """Return what gives the patches for a tree, and raises ConfigError where a parameter has no value there."""
    takes = any("from" in declared for each in target.selected for declared in _declared(open_patch(each)[0].table))

    def patches(tree: Tree) -> tuple[Patch, ...]:
        return load(target.selected, operations, tree) if takes else target.patches

    return patches


def _declared(table: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = table.get("parameters", {})
    return [each for each in found.values() if isinstance(each, Mapping)] if isinstance(found, Mapping) else []
