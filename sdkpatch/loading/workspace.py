"""The SDKs of a workspace: all that one run is about, and how a pipeline calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, Mistake, UsageError
from ..operation import Operation
from .project import WorkingSet, find_config, read_project, resolve, root, shown


class NamedSdk(NamedTuple):
    """An SDK: its name in reports and jobs, and the absolute path of its tree."""

    name: str
    tree: Path


def resolve_all(
    trees: Sequence[Path],
    names: Sequence[str],
    settings: Mapping[str, str],
    config: Path | None,
    operations: Mapping[str, Operation[Any]],
) -> tuple[WorkingSet, ...]:
    """Work out the trees and patches of a run: the named trees, else every SDK of the workspace, else the project's.

    Raises UsageError, TreeError, or ConfigError with the mistakes of all of them.
    """
    wanted: Sequence[Path | None] = [*trees] or [*_members(config)] or [None]
    found: list[WorkingSet] = []
    mistakes: list[Mistake] = []
    for tree in wanted:
        own = config
        if tree is not None and not trees and own is None:
            own = find_config(Path.cwd())
        try:
            found.append(resolve(tree, names, settings, own, operations))
        except ConfigError as error:  # of shared patches, each SDK has the same ones
            mistakes += [each for each in error.mistakes if str(each) not in map(str, mistakes)]
    if mistakes:
        raise ConfigError(tuple(mistakes))
    _check_apart([each.root for each in found])
    return tuple(found)


def _members(config: Path | None) -> Sequence[Path]:
    """Return the trees of the workspace that a run without a tree is about, none where there is no workspace."""
    found = config or find_config(Path.cwd())
    project = read_project(found) if found else None
    return [project.path.parent / each.place for each in project.members] if project else []


def _check_apart(roots: Sequence[Path]) -> None:
    """Raise UsageError where a tree is named twice, or lies in another one."""
    resolved = [root.resolve() for root in roots]
    for at, tree in enumerate(resolved):
        for before, other in enumerate(resolved[:at]):
            if tree == other or tree in other.parents or other in tree.parents:
                found = f"{shown(roots[at])} and {shown(roots[before])}"
                raise UsageError("TREE", found=found, expected="trees beside each other, each once")


def sdks(config: Path | None) -> tuple[NamedSdk, ...]:
    """Return the SDKs of the project file, one or several. Raises UsageError where there is none, or ConfigError."""
    found = config or find_config(Path.cwd())
    project = read_project(found) if found else None
    if project is None:
        raise UsageError("which SDKs", found="no sdkpatch.toml", expected="a project file", hint="run sdkpatch init")
    parts = [project.of(each) for each in project.members] or [project]
    return tuple(NamedSdk(each.name or "sdk", root(None, each).resolve()) for each in parts)
