"""What the names of a module stand for, by its imports."""

from __future__ import annotations

import ast
import copy

from ..python.source import Source, same


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a name or a chain of attributes, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


class Imports:
    """The imports of a module, at whatever depth: local names and the dotted path each leads to."""

    def __init__(self, source: Source) -> None:
        self._source = source

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


def means_same(source: Source, left: ast.AST, right: ast.AST) -> bool:
    """Compare two nodes as code, each name by what the module's imports make of it."""
    imports = Imports(source)
    return same(_Resolved(imports).visit(copy.deepcopy(left)), _Resolved(imports).visit(copy.deepcopy(right)))


class _Resolved(ast.NodeTransformer):
    """Puts dotted paths, as the imports lead to them, in the place of names."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(id=self._imports.resolve(node.id), ctx=ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = dotted(node)
        return ast.Name(id=self._imports.resolve(path), ctx=ast.Load()) if path else self.generic_visit(node)
