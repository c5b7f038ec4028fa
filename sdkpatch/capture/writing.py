"""Where captured patches go: new files in the patches folder, and the project file that names them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError, Mistake
from ..loading.project import CONFIG, find_config, read_project, shown
from ..running.skeleton import schema_line
from .compose import Composed

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


class PatchTarget(NamedTuple):
    """The folder that patch files go to, the project file that names them, and the number of the first."""

    folder: Path
    config: Path
    first: int

    @property
    def exists(self) -> bool:
        """Tell whether there is a project file already."""
        return self.config.is_file()


def target(tree: Path, into: Path | None, config: Path | None = None) -> PatchTarget:
    """Return where patches for a tree go: beside the project file that governs it, or to ``into``."""
    governing = config or find_config(tree)
    folder = into if into is not None else (governing.parent if governing else tree) / "patches"
    folder = folder.resolve()
    if governing is None or not folder.is_relative_to(governing.parent.resolve()):
        governing = folder.parent / CONFIG
    numbers = [int(found[1]) for path in folder.glob("*.toml") if (found := re.match(r"(\d+)-", path.name))]
    return PatchTarget(folder, governing, max(numbers, default=0) + 1)


def texts(where: PatchTarget, tree: Path, composed: Sequence[Composed]) -> dict[Path, str]:
    """Return the new patch files. Raises ConfigError where one of them is there already."""
    editor = schema_line(where.folder)
    found = {where.folder / each.name: editor + each.text for each in composed}
    there = [path for path in found if os.path.lexists(path)]
    if there:
        mistakes = [
            Mistake(
                file=shown(path),
                line=0,
                key="",
                found="a file that is there",
                expected="none: capture writes new files",
            )
            for path in there
        ]
        raise ConfigError(tuple(mistakes))
    return found


def project_text(where: PatchTarget, tree: Path, composed: Sequence[Composed]) -> str:
    """Return the project file with the new patches in it, its comments and layout as they are."""
    import tomlkit

    base = where.config.parent.resolve()
    uses = [f"./{(where.folder / each.name).relative_to(base).as_posix()}" for each in composed]
    if not where.exists:
        place = Path(os.path.relpath(tree.resolve(), base)).as_posix()
        document = tomlkit.document()
        document["sdk"] = place
    else:
        document = tomlkit.parse(where.config.read_text(encoding="utf-8"))
        if read_project(where.config).everywhere is None:
            there = sorted((base / "patches").glob("*.toml"))
            new = {where.folder / each.name for each in composed}
            uses = [f"./patches/{path.name}" for path in there if path.resolve() not in new] + uses
    owner = _owner(where.config, tree, document)
    tables = owner.get("patch")
    array = tables if isinstance(tables, tomlkit.items.AoT) else tomlkit.aot()
    for each in uses:
        table = tomlkit.table()
        table["uses"] = each
        array.append(table)
    if "patch" not in owner:
        owner["patch"] = array
    return tomlkit.dumps(document)


def _owner(config: Path, tree: Path, document: TOMLDocument) -> TOMLDocument | Table:
    """Return the table that names the patches of a tree: its ``[[sdk]]`` in a workspace, else the whole file.

    Raises UsageError where a workspace does not have the tree.
    """
    project = read_project(config) if config.is_file() else None
    if project is None or not project.members:
        return document
    index = project.about(tree).key[1]
    table: Table = document["sdk"][index]
    return table
