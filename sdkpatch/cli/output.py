"""What commands share: options that name values, and printing, whether or not the reader is still there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
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


def report(
    shown: str, outputs: Sequence[str], render: Callable[[str], str], formats: Collection[str], color: str
) -> None:
    """Print a report in the format that is shown, and write it to the files of ``--output``.

    ``FORMAT=FILE`` writes that format beside what is printed; a plain ``FILE`` takes the shown format, and the terminal
    has text. Raises OSError.
    """
    printed = shown
    for output in outputs:
        name, equals, file = output.partition("=")
        if equals and name in formats:
            save(Path(file), render(name))
        else:
            save(Path(output), render(shown))
            printed = "text"
    say(render(printed), color={"always": True, "never": False}.get(color))


def settings_of(ctx: click.Context, parameter: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """Return the values of NAME=VALUE by name; an option's callback."""
    settings: dict[str, str] = {}
    for text in value:
        name, equals, setting = text.partition("=")
        if not equals or not name:
            raise click.BadParameter("write NAME=VALUE", ctx=ctx, param=parameter)
        settings[name] = setting
    return settings
