"""The nodes of a module, listed in one walk: by kind, with what is around each and what is below it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter

_PLAIN = frozenset({
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "op", "ops",
    "rest", "simple", "type_comment", "type_ignores",
})  # fmt: skip
"""Fields that never hold code, and operators: no pattern is an operator alone."""


class NodeIndex:
    """The nodes of a tree in the order they are written, each in front of what is in it; operators are left out.

    The nodes below one stand behind it without a gap. ``around`` has for each node the place of the one that it is part
    of, -1 for the tree.
    """

    def __init__(self, tree: ast.AST) -> None:
        self.nodes: list[ast.AST] = []
        self.around: list[int] = []
        self._walk(tree)

    def _walk(self, tree: ast.AST) -> None:
        nodes, around = self.nodes, self.around
        readers = _READERS
        pending: list[tuple[ast.AST, int]] = [(tree, -1)]
        while pending:
            node, parent = pending.pop()
            at = len(nodes)
            nodes.append(node)
            around.append(parent)
            kind = type(node)
            read = readers[kind] if kind in readers else _reader(kind)
            if read is None:
                continue
            for value in read(node):
                if type(value) is list:
                    pending += [(each, at) for each in reversed(value) if isinstance(each, ast.AST)]
                elif isinstance(value, ast.AST):
                    pending.append((value, at))

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(node): at for at, node in enumerate(self.nodes)}

    @cached_property
    def _by_kind(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self.nodes:
            kind = type(node)
            if kind in found:
                found[kind].append(node)
            else:
                found[kind] = [node]
        return found

    @cached_property
    def _ends(self) -> list[int]:
        """For each node the place behind the last one that is in it."""
        ends = list(range(1, len(self.nodes) + 1))
        for at in range(len(ends) - 1, 0, -1):
            above = self.around[at]
            if ends[above] < ends[at]:
                ends[above] = ends[at]
        return ends

    def of(self, kinds: Sequence[type[ast.AST]], root: ast.AST | None = None) -> Sequence[ast.AST]:
        """Return the nodes of these kinds, in the order they are written; those below ``root``, itself included."""
        if root is not None and root is not self.nodes[0]:
            at = self._places[id(root)]
            return [node for node in self.nodes[at : self._ends[at]] if type(node) in kinds]
        there = [self._by_kind[kind] for kind in kinds if kind in self._by_kind]
        if len(there) < 2:
            return there[0] if there else ()
        return sorted((node for nodes in there for node in nodes), key=lambda node: self._places[id(node)])

    def __contains__(self, node: ast.AST) -> bool:
        """Tell whether a node is one of the tree's."""
        return id(node) in self._places

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return what a node is part of; None for the tree itself, and for a node of another tree."""
        at = self.around[self._places[id(node)]] if node in self else -1
        return self.nodes[at] if at >= 0 else None

    def parents(self, node: ast.AST) -> list[ast.AST]:
        """Return all that a node is in, the innermost first."""
        found: list[ast.AST] = []
        above = self.parent(node)
        while above is not None:
            found.append(above)
            above = self.parent(above)
        return found


def children(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node as ``ast.iter_child_nodes`` does, in half the time; operators are left out."""
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = _fields(kind)
    found: list[ast.AST] = []
    for name in reversed(names):
        value = getattr(node, name, None)
        if type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a name or a chain of attributes, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def subtree(node: ast.AST) -> list[ast.AST]:
    """Return a node and all that is in it, as ``ast.walk`` does but in no set order; operators are left out."""
    found = [node]
    for each in found:
        found += children(each)
    return found


def _reader(kind: type[ast.AST]) -> Callable[[ast.AST], tuple[object, ...]] | None:
    """Return what reads the fields of a kind of parsed node that may hold others, the last one first."""
    names = _fields(kind)
    # with a second name, which holds no node, attrgetter returns a tuple for one field as well
    _READERS[kind] = attrgetter(*names, "_fields") if names else None
    return _READERS[kind]


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a kind of node that may hold others, the last one first."""
    return tuple(name for name in reversed(kind._fields) if name not in _PLAIN)


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {ast.Name: (), ast.Constant: ()}
_READERS: dict[type[ast.AST], Callable[[ast.AST], tuple[object, ...]] | None] = {ast.Name: None, ast.Constant: None}
