"""Which jobs of a repository's workflows publish an SDK, how they do it, and where the patches have to come in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .pipeline_commands import PipelineCommand, ScriptPlace, of_script
from .workflows import WorkflowJob, WorkflowStep, action_steps, jobs

WRITTEN = "# Written by sdkpatch init;"
"""What a workflow of ``sdkpatch init`` begins with."""

_ACTIONS: Mapping[str, tuple[str, bool]] = {
    "pypa/gh-action-pypi-publish": ("trusted publishing", False),
    "pypa/cibuildwheel": ("", True),
    "hynek/build-and-inspect-python-package": ("", True),
    "pyo3/maturin-action": ("", True),
}
"""Actions that publish or build: how they publish, and whether they build."""
_RELEASING = re.compile(r"(?:^|/)python-semantic-release$")
_NAMED_SO = re.compile(
    r"(?:pypi|poetry|twine)[^/]*(?:publish|upload|deploy)|(?:publish|upload|deploy)[^/]*(?:pypi|poetry)"
)
_CALLED_SO = re.compile(r"publish|pypi|release", re.IGNORECASE)
_SCRIPTS = ("command", "script", "run")
"""Inputs of actions that run a command, such as those that retry it."""


class Publisher(NamedTuple):
    """A step that publishes, in a job of a workflow. ``through`` is the script or target that it calls, if it does.

    ``before`` is the command that the patches have to stand before, in the job ``builder``; ``line`` the 1-based line
    where its step begins, 0 where it cannot be put there, ``indent`` the blanks in front of its dash. ``checkout`` is
    the folder of the workspace that the repository is checked out to, ``folder`` the one below it that the package is
    built in. ``callers`` are workflows that call this one. ``is_patched`` tells that sdkpatch has run by then.
    """

    path: str
    job: str
    how: str
    before: str
    line: int
    is_patched: bool
    through: str = ""
    builder: str = ""
    indent: str = ""
    checkout: str = ""
    folder: str = "."
    callers: tuple[str, ...] = ()


class _Done(NamedTuple):
    """What a step of a job does."""

    step: WorkflowStep
    command: PipelineCommand


def publishers(root: Path) -> tuple[Publisher, ...]:
    """Return the steps of a repository's workflows that publish a package, those of ``sdkpatch init`` left out."""
    found: list[Publisher] = []
    called: dict[str, list[str]] = {}
    for path in sorted((root / ".github" / "workflows").glob("*.y*ml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = path.relative_to(root).as_posix()
        try:
            known = jobs(text)
        except ValueError as error:
            known = ()
            found += [Publisher(name, "", str(error), "", 0, False)] if _CALLED_SO.search(text) else []
        for job in known:
            if job.uses.startswith("./"):
                called.setdefault(job.uses.partition("@")[0].removeprefix("./"), []).append(name)
        if WRITTEN not in text:
            found += _of_workflow(name, known, root)
    return tuple(each._replace(callers=tuple(sorted(set(called.get(each.path, ()))))) for each in found)


def _of_workflow(path: str, known: Sequence[WorkflowJob], root: Path) -> Iterator[Publisher]:
    done = {job.name: _done(job, root) for job in known}
    for job in known:
        seen: set[tuple[str, int]] = set()
        for at, (_, command) in enumerate(done[job.name]):
            if command.how:
                for each in _places(path, job, at, known, done):
                    if (each.how, each.line) not in seen:
                        seen.add((each.how, each.line))
                        yield each
        outside = job.uses.partition("@")[0]
        if outside and not outside.startswith("./") and _CALLED_SO.search(outside) and "sdkpatch" not in outside:
            yield Publisher(path, job.name, f"{outside}, which was not read", "", 0, False)


def _places(
    path: str, job: WorkflowJob, at: int, known: Sequence[WorkflowJob], done: Mapping[str, Sequence[_Done]]
) -> Iterator[Publisher]:
    """Yield a publisher for each place where what it publishes is built: in its own job, or in those it needs."""
    command = done[job.name][at].command
    base = Publisher(path, job.name, command.how, "", 0, False, through=command.through)
    if any(each.command.builds for each in done[job.name][: at + 1]):
        yield _placed(base, job, done[job.name][: at + 1])
        return
    builders = [each for each in _needed(job, known) if any(one.command.builds for one in done[each.name])]
    for each in builders:
        yield _placed(base, each, done[each.name])
    if not builders:
        yield base


def _placed(base: Publisher, job: WorkflowJob, done: Sequence[_Done]) -> Publisher:
    """Return a publisher with the place of the patches: before the first build after the last checkout that counts."""
    last = max(at for at, each in enumerate(done) if each.command.builds)
    steps = list(job.steps)
    built = steps.index(done[last].step)
    checkouts = [at for at, step in enumerate(steps[:built]) if _is_checkout(step)]
    start = checkouts[-1] if checkouts else -1
    first = next(at for at, each in enumerate(done) if each.command.builds and steps.index(each.step) > start)
    step, command = done[first]
    checkout = posixpath.normpath(steps[start].inputs.get("path", "") or ".") if checkouts else "."
    is_reachable = bool(step.line) and not re.search(r"windows", job.runner, re.IGNORECASE)
    return base._replace(
        before=command.through or command.shown,
        builder=job.name,
        line=step.line if is_reachable else 0,
        indent=step.indent,
        checkout="" if checkout == "." else checkout,
        folder=posixpath.relpath(posixpath.normpath(command.folder or checkout), checkout),
        is_patched=any(each.command.patches for each in done[:first]),
    )


def _needed(job: WorkflowJob, known: Sequence[WorkflowJob]) -> Iterator[WorkflowJob]:
    """Yield the jobs that a job needs, the nearest first."""
    by_name = {each.name: each for each in known}
    pending, seen = list(job.needs), {job.name}
    while pending:
        name = pending.pop(0)
        if name in by_name and name not in seen:
            seen.add(name)
            yield by_name[name]
            pending += by_name[name].needs


def _is_checkout(step: WorkflowStep) -> bool:
    is_other = step.inputs.get("repository", "") not in ("", "${{ github.repository }}")
    return step.uses.partition("@")[0] == "actions/checkout" and not is_other


def _done(job: WorkflowJob, root: Path) -> tuple[_Done, ...]:
    places = [(step, ScriptPlace(root, step.folder)) for step in job.steps]
    return tuple(_Done(step, command) for step, place in places for command in _of_step(step, place))


def _of_step(step: WorkflowStep, place: ScriptPlace) -> Iterator[PipelineCommand]:
    if step.script:
        yield from of_script(step.script, place)
    name = step.uses.partition("@")[0]
    for each in _SCRIPTS if name and not name.startswith("./") else ():
        yield from of_script(step.inputs.get(each, ""), place)
    if name.startswith("./"):
        yield from (each._replace(through=name) for each in _of_action(name, place))
    elif "sdkpatch" in name:
        yield PipelineCommand(name, patches=step.inputs.get("command", "apply") == "apply")
    elif name.lower() in _ACTIONS:
        how, builds = _ACTIONS[name.lower()]
        is_token = how and ("password" in step.inputs or "user" in step.inputs)
        is_sent = step.inputs.get("command", "") in ("publish", "upload")
        yield PipelineCommand(name, how=name if is_token or is_sent else how, builds=builds)
    elif _RELEASING.search(name):
        sends = {"pypi_token", "repository_password"} & step.inputs.keys()
        yield PipelineCommand(name, how="semantic-release" if sends else "", builds=True)
    elif _NAMED_SO.search(name.lower()):
        yield PipelineCommand(name, how=name, builds=True)


def _of_action(name: str, place: ScriptPlace) -> Iterator[PipelineCommand]:
    """Yield what an action of the repository does."""
    text = place._replace(folder=".").file(f"{name}/action.yml") or place._replace(folder=".").file(
        f"{name}/action.yaml"
    )
    try:
        steps = action_steps(text) if text and place.depth < 3 else ()
    except ValueError:
        steps = ()
    for step in steps:
        yield from _of_step(step, ScriptPlace(place.root, step.folder, place.depth + 1))


def taken_over(text: str, places: Sequence[tuple[Publisher, str]]) -> str:
    """Return a workflow with a step in front of each that builds; the steps are written without an indent.

    Comments right above the step that builds stay with it.
    """
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    wanted = {each.line: (each, step) for each, step in places}
    for line, (each, step) in sorted(wanted.items(), reverse=True):
        at = line - 1
        while at > 0 and lines[at - 1].startswith(f"{each.indent}#"):
            at -= 1
        lines[at:at] = [f"{each.indent}{added}".rstrip() + newline for added in step.splitlines()]
    return "".join(lines)
