"""``sdkpatch explain``."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import ExitCode
from ..operations import OPERATIONS
from ..running.explain import explain_operation, explain_patch
from .completion import explained
from .output import say


@click.command("explain", epilog="Example: sdkpatch explain websocket-auth-query")
@click.argument("name", metavar="PATCH-OR-OPERATION", shell_complete=explained)
def command(name: str) -> int:
    """Explain what a recipe, a patch file or an operation does: its arguments, and an example before and after."""
    if name in OPERATIONS:
        say(explain_operation(OPERATIONS[name]))
    else:
        say(explain_patch(name, Path.cwd()))
    return ExitCode.OK
