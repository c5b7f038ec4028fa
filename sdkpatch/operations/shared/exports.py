"""What a package's ``__init__.py`` exports, in every form Fern emits.

Plain: imports and ``__all__``. Lazy (generator 4.29 and later): imports under ``typing.TYPE_CHECKING``, a dict
``_dynamic_imports`` that ``__getattr__`` reads, and ``__all__``. Or imports alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from ...errors import EditRefused
from ...fern.sdk_package import inside
from ...python import blocks as block_edits
from ...python import import_lines, lists, offered
from ...python.import_lines import bound_name, module_of
from ...python.index import dotted
from ...python.offered import LAZY
from ...python.source import Block, Source, is_docstring
from ...python.text import Edit
from .block_names import names_of


class Level(NamedTuple):
    """One ``__init__.py`` on the way to a module: the relative module a name comes from there.

    ``is_exported`` tells that this is a package that exports the name itself.
    """

    origin: str
    is_exported: bool


def level(source: Source, module: str, levels: str) -> Level | None:
    """Return what a package's ``__init__`` must export a name of ``module`` from, or None when it is not asked to.

    ``module`` is relative to the SDK's package, with dots; ``levels`` is all, nearest, root, or a number of packages
    counted from the nearest.
    """
    name = source.path.rpartition("/")[2]
    within = inside(source.sdk or source.package, source.path)
    if name != "__init__.py" or within is None:
        return None
    here = within.split("/")[:-1]
    parts = module.split(".")
    if parts[: len(here)] != here or len(here) >= len(parts):
        return None
    depth = len(parts) - len(here)  # 1 for the package that holds the module
    highest = len(parts)
    wanted = {"all": range(1, highest + 1), "nearest": range(1, 2), "root": range(highest, highest + 1)}.get(
        levels, range(1, int(levels) + 1) if levels.isdigit() else range(0)
    )
    if depth not in wanted:
        return None
    is_exported = depth - 1 in wanted
    origin = parts[len(here)] if is_exported else ".".join(parts[len(here) :])
    return Level(origin=f".{origin}", is_exported=is_exported)


class Init:
    """The exports of one ``__init__.py``."""

    def __init__(self, source: Source) -> None:
        self._source = source
        body = source.tree.body
        self.guarded = next((each for each in body if isinstance(each, ast.If) and _is_guard(each)), None)
        self.lazy = _assigned(body, LAZY, ast.Dict)
        values = offered.listings(source.tree)
        self.has_all = bool(values)
        self.all = [part for each in values for part in _displays(each)]

    @property
    def is_doubled(self) -> str:
        """The list of names that the module assigns twice, or an empty string: the first one has no effect."""
        for name in (LAZY, "__all__"):
            if sum(name in names_of(each) for each in self._source.tree.body) > 1:
                return name
        return ""

    @property
    def imports(self) -> list[ast.ImportFrom]:
        """The from-imports that exports come from: the guarded ones where the module is lazy."""
        found = [each for each in self._source.tree.body if isinstance(each, ast.ImportFrom)]
        guarded = [each for each in self.guarded.body if isinstance(each, ast.ImportFrom)] if self.guarded else []
        return [*found, *guarded]

    def imported(self, name: str) -> list[tuple[ast.ImportFrom, ast.alias]]:
        """Return the imports that bind a name."""
        return [(node, alias) for node in self.imports for alias in node.names if bound_name(alias) == name]

    def lazily(self, name: str) -> list[str]:
        """Return the modules that the lazy dict names for a name."""
        keys = zip(self.lazy.keys, self.lazy.values, strict=True) if isinstance(self.lazy, ast.Dict) else ()
        return [
            str(value.value)
            for key, value in keys
            if isinstance(key, ast.Constant) and key.value == name and isinstance(value, ast.Constant)
        ]

    def listed(self, name: str) -> bool:
        """Tell whether ``__all__`` has a name; True when there is no ``__all__``."""
        if not self.has_all:
            return True
        return any(isinstance(each, ast.Constant) and each.value == name for part in self.all for each in part.elts)

    def add_imports(self, origin: str, names: Sequence[tuple[str, str]]) -> list[Edit]:
        """Return the edit that imports names, each under another name if need be, where the others are imported.

        Where the modules are not in sorted order, they are in Fern's: ``.types`` and ``.errors``, then
        ``from . import``, then the rest.
        """
        ordered = sorted(names)
        shown = [f"{name} as {alias}" if alias != name else name for name, alias in ordered]
        block: Block = self.guarded.body if self.guarded is not None else self._source.tree.body
        own = [each for each in block if isinstance(each, ast.ImportFrom)]
        for node in own:
            if module_of(node) == origin and node.names[0].name != "*":
                listed = lists.elements_of(self._source, node)
                names_there = [each.name for each in node.names]
                new = [(_index(names_there, name), text) for (name, _), text in zip(ordered, shown, strict=True)]
                return lists.in_brackets(listed, lists.insert_each(self._source, listed, new))
        if origin in self._source.late and self.guarded is None:
            return import_lines.below(self._source, f"from {origin} import {', '.join(shown)}")
        there = [module_of(each) for each in own if each.level]
        order = _by_name if there == sorted(there, key=_by_name) else _as_fern
        later = [each for each in own if each.level and order(origin) < order(module_of(each))]
        statement = f"from {origin} import {', '.join(shown)}"
        if later:
            place = next(index for index, each in enumerate(block) if each is later[0])
        elif own:
            place = max(index for index, each in enumerate(block) if isinstance(each, ast.ImportFrom)) + 1
        else:
            place = 1 if block and is_docstring(block[0]) else 0
        if self.guarded is not None and _only_pass(block):
            return block_edits.replace(self._source, block, statement)
        return block_edits.insert(self._source, block, place, statement, top=self.guarded is None)

    def add_lazily(self, entries: Sequence[tuple[str, str]]) -> list[Edit]:
        """Return the edit that adds names and the modules they come from to the lazy dict."""
        assert isinstance(self.lazy, ast.Dict)
        keys = [str(key.value) if isinstance(key, ast.Constant) else "" for key in self.lazy.keys]
        return self._into(self.lazy, keys, [(name, f'"{name}": "{origin}"') for name, origin in entries])

    def set_lazily(self, name: str, origin: str) -> list[Edit]:
        """Return the edit that has the lazy dict take a name from another module."""
        keys = zip(self.lazy.keys, self.lazy.values, strict=True) if isinstance(self.lazy, ast.Dict) else ()
        spans = [
            self._source.text.span(each) for key, each in keys if isinstance(key, ast.Constant) and key.value == name
        ]
        return [Edit(start, stop, f'"{origin}"') for start, stop in spans]

    def add_listed(self, names: Sequence[str]) -> list[Edit]:
        """Return the edit that adds names to ``__all__``, to the first list there that has some."""
        part = next((each for each in self.all if each.elts), self.all[0])
        there = [str(each.value) if isinstance(each, ast.Constant) else "" for each in part.elts]
        return self._into(part, there, [(name, f'"{name}"') for name in names])

    def _into(self, display: ast.expr, there: Sequence[str], new: Sequence[tuple[str, str]]) -> list[Edit]:
        listed = lists.elements_of(self._source, display)
        if len(listed.spans) != len(there):
            raise EditRefused("the elements of the list cannot be told apart")
        edits = lists.insert_each(self._source, listed, [(_index(there, name), code) for name, code in sorted(new)])
        if isinstance(display, ast.Tuple) and len(there) == 1 and listed.brackets:  # the comma of a tuple of one
            edits.append(Edit(listed.spans[0][1], listed.stop, ""))
        return edits

    def is_beyond(self, name: str) -> bool:
        """Tell whether ``__all__`` gets a name otherwise than in a list, such as by ``append``."""
        return name in offered.listed(self._source.tree) and not self.listed(name)

    def removal(self, names: Sequence[str]) -> list[Edit]:
        """Return the edits that take names out of every place."""
        edits: list[Edit] = []
        for block in (self._source.tree.body, *([self.guarded.body] if self.guarded is not None else ())):
            whole: list[int] = []
            for place, node in enumerate(block):
                aliases = node.names if isinstance(node, ast.ImportFrom) else []
                doomed = [index for index, alias in enumerate(aliases) if bound_name(alias) in names]
                if doomed and len(doomed) == len(aliases):
                    whole.append(place)
                elif doomed:
                    edits += lists.remove_each(self._source, lists.elements_of(self._source, node), doomed)
            edits += block_edits.remove_each(self._source, block, whole, top=block is self._source.tree.body)
        for display in (self.lazy, *self.all):
            parts = display.keys if isinstance(display, ast.Dict) else getattr(display, "elts", [])
            doomed = [
                index for index, each in enumerate(parts) if isinstance(each, ast.Constant) and each.value in names
            ]
            if display is None or not doomed:
                continue
            listed = lists.elements_of(self._source, display)
            if len(listed.spans) != len(parts):
                raise EditRefused("the elements of the list cannot be told apart")
            removed = lists.remove_each(self._source, listed, doomed)
            left = [index for index in range(len(parts)) if index not in doomed]
            if isinstance(display, ast.Tuple) and len(left) == 1:
                removed = lists.tuple_of_one(self._source, listed, left[0], removed)
            edits += removed
        return edits


def _by_name(module: str) -> tuple[int, str]:
    return module != ".", module


def _as_fern(module: str) -> tuple[int, str]:
    return {".types": 0, ".errors": 1, ".": 2}.get(module, 3), module


def _displays(value: ast.expr) -> list[ast.List | ast.Tuple | ast.Set]:
    """Return the lists of names written out in an expression, from the first to the last."""
    found = [node for node in ast.walk(value) if isinstance(node, ast.List | ast.Tuple | ast.Set)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _index(names: Sequence[str], name: str) -> int:
    return next((index for index, each in enumerate(names) if each > name), len(names))


def _only_pass(block: Block) -> bool:
    return len(block) == 1 and isinstance(block[0], ast.Pass)


def _is_guard(statement: ast.If) -> bool:
    return dotted(statement.test).rpartition(".")[2] == "TYPE_CHECKING"


def _assigned(body: Block, name: str, *kinds: type[ast.expr]) -> ast.expr | None:
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=found)], value=value)
                | ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value)
            ) if found == name and isinstance(value, kinds):
                return value
            case _:
                pass
    return None
