"""``sdkpatch recover``."""

from __future__ import annotations

from pathlib import Path

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from ..loading.project import root_of
from ..running.run import recover
from . import options
from .output import say


@click.command("recover", epilog="Example: sdkpatch recover generated-sdks/python")
@click.argument("tree", required=False, type=click.Path(path_type=Path))
@options.config
def command(tree: Path | None, config: Path | None) -> int:
    """Finish or undo an interrupted run, so that either all of its files are changed or none.

    A run that was killed before all its new bytes were on the disk is undone; a run that was killed later is
    finished. sdkpatch apply does the same before it starts. The commands that only read refuse such a tree.
    """
    followed = recover(root_of(tree, config))
    if followed is None:
        say("nothing to recover\n")
        return ExitCode.OK
    word = "undone" if followed.is_undo else "finished"
    say("".join(f"{printable(goal.path)}  {word}\n" for goal in followed.goals))
    say(f"recovered: {len(followed.goals)} {'file' if len(followed.goals) == 1 else 'files'}\n")
    return ExitCode.OK
