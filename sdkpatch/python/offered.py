"""What a module offers: the names in ``__all__`` and in Fern's lazy dict, and those that every module has."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

LAZY = "_dynamic_imports"
OF_MODULES = frozenset({
    "__annotations__", "__builtins__", "__cached__", "__dict__", "__doc__", "__file__", "__loader__", "__name__",
    "__package__", "__path__", "__spec__",
})  # fmt: skip
"""Attributes of every module: https://docs.python.org/3/reference/datamodel.html#modules."""

_LATER = frozenset({"BaseExceptionGroup", "ExceptionGroup", "PythonFinalizationError", "reveal_locals", "reveal_type"})
BUILTINS = frozenset(dir(builtins)) | _LATER | OF_MODULES
"""Names that every module has: https://docs.python.org/3/library/functions.html, those of later releases too."""


def listed(tree: ast.Module) -> dict[str, int]:
    """Return the names that ``__all__`` lists as literals, in whatever expression they stand."""
    return {text: line for value in listings(tree) for text, line in _strings(value)}


def lazy(tree: ast.Module) -> dict[str, tuple[str, int]]:
    """Return the names of ``_dynamic_imports``, each with the module it comes from."""
    return {
        str(key.value): (str(entry.value), key.lineno)
        for value in lazy_dicts(tree)
        for key, entry in zip(value.keys, value.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(entry, ast.Constant)
    }


def lazy_dicts(tree: ast.Module) -> list[ast.Dict]:
    """Return the dicts that say which names are lazy: what the name is assigned, and what it is updated with."""
    return [value for name, value in _assigned(tree.body) if name == LAZY and isinstance(value, ast.Dict)]


def listings(tree: ast.Module) -> list[ast.expr]:
    """Return the expressions that say what ``__all__`` has: what it is assigned, extended by, or given one by one."""
    return [value for name, value in _assigned(tree.body) if name == "__all__"]


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names a module assigns at its top, and the values; ``+=`` and ``.extend`` are no exception."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                yield name, value
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "update"), args=[value]
                )
            ):
                yield name, value
            case ast.If() | ast.Try():
                yield from _assigned([*statement.body, *statement.orelse])
            case _:
                pass


def _strings(value: ast.expr) -> Iterator[tuple[str, int]]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
