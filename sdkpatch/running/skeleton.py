"""The beginning of a patch file: a patch of the book, or a recipe, that uses an operation, under a new name."""

from __future__ import annotations

import re
from pathlib import Path

from .. import resources

SCHEMA = "patch.schema.json"
"""Where an editor finds the schema of patch files: beside them, as ``sdkpatch schema patch`` printed it."""

_ID = re.compile(r"^id = .*$", re.MULTILINE)
_TITLE = re.compile(r"^title = .*$", re.MULTILINE)
_TEMPLATE = re.compile(r'^template = "(.+)"$', re.MULTILINE)


def schema_line(folder: Path) -> str:
    """Return the first line of a patch file in a folder, which names the schema to an editor, if it lies there."""
    return f"#:schema ./{SCHEMA}\n" if (folder / SCHEMA).is_file() else ""


def skeleton(name: str, operation: str, title: str) -> dict[str, str]:
    """Return a patch file with an operation, and the templates it names, by their paths in the folder of patches.

    It loads and its examples hold. ``name`` becomes its id; what it does is that of the patch it was copied from.
    Returns nothing where no patch uses the operation.
    """
    source = _source(operation)
    if source is None:
        return {}
    origin, text, folder = source
    beside = {each: (folder / each).read_text(encoding="utf-8") for each in _TEMPLATE.findall(text)}
    text = _ID.sub(lambda _: f'id = "{name}"', text, count=1)
    text = _TITLE.sub(lambda _: f"title = {_quoted(title)}", text, count=1)
    return {f"{name}.toml": f"# Copied from {origin}: change what it says to what you want.\n{text}", **beside}


def _source(operation: str) -> tuple[str, str, Path] | None:
    for kind, paths in (("the patch", resources.book()), ("the recipe", resources.recipes())):
        for name, path in paths.items():
            text = path.read_text(encoding="utf-8")
            if re.search(rf'^op = "{re.escape(operation)}"$', text, re.MULTILINE):
                return f"{kind} {name}", text, path.parent
    return None


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(text).as_string()
