"""Find the blocks of inserted code among a function's statements, whole or torn apart by a line merge."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import takewhile

from .recognise import Path
from .route import Located, stored_names
from .shapes import recognise


def blocks(statements: Sequence[Located]) -> list[list[Located]]:
    """Split the recognised statements into runs that belong together: one block of inserted code each.

    ``urlsplit`` and ``geturl`` alone are somebody's ordinary code and no block, as long as they work.
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
    return [group for group in groups if _is_inserted(group, statements)]


def _is_inserted(group: Sequence[Located], statements: Sequence[Located]) -> bool:
    if any(is_ours_alone(statement) for _, statement in group):
        return True
    inside = {id(statement) for _, statement in group}
    before = [each for each in takewhile(lambda each: each[0] != group[0][0], statements) if id(each[1]) not in inside]
    bound = {name for _, statement in before for name in stored_names(statement)}
    return any(shape == "join" for shape, _ in map(_shape, group)) and not unbound_names(group) <= bound


def is_ours_alone(statement: ast.stmt) -> bool:
    """Tell whether nobody but this operation writes such a statement."""
    shape, bound = recognise(statement) or ("", {})
    return "HEADER" in bound or "QUERY" in bound or shape in ("caller", "sent", "sent_alone", "extend")


def _shape(located: Located) -> tuple[str, dict[str, str]]:
    return recognise(located[1]) or ("", {})


def unbound_names(group: Sequence[Located]) -> set[str]:
    """Return the locals of inserted code that a block uses before it binds them."""
    bound: set[str] = set()
    unbound: set[str] = set()
    for located in group:
        shape, capitals = _shape(located)
        read = ("CALLER", "SENT", "KEY", "SPLIT", "PAIR" if shape == "extend" else "")
        used = {capitals[name] for name in read if name in capitals}
        stored = stored_names(located[1])
        unbound |= used - bound - (stored if not isinstance(located[1], ast.If) else set())
        bound |= stored
    return unbound


def drops(group: Sequence[Located]) -> bool:
    """Tell whether a block drops the headers that the caller did not give."""
    return any((recognise(statement) or ("",))[0].startswith("drop") for _, statement in group)


def block_order(group: Sequence[Located]) -> tuple[bool, list[str]]:
    """Return what blocks are sorted by, so that the order of patches leaves no trace: one that drops comes last."""
    shapes = [recognise(statement) or ("", {}) for _, statement in group]
    return drops(group), sorted({bound["HEADER"] for _, bound in shapes if "HEADER" in bound})
