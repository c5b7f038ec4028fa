"""Find imports that run too early: what they lead to needs a name that the importing module binds only below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import TreeError
from ...python.scopes import RUNTIME, Imported
from ...tree import Tree
from ..file_result import FileResult
from .margin import IMPORT, new_imports
from .modules import ModuleNames, Modules


class EarlyImport(NamedTuple):
    """An import that runs too early: ``user`` imports ``name`` from ``path``, which has it only below ``line``.

    ``binding`` is what has to stand above: the name, or ``__getattr__``, which serves it where exports are lazy.
    """

    path: str
    line: int
    module: str
    user: str
    name: str
    binding: str


def early(tree: Tree, files: Sequence[FileResult]) -> list[EarlyImport]:
    """Return the imports that run too early after a run and did not before."""
    changed = {each.path: each for each in files if each.revisions and each.path.endswith(".py")}
    loud = {path: each for path, each in changed.items() if each.names is None or not each.names.is_quiet}
    new = {path: new_imports(each.before, each.after) for path, each in loud.items() if each.after is not None}
    if not any(new.values()):
        return []
    before = Modules(tree, {path: each.before for path, each in changed.items()})
    after = Modules(tree, {path: each.after for path, each in changed.items()}, before)
    suspects = {path: [target for each in some for target in _led_to(after, path, each)] for path, some in new.items()}
    if not any(suspects.values()):
        return []
    graph = _Graph(after)
    found: list[EarlyImport] = []
    for path, targets in suspects.items():
        users = graph.users.get(path, set())
        if not any(users & graph.reach(target) for target in targets):
            continue
        now = _early(after, path, users)
        known = {(each.module, each.user, each.name) for each in _early(before, path, users)} if now else set()
        found += [each for each in now if (each.module, each.user, each.name) not in known]
    return found


def _led_to(modules: Modules, path: str, found: tuple[bytes, bytes, bytes]) -> list[str]:
    """Return the files that an import at the margin runs."""
    module, names, plain = (each.decode("utf-8", "replace") for each in found)
    sources = re.findall(r"(\w+)(?:\s+as\s+\w+)?", names) if module else [""]
    return [target for source in sources for target in _targets(modules, path, module or plain, source)]


class _Graph:
    """Which modules of a tree import which, told by the imports at the margin."""

    def __init__(self, modules: Modules) -> None:
        self.users: dict[str, set[str]] = {}
        self._edges: dict[str, set[str]] = {}
        self._reached: dict[str, set[str]] = {}
        for path in sorted(modules.files):
            try:
                code = modules.code(path) if path.endswith(".py") else None
            except TreeError:
                continue
            edges = {target for each in IMPORT.findall(code or b"") for target in _led_to(modules, path, each)}
            self._edges[path] = edges - {path}
            for target in self._edges[path]:
                self.users.setdefault(target, set()).add(path)

    def reach(self, start: str) -> set[str]:
        """Return a module and all that importing it may run."""
        if start not in self._reached:
            found: set[str] = set()
            pending = [start]
            while pending:
                path = pending.pop()
                if path not in found:
                    found.add(path)
                    pending += self._edges.get(path, ())
            self._reached[start] = found
        return self._reached[start]


def late(found: Sequence[EarlyImport]) -> dict[str, dict[str, frozenset[str]]]:
    """Return for each file the modules whose imports must stand below what binds some names there."""
    wanted: dict[str, dict[str, frozenset[str]]] = {}
    for each in found:
        modules = wanted.setdefault(each.path, {})
        modules[each.module] = modules.get(each.module, frozenset()) | {each.binding}
    return wanted


def _running(module: ModuleNames) -> Iterator[Imported]:
    """Yield the imports that run when the module is imported, in order."""
    own = [each for each in module.scopes.imports if not each.scope and not each.is_typing and not each.is_guarded]
    yield from sorted(own, key=lambda each: each.line)


def _early(modules: Modules, path: str, users: Iterable[str]) -> list[EarlyImport]:
    module = modules.module(path)
    needs = {user: names for user in sorted(users) if (names := _needs(modules, path, user))}
    if module is None or not needs:
        return []
    found: list[EarlyImport] = []
    loaded = {path, *_above(path)}  # packages around the file are being imported already
    for each in _running(module):
        for target in _targets(modules, path, each.module, each.source):
            for user in _reached(modules, target, loaded):
                for name in sorted(needs.get(user, ())):
                    binding = _binding(module, name)
                    if module.scopes.first.get(binding, 0) > each.line:
                        found.append(EarlyImport(path, each.line, each.module, user, name, binding))
    return found


def _binding(module: ModuleNames, name: str) -> str:
    """Return what has to stand above an import that needs a name: where exports are lazy, what serves them."""
    is_there = bool(module.scopes.bound.get(name, 0) & RUNTIME)
    return "__getattr__" if not is_there and name in module.lazy else name


def _needs(modules: Modules, path: str, user: str) -> set[str]:
    """Return the names that a module imports from a file while it is imported itself."""
    module = modules.module(user)
    if module is None:
        return set()
    names = {each.source for each in _running(module) if each.source and modules.target(user, each.module) == path}
    for imported, use in module.scopes.through:  # import package, and package.name outside functions
        runs = not use.is_typing and not imported.source and use.scope not in module.scopes.parameters
        if runs and modules.target(user, imported.module) == path:
            names.add(use.path[0])
    return {name for name in names if modules.below(path, name) is None}


def _targets(modules: Modules, path: str, module: str, source: str) -> list[str]:
    """Return the files that an import runs, the packages on the way included."""
    target = modules.target(path, module)
    if not target:
        return []
    below = modules.below(target, source) if source else None
    found: list[str] = []
    for end in [target, *([below] if below else [])]:
        found += [each for each in _above(end) if each in modules.files and each not in found]
        found += [end] if end not in found else []
    return found


def _above(path: str) -> list[str]:
    """Return the ``__init__.py`` of every folder a file is in, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join([*parts[:length], "__init__.py"]) for length in range(1, len(parts) + 1)]


def _reached(modules: Modules, start: str, loaded: set[str]) -> Iterator[str]:
    """Yield the modules that importing one runs and that were not run before; ``loaded`` takes them in."""
    pending = [start]
    while pending:
        path = pending.pop()
        if path in loaded:
            continue
        loaded.add(path)
        yield path
        module = modules.module(path)
        if module is not None:
            for each in _running(module):
                pending += _targets(modules, path, each.module, each.source)
