"""The modules of a tree before or after a run: which file an import leads to, and which names it finds there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from ...errors import TreeError
from ...python import offered
from ...python.parsing import parse
from ...python.scope import RUNTIME
from ...python.scopes import Scopes, scopes_of
from ...python.source import Source
from ...tree import Tree

_DYNAMIC = frozenset({"exec", "globals", "vars", "__import__"})
"""What a module can make names with that no import or assignment shows."""


class ModuleNames(NamedTuple):
    """A parsed module: its names, what ``__all__`` lists, what the lazy dict says, each with its line.

    ``is_open`` tells that it may have names that nobody can see: a ``__getattr__`` of its own, ``globals()``.
    """

    source: Source
    scopes: Scopes
    listed: Mapping[str, int]
    lazy: Mapping[str, tuple[str, int]]
    is_open: bool


class Modules:
    """The modules of a tree; ``changes`` has the new bytes of files, None for those that are gone."""

    def __init__(self, tree: Tree, changes: Mapping[str, bytes | None], unchanged: Modules | None = None) -> None:
        self._tree = tree
        self._changes = changes
        self._unchanged = unchanged
        self._known: dict[str, ModuleNames | None] = {}
        gone = {path for path, content in changes.items() if content is None}
        self.files = frozenset({*tree.files, *changes} - gone)

    def module(self, path: str) -> ModuleNames | None:
        """Return a module; None when there is none, or when it does not parse."""
        if path not in self._known:
            if self._unchanged is not None and path not in self._changes:
                return self._unchanged.module(path)
            self._known[path] = self._parsed(path)
        return self._known[path]

    def code(self, path: str) -> bytes | None:
        """Return the bytes of a file, None for one that is gone. Raises TreeError when it cannot be read."""
        return self._changes[path] if path in self._changes else self._tree.read(path)

    def _parsed(self, path: str) -> ModuleNames | None:
        try:
            code = self.code(path) if path in self.files else None
        except TreeError:
            return None
        source = parse(path, code) if code is not None else None
        if not isinstance(source, Source):
            return None
        listed, lazy = offered.listed(source.tree), offered.lazy(source.tree)
        scopes = source.once(scopes_of)
        is_open = "__getattr__" in scopes.bound and not lazy
        is_open = is_open or any(("", name) in scopes.builtins for name in _DYNAMIC)
        return ModuleNames(source=source, scopes=scopes, listed=listed, lazy=lazy, is_open=is_open)

    @cached_property
    def _stems(self) -> frozenset[str]:
        """Folders, and files of other kinds without their ending: an import may lead there."""
        found: set[str] = set()
        for path in self.files:
            folder, _, name = path.rpartition("/")
            if not name.endswith(".py"):
                found.add(f"{folder}/{name.partition('.')[0]}".lstrip("/"))
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found | {link.path.removesuffix(".py") for link in self._tree.links})

    @cached_property
    def tops(self) -> Mapping[str, str]:
        """Names of the outermost packages and their folders, as far as a name stands for one folder.

        A package that lies in the tree itself has a name that nothing here tells; what is in it is imported by dots.
        """
        found: dict[str, list[str]] = {}
        if "__init__.py" in self.files:
            return {}
        for path in self.files:
            folder, _, name = path.rpartition("/")
            above = f"{folder.rpartition('/')[0]}/__init__.py".lstrip("/")
            if name == "__init__.py" and folder and ("/" not in folder or above not in self.files):
                found.setdefault(folder.rpartition("/")[2], []).append(folder)
        return {name: folders[0] for name, folders in found.items() if len(folders) == 1}

    def target(self, path: str, module: str) -> str | None:
        """Return the file that a module's name, as ``path`` imports it, leads to; None when it is not in the tree.

        A name that leads into a package of the tree and to no file there gives an empty string.
        """
        name = module.lstrip(".")
        level = len(module) - len(name)
        if level:
            folders = path.split("/")
            base = "/".join(folders[:-level])
            if level > len(folders) or f"{base}/__init__.py".lstrip("/") not in self.files:
                return None
        else:
            first, _, name = name.partition(".")
            found = self.tops.get(first)
            if found is None:
                return None
            base = found
        stem = "/".join(part for part in (base, *name.split(".")) if part)
        for each in (f"{stem}/__init__.py".lstrip("/"), f"{stem}.py"):
            if each in self.files:
                return each
        if stem in self._stems or any(link.path in (base, stem) for link in self._tree.links):
            return None
        return ""

    def below(self, path: str, name: str) -> str | None:
        """Return the file of a package's submodule, an empty string for one that has no file of its own, or None."""
        folder, _, file = path.rpartition("/")
        if file != "__init__.py":
            return None
        stem = f"{folder}/{name}".lstrip("/")
        for each in (f"{stem}/__init__.py", f"{stem}.py"):
            if each in self.files:
                return each
        return "" if stem in self._stems else None

    def has(self, path: str, name: str, *, runtime: bool, seen: frozenset[str] = frozenset()) -> bool | None:
        """Tell whether a module has a name, for code that runs or for a type checker; None when nobody can tell."""
        module = self.module(path)
        if module is None:
            return None
        if module.scopes.bound.get(name, 0) & RUNTIME or name in module.lazy or name in offered.OF_MODULES:
            return True
        if name in module.scopes.bound and not runtime:
            return True
        if self.below(path, name) is not None or (module.is_open and name in module.listed):
            return True
        unknown = module.is_open
        for target in self.starred(path, module):
            found = None if not target else self._by_star(target, name, runtime, seen | {path})
            if found:
                return True
            unknown = unknown or found is None
        return None if unknown else False

    def _by_star(self, path: str, name: str, runtime: bool, seen: frozenset[str]) -> bool | None:
        """Tell whether ``from module import *`` brings a name."""
        module = self.module(path)
        if module is None or path in seen:
            return None if module is None else False
        if (module.listed and name not in module.listed) or (not module.listed and name.startswith("_")):
            return None if "__all__" in module.scopes.bound and not module.listed else False
        return self.has(path, name, runtime=runtime, seen=seen)

    def starred(self, path: str, module: ModuleNames) -> list[str]:
        """Return the files that a module imports all names from; an empty string for one outside the tree."""
        stars = [each for each in module.scopes.imports if each.source == "*" and not each.scope]
        return [self.target(path, each.module) or "" for each in stars]

    def names(self, path: str, seen: frozenset[str] = frozenset()) -> set[tuple[str, bool]]:
        """Return the names that a module is seen to have, each once for code that runs and once for type checkers."""
        module = self.module(path)
        if module is None or path in seen:
            return set()
        found = module.scopes.names(module.lazy)
        for target in self.starred(path, module):
            if target:
                found |= {each for each in self.names(target, seen | {path}) if not each[0].startswith("_")}
        return found
