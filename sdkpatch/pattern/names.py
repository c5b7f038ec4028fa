"""What the names of a module stand for, by its imports."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from ..python.index import dotted
from ..python.source import Source, same


class Imports:
    """The imports of a module, at whatever depth: local names and the dotted path each leads to."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def binds(self, path: str) -> bool:
        """Tell whether the first name of a dotted path is imported."""
        return path.partition(".")[0] in self._source.once(_targets)

    def resolve(self, path: str) -> str:
        """Return the dotted path with its first name replaced by what it was imported from."""
        first, dot, rest = path.partition(".")
        return self._source.once(_targets).get(first, first) + dot + rest

    def means(self, path: str, wanted: str) -> bool:
        """Tell whether the name ``path`` in this module is ``wanted``; ``wanted`` may leave out outer packages."""
        if path == wanted:
            return True
        if "." not in wanted:
            return False
        resolved = self.resolve(path)
        return resolved == wanted or resolved.endswith(f".{wanted}")


def _targets(source: Source) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in source.blocks:
        for statement in block:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    name = alias.asname or alias.name.split(".")[0]
                    found[name] = alias.name if alias.asname else name
            elif isinstance(statement, ast.ImportFrom):
                module = absolute(source, statement)
                found |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in statement.names}
    return found


def absolute(source: Source, statement: ast.ImportFrom) -> str:
    """Return the dotted module of a from-import, a relative one by the file's place in the tree."""
    if not statement.level:
        return statement.module or ""
    folders = source.path.split("/")[: -statement.level]
    return ".".join([*folders, *([statement.module] if statement.module else [])])


def means_same(source: Source, wanted: ast.AST, now: ast.AST) -> bool:
    """Tell whether code is what is wanted, each name by what the module's imports make of it.

    A dotted name that begins with nothing the module imports may leave out outer packages.
    """
    imports = Imports(source)
    there = _Resolved(imports).visit(copy.deepcopy(now))
    paths = sorted({node.id for node in ast.walk(there) if isinstance(node, ast.Name)})
    return same(_Resolved(imports, paths).visit(copy.deepcopy(wanted)), there)


class _Resolved(ast.NodeTransformer):
    """Puts dotted paths in the place of names: as the imports lead to them, else the one of ``paths`` that is meant."""

    def __init__(self, imports: Imports, paths: Sequence[str] = ()) -> None:
        self._imports = imports
        self._paths = paths

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return self._resolved(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = dotted(node)
        return self._resolved(path) if path else self.generic_visit(node)

    def _resolved(self, path: str) -> ast.Name:
        longer = () if self._imports.binds(path) or "." not in path else self._paths
        found = next((each for each in longer if each.endswith(f".{path}")), self._imports.resolve(path))
        return ast.Name(id=found, ctx=ast.Load())
