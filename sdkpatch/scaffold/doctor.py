"""What ``sdkpatch doctor`` finds: a line for each thing that a run depends on, and what is wrong with it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError, SdkPatchError, TreeError, UsageError
from ..fern.sdk_package import chosen, tell
from ..loading.project import find_config, resolve, root_of, shown
from ..model import Applied, Conflict, Patch, Satisfied
from ..operations import OPERATIONS
from ..tree import Tree, scan
from ..version import __version__
from .detect import Surroundings, detect

_NAMED = 3
"""How many packages are named where there are several."""


class Diagnosis(NamedTuple):
    """What was found of one thing. ``problem`` is empty where nothing is wrong; ``remedy`` is what to do about it."""

    topic: str
    text: str
    problem: str = ""
    remedy: str = ""


def diagnose(tree: Path | None, config: Path | None) -> Iterator[Diagnosis]:
    """Yield what is found of sdkpatch, the tree, the project and the repository around them; nothing is written."""
    yield _versions()
    try:
        root = root_of(tree, config)
        listed = scan(root)
    except (SdkPatchError, OSError) as error:
        problem, remedy = _parts(error)
        yield Diagnosis("tree", shown(tree) if tree is not None else "none", problem, remedy)
        return
    name, patches, project = _project(root, config)
    try:
        listed = chosen(listed, name)
    except UsageError as error:
        yield project
        yield Diagnosis("package", name, *_parts(error))
        return
    seen = detect(listed)
    yield Diagnosis("tree", f"{shown(root)}, {len(listed.files)} files")
    yield _package(listed)
    yield Diagnosis("generator", seen.generator or "unknown: .fern/metadata.json does not say")
    yield from _repository(seen)
    yield project
    if patches:
        yield _patches(root, patches, name)
    yield _sockets(seen)
    yield _ignore_file(root, patches, name)
    yield _workflows(seen)


def _versions() -> Diagnosis:
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("libcst", "click", "tomlkit"))
    text = f"{__version__}, Python {platform.python_version()} ({shown(Path(sys.executable))}), {libraries}"
    return Diagnosis("sdkpatch", text)


def _parts(error: Exception) -> tuple[str, str]:
    """Return what an error says is wrong, and what its hint says to do."""
    if isinstance(error, UsageError):
        return f"{error.subject}: found {error.found}, expected {error.expected}", error.hint
    problem, _, remedy = str(error).partition("\n  hint: ")
    return problem, remedy.partition("\n")[0]


def _project(root: Path, config: Path | None) -> tuple[str, tuple[Patch, ...], Diagnosis]:
    """Return the package that the project names, its patches, and what was found of it."""
    found = config or find_config(root)
    if found is None:
        return "", (), Diagnosis("project", "none", "no sdkpatch.toml is in the tree or above it", "run sdkpatch init")
    try:
        run = resolve(root, (), {}, found, OPERATIONS, needs_patches=False)
    except (ConfigError, TreeError, UsageError) as error:
        problem, remedy = _parts(error)
        return "", (), Diagnosis("project", shown(found), problem.partition("\n")[0], remedy)
    if not run.patches:
        text = f"{shown(found)}, no patches: sdkpatch capture makes them of hand edits, sdkpatch new begins one"
        return run.package, (), Diagnosis("project", text)
    count = len(run.patches)
    text = f"{shown(found)}, {count} {'patch' if count == 1 else 'patches'}"
    return run.package, run.patches, Diagnosis("project", text)


def _package(tree: Tree) -> Diagnosis:
    told = tell(tree)
    if told.folder:
        return Diagnosis("package", told.folder)
    if told.left:
        more = f" and {len(told.left) - _NAMED} more" if len(told.left) > _NAMED else ""
        problem = f"there are several: {', '.join(told.left[:_NAMED])}{more}"
        return Diagnosis("package", "unknown", problem, "name it with package in sdkpatch.toml")
    return Diagnosis("package", "none", "no Python package is in the tree", "give the folder that Fern generated")


def _repository(seen: Surroundings) -> Iterator[Diagnosis]:
    from ..writing import git

    if not (seen.repository / ".git").exists():
        yield Diagnosis("git", "the tree is in no repository")
        return
    try:
        shallow = git.run(seen.repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    except OSError:
        yield Diagnosis("git", shown(seen.repository), "git is not installed", "install git")
        return
    text = f"{shown(seen.repository)}, branch {seen.branch}"
    yield Diagnosis("git", f"{text}, shallow: git fetch --unshallow brings the history" if shallow else text)


def _patches(root: Path, patches: tuple[Patch, ...], package: str) -> Diagnosis:
    """Plan a run, and say what it would do."""
    from ..running.run import apply

    try:
        plan = apply(root, patches, write=False, jobs=0, package=package, remember=True)
    except SdkPatchError as error:
        return Diagnosis("patches", "cannot be applied", *_parts(error))
    count = {kind: sum(isinstance(each.outcome, kind) for each in plan.results) for kind in (Applied, Satisfied)}
    text = f"{count[Satisfied]} sites satisfied, {count[Applied]} to apply, {len(plan.conflicts)} in conflict"
    for result in plan.conflicts:
        assert isinstance(result.outcome, Conflict)
        problem = f"{result.site.path}:{result.site.line} {result.site.name}: {result.outcome.reason}"
        return Diagnosis("patches", text, problem, "sdkpatch apply --check lists all conflicts")
    if plan.changes:
        return Diagnosis("patches", text, "the tree is not patched", "run sdkpatch apply")
    return Diagnosis("patches", text)


def _sockets(seen: Surroundings) -> Diagnosis:
    count = len(seen.channels)
    keys = ", ".join(each.header for each in seen.credentials) or "none"
    return Diagnosis(
        "sockets", f"{count} {'channel' if count == 1 else 'channels'}; headers that carry a credential: {keys}"
    )


def _ignore_file(root: Path, patches: Sequence[Patch], package: str) -> Diagnosis:
    from ..ignoring.check import check

    try:
        problems = check(root, patches, package)
    except SdkPatchError as error:
        return Diagnosis(".fernignore", "cannot be checked", *_parts(error))
    if not problems:
        return Diagnosis(".fernignore", "every line works" if (root / ".fernignore").is_file() else "none")
    text = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
    problem = f"{problems[0].text}: {problems[0].reason}"
    return Diagnosis(".fernignore", text, problem, "run sdkpatch fernignore check")


def _workflows(seen: Surroundings) -> Diagnosis:
    if not seen.publishers:
        return Diagnosis("workflow", "none of the repository publishes a package")
    text = ", ".join(dict.fromkeys(f"{each.path} ({each.how})" for each in seen.publishers))
    unpatched = [each.path for each in seen.publishers if not each.is_patched]
    if unpatched:
        problem = f"{unpatched[0]} publishes without sdkpatch"
        return Diagnosis("workflow", text, problem, "sdkpatch init --take-over adds the step")
    return Diagnosis("workflow", text)
