"""Options that several commands take, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from . import completion

_Command = TypeVar("_Command", bound=Callable[..., object])


def settings_of(ctx: click.Context, parameter: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """Return the values of NAME=VALUE by name; an option's callback."""
    settings: dict[str, str] = {}
    for text in value:
        name, equals, setting = text.partition("=")
        if not equals or not name:
            raise click.BadParameter("write NAME=VALUE", ctx=ctx, param=parameter)
        settings[name] = setting
    return settings


def patches(command: _Command) -> _Command:
    """Add ``--patch`` and ``--set``."""
    command = click.option(
        "-s", "--set", "settings", multiple=True, callback=settings_of, help="A parameter: NAME=VALUE."
    )(command)
    return click.option(
        "-p",
        "--patch",
        "patches",
        multiple=True,
        shell_complete=completion.patches,
        help="A recipe's id or a patch file, instead of the project's.",
    )(command)


def config(command: _Command) -> _Command:
    """Add ``--config``."""
    return click.option(
        "--config", type=click.Path(path_type=Path), help="The project file; default: the nearest sdkpatch.toml."
    )(command)


def output(command: _Command) -> _Command:
    """Add ``--output``."""
    return click.option(
        "--output", "files", multiple=True, metavar="[FORMAT=]FILE", help="Write a report to a file as well."
    )(command)


def verbosity(quiet: str, verbose: str) -> Callable[[_Command], _Command]:
    """Return what adds ``--quiet`` and ``--verbose``, each with what it makes of the report."""

    def added(command: _Command) -> _Command:
        command = click.option("-v", "--verbose", is_flag=True, help=verbose)(command)
        return click.option("-q", "--quiet", is_flag=True, help=quiet)(command)

    return added


def color(command: _Command) -> _Command:
    """Add ``--color``."""
    choice = click.Choice(["auto", "always", "never"])
    return click.option("--color", type=choice, default="auto", help="Colour the report.")(command)
