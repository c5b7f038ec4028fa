"""Which functions and classes of an SDK can end in a connect of ``websockets``: itself, or through the SDK's own code.

Read from the source of every module, so that what is not opened can be named. Where code is not plain, it counts as
reaching the library: too much is listed rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .references import ModuleReferences, Reference, Unit, read

_ENTRIES = ("connect", "Connect", "unix_connect", "open_websocket", "open_websocket_async", "reconnect")
_MODULES = re.compile(r"websockets(\.(sync|legacy|asyncio))?(\.client)?")
"""A module of the library that is passed on as a value: what is taken from it is not known."""
_HARMLESS = ("__all__", "__doc__", "__file__", "__name__", "__version__")
"""What of the library's own names leads to nothing that it holds."""
_COMMON = frozenset(
    ["close", "get", "items", "open", "pop", "post", "request", "run", "send", "start", "stream", "update"]
)
"""Names of methods that many classes have: one of these is another's, unless the module knows the class."""

_DEEPEST = 9
"""How many bases and imports are followed, one from the other."""

Key = tuple[str, str]


class Opening(NamedTuple):
    """A method of a class, own or inherited, or a function (``owner`` is empty), that can open a WebSocket.

    ``line`` is where it does so, or else where it stands.
    """

    path: str
    module: str
    owner: str
    name: str
    line: int
    is_async: bool
    is_context: bool
    unit: Key

    @property
    def is_public(self) -> bool:
        """Tell whether users may call it."""
        return not any(part.startswith("_") for part in (*self.owner.split("."), self.name))

    @property
    def full(self) -> str:
        """The qualified name."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


class Reaching(NamedTuple):
    """A unit that can end in a connect: ``direct`` are its own references to the library."""

    unit: Unit
    direct: tuple[Reference, ...]

    @property
    def line(self) -> int:
        """Where it calls the library, else where it names it, else where it stands."""
        called = [each.line for each in self.direct if each.lines]
        return min(called or [each.line for each in self.direct] or [self.unit.line])


class Reach:
    """Everything that reaches the library. ``broken`` are places of files that do not parse."""

    def __init__(self, sources: Mapping[str, tuple[str, bytes]]) -> None:
        """``sources`` has path and bytes of every module of the SDK by its importable name."""
        self._sources = sources
        self._modules: dict[str, ModuleReferences] = {}
        self.broken: list[str] = []
        self.units: dict[Key, Reaching] = {}
        self._names: set[str] = set()
        self._run()

    def openings(self) -> Iterator[Opening]:
        """Yield the methods of classes, own and inherited, and the functions, in the order of modules and lines."""
        for module in self._modules.values():
            for owner in module.classes:
                for name, key in sorted(self._methods((module.name, owner)).items()):
                    yield self._opening(module, owner, name, key)
            for unit in module.units:
                if not unit.owner and unit.is_function and unit.key in self.units:
                    yield self._opening(module, "", unit.name, unit.key)

    def silent(self, package: str, name: str) -> Iterator[Opening]:
        """Yield the methods of this name, of classes in a package, that cannot open a WebSocket."""
        for module in self._modules.values():
            if module.name.rpartition(".")[0] != package:
                continue
            for unit in module.units:
                if unit.owner and unit.last == name and unit.is_function and unit.key not in self.units:
                    yield Opening(
                        module.path, module.name, unit.owner, name, unit.line, unit.is_async, unit.is_context, unit.key
                    )

    def _opening(self, module: ModuleReferences, owner: str, name: str, key: Key) -> Opening:
        reaching = self.units[key]
        is_own = key == (module.name, f"{owner}.{name}" if owner else name)
        line = reaching.line if is_own else module.classes[owner][1]
        unit = reaching.unit
        return Opening(module.path, module.name, owner, name, line, unit.is_async, unit.is_context, key)

    def _run(self) -> None:
        words = {"websockets"}
        while True:
            self._parse(words - {"(module)"})
            found = [each for each in self._reaching() if each.unit.key not in self.units]
            self.units |= {each.unit.key: each for each in found}
            for each in found:
                words |= {each.unit.last, *each.unit.owner.split(".")} - {""}
            derived = {
                name.rpartition(".")[2]
                for module in self._modules.values()
                for name in module.classes
                if self._methods((module.name, name)) or self._is_derived(module, name)
            }
            if not found and derived <= words:
                return
            words |= derived
            self._names = words - {"websockets"}

    def _parse(self, words: set[str]) -> None:
        pattern = re.compile(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in sorted(words)) + rb")\b")
        for name, (path, code) in self._sources.items():
            if name in self._modules or any(place.startswith(f"{path}:") for place in self.broken):
                continue
            if pattern.search(code):
                try:
                    self._modules[name] = read(code, path, name, is_package=path.endswith("__init__.py"))
                except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                    self.broken.append(f"{path}:{getattr(error, 'lineno', 1) or 1}")

    def _reaching(self) -> Iterator[Reaching]:
        for module in self._modules.values():
            for unit in module.units:
                if unit.key in self.units:
                    continue
                if any(self._entry(module, parts) for parts in unit.stored):
                    continue  # it replaces the library's function: whoever opens a socket is seen all the same
                direct = tuple(each for each in unit.references if self._entry(module, each.parts))
                if direct or any(self._is_reached(module, unit, each.parts) for each in unit.references):
                    yield Reaching(unit, direct)

    def _entry(self, module: ModuleReferences, parts: tuple[str, ...], depth: int = 0) -> bool:
        """Tell whether a dotted name stands for a connect function of the library, or for the library itself."""
        if not parts:
            return False
        start = self._followed(module.bindings.get(parts[0], ""))
        if parts[0] == "websockets" and not start:
            start = "websockets"
        if not start and any(star.split(".")[0] == "websockets" for star in module.stars):
            start = f"websockets.{parts[0]}" if parts[0] in _ENTRIES else ""
        if start.startswith(":"):  # a module of the SDK, and what it binds
            for at, part in enumerate(parts[1:], 1):
                start = self._followed(f"{start}:{part}")
                if not start.startswith(":"):
                    parts = parts[at:]
                    break
        if start.startswith(":"):
            home, _, name = start[1:].partition(":")
            return home in self._modules and self._is_derived(self._modules[home], name, depth)
        if not start.startswith("websockets"):
            return False
        path = [*start.split("."), *parts[1:]]
        hidden = any(part.startswith("__") and part not in _HARMLESS for part in path)
        return hidden or any(part in _ENTRIES for part in path[1:]) or bool(_MODULES.fullmatch(".".join(path)))

    def _is_derived(self, module: ModuleReferences, name: str, depth: int = 0) -> bool:
        """Tell whether a class is derived from a connect class of the library: who makes an object of it connects."""
        bases = module.classes[name][0] if name in module.classes and depth < _DEEPEST else ()
        return any(self._entry(module, base, depth + 1) for base in bases)

    def _followed(self, meaning: str, depth: int = 0) -> str:
        """Return what a name of the SDK's stands for in the end, through the modules that pass it on."""
        module, _, name = meaning[1:].partition(":")
        if not meaning.startswith(":") or not name or depth > _DEEPEST:
            return meaning
        if f"{module}.{name}" in self._sources:
            return f":{module}.{name}"
        there = self._modules.get(module)
        if there is None:
            return meaning
        if name in there.bindings:
            further = there.bindings[name]
            return further if further == meaning else self._followed(further, depth + 1)
        for star in there.stars:
            if star.startswith(":") and (found := self._followed(f"{star}:{name}", depth + 1)) != f"{star}:{name}":
                return found
            if star.startswith(":") and self._is_own(star[1:], name):
                return f"{star}:{name}"
        return meaning

    def _is_own(self, module: str, name: str) -> bool:
        return (module, name) in self.units or (module in self._modules and name in self._modules[module].classes)

    def _is_reached(self, module: ModuleReferences, unit: Unit, parts: tuple[str, ...]) -> bool:
        """Tell whether a dotted name leads to something of the SDK that reaches the library."""
        if self._names.isdisjoint(parts):
            return False
        if parts[0] in ("self", "cls") and unit.owner and len(parts) > 1:
            own = self._methods((module.name, unit.owner))
            if parts[1] in own:
                return (module.name, f"{unit.owner}.{parts[1]}") != unit.key
            return len(parts) > 2 and self._is_method(module, parts[-1])
        meaning = module.bindings.get(parts[0], "")
        meaning = meaning or self._from_star(module, parts[0])
        if not meaning:
            return len(parts) > 1 and self._is_method(module, parts[-1])
        return self._is_led_to(module, unit, meaning, parts)

    def _from_star(self, module: ModuleReferences, name: str) -> str:
        stars = [star for star in module.stars if star.startswith(":") and self._is_own(star[1:], name)]
        return f"{stars[0]}:{name}" if stars else ""

    def _is_led_to(self, module: ModuleReferences, unit: Unit, meaning: str, parts: tuple[str, ...]) -> bool:
        """Follow a dotted name of the SDK from what its first part stands for."""
        for at, part in enumerate(("", *parts[1:])):
            meaning = self._followed(f"{meaning}:{part}" if part else meaning)
            home, _, name = meaning[1:].partition(":")
            if (home, name) in self.units:
                return (home, name) != unit.key
            if home in self._modules and name in self._modules[home].classes:
                methods = self._methods((home, name))
                rest = parts[at + 1 :]
                return rest[0] in methods if rest else any(each.startswith("__") for each in methods)
            if name and home in self._sources and name in self._names and self._is_lazy(home, name):
                return True
        return len(parts) > 1 and self._is_method(module, parts[-1])

    def _is_lazy(self, home: str, name: str) -> bool:
        """Tell whether a package passes a name on when it is asked for, as Fern's ``_dynamic_imports`` do."""
        return any(module.startswith(f"{home}.") and own == name for module, own in self.units)

    def _is_method(self, module: ModuleReferences, name: str) -> bool:
        """Tell whether a method of this name of any class reaches the library."""
        owners = [each.unit.owner for each in self.units.values() if each.unit.owner and each.unit.last == name]
        if name in _COMMON:
            return any(owner.rpartition(".")[2] in module.bindings for owner in owners)
        return bool(owners)

    def _methods(self, key: Key, seen: frozenset[Key] = frozenset()) -> dict[str, Key]:
        """Return the methods of a class that reach the library, own and inherited, and where each is defined."""
        module = self._modules.get(key[0])
        if module is None or key[1] not in module.classes or key in seen:
            return {}
        own = {unit.last: unit.key for unit in module.units if unit.owner == key[1]}
        found = {name: unit for name, unit in own.items() if unit in self.units}
        for base in module.classes[key[1]][0]:
            meaning = self._followed(module.bindings.get(base[0], ""))
            for part in base[1:]:
                meaning = self._followed(f"{meaning}:{part}")
            home, _, name = meaning[1:].partition(":")
            for each, unit in self._methods((home, name), seen | {key}).items():
                if each not in own:
                    found.setdefault(each, unit)
        return found
