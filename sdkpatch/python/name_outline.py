"""A module's names in outline, told in one pass: what binds names, and what code reads beside each of that.

Two outlines tell that an edit binds nothing and reads nothing more, as most edits do not, without resolving a name.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from .import_lines import bound_name
from .index import NodeIndex, dotted
from .source import BLOCKS, COMPOUND, Source

_PLAIN = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Dict, ast.Set, ast.Slice, ast.IfExp,
    ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
"""Expressions that bind nothing and open no scope."""

_KINDS: Mapping[type[ast.AST], str] = {
    **dict.fromkeys(_PLAIN, "plain"),
    **dict.fromkeys((ast.Subscript, ast.Tuple, ast.List, ast.Starred), "place"),
    **dict.fromkeys((ast.Import, ast.ImportFrom, ast.alias), "import"),
    ast.Name: "name",
    ast.Attribute: "attribute",
    ast.Constant: "constant",
}
"""What kinds of nodes are to names: names, attributes and places are read or written, those not said are kept."""

_MIXED = frozenset({
    ast.ClassDef, ast.comprehension, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
})  # fmt: skip
"""Some parts of a comprehension are read in the scope around it, the others in its own; a base gives members."""

_ANNOTATIONS: Mapping[type[ast.AST], str] = {
    ast.AnnAssign: "annotation",
    ast.FunctionDef: "returns",
    ast.AsyncFunctionDef: "returns",
}
_PARTS = (*BLOCKS, "handlers", "cases")
_SAID = frozenset({"arg", "asname", "attr", "id", "level", "module", "name", "names", "rest"})
"""The fields that hold names."""


class ImportedName(NamedTuple):
    """One name that an import binds; ``place`` says where it stands, ``is_at_margin`` that no block is around it."""

    name: str
    module: str
    source: str
    place: tuple[int, int]
    is_at_margin: bool


class NameOutline:
    """The outline of a module.

    ``kept`` has the nodes that bind a name, open a scope or have an order, and the strings, as they are written, each
    with the place of the one that it is in. ``reads`` says how often which name or dotted path is read in which of
    them. Imports are apart.
    """

    def __init__(self, source: Source) -> None:
        self.kept: list[tuple[object, ...]] = [(ast.Module, -1)]
        self.imports: list[ImportedName] = []
        self._apart: set[int] = set()  # annotations: what they read is read at another time
        self.reads = Counter(self._read(source.index))

    def _read(self, index: NodeIndex) -> list[tuple[int, str]]:
        reads: list[tuple[int, str]] = []
        groups = [0]
        apart, load, kinds = self._apart, ast.Load, _KINDS
        node: Any
        for node, above in islice(zip(index.nodes, index.around, strict=True), 1, None):
            group = groups[above]
            if apart and id(node) in apart:
                self.kept.append(("annotation", group))
                group = len(self.kept) - 1
            what = kinds.get(type(node), "kept")
            if what == "name" and type(node.ctx) is load:
                reads.append((group, node.id))
            elif what == "attribute" and type(node.ctx) is load:
                if path := dotted(node):
                    reads.append((group, path))
            elif what != "plain" and (what != "place" or type(node.ctx) is not load):
                group = self._keep(node, what, group, index, len(groups))
            groups.append(group)
        return reads

    def _keep(self, node: Any, what: str, group: int, index: NodeIndex, at: int) -> int:
        """Note what a node says of names, and return the place of what the nodes below it are in."""
        kind = type(node)
        if what == "import":
            if kind is not ast.alias:
                self._import(node, (group, len(self.kept)))
        elif what != "constant":
            self.kept.append(_told(node, kind, group))
            if kind in _ANNOTATIONS:
                self._apart.add(id(getattr(node, _ANNOTATIONS[kind])))
            return len(self.kept) - 1
        elif type(node.value) is str:
            self.kept.append(("text", group, node.value, _around(index, at)))
        return group

    def _import(self, node: ast.Import | ast.ImportFrom, place: tuple[int, int]) -> None:
        for alias in node.names:
            module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            source = alias.name if isinstance(node, ast.ImportFrom) else ""
            is_at_margin = node.col_offset == 0
            self.imports.append(ImportedName(bound_name(alias).partition(".")[0], module, source, place, is_at_margin))

    @cached_property
    def _roots(self) -> frozenset[str]:
        """The names that code reads."""
        return frozenset(path.partition(".")[0] for _, path in self.reads)

    @cached_property
    def _said(self) -> frozenset[object]:
        """The names that are bound otherwise than by an import, and more."""
        return frozenset(each for kept in self.kept if kept[0] != "text" for each in kept[2:])

    def is_plain(self, each: ImportedName) -> bool:
        """Tell whether an import does no more than to bind a name of the module that nothing else binds."""
        return each.is_at_margin and each.module != "__future__" and each.name not in self._said

    def reads_name(self, name: str) -> bool:
        """Tell whether code reads a name."""
        return name in self._roots

    def mentions(self, name: str) -> bool:
        """Tell whether a string that may be code has a name in it."""
        return any(kept[0] == "text" and name in str(kept[2]) and not self._is_bare(kept) for kept in self.kept)

    def _is_bare(self, text: tuple[object, ...]) -> bool:
        """Tell whether a string is a statement by itself: no code."""
        return isinstance(text[1], int) and self.kept[text[1]][0] is ast.Expr and not text[3]


class NameLoss(NamedTuple):
    """What a file has less than before: names that it reads less often, and names that it does not import any more."""

    reads: frozenset[str]
    imports: frozenset[str]


def outline(source: Source) -> NameOutline:
    """Return the outline of a file, for ``Source.once``."""
    return NameOutline(source)


def name_loss(before: Source, after: Source) -> NameLoss | None:
    """Return what names a file has less than before, where that is all that became of its names.

    None where more did, or may have: where it binds, imports or says something else, reads in one place what it did
    not, or reads what it does not import any more.
    """
    was, now = before.once(outline), after.once(outline)
    differing = now.reads.items() - was.reads.items()
    if was.kept != now.kept or any(count > was.reads[read] for read, count in differing):
        return None
    if any(each.source == "*" for each in was.imports):
        return None
    lost = [read for read, _ in was.reads.items() - now.reads.items()]
    if any(now.kept[at][0] in _MIXED for at, _ in lost):
        return None
    gone = [each for each in was.imports if each not in now.imports] if was.imports != now.imports else []
    if [each for each in was.imports if each not in gone] != now.imports:
        return None
    names = frozenset(each.name for each in gone)
    if any(each.name in names for each in now.imports) or not all(was.is_plain(each) for each in gone):
        return None
    if any(now.reads_name(name) or now.mentions(name) for name in names):
        return None
    return NameLoss(reads=frozenset(path for _, path in lost if "." not in path), imports=names)


def unread_imports(source: Source, names: Container[str]) -> frozenset[str] | None:
    """Return those of some names that a file imports and does not read; None where that takes more to tell."""
    seen = source.once(outline)
    imported = [each for each in seen.imports if each.name in names]
    if not all(map(seen.is_plain, imported)):
        return None
    found = frozenset(each.name for each in imported if not seen.reads_name(each.name))
    return None if any(map(seen.mentions, found)) else found


def _told(node: ast.AST, kind: type[ast.AST], group: int) -> tuple[object, ...]:
    """Return what a node says of names, and how long its blocks are."""
    fields = _FIELDS.get(kind)
    if fields is None:
        parts = _PARTS if kind in COMPOUND else ()
        fields = _FIELDS[kind] = tuple(each for each in kind._fields if each in _SAID), parts, "ctx" in kind._fields
    names, blocks, is_place = fields
    found: list[object] = [kind, group]
    for name in names:
        value = getattr(node, name, None)
        if isinstance(value, str | int):
            found.append(value)
        elif isinstance(value, list):
            found += [each for each in value if isinstance(each, str)]
    found += [len(getattr(node, name, ())) for name in blocks]
    return (*found, type(getattr(node, "ctx", None))) if is_place else tuple(found)


_FIELDS: dict[type[ast.AST], tuple[tuple[str, ...], tuple[str, ...], bool]] = {}


def _around(index: NodeIndex, at: int) -> tuple[object, ...]:
    """Return the expressions that a string is part of, up to the statement: they decide whether it is code."""
    found: list[object] = []
    below, at = index.nodes[at], index.around[at]
    while isinstance(above := index.nodes[at], ast.expr | ast.keyword):
        if isinstance(above, ast.Call):
            found += [dotted(above.func) or type(above.func), above.args.index(below) if below in above.args else -1]
        elif isinstance(above, ast.Subscript):
            found.append(dotted(above.value) or type(above.value))
        elif isinstance(above, ast.keyword):
            found.append(above.arg)
        found.append(type(above))
        below, at = above, index.around[at]
    return tuple(found)
