"""``sdkpatch new``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ..bounds.printable import printable
from ..errors import ExitCode, UsageError
from ..loading.project import find_config, shown
from ..operations import OPERATIONS
from ..schema.fields import did_you_mean
from . import completion, options
from .output import say


@click.command("new", epilog="Example: sdkpatch new optional-message --op rewrite")
@click.argument("name")
@click.option(
    "--op",
    "operation",
    default="rewrite",
    shell_complete=completion.operations,
    help="The operation of its step; default: rewrite.",
)
@click.option("--title", help="What the patch is for, in a few words; default: from NAME.")
@click.option("--into", type=click.Path(path_type=Path), help="The folder of the patches; default: patches.")
@options.config
def command(name: str, operation: str, title: str | None, into: Path | None, config: Path | None) -> int:
    """Begin a patch file, patches/NAME.toml, that you change into what you want.

    It is a copy of a patch with this operation, with examples that pass. An existing file is not overwritten.
    """
    from ..running.skeleton import schema_line, skeleton
    from ..writing.commit import create_files

    _check(name, operation)
    folder = into or _folder(config)
    found = skeleton(name, operation, title or name.replace("-", " ").capitalize())
    if not found:
        raise UsageError(operation, found="no patch to copy that uses it", expected="another operation")
    texts = {folder / path: text for path, text in found.items()}
    for path in texts:
        if path.exists():
            raise UsageError(shown(path), found="a file that is there", expected="a new name")
    path = next(iter(texts))
    texts[path] = schema_line(folder) + texts[path]
    create_files(texts)
    say(_told(shown(path), operation))
    return ExitCode.OK


def _told(path: str, operation: str) -> str:
    """Return what was done, and what comes next."""
    return (
        f"{printable(path)} was written; change it, then run:\n"
        f"  sdkpatch explain {operation}\n"
        f"  sdkpatch test {printable(path)}\n"
        f"  sdkpatch apply --patch {printable(path)} --diff\n"
    )


def _check(name: str, operation: str) -> None:
    """Raise UsageError for a name that cannot be a patch's id, or an operation that does not exist."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(
            name, found="not an id", expected="small letters, digits and hyphens, such as optional-message"
        )
    if operation not in OPERATIONS:
        raise UsageError(
            "--op",
            found=f'the unknown operation "{operation}"',
            expected="an operation",
            hint=did_you_mean(operation, OPERATIONS),
        )


def _folder(config: Path | None) -> Path:
    """Return the folder of the project's patches: beside its project file, or in the current directory."""
    found = config or find_config(Path.cwd())
    return (found.parent if found is not None else Path.cwd()) / "patches"
