"""Print to standard output, whether or not its reader is still there."""

from __future__ import annotations

import os
import sys

import click


def say(text: str, *, color: bool | None = None) -> None:
    """Print text that ends its own lines.

    A reader that is gone (``sdkpatch list | head -n 1``) is no failure of the run: the exit code stays what it is,
    where click would make it 1, which means that changes are needed.
    """
    try:
        click.echo(text, nl=False, color=color)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
