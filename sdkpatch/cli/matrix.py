"""``sdkpatch matrix``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..bounds.printable import quoted
from ..errors import ExitCode
from ..loading.workspace import sdks
from ..operations.shared.paths import in_repository
from . import options
from .output import say


@click.command("matrix", epilog="Example: sdkpatch matrix --config sdks/sdkpatch.toml")
@options.config
def command(config: Path | None) -> int:
    """Print the SDKs that sdkpatch.toml names, as JSON on one line for strategy.matrix.

    Each entry has the SDK's name, which jobs and artefacts can have too, and its tree, relative to the repository.
    """
    entries = [{"name": each.name, "tree": in_repository(each.tree) or "."} for each in sdks(config)]
    say(quoted(json.dumps({"include": entries})) + "\n")
    return ExitCode.OK
