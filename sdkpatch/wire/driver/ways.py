"""How users get from a root client to a channel: by the attributes and properties that lead there.

Fern's conventions: a client is an attribute or property named as its folder, and ``with_raw_response`` gives the raw
client beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .calls import described

_DEEPEST = 8
_RAW = "with_raw_response"


class Way(NamedTuple):
    """The object of a class that a root client leads to, and the attributes that do.

    ``broken`` says which attribute should lead there and does not. All are empty where nothing speaks of the class.
    """

    owner: Any = None
    path: str = ""
    broken: str = ""


def way(root: Any, kind: Any) -> Way:
    """Look for the way from a root client to an object of a class."""
    seen = {id(root)}
    broken = ""
    pending: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while pending:
        owner, path = pending.pop(0)
        for name in _attributes(owner, kind):
            shown = ".".join((*path, name))
            try:
                found = getattr(owner, name)
            except Exception as error:
                broken = broken or f"{type(owner).__name__}.{name} fails: {described(error)}"
                continue
            if type(found) is kind:
                return Way(found, shown)
            if found is None:
                broken = broken or f"{type(owner).__name__}.{name} is None"
            elif id(found) not in seen and _is_own(found, root) and len(path) < _DEEPEST:
                seen.add(id(found))
                pending.append((found, (*path, name)))
    return Way(broken=broken)


def _attributes(owner: Any, kind: Any) -> Iterator[str]:
    """Yield the attributes that may lead to a class; a property is not asked unless its name or type speaks of it."""
    parts = {*kind.__module__.split("."), _RAW}
    for name, value in list(vars(owner).items()) if hasattr(owner, "__dict__") else ():
        if not name.startswith("_") and (name in parts or _is_own(value, owner)):
            yield name
    known = {name: each for base in type(owner).__mro__[::-1] for name, each in vars(base).items()}
    for name, each in known.items():
        returned = getattr(getattr(each, "fget", None), "__annotations__", {}).get("return", "")
        is_named = str(getattr(returned, "__name__", returned)).strip("'\"") == kind.__name__
        if isinstance(each, property) and not name.startswith("_") and (name in parts or is_named):
            yield name


def _is_own(value: Any, root: Any) -> bool:
    """Tell whether an object is of a class of the SDK's package."""
    return str(type(value).__module__).split(".")[0] == type(root).__module__.split(".")[0]
