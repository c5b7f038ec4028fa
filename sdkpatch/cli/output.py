"""What commands share: options that name values, and printing, whether or not the reader is still there."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

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


def save(path: Path, text: str) -> None:
    """Write a report that a person asked for to a file. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(click.unstyle(text))


def settings_of(ctx: click.Context, parameter: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """Return the values of NAME=VALUE by name; an option's callback."""
    settings: dict[str, str] = {}
    for text in value:
        name, equals, setting = text.partition("=")
        if not equals or not name:
            raise click.BadParameter("write NAME=VALUE", ctx=ctx, param=parameter)
        settings[name] = setting
    return settings
