"""What a package's ``__init__.py`` exports, in every form Fern emits.

Plain: imports and ``__all__``. Lazy (generator 4.29 and later): imports under ``typing.TYPE_CHECKING``, a dict
``_dynamic_imports`` that ``__getattr__`` reads, and ``__all__``. Or imports alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from . import block_edits, lists
from .import_lines import bound_name, module_of
from .members import names_of
from .operation import EditRefused
from .pattern.names import dotted
from .sdk_package import inside
from .source import Block, Source, is_docstring
from .text import Edit

LAZY = "_dynamic_imports"


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
        self.all = _assigned(body, "__all__", ast.List, ast.Tuple)

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
        if not isinstance(self.all, ast.List | ast.Tuple):
            return True
        return any(isinstance(each, ast.Constant) and each.value == name for each in self.all.elts)

    def add_import(self, origin: str, name: str, alias: str) -> list[Edit]:
        """Return the edit that imports a name where the others are imported, in sorted order."""
        shown = f"{name} as {alias}" if alias != name else name
        block: Block = self.guarded.body if self.guarded is not None else self._source.tree.body
        own = [each for each in block if isinstance(each, ast.ImportFrom)]
        for node in own:
            if module_of(node) == origin and node.names[0].name != "*":
                listed = lists.elements_of(self._source, node)
                index = _index([each.name for each in node.names], name)
                return lists.in_brackets(listed, lists.insert(self._source, listed, index, [shown]))
        later = [each for each in own if each.level and (module_of(each) > origin or module_of(each) == ".")]
        statement = f"from {origin} import {shown}"
        if later:
            place = next(index for index, each in enumerate(block) if each is later[0])
        elif own:
            place = max(index for index, each in enumerate(block) if isinstance(each, ast.ImportFrom)) + 1
        else:
            place = 1 if block and is_docstring(block[0]) else 0
        if self.guarded is not None and _only_pass(block):
            return block_edits.replace(self._source, block, statement)
        return block_edits.insert(self._source, block, place, statement, top=self.guarded is None)

    def add_lazily(self, origin: str, name: str) -> list[Edit]:
        """Return the edit that adds a name to the lazy dict."""
        assert isinstance(self.lazy, ast.Dict)
        keys = [str(key.value) if isinstance(key, ast.Constant) else "" for key in self.lazy.keys]
        return self._into(self.lazy, keys, name, f'"{name}": "{origin}"')

    def add_listed(self, name: str) -> list[Edit]:
        """Return the edit that adds a name to ``__all__``."""
        assert isinstance(self.all, ast.List | ast.Tuple)
        names = [str(each.value) if isinstance(each, ast.Constant) else "" for each in self.all.elts]
        return self._into(self.all, names, name, f'"{name}"')

    def _into(self, display: ast.expr, names: Sequence[str], name: str, code: str) -> list[Edit]:
        return lists.insert(self._source, lists.elements_of(self._source, display), _index(names, name), [code])

    def removal(self, name: str) -> list[Edit]:
        """Return the edits that take a name out of every place."""
        edits: list[Edit] = []
        for node in self.imports:
            doomed = [index for index, alias in enumerate(node.names) if bound_name(alias) == name]
            if doomed and len(doomed) == len(node.names):
                edits += self._without(node)
            elif doomed:
                listed = lists.elements_of(self._source, node)
                edits += lists.remove_each(self._source, listed, doomed)
        for display in (self.lazy, self.all):
            parts = display.keys if isinstance(display, ast.Dict) else getattr(display, "elts", [])
            doomed = [
                index for index, each in enumerate(parts) if isinstance(each, ast.Constant) and each.value == name
            ]
            if display is None or not doomed:
                continue
            listed = lists.elements_of(self._source, display)
            if len(listed.spans) != len(parts):
                raise EditRefused("the elements of the list are not told apart")
            edits += lists.remove_each(self._source, listed, doomed)
        return edits

    def _without(self, node: ast.ImportFrom) -> list[Edit]:
        block: Block = self._source.tree.body
        if self.guarded is not None and node in self.guarded.body:
            block = self.guarded.body
        place = next(index for index, each in enumerate(block) if each is node)
        return block_edits.remove(self._source, block, place, place + 1, top=block is self._source.tree.body)


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
