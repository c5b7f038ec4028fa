"""What commands share: options that name values, and printing, whether or not the reader is still there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import click


def wished_color() -> bool | None:
    """Return what the environment says of colours, None where it leaves the choice to the terminal.

    ``NO_COLOR`` (https://no-color.org) goes before ``FORCE_COLOR`` (https://force-color.org).
    """
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def say(text: str, *, color: bool | None = None) -> None:
    """Print text that ends its own lines.

    A reader that is gone (``sdkpatch list | head -n 1``) is no failure of the run: the exit code stays what it is,
    where click would make it 1, which means that changes are needed. Without ``color`` the environment decides, then
    whether this is a terminal.
    """
    try:
        click.echo(text, nl=False, color=wished_color() if color is None else color)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def save(path: Path, text: str) -> None:
    """Write a report that a person asked for to a file. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(click.unstyle(text))


def check_outputs(outputs: Sequence[str], formats: Collection[str], *others: Path | None) -> None:
    """Open the files that reports go to, before a run changes anything; those that were not there go away again.

    Pipes and devices are left alone: a reader would take the closing for the end. Raises OSError.
    """
    from ..writing import disk

    for path in (*(_target(each, formats)[1] for each in outputs), *(each for each in others if each is not None)):
        is_new = not path.exists()
        if is_new or path.is_file() or path.is_dir():
            with path.open("a"):
                pass
        if is_new:
            disk.remove(path)


def _target(output: str, formats: Collection[str]) -> tuple[str, Path]:
    """Return the format that ``--output`` names, empty for the one that is shown, and the file."""
    name, equals, file = output.partition("=")
    return (name, Path(file)) if equals and name in formats else ("", Path(output))


def report(
    shown: str, outputs: Sequence[str], render: Callable[[str], str], formats: Collection[str], color: str
) -> None:
    """Print a report in the format that is shown, and write it to the files of ``--output``.

    ``FORMAT=FILE`` writes that format beside what is printed; a plain ``FILE`` takes the shown format, and the terminal
    has text. Raises OSError.
    """
    printed = shown
    for output in outputs:
        name, path = _target(output, formats)
        save(path, render(name or shown))
        printed = printed if name else "text"
    say(render(printed), color={"always": True, "never": False}.get(color))
