"""``sdkpatch test``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ..bounds.printable import printable
from ..errors import ExitCode, UsageError
from ..running import selftest
from ..running.selftest import Tested
from ..writing import commit
from . import completion, options
from .output import say


@click.command("test", epilog="Example: sdkpatch test patches/optional-message.toml --update")
@click.argument("patches", nargs=-1, metavar="[PATCH]...", shell_complete=completion.patches)
@click.option("--update", is_flag=True, help="Where an after differs from what the patch makes, overwrite it.")
@click.option("--shipped", is_flag=True, help="Also run the examples of every recipe that ships with sdkpatch.")
@options.config
def command(patches: Sequence[str], update: bool, shipped: bool, config: Path | None) -> int:
    """Run the examples of patch files: the patch turns before into exactly after, and leaves after unchanged.

    PATCH is a patch file or the id of a recipe; without one, the project's patches are tested.
    """
    tested = selftest.run(patches, config, shipped=shipped)
    if not tested:
        raise UsageError(
            "which patches",
            found="none in the project",
            expected="at least one",
            hint="name a patch file, or run sdkpatch test --shipped",
        )
    if update:
        tested = tuple(_updated(each) for each in tested)
    say("".join(f"{line}\n" for line in _lines(tested)))
    failed = any(result.problem for each in tested for result in each.results)
    return ExitCode.VERIFICATION if failed else ExitCode.OK


def _updated(tested: Tested) -> Tested:
    content = selftest.updated(tested)
    if content is None or tested.path is None:
        return tested
    commit.replace_file(tested.path, content)
    return selftest.run([str(tested.path)])[0]


def _lines(tested: Sequence[Tested]) -> Iterator[str]:
    total = failed = 0
    for each in tested:
        if not each.results:
            yield f"{printable(each.origin)}  {click.style('no example', fg='yellow')}"
        for result in each.results:
            total += 1
            failed += bool(result.problem)
            word = click.style("failed", fg="red") if result.problem else click.style("passed", fg="green")
            reason = f": {printable(result.problem)}" if result.problem else ""
            yield f"{printable(each.origin)}  example {result.number}  {word}{reason}"
            yield from (f"  | {printable(line)}" for line in result.details)
    examples = "example" if total == 1 else "examples"
    yield f"{total} {examples}: {total - failed} passed, {failed} failed"
