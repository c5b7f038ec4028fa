"""Follow imports upwards: which modules of the tree run code of another one, directly or through others."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...errors import TreeError
from ...python.index import children
from ...tree import Tree


class Importer(NamedTuple):
    """A module that imports another one, and the line where it does."""

    path: str
    line: int


class _Import(NamedTuple):
    """An import: the file it may lead to, the names it takes out of it (none for the module itself), its line."""

    target: str
    names: frozenset[tuple[str, str]]
    line: int


class Importers:
    """Who imports what in a tree: each module is parsed once at most."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[str, tuple[_Import, ...]] = {}

    def first(self, path: str, is_wanted: Callable[[str], bool]) -> Importer | None:
        """Return the first module with a wanted path that imports ``path``, directly or through other modules.

        A package that only passes names on (``from .opened import opened`` in an ``__init__.py``) does not count as a
        user of them: who takes these names out of it does. Imports for type checkers alone do not count. A module that
        cannot be read or parsed imports nothing.
        """
        pending: list[tuple[str, frozenset[str] | None]] = [(path, None)]
        seen = set(pending)
        while pending:
            target, names = pending.pop(0)
            for each, found in self._direct(target, names):
                taken = found.names if names is None else {pair for pair in found.names if pair[0] in names}
                if found.names and not taken:
                    continue
                if is_wanted(each):
                    return Importer(path=each, line=found.line)
                passed = frozenset(bound for _, bound in taken) if each.endswith("__init__.py") and taken else None
                if (each, passed) not in seen:
                    seen.add((each, passed))
                    pending.append((each, passed))
        return None

    def _direct(self, target: str, names: frozenset[str] | None) -> Iterator[tuple[str, _Import]]:
        """Yield each module that imports ``target``, with the import; ``names`` are those that matter, None for all."""
        parts = target.removesuffix(".py").split("/")
        stem = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
        words = [name.encode() for name in ([stem] if names is None else sorted(names))]
        for path in self._tree.files:
            if not path.endswith(".py") or path == target:
                continue
            known = self._known.get(path)
            if known is not None and all(each.target != target for each in known):
                continue
            try:
                code = self._tree.read(path)
            except TreeError:
                continue
            if any(word in code for word in words):
                if known is None:
                    known = self._known[path] = tuple(_imports(self._tree, path, code))
                yield from ((path, found) for found in known if found.target == target)


def _imports(tree: Tree, path: str, code: bytes) -> Iterator[_Import]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(code, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in _executed(module, has_table=path.endswith("__init__.py")):
        if isinstance(node, ast.ImportFrom):
            yield from _from(tree, path, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                for file in _files(tree, _roots(tree, path), alias.name.split(".")):
                    yield _Import(file, frozenset(), node.lineno)
        elif isinstance(node, ast.Dict):
            yield from _lazy(tree, path, node)


def _executed(module: ast.Module, *, has_table: bool) -> Iterator[ast.AST]:
    """Yield the nodes of a module, less the blocks for type checkers alone: expressions only to find a lazy table."""
    pending: list[ast.AST] = [module]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            pending += node.orelse
        else:
            pending += [each for each in children(node) if has_table or not isinstance(each, ast.expr)]


def _from(tree: Tree, path: str, node: ast.ImportFrom) -> Iterator[_Import]:
    parts = node.module.split(".") if node.module else []
    folder = path.split("/")[:-1]
    if node.level:
        if node.level - 1 > len(folder):
            return
        roots = ["/".join(folder[: len(folder) - (node.level - 1)])]
    else:
        roots = _roots(tree, path)
    names = frozenset((alias.name, alias.asname or alias.name) for alias in node.names if alias.name != "*")
    for file in _files(tree, roots, parts):
        yield _Import(file, names, node.lineno)
    for alias in node.names:
        for file in _files(tree, roots, [*parts, alias.name]):
            yield _Import(file, frozenset(), node.lineno)


def _lazy(tree: Tree, path: str, node: ast.Dict) -> Iterator[_Import]:
    """Yield what a ``_dynamic_imports`` table of Fern's lazy packages imports: ``{"Name": ".module"}``."""
    folder = path.rpartition("/")[0]
    for key, value in zip(node.keys, node.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(value, ast.Constant)):
            continue
        name, module = key.value, value.value
        if isinstance(name, str) and isinstance(module, str) and module.startswith("."):
            for file in _files(tree, [folder], [part for part in module.split(".") if part]):
                yield _Import(file, frozenset({(name, name)}), value.lineno)


def _roots(tree: Tree, path: str) -> list[str]:
    """Return the folder that an absolute import of the SDK's own package starts from."""
    return [tree.package_of(path).rpartition("/")[0]]


def _files(tree: Tree, roots: list[str], parts: list[str]) -> Iterator[str]:
    for root in roots:
        module = "/".join([*([root] if root else []), *parts])
        for file in (f"{module}.py", f"{module}/__init__.py" if module else "__init__.py"):
            if tree.has(file):
                yield file
