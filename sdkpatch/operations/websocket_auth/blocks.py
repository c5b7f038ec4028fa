"""Find the blocks of inserted code among a function's statements, whole or torn apart by a line merge."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...fern.handshake import Path
from .route import Located
from .shapes import recognise


def blocks(statements: Sequence[Located]) -> list[list[Located]]:
    """Split the recognised statements into runs that belong together: one block of inserted code each.

    A run without a header or a parameter in it is somebody's ordinary code and no group.
    """
    groups: list[list[Located]] = []
    previous: tuple[Path, str] | None = None
    for path, statement in statements:
        found = recognise(statement)
        if found is None:
            previous = None
            continue
        shape = found[0]
        follows = previous is not None and (*path[:-1], (path[-1][0], path[-1][1] - 1)) == previous[0]
        starts = shape == "caller" or (shape.startswith("sent") and not (previous and previous[1] == "caller"))
        if not follows and shape == "drop_all":
            previous = None
            continue
        if not follows or starts:
            groups.append([])
        groups[-1].append((path, statement))
        previous = (path, shape)
    return [group for group in groups if any(_literals(statement) for _, statement in group)]


def _literals(statement: ast.stmt) -> bool:
    _, bound = recognise(statement) or ("", {})
    return "HEADER" in bound or "QUERY" in bound


def drops(group: Sequence[Located]) -> bool:
    """Tell whether a block drops the headers that the caller did not give."""
    return any((recognise(statement) or ("",))[0].startswith("drop") for _, statement in group)


def block_order(group: Sequence[Located]) -> tuple[bool, list[str]]:
    """Return what blocks are sorted by, so that the order of patches leaves no trace: one that drops comes last."""
    shapes = [recognise(statement) or ("", {}) for _, statement in group]
    return drops(group), sorted({bound["HEADER"] for _, bound in shapes if "HEADER" in bound})
