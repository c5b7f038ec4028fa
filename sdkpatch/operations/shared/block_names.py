"""The names that the statements of a block bind, which wanted statements it lacks, and which names are taken."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Conflict
from ...python.blocks import is_of_class
from ...python.import_lines import module_of
from ...python.source import Block, Source, blocks, first_line, is_docstring, same
from .wider_imports import is_within

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


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
        case ast.Import() | ast.ImportFrom():
            return tuple(_origins(statement))
        case ast.If() | ast.Try():
            return tuple(name for block in blocks(statement) for each in block for name in names_of(each))
        case _:
            return ()


def _origins(statement: ast.stmt) -> dict[str, str]:
    """Return what each name that a statement imports stands for; ``import a.b`` and ``import a.c`` both bind ``a``."""
    match statement:
        case ast.Import(names=aliases):
            roots = [alias.name if alias.asname else alias.name.split(".")[0] for alias in aliases]
            return {alias.asname or root: root for alias, root in zip(aliases, roots, strict=True)}
        case ast.ImportFrom(names=aliases):
            return {alias.asname or alias.name: f"{module_of(statement)}:{alias.name}" for alias in aliases}
        case ast.If() | ast.Try():
            inner = [_origins(each) for block in blocks(statement) for each in block]
            return {name: origin for each in inner for name, origin in each.items()}
        case _:
            return {}


def taken(source: Source, block: Block, wanted: ast.stmt, gone: Sequence[ast.AST] = ()) -> Conflict | None:
    """Return the conflict of a statement whose name the block binds already, to something else.

    In a function a name may well be set again, but what it defines not. ``gone`` are statements that make room for it.
    """
    if not names_of(wanted):
        return None
    is_body = isinstance(wanted, DEFINITIONS) or block is source.tree.body or is_of_class(source, block)
    return _clash([each for each in block if each not in gone], wanted) if is_body else None


def _clash(block: Block, wanted: ast.stmt) -> Conflict | None:
    """Return the conflict of two statements that bind one name to different things.

    Overloads stand beside each other and their function, and ``x = wrapped(x)`` needs the other.
    """
    names = set(names_of(wanted)) - {"_"}
    if isinstance(wanted, ast.Assign) and any(
        isinstance(node, ast.Name) and node.id in names for node in ast.walk(wanted.value)
    ):
        return None
    imported = _origins(wanted).items() if isinstance(wanted, ast.Import | ast.ImportFrom) else {}.items()
    for other in block:
        both = names.intersection(names_of(other))
        if both and imported:
            both -= {name for name, _ in imported & _origins(other).items()}
        if both and not _is_overload(other) and not (_is_overload(wanted) and isinstance(other, _FUNCTIONS)):
            reason = f"{min(both)} is already on line {first_line(other)}, and differs"
            hint = "the generator emits it now, or a merge left a part of it: compare the two"
            return Conflict(reason=reason, hint=hint, details=tuple(ast.unparse(other).split("\n")[:8]))
    return None


def missing(block: Block, wanted: Sequence[ast.stmt]) -> tuple[list[int], Conflict | None]:
    """Return which of the wanted statements a class or module lacks, or the conflict of one that is another there."""
    lacking: list[int] = []
    for index, statement in enumerate(wanted):
        there = [each for each in block if same(each, statement)]
        if len(there) > sum(same(each, statement) for each in wanted) and not is_docstring(statement):
            what = names_of(statement)[0] if names_of(statement) else "the code"
            reason = f"{what} is there twice, on lines {first_line(there[0])} and {first_line(there[1])}"
            return [], Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
        if there or any(is_within(statement, each) for each in block):
            continue
        if conflict := _clash(block, statement):
            return [], conflict
        lacking.append(index)
    return lacking, None


def _is_overload(statement: ast.stmt) -> bool:
    decorators = getattr(statement, "decorator_list", [])
    return any(ast.unparse(each).endswith("overload") for each in decorators)
