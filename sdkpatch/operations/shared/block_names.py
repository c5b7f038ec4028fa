"""The names that the statements of a block bind, which wanted statements it lacks, and which names are taken."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Conflict
from ...operation import Held, ToDo
from ...python import blocks as block_edits
from ...python.source import Block, Source, blocks, first_line, same
from ...python.text import Edit


def names_of(statement: ast.stmt) -> tuple[str, ...]:
    """Return the names that a statement binds in its block; a property's setter is told from the property."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            setters = [each.attr for each in statement.decorator_list if isinstance(each, ast.Attribute)]
            return (f"{name}.{setters[0]}" if setters[:1] and setters[0] in ("setter", "deleter") else name,)
        case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            return (name,)
        case ast.Assign(targets=targets):
            parts = [part for each in targets for part in (each.elts if isinstance(each, ast.Tuple) else [each])]
            return tuple(each.id for each in parts if isinstance(each, ast.Name))
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return tuple(alias.asname or alias.name.split(".")[0] for alias in aliases)
        case ast.If() | ast.Try():
            return tuple(name for block in blocks(statement) for each in block for name in names_of(each))
        case _:
            return ()


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def clash(block: Block, wanted: ast.stmt) -> Conflict | None:
    """Return the conflict of a statement whose name the block binds already, to something else.

    Overloads stand beside each other and their function, and ``x = wrapped(x)`` needs the other.
    """
    names = set(names_of(wanted)) - {"_"}
    if isinstance(wanted, ast.Assign) and any(
        isinstance(node, ast.Name) and node.id in names for node in ast.walk(wanted.value)
    ):
        return None
    beside = [each for each in block if not (_is_overload(wanted) and isinstance(each, _FUNCTIONS))]
    other = next((each for each in beside if names & set(names_of(each)) and not _is_overload(each)), None)
    if other is None:
        return None
    name = sorted(names & set(names_of(other)))[0]
    reason = f"{name} is there already on line {first_line(other)}, and is something else"
    hint = "the generator emits it now, or a merge left a part of it: compare the two"
    return Conflict(reason=reason, hint=hint, details=tuple(ast.unparse(other).split("\n")[:8]))


def missing(block: Block, wanted: Sequence[ast.stmt]) -> tuple[list[int], Conflict | None]:
    """Return which of the wanted statements the block lacks, or the conflict of one that is there and another."""
    lacking: list[int] = []
    for index, statement in enumerate(wanted):
        there = [each for each in block if same(statement, each)]
        if len(there) > 1 and names_of(statement):
            reason = (
                f"{names_of(statement)[0]} is there twice, on lines {first_line(there[0])} and {first_line(there[1])}"
            )
            return [], Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
        if there:
            continue
        if taken := clash(block, statement):
            return [], taken
        lacking.append(index)
    return lacking, None


def _is_overload(statement: ast.stmt) -> bool:
    decorators = getattr(statement, "decorator_list", [])
    return any(ast.unparse(each).endswith("overload") for each in decorators)


def verdict(
    source: Source, block: Block, code: Sequence[str], wanted: Sequence[ast.stmt], place: int | str, *, top: bool
) -> Held | ToDo | Conflict:
    """Judge whether a block holds the statements; ``place`` is the index to insert at, or why there is none."""
    lacking, conflict = missing(block, wanted)
    if conflict is not None:
        return conflict
    if not lacking:
        return Held()
    if isinstance(place, str):
        return Conflict(reason=place, hint="name another member in before or after, or leave it out")

    def work() -> list[Edit]:
        whole = "\n".join(_spaced(code, wanted, lacking, top=top))
        return block_edits.insert(source, block, place, whole, top=top)

    return ToDo(work=work)


def _spaced(code: Sequence[str], wanted: Sequence[ast.stmt], indexes: Sequence[int], *, top: bool) -> list[str]:
    lines: list[str] = []
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    previous: ast.stmt | None = None
    for index in indexes:
        if previous is not None and isinstance(previous, definitions) | isinstance(wanted[index], definitions):
            lines += [""] * (2 if top else 1)
        lines.append(code[index])
        previous = wanted[index]
    return lines


def pieces(code: str, body: Sequence[ast.stmt]) -> list[str]:
    """Return the source of each statement, with the comments above it."""
    lines = code.split("\n")
    found: list[str] = []
    last = 0
    for statement in body:
        end = statement.end_lineno or statement.lineno
        found.append("\n".join(lines[last:end]).strip("\n"))
        last = end
    return found


def place_of(block: Block, name: str, *, behind: bool) -> int | str:
    """Return the index beside the statement that binds a name, or why there is none."""
    for index, statement in enumerate(block):
        if name in names_of(statement):
            if not behind:
                return index
            below = block[index + 1] if index + 1 < len(block) else None
            has_docstring = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            is_field = isinstance(statement, ast.AnnAssign | ast.Assign)
            return index + (2 if is_field and has_docstring else 1)
    return f"there is no {name} to put it beside"
