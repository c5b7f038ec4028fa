"""``sdkpatch doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from ..bounds.printable import printable
from ..errors import ExitCode
from . import options
from .output import say


@click.command("doctor", epilog="Example: sdkpatch doctor generated-sdks/python")
@click.argument("tree", required=False, type=click.Path(path_type=Path))
@options.config
def command(tree: Path | None, config: Path | None) -> int:
    """Show what sdkpatch finds of the SDK in TREE, and what is wrong; exit 1 when something is.

    It looks at the versions, the tree and its package, the generator, the repository, the project file, whether the
    patches apply, the sockets, .fernignore and the workflows that publish. Nothing is written.
    """
    from ..scaffold.doctor import diagnose

    found = list(diagnose(tree, config))
    width = max(len(each.topic) for each in found)
    for each in found:
        say(f"{each.topic:{width}}  {printable(each.text)}\n")
        if each.problem:
            remedy = f"\n{'':{width}}  {printable(each.remedy)}" if each.remedy else ""
            say(f"{'':{width}}  {click.style('wrong', fg='red')}: {printable(each.problem)}{remedy}\n")
    wrong = sum(bool(each.problem) for each in found)
    say(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong\n" if wrong else "nothing is wrong\n")
    return ExitCode.CHANGES_NEEDED if wrong else ExitCode.OK
