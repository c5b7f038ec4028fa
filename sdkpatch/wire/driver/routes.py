"""Find how users come to a channel: the attributes and properties that lead from a root client to it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections import deque
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

from .annotations import resolve

_DEEPEST = 8
_RAW = "with_raw_response"


class Routes:
    """What a root client leads to, below its own package: objects by class, and attributes that are not what they say.

    ``wanted`` are the names that are looked at first: those of the packages which channels are in, as Fern names its
    attributes. All others import what nobody may need, and are looked at by ``everything``.
    """

    def __init__(self, root: Any, wanted: Container[str]) -> None:
        self._root, self._wanted = root, wanted
        self._package = type(root).__module__.split(".")[0]
        self._ways: dict[Any, list[_Way]] = {}
        self._wrong: list[tuple[list[str], str]] = []
        self._look(is_all=False)

    def everything(self) -> None:
        """Look at all attributes."""
        self._look(is_all=True)

    def to(self, kind: Any, method: str) -> tuple[Any, list[str]]:
        """Return an object of a class, None where none is led to, and the dotted names of all that lead to one.

        An object of a derived class is one, where it has the method from there.
        """
        ways = list(self._ways.get(kind, ()))
        for other, more in self._ways.items():
            if other is not kind and issubclass(other, kind) and _member(other, method) is _member(kind, method):
                ways += more
        return (ways[0].value if ways else None), sorted(each.path for each in ways)

    def misled(self, module: str) -> str:
        """Return the first attribute on the way to a module that is not what its annotation says, or that raises.

        Fern names an attribute after the package that its class is in: one beside the way has another name.
        """
        on_the_way = {*module.split(".")[1:], _RAW}
        return next((why for path, why in self._wrong if on_the_way.issuperset(path)), "")

    def _look(self, is_all: bool) -> None:
        self._ways, self._wrong = {}, []
        seen = {id(self._root)}
        queue = deque([_Way("", self._root)])
        while queue:
            path, owner = queue.popleft()
            if path.count(".") >= _DEEPEST:
                continue
            for name in _attributes(owner):
                if not is_all and name != _RAW and name not in self._wanted:
                    continue
                value = self._value(owner, name, f"{path}.{name}".strip("."))
                kind = type(value)
                if id(value) in seen or kind.__module__.split(".")[0] != self._package:
                    continue
                seen.add(id(value))
                way = _Way(f"{path}.{name}".strip("."), value)
                self._ways.setdefault(kind, []).append(way)
                queue.append(way)

    def _value(self, owner: Any, name: str, path: str) -> Any:
        declared = inspect.getattr_static(type(owner), name, None)
        shown = f"{type(self._root).__name__}.{path}"
        try:
            value = getattr(owner, name)
        except Exception as error:
            self._wrong.append((path.split("."), f"{shown} raises {type(error).__name__}"))
            return None
        getter = declared.fget if isinstance(declared, property) else getattr(declared, "func", None)
        written = getattr(getter, "__annotations__", {}).get("return")
        said = resolve(written, sys.modules.get(type(owner).__module__))
        if inspect.isclass(said) and said.__module__.split(".")[0] == self._package and not isinstance(value, said):
            found = "None" if value is None else f"of class {type(value).__name__}"
            self._wrong.append((path.split("."), f"{shown} is {found}, not {said.__name__}"))
        return value


class _Way(NamedTuple):
    path: str
    value: Any


def _attributes(owner: Any) -> Iterator[str]:
    """Yield the names of public attributes and properties."""
    found = dict.fromkeys(getattr(owner, "__dict__", ()))
    for kind in type(owner).__mro__:
        found.update(
            dict.fromkeys(
                name for name, each in vars(kind).items() if isinstance(each, (property, functools.cached_property))
            )
        )
    return (name for name in found if not name.startswith("_"))


def _member(kind: Any, name: str) -> Any:
    return inspect.getattr_static(kind, name, None)
