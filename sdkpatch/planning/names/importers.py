"""Follow imports upwards: which modules of the tree run code of another one, directly or through others."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from ...errors import TreeError
from ...python.index import children
from ...tree import Tree

_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+|\*")
_IN_PARENTHESES = re.compile(rb"[ \t\f]*\((?:[^)#]|#[^\r\n]*)*")


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
    """Who imports what in a tree: each module is read once and parsed once at most."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._spellings: dict[bytes, bytes] = {}
        self._of: dict[str, list[tuple[str, _Import]]] = {}

    @cached_property
    def _unparsed(self) -> dict[str, tuple[bytes, ...]]:
        """The modules not parsed so far, with the words that their imports may consist of."""
        found: dict[str, tuple[bytes, ...]] = {}
        for path in self._tree.files:
            if path.endswith(".py"):
                with suppress(TreeError):
                    words = _words_of_imports(path, self._tree.read(path))
                    found[path] = tuple(self._spellings.setdefault(word, word) for word in words)
        return found

    def first(self, path: str, is_wanted: Callable[[str], bool]) -> Importer | None:
        """Return the first module with a wanted path that imports ``path``, directly or through other modules.

        A package that only passes names on (``from .opened import opened`` in an ``__init__.py``) does not count as a
        user of them: who takes these names out of it does. Imports for type checkers alone do not count. A module that
        cannot be read or parsed imports nothing.
        """
        pending: list[tuple[str, frozenset[str] | None]] = [(path, None)]
        seen = set(pending)
        while pending:
            self._parse({word for target, names in pending for word in _words(target, names)})
            targets, pending = pending, []
            for target, names in targets:
                for each, found in self._of.get(target, ()):
                    taken = found.names if names is None else {pair for pair in found.names if pair[0] in names}
                    if each == target or (found.names and not taken):
                        continue
                    if is_wanted(each):
                        return Importer(path=each, line=found.line)
                    passed = frozenset(bound for _, bound in taken) if each.endswith("__init__.py") and taken else None
                    if (each, passed) not in seen:
                        seen.add((each, passed))
                        pending.append((each, passed))
        return None

    def _parse(self, words: set[bytes]) -> None:
        """Parse the modules that one of the words may lead to an import of."""
        for path in [path for path, own in self._unparsed.items() if not words.isdisjoint(own)]:
            del self._unparsed[path]
            for each in _imports(self._tree, path, self._tree.read(path)):
                self._of.setdefault(each.target, []).append((path, each))


def _words(target: str, names: frozenset[str] | None) -> list[bytes]:
    """Return the words of which an import of a module, or of names out of it, has one; ``*`` stands for any name."""
    parts = target.removesuffix(".py").split("/")
    stem = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
    return [stem.encode(), *([] if names is None else [b"*", *(name.encode() for name in names)])]


def _words_of_imports(path: str, code: bytes) -> set[bytes]:
    """Return the words in the imports of a module, and more where that is easier to tell."""
    if path.endswith("__init__.py") or b"\\\n" in code or b"\\\r" in code:  # a table, or an import that goes on
        return set(_WORD.findall(code))
    found: set[bytes] = set()
    at = code.find(b"import")
    while at >= 0:
        start = max(code.rfind(b"\n", 0, at), code.rfind(b"\r", 0, at)) + 1
        end = at + len(b"import")
        if (bracket := _IN_PARENTHESES.match(code, end)) is not None:
            end = bracket.end()
        else:
            end = min(each for each in (code.find(b"\n", at), code.find(b"\r", at), len(code)) if each >= 0)
        found.update(_WORD.findall(code, start, end))
        at = code.find(b"import", end)
    return found


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
