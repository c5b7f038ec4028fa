"""How code inserted into an SDK has to be laid out: the line length its own formatter uses."""

from __future__ import annotations

from ..errors import TreeError
from ..schema import toml_source
from ..tree import Tree

FERN_LINE_LENGTH = 120
"""What Fern writes under [tool.ruff] of the pyproject.toml it generates."""


def line_length(tree: Tree) -> int:
    """Return the line length of ruff or black as configured in the tree's root, else Fern's own.

    A configuration that does not say is Fern's, too: a wheel has no pyproject.toml at all.
    """
    for path, keys in (
        ("ruff.toml", ()),
        (".ruff.toml", ()),
        ("pyproject.toml", ("tool", "ruff")),
        ("pyproject.toml", ("tool", "black")),
    ):
        if not tree.has(path):
            continue
        try:
            table: object = toml_source.parse(tree.read(path).decode())
        except (ValueError, TreeError):
            continue
        for key in keys:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        length = table.get("line-length") if isinstance(table, dict) else None
        if isinstance(length, int) and 40 <= length <= 320:
            return length
    return FERN_LINE_LENGTH
