"""Propose steps for imports that were added, removed or moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .differences import CodeDifference, Comparison
from .side import IMPORTS, BlockItem, Side
from .steps import Candidate, Rung


def is_about_imports(difference: CodeDifference) -> bool:
    """Tell whether all that differs are imports."""
    items = (*difference.old, *difference.new)
    return bool(items) and all(isinstance(item.head, IMPORTS) for item in items)


def texts(items: Sequence[BlockItem]) -> list[str]:
    """Return the imports of some statements, one for each name."""
    return [text for item in items for text in _texts(item.head)]


def _texts(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Import(names=names):
            return [f"import {_alias(each)}" for each in names]
        case ast.ImportFrom(names=names):
            module = "." * statement.level + (statement.module or "")
            return [f"from {module} import {_alias(each)}" for each in names]
        case _:
            return []


def _alias(each: ast.alias) -> str:
    return f"{each.name} as {each.asname}" if each.asname else each.name


def bound(text: str) -> str:
    """Return the name that an import binds."""
    name = text.rpartition(" as ")[2] if " as " in text else text.rpartition("import ")[2]
    return name if " as " in text or text.startswith("from") else name.partition(".")[0]


def top(side: Side) -> list[str]:
    """Return the imports at the top of a module, in order, one for each name."""
    return [text for statement in side.source.tree.body for text in _texts(statement)]


class MissingImports(NamedTuple):
    """The imports at its top that a module lacks to be as it is edited, and those that it has too much."""

    lacking: frozenset[str]
    extra: frozenset[str]


def missing(comparison: Comparison) -> MissingImports:
    """Return which imports at the top of two states differ."""
    old, new = (frozenset(top(side)) for side in (comparison.old, comparison.new))
    return MissingImports(new - old, old - new)


def come(comparison: Comparison) -> Mapping[str, str]:
    """Return the imports that only the edited module has at its top, by the names they bind."""
    old = set(top(comparison.old))
    return {bound(text): text for text in top(comparison.new) if text not in old and bound(text) != "*"}


def needed(items: Sequence[BlockItem], known: Mapping[str, str]) -> list[str]:
    """Return the new imports whose names some statements use."""
    used = {
        node.id for item in items for each in item.statements for node in ast.walk(each) if isinstance(node, ast.Name)
    }
    return [text for name, text in known.items() if name in used]


def ladder(comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the operations on imports; what they cannot say exactly is left to insertions and rewrites."""
    old, new = texts(difference.old), texts(difference.new)
    if old and not new and {*old} <= {*top(comparison.new)}:
        yield Candidate(Rung.OPERATION, ({"op": "import.deduplicate", **place},))
    added = [each for each in new if each not in old]
    gone = [each for each in old if each not in new]
    taken = {bound(each): each for each in gone}
    moved = [each for each in added if bound(each) in taken]
    steps: list[dict[str, Any]] = []
    if plain := [each for each in added if each not in moved]:
        steps.append({"op": "import.set", **place, "import": _one(plain)})
    for each in moved:
        steps.append({"op": "import.set", **place, "import": each, "was": taken[bound(each)]})
    left = [each for each in gone if bound(each) not in {bound(one) for one in moved}]
    if left:
        steps.append({"op": "import.remove", **place, "import": _one(left)})
    if steps and not any(bound(each) == "*" for each in (*added, *gone)):
        yield Candidate(Rung.OPERATION, tuple(steps))
        if "_dynamic_imports" in comparison.old.source.text.content:
            lazy = tuple({**step, "lazy": False} if step["op"] == "import.set" else step for step in steps)
            yield Candidate(Rung.OPERATION, lazy)


def _one(listed: list[str]) -> str | list[str]:
    return listed[0] if len(listed) == 1 else listed
