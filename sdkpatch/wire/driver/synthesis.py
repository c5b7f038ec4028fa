"""Make a value for an annotation, one that can be found again in what went over the wire."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import enum
import inspect
import sys
import typing
import uuid
import zlib
from typing import Any

from .annotations import hints, resolve

_DEPTH = 6
_DEPTH_OF_OPTIONAL = 2
"""Models within models: below, only what they must have is made."""


class Impossible(Exception):
    """No value of the annotation can be made; the text says why."""


class Maker:
    """Makes the values of one argument; each but a boolean or one of a choice is told from those of other arguments."""

    def __init__(self, name: str = "", default: Any = None, *, is_empty: bool = False) -> None:
        """``is_empty`` asks for texts and numbers that are false, the other truth value, and the last of a choice."""
        self._default = default
        self._is_empty = is_empty
        # the same in every copy of a channel, and of one length: none is a part of another
        self._count = 100 * (10000 + zlib.crc32(name.encode()) % 80000)
        self.leaves: list[str] = []

    def make(self, annotation: Any, module: Any = None, depth: int = 0) -> Any:
        """Return a value of the annotation. Raises Impossible."""
        if depth > _DEPTH:
            raise Impossible("its type nests too deeply")
        annotation = resolve(annotation, module) if isinstance(annotation, (str, typing.ForwardRef)) else annotation
        if annotation is None:
            raise Impossible("its annotation cannot be resolved")
        origin = typing.get_origin(annotation)
        if origin is not None:
            return self._generic(origin, typing.get_args(annotation), module, depth)
        if annotation is bool:
            is_true = self._default is not True  # another than is sent without it
            return self._noted(is_true != self._is_empty)
        if annotation in _SIMPLE or (self._is_empty and annotation is str):
            is_false = self._is_empty and annotation in (str, int, float)
            return self._noted(annotation() if is_false else _SIMPLE[annotation](self._next()))
        if annotation in (typing.Any, object, str, inspect.Parameter.empty):
            return self._noted(f"value{self._next()}")
        if isinstance(annotation, typing.TypeVar):
            return self.make(annotation.__bound__ or typing.Any, module, depth + 1)
        supertype = getattr(annotation, "__supertype__", None)
        if supertype is not None:  # typing.NewType
            return self.make(supertype, module, depth + 1)
        if inspect.isclass(annotation):
            return self._instance(annotation, depth)
        raise Impossible(f"no value is known for {annotation}")

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _chosen(self, choices: Any) -> Any:
        """Return one of a choice, and another than the default where there is one."""
        ordered = choices[::-1] if self._is_empty else choices
        return next((each for each in ordered if each != self._default), ordered[0])

    def _noted(self, value: Any) -> Any:
        self.leaves.append(str(value.value if isinstance(value, enum.Enum) else value))
        return value

    def _generic(self, origin: Any, arguments: Any, module: Any, depth: int) -> Any:
        if str(origin).endswith("Literal"):
            return self._noted(self._chosen(arguments))
        if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
            return self._first([each for each in arguments if each is not type(None)], module, depth)
        if str(getattr(origin, "__name__", "")) == "Annotated" or hasattr(origin, "__metadata__"):
            return self.make(arguments[0], module, depth + 1)
        if not inspect.isclass(origin):
            raise Impossible(f"no value is known for {origin}")
        if issubclass(origin, tuple):
            return tuple(self.make(each, module, depth + 1) for each in arguments if each is not Ellipsis)
        if issubclass(origin, collections.abc.Mapping):
            return {"key": self.make(arguments[1] if len(arguments) > 1 else str, module, depth + 1)}
        if issubclass(origin, collections.abc.Set):
            return {self.make(arguments[0] if arguments else str, module, depth + 1)}
        if issubclass(origin, collections.abc.Iterable):
            return [self.make(arguments[0] if arguments else str, module, depth + 1)]
        raise Impossible(f"no value is known for {origin.__name__}")

    def _first(self, members: list[Any], module: Any, depth: int) -> Any:
        reason = "it has no type"
        for member in sorted(members, key=_is_any):
            before = len(self.leaves)
            try:
                return self.make(member, module, depth + 1)
            except Impossible as impossible:
                del self.leaves[before:]
                reason = str(impossible)
        raise Impossible(reason)

    def _instance(self, kind: Any, depth: int) -> Any:
        if issubclass(kind, enum.Enum):
            return self._noted(self._chosen(list(kind)))
        module = sys.modules.get(kind.__module__)
        fields = _fields(kind)
        if fields is None:
            raise Impossible(f"no value is known for {kind.__name__}")
        required = {name: self.make(each, module, depth + 1) for name, (each, is_must) in fields.items() if is_must}
        before = len(self.leaves)
        given = {**required, **self._optional(fields, module, depth)}
        if hasattr(kind, "__total__"):  # a TypedDict is a dict
            return given
        reason = ""
        for each in (given, required):
            try:
                return kind(**each)
            except Exception as error:  # what validators of another make of model raise
                del self.leaves[before:]
                reason = f"{kind.__name__} cannot be made: {type(error).__name__}"
        raise Impossible(reason)

    def _optional(self, fields: dict[str, tuple[Any, bool]], module: Any, depth: int) -> dict[str, Any]:
        """Return values for the fields that may be left out, as far as they can be made."""
        found: dict[str, Any] = {}
        for name, (annotation, is_must) in fields.items():
            if is_must or depth > _DEPTH_OF_OPTIONAL:
                continue
            before = len(self.leaves)
            try:
                found[name] = self.make(annotation, module, depth + 1)
            except Impossible:
                del self.leaves[before:]
        return found


def _is_any(annotation: Any) -> bool:
    return annotation in (typing.Any, object)


def _fields(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """Return the fields of a TypedDict or a pydantic model (1 or 2) by the name to give them by, and which must be."""
    if hasattr(kind, "__total__") and hasattr(kind, "__required_keys__"):
        every = hints(kind, kind.__annotations__)
        return {name: (_bare(each), name in kind.__required_keys__) for name, each in every.items()}
    fields = getattr(kind, "model_fields", None)
    if isinstance(fields, dict):
        return {field.alias or name: (field.annotation, field.is_required()) for name, field in fields.items()}
    fields = getattr(kind, "__fields__", None)
    if isinstance(fields, dict):
        return {field.alias or name: (field.outer_type_, bool(field.required)) for name, field in fields.items()}
    return None


def _bare(annotation: Any) -> Any:
    """Return what stands in ``Required[…]`` or ``NotRequired[…]``."""
    origin = typing.get_origin(annotation)
    is_marked = str(origin).endswith(("Required", "ReadOnly"))
    return typing.get_args(annotation)[0] if is_marked else annotation


_START = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
_SIMPLE: dict[Any, Any] = {
    int: lambda number: number,
    float: lambda number: number + 0.5,
    bytes: lambda number: f"value{number}".encode(),
    complex: lambda number: complex(number),
    decimal.Decimal: lambda number: decimal.Decimal(number),
    uuid.UUID: lambda number: uuid.UUID(int=number),
    datetime.datetime: lambda number: _START + datetime.timedelta(seconds=number),
    datetime.date: lambda number: (_START + datetime.timedelta(days=number % 100000)).date(),
    datetime.time: lambda number: (_START + datetime.timedelta(seconds=number)).time(),
    datetime.timedelta: lambda number: datetime.timedelta(seconds=number),
    dict: lambda number: {"key": f"value{number}"},
    list: lambda number: [f"value{number}"],
}
