"""What of a module leads nowhere: names that nothing binds, imports and exports of names that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...python.scope import IMPORT, RUNTIME
from .modules import ModuleNames, Modules


class Unbound(NamedTuple):
    """A name that leads nowhere, and the line that uses it.

    ``kind`` is name, import, module, attribute, all, lazy, builtin, global, early or member; ``module`` is what it is
    looked for in, as the code writes it, a class for a member, and ``target`` its file. ``is_open`` tells that it may
    be there all the same.
    """

    path: str
    line: int
    kind: str
    name: str
    scope: str
    module: str = ""
    target: str = ""
    is_open: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two of them the same, wherever they stand."""
        return self.kind, self.name, self.module


def unbound(modules: Modules, path: str) -> list[Unbound]:
    """Return all that leads nowhere in a module, by line."""
    module = modules.module(path)
    if module is None:
        return []
    found = [
        *_names(modules, path, module),
        *_imports(modules, path, module),
        *_attributes(modules, path, module),
        *_exports(modules, path, module),
    ]
    return sorted(found, key=lambda each: (each.line, each.name))


def _names(modules: Modules, path: str, module: ModuleNames) -> Iterator[Unbound]:
    stars = modules.starred(path, module)
    for use in module.scopes.unbound:
        found: bool | None = None if module.is_open else False
        if stars:
            found = modules.has(path, use.name, runtime=not use.is_typing)
        if not found:
            yield Unbound(path, use.line, "name", use.name, use.scope, is_open=found is None)


def _imports(modules: Modules, path: str, module: ModuleNames) -> Iterator[Unbound]:
    for each in module.scopes.imports:
        target = None if each.is_guarded else modules.target(path, each.module)
        if target is None:
            continue
        if not target:
            yield Unbound(path, each.line, "module", each.module, each.scope, each.module)
        elif each.source and each.source != "*" and target != path:
            found = modules.has(target, each.source, runtime=not each.is_typing)
            if not found:
                is_open = found is None
                yield Unbound(path, each.line, "import", each.source, each.scope, each.module, target, is_open)


def _attributes(modules: Modules, path: str, module: ModuleNames) -> Iterator[Unbound]:
    """Yield ``module.name`` where the module is one of the tree and has no such name."""
    for imported, use in module.scopes.through:
        written = imported.module
        if imported.source:  # it may be a name of that module, or a module below it
            package = modules.target(path, imported.module)
            target = modules.below(package, imported.source) if package else None
            if not package or (package != path and _is_another(modules, package, imported.source)):
                continue
            written += imported.source if written.endswith(".") else f".{imported.source}"
        else:
            whole = "." in imported.name
            written = imported.name.partition(".")[0] if whole else imported.module
            target = modules.target(path, written)
        for name in use.path:
            if not target:
                break
            found = modules.has(target, name, runtime=not use.is_typing)
            if not found:
                is_open = found is None
                yield Unbound(path, use.line, "attribute", name, use.scope, written, target, is_open)
                break
            target = None if _is_another(modules, target, name) else modules.below(target, name)
            written += f".{name}"


def _is_another(modules: Modules, package: str, name: str) -> bool:
    """Tell whether a package binds a name to anything but its own submodule of that name."""
    module = modules.module(package)
    if module is None:
        return True
    kind = module.scopes.bound.get(name, 0)
    own = [each for each in module.scopes.imports if each.name == name and not each.scope]
    is_own = all(each.source == name and modules.target(package, each.module) == package for each in own)
    return bool(kind) and not (kind & ~RUNTIME == IMPORT and own and is_own)


def _exports(modules: Modules, path: str, module: ModuleNames) -> Iterator[Unbound]:
    for name, line in module.listed.items():
        found = modules.has(path, name, runtime=True)
        if not found:
            yield Unbound(path, line, "all", name, "", is_open=found is None)
    for name, (written, line) in module.lazy.items():
        target = modules.target(path, written)
        if target is None or (target and modules.below(path, name) == target):
            continue
        found = modules.has(target, name, runtime=True) if target else False
        if not found:
            yield Unbound(path, line, "lazy", name, "", written, target, found is None)
