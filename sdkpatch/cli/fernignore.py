"""``sdkpatch fernignore``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from ..loading.project import WorkingSet, resolve
from ..operations import OPERATIONS
from . import options
from .output import say

if TYPE_CHECKING:
    from ..ignoring.lines import Problem
    from ..ignoring.readers import LineReading

_TREE = click.argument("tree", required=False, type=click.Path(path_type=Path))
_FILE = ".fernignore"


@click.group("fernignore", epilog="Example: sdkpatch fernignore check generated-sdks/python")
def command() -> None:
    """Check and update .fernignore, the file that lists what Fern's next generation keeps.

    Fern has several readers of this file, and they disagree. These commands show how each of them reads a line, and
    write only lines that all of them read alike.
    """


@command.command("check", epilog="Example: sdkpatch fernignore check generated-sdks/python --fix")
@_TREE
@options.config
@click.option("--fix", is_flag=True, help="Fix what is safe to fix, and update sdkpatch's block.")
def check(tree: Path | None, config: Path | None, fix: bool) -> int:
    """Report each line that does not work as written; exit 1 when there is one.

    It reports lines that abort the generation, protect nothing, or protect a file for some readers only; lines that
    freeze a file which a patch changes; and sdkpatch's own files that the next generation would delete.
    """
    from ..ignoring import check as checking

    run = _run(tree, config)
    if fix and checking.fix(run.root, run.patches, run.package):
        say(f"{_FILE} was fixed\n")
    found = checking.check(run.root, run.patches, run.package)
    say("".join(f"{line}\n" for problem in found for line in _problem(problem)))
    mendable = sum(problem.fix is not None for problem in found)
    more = f"; sdkpatch fernignore check --fix fixes {mendable}" if mendable and not fix else ""
    say(f"{len(found)} {'problem' if len(found) == 1 else 'problems'}{more}\n")
    return ExitCode.CHANGES_NEEDED if found else ExitCode.OK


@command.command("sync", epilog="Example: sdkpatch fernignore sync generated-sdks/python")
@_TREE
@options.config
def sync(tree: Path | None, config: Path | None) -> int:
    """List sdkpatch's own files in its block of .fernignore, and remove those that no longer exist."""
    from ..ignoring import check as checking

    run = _run(tree, config)
    say(f"{_FILE} was brought up to date\n" if checking.sync(run.root, run.patches) else f"{_FILE} is up to date\n")
    return ExitCode.OK


@command.command("explain", epilog="Example: sdkpatch fernignore explain generated-sdks/python")
@_TREE
@options.config
def explain(tree: Path | None, config: Path | None) -> int:
    """Show how each of Fern's readers reads every line, and how many files the line protects."""
    from ..ignoring import check as checking

    for each in checking.explain(_run(tree, config).root):
        say(f"{_FILE}:{each.line}  {printable(each.text)}\n")
        say("".join(f"{line}\n" for line in _readings(each.readings)))
    return ExitCode.OK


@command.command("simulate", epilog="Example: sdkpatch fernignore simulate ../next-generation generated-sdks/python")
@click.argument("generated", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_TREE
@options.config
def simulate(generated: Path, tree: Path | None, config: Path | None) -> int:
    """Simulate Fern's next generation in a temporary copy; GENERATED is the newly generated tree.

    Lists the files that would be lost, replaced, kept or added, and the kept files that go stale; exit 1 when one of
    sdkpatch's own files would be lost. The tree itself is not changed.
    """
    from ..ignoring import own
    from ..ignoring.simulate import simulate as tried
    from ..tree import scan

    run = _run(tree, config)
    outcome = tried(run.root, generated)
    for word, paths in outcome._asdict().items():
        say("".join(f"{word}  {printable(path)}\n" for path in paths))
    counts = ", ".join(f"{len(paths)} {word}" for word, paths in outcome._asdict().items())
    say(f"{counts}\n")
    needed = own.required(scan(run.root), run.patches)
    is_lost = any(path == each or path.startswith(f"{each}/") for path in outcome.lost for each in needed)
    return ExitCode.CHANGES_NEEDED if is_lost else ExitCode.OK


def _run(tree: Path | None, config: Path | None) -> WorkingSet:
    return resolve(tree, (), {}, config, OPERATIONS, needs_patches=False)


def _problem(problem: Problem) -> Iterator[str]:
    place = f"{_FILE}:{problem.line}" if problem.line else _FILE
    yield f"{place}  {printable(problem.text)}: {problem.reason}"
    yield from _readings(problem.readings)
    if problem.fix is not None:
        yield f"  fix: {' / '.join(map(printable, problem.fix))}"


def _readings(readings: Sequence[LineReading]) -> Iterator[str]:
    for each in readings:
        count = len(each.protects)
        made = each.aborts or f"{count} {'file' if count == 1 else 'files'}"
        yield f"  {each.reader.ljust(13)}  {made.ljust(8)}  {printable(each.entry)}".rstrip()
