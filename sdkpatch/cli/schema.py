"""``sdkpatch schema``."""

from __future__ import annotations

import json

import click

from ..errors import ExitCode
from ..loading import patchfile, project
from ..operations import OPERATIONS
from .output import say


@click.command("schema", epilog="Example: sdkpatch schema patch > patch.schema.json")
@click.argument("kind", type=click.Choice(["patch", "project"]))
def command(kind: str) -> int:
    """Print the JSON Schema of a patch file or of sdkpatch.toml, for an editor."""
    schema = patchfile.json_schema(OPERATIONS) if kind == "patch" else project.json_schema()
    say(json.dumps(schema, indent=2, sort_keys=True) + "\n")
    return ExitCode.OK
