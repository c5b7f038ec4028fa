"""Find which modules of a tree have a definition, under its old or its new name, and where its file moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...errors import TreeError
from ...fern.sdk_package import below
from ...model import Site
from ...operation import Renamed
from ...operations.shared.paths import obstacle, package
from ...tree import Tree
from .modules import ModuleNames, Modules


class Told(NamedTuple):
    """What a tree says, each path as it will be; ``moved`` are files by where they will be, and where they are."""

    defining: str
    offers: frozenset[tuple[str, str]]
    tops: Mapping[str, str]
    stems: tuple[str, str]
    moved: tuple[tuple[str, str], ...]


class Refused(Exception):
    """The definition cannot be renamed; ``place`` is where the reason stands, None for the step itself."""

    def __init__(self, reason: str, place: Site | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def survey(tree: Tree, renamed: Renamed) -> Told:
    """Return what the tree says of a definition. Raises Refused, or EditRefused where the package cannot be told."""
    modules = Modules(tree, {})
    folder = package(tree)
    old, new = (below(folder, each.replace(".", "/")) for each in (renamed.module, renamed.new_module))
    before, after = _file(tree, old), _file(tree, new)
    if before and after and old != new:
        reason = f"{after} is there already, so {before} cannot have its name"
        raise Refused(reason, Site(after, 1, renamed.new_name))
    defining = before or after
    if not defining:
        raise Refused(f"there is no module {renamed.module}")
    moved = tuple(_moved(tree, old, new)) if before and old != new else ()
    link = next((each.path for each in tree.links if moved and each.path.startswith(f"{old}/")), "")
    if link:
        raise Refused("it is a symbolic link, which cannot be moved", Site(link, 1, renamed.new_name))
    for path, _ in moved:
        if (conflict := obstacle(path, tree)) is not None:
            raise Refused(conflict.reason, Site(path, 1, renamed.new_name))
    offers: set[tuple[str, str]] = set()
    if renamed.name:
        _check(modules, defining, renamed)
        offers = _Offers(tree, modules, defining, (renamed.name, renamed.new_name)).found()
    places = {place: path for path, place in moved}
    return Told(
        defining=places.get(defining, defining),
        offers=frozenset((places.get(path, path), name) for path, name in offers),
        tops=modules.tops,
        stems=(old, new),
        moved=moved,
    )


def _file(tree: Tree, stem: str) -> str:
    return next((each for each in (f"{stem}.py", f"{stem}/__init__.py") if tree.has(each)), "")


def _moved(tree: Tree, old: str, new: str) -> Iterator[tuple[str, str]]:
    for path in tree.files:
        if path in (f"{old}.py", f"{old}.pyi") or path.startswith(f"{old}/"):
            yield new + path[len(old) :], path


def _check(modules: Modules, defining: str, renamed: Renamed) -> None:
    """Raise Refused where the module has no such name, or one of the new name beside it."""
    module = modules.module(defining)
    if module is None:
        raise Refused("the file cannot be parsed", Site(defining, 1, renamed.name))
    own = {name for name in (renamed.name, renamed.new_name) if name in module.scopes.bound}
    if not own:
        raise Refused(f"{renamed.module} has no {renamed.name}", Site(defining, 1, renamed.name))
    if len(own) == 2 and not renamed.keeps_alias:
        line = module.scopes.first[renamed.new_name]
        reason = f"{renamed.new_name} is there already, beside {renamed.name}"
        raise Refused(reason, Site(defining, line, renamed.new_name))


class _Offers:
    """The modules whose names lead to one definition."""

    def __init__(self, tree: Tree, modules: Modules, defining: str, names: tuple[str, str]) -> None:
        self._tree, self._modules = tree, modules
        self._defining, self._names = defining, names
        self._known: dict[tuple[str, str], bool] = {}

    def found(self) -> set[tuple[str, str]]:
        words = [name.encode() for name in self._names]
        found: set[tuple[str, str]] = set()
        for path in self._tree.files:
            if not path.endswith(".py"):
                continue
            try:
                code = self._tree.read(path)
            except TreeError:
                continue
            if any(word in code for word in words) or b"import *" in code:
                found |= {(path, name) for name in self._names if self._leads(path, name)}
        return found | {(path, other) for path, _ in found for other in self._names if not self._has(path, other)}

    def _has(self, path: str, name: str) -> bool:
        """Tell whether a module has a name; one that it has not it will have, or had before a merge left a half."""
        module = self._modules.module(path)
        return module is not None and (name in module.scopes.bound or name in module.lazy)

    def _leads(self, path: str, name: str) -> bool:
        """Tell whether a module's name is the definition."""
        key = (path, name)
        if key not in self._known:
            self._known[key] = False  # imports in a circle lead nowhere
            module = self._modules.module(path)
            self._known[key] = module is not None and self._is_led(path, name, module)
        return self._known[key]

    def _is_led(self, path: str, name: str, module: ModuleNames) -> bool:
        imports = [each for each in module.scopes.imports if each.name == name and not each.scope and each.source]
        for each in imports:
            target = self._modules.target(path, each.module)
            if target and each.source in self._names and self._leads(target, each.source):
                return True
        if name in module.lazy:
            target = self._modules.target(path, module.lazy[name][0])
            return bool(target) and self._leads(target or "", name)
        if name in module.scopes.bound:
            return path == self._defining and not imports
        return any(each and self._leads(each, name) for each in self._modules.starred(path, module))
