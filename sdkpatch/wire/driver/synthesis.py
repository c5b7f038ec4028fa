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
from typing import Any

from .annotations import hints, resolve

_DEPTH = 6


class Impossible(Exception):
    """No value of the annotation can be made; the text says why."""


class Maker:
    """Makes values; each text among them is another one."""

    def __init__(self) -> None:
        self._count = 0
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
        if annotation in _SIMPLE:
            return self._noted(_SIMPLE[annotation](self._next()))
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

    def _noted(self, value: Any) -> Any:
        self.leaves.append(str(value.value if isinstance(value, enum.Enum) else value))
        return value

    def _generic(self, origin: Any, arguments: Any, module: Any, depth: int) -> Any:
        if str(origin).endswith("Literal"):
            return self._noted(arguments[0])
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
            return self._noted(next(iter(kind)))
        module = sys.modules.get(kind.__module__)
        fields = _required(kind)
        if fields is None:
            raise Impossible(f"no value is known for {kind.__name__}")
        given = {name: self.make(annotation, module, depth + 1) for name, annotation in fields.items()}
        if hasattr(kind, "__total__"):  # a TypedDict is a dict
            return given
        try:
            return kind(**given)
        except Exception as error:  # what validators of another make of model raise
            raise Impossible(f"{kind.__name__} cannot be made: {type(error).__name__}") from None


def _is_any(annotation: Any) -> bool:
    return annotation in (typing.Any, object)


def _required(kind: Any) -> dict[str, Any] | None:
    """Return the required fields of a TypedDict or a pydantic model (1 or 2) by the name to give them by."""
    if hasattr(kind, "__total__") and hasattr(kind, "__required_keys__"):
        every = hints(kind, kind.__annotations__)
        wanted = kind.__required_keys__ or list(every)[:1]
        return {name: _bare(each) for name, each in every.items() if name in wanted}
    fields = getattr(kind, "model_fields", None)
    if isinstance(fields, dict):
        return {(field.alias or name): field.annotation for name, field in fields.items() if field.is_required()}
    fields = getattr(kind, "__fields__", None)
    if isinstance(fields, dict):
        return {(field.alias or name): field.outer_type_ for name, field in fields.items() if field.required}
    return None


def _bare(annotation: Any) -> Any:
    """Return what stands in ``Required[…]`` or ``NotRequired[…]``."""
    origin = typing.get_origin(annotation)
    is_marked = str(origin).endswith(("Required", "ReadOnly"))
    return typing.get_args(annotation)[0] if is_marked else annotation


_SIMPLE: dict[Any, Any] = {
    bool: lambda number: True,
    int: lambda number: 7000 + number,
    float: lambda number: 7000 + number + 0.5,
    bytes: lambda number: f"value{number}".encode(),
    complex: lambda number: complex(number),
    decimal.Decimal: lambda number: decimal.Decimal(7000 + number),
    uuid.UUID: lambda number: uuid.UUID(int=7000 + number),
    datetime.datetime: lambda number: datetime.datetime(2026, 1, 2, 3, 4, number % 60, tzinfo=datetime.timezone.utc),
    datetime.date: lambda number: datetime.date(2026, 1, 1 + number % 28),
    datetime.time: lambda number: datetime.time(3, 4, number % 60),
    datetime.timedelta: lambda number: datetime.timedelta(seconds=7000 + number),
    dict: lambda number: {"key": f"value{number}"},
    list: lambda number: [f"value{number}"],
}
