"""``sdkpatch list``."""

from __future__ import annotations

from pathlib import Path

import click

from .. import resources
from ..errors import ExitCode
from ..loading.patchfile import PatchText
from ..loading.project import find_config, from_folder, load, read_project, shown
from ..operations import OPERATIONS
from . import options
from .output import say


@click.command("list", epilog="Example: sdkpatch list --config generated-sdks/sdkpatch.toml")
@options.config
def command(config: Path | None) -> int:
    """List the recipes that ship with sdkpatch and the patches of the project."""
    lines = ["Recipes:"]
    for name, path in resources.recipes().items():
        lines.append(f"  {name}  {PatchText(path.read_text(encoding='utf-8'), name).title}")
    found = config or find_config(Path.cwd())
    project = read_project(found) if found else None
    folder = project.path.parent if project else Path.cwd()
    for part in [project.of(each) for each in project.members] or [project] if project else [None]:
        selected = part.patches if part and part.patches is not None else from_folder(folder)
        if part or selected:
            where = shown(found) if found else "patches/"
            lines.append(f"Project ({where}{f', {part.name}' if part and part.name else ''}):")
        for patch in load(selected, OPERATIONS):
            settings = ", ".join(f"{name}={value}" for name, value in sorted(patch.parameters.items()))
            lines.append(f"  {patch.id}  {patch.title}" + (f"  ({settings})" if settings else ""))
    say("".join(line + "\n" for line in lines))
    return ExitCode.OK
