"""Values for the parameters of a method, made from its annotations: unlike each other, and the same in every run."""

from __future__ import annotations

import collections.abc
import datetime
import enum
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

CREDENTIALS = ("api_key", "hume_api_key", "access_token", "authorization", "api_subscription_key", "token")
OPTIONS = "request_options"


def parameters(method: Callable[..., Any]) -> list[tuple[str, bool]]:
    """Return the names of the parameters, and whether each must be given."""
    found = inspect.signature(method).parameters.values()
    named = [each for each in found if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    return [(each.name, each.default is each.empty) for each in named if each.name not in ("self", OPTIONS)]


def values(method: Callable[..., Any], names: Sequence[str], *, flipped: bool = False) -> dict[str, Any]:
    """Return a value for each of these parameters; ``flipped`` takes empty ones and the other truth values."""
    hints = _hints(method)
    return {name: _value(hints.get(name, str), name, place, flipped) for place, name in enumerate(names)}


def _hints(method: Callable[..., Any]) -> dict[str, Any]:
    inner = inspect.unwrap(method)
    try:
        return typing.get_type_hints(inner)
    except (NameError, TypeError, AttributeError):
        return dict(getattr(inner, "__annotations__", {}))


_FLIPPED: dict[Any, Any] = {str: "", int: 0, float: 0.0}


def _value(hint: Any, name: str, place: int, flipped: bool, depth: int = 0) -> Any:
    plain = {
        str: f"{name} {place}&=/é+",
        int: 1000 + place,
        float: place + 0.5,
        bytes: f"{name}{place}".encode(),
        datetime.datetime: datetime.datetime(2020, 1, 1 + place % 28, tzinfo=datetime.timezone.utc),
        datetime.date: datetime.date(2020, 1, 1 + place % 28),
    }
    if hint is bool:
        return (place % 2 == 0) != flipped
    if hint in plain:
        return _FLIPPED.get(hint, plain[hint]) if flipped else plain[hint]
    origin, inner = typing.get_origin(hint), [each for each in typing.get_args(hint) if each is not type(None)]
    if origin in (typing.Union, types.UnionType):
        known = [each for each in inner if each is not Any] or [str]
        return _value(known[place % len(known) if depth == 0 else 0], name, place, flipped, depth)
    if origin is typing.Literal:
        return inner[(place + flipped) % len(inner)]
    if origin is typing.Annotated:
        return _value(inner[0], name, place, flipped, depth)
    if origin in (list, collections.abc.Sequence, collections.abc.Iterable, set, tuple):
        return [_value(inner[0] if inner else str, name, place + more, flipped, depth + 1) for more in range(2)]
    if origin in (dict, collections.abc.Mapping):
        return {name: _value(inner[1] if len(inner) > 1 else str, name, place, flipped, depth + 1)}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        members = list(hint)
        return members[(place + flipped) % len(members)]
    if hasattr(hint, "model_fields"):
        return _model(hint, place, flipped, depth)
    return plain[str]


def _model(model: Any, place: int, flipped: bool, depth: int) -> Any:
    """Return a model with all its fields set, but for those that lie too deep and need not be."""
    fields = {
        name: _value(field.annotation, name, place + more, flipped, depth + 1)
        for more, (name, field) in enumerate(model.model_fields.items())
        if field.is_required() or depth < 2
    }
    try:
        return model(**fields)
    except ValueError:
        return model.model_construct(**fields)
