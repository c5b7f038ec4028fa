"""``websocket.headers``: add, set and remove headers of the handshake, and send each once, whatever its case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..handshakes.goals import Want
from ..handshakes.operation import HandshakeOperation
from ..handshakes.origins import HEADER, Origin, Value, header_problem, literal
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Adds, EachOnce, Lacks, Promise
from ..handshakes.values import expression, parameter_parts, table
from ..schema.fields import Boolean, Field, KeyPath, ListOf, MapOf, Mistakes
from .shared.selectors import WITHIN
from .shared.structural import texts

Pairs = tuple[tuple[str, Origin], ...]


class HeaderEdits(NamedTuple):
    """What is done to the headers, in this order: remove, make unique, add, set."""

    remove: tuple[str, ...]
    unique: bool
    add: Pairs
    set: Pairs
    within: tuple[str, ...]


class WebSocketHeaders(HandshakeOperation[HeaderEdits]):
    """The operation; see docs/operations/websocket.headers.md."""

    name = "websocket.headers"
    summary = "Add, set or remove headers of the handshake, and send each once."
    fields = (
        Field("add", MapOf(Value()), "Headers to send where the handshake has none of that name."),
        Field("set", MapOf(Value()), "Headers to send instead of generated ones. The caller's own stay."),
        Field("remove", ListOf(HEADER), "Headers not to send, whoever set them and whatever their case."),
        Field("unique", Boolean(), "Send each header once: the caller's value, else the one set last.", default=False),
        WITHIN,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> HeaderEdits:
        """Check that no header is in two of the lists."""
        add, replace, remove = (_names(arguments[name]) for name in ("add", "set", "remove"))
        for name in sorted({*add} & {*replace} | {*replace} & {*remove} | {*add} & {*remove}):
            report(key, found=f'the header "{name}" twice', expected="it in one of add, set and remove")
        for part in ("add", "set"):
            for name in sorted(dict(_pairs(arguments[part]))):
                if wrong := header_problem(name):
                    report((*key, part, name), found=f'"{name}"', expected="the name of a header", hint=wrong)
        if not (add or replace or remove or arguments["unique"]):
            report(key, found="nothing to do", expected="one of add, set, remove and unique")
        return HeaderEdits(
            remove=tuple(sorted(remove)),
            unique=bool(arguments["unique"]),
            add=_pairs(arguments["add"]),
            set=_pairs(arguments["set"]),
            within=texts(arguments, "within"),
        )

    def want(self, place: HandshakePlace, arguments: HeaderEdits) -> Want:
        """One statement for each of the four; a User-Agent that is sent once needs the support module's call."""
        headers, request = place.headers, f", {place.request}" if place.request else ""
        statements: list[str] = []
        if arguments.remove:
            names = ", ".join(map(literal, arguments.remove))
            statements.append(f"{headers} = without_headers({headers}, {names})")
        if arguments.unique:
            statements.append(f"{headers} = unique_headers({headers}{request})")
        if arguments.add:
            statements.append(f"{headers} = add_headers({headers}, {_table(place, arguments.add)})")
        if arguments.set:
            statements.append(f"{headers} = set_headers({headers}, {_table(place, arguments.set)}{request})")
        origins = [value for _, value in (*arguments.add, *arguments.set)]
        return Want(
            statements=tuple(statements),
            opened=arguments.unique or "user-agent" in _names(dict(arguments.set)),
            parts=tuple(parameter_parts(place, origins)),
        )

    def promises(self, arguments: HeaderEdits) -> tuple[Promise, ...]:
        """The headers are as they are wanted."""
        found: list[Promise] = [Lacks(name) for name in arguments.remove]
        found += [EachOnce()] if arguments.unique else []
        found += [Adds("header", name, value) for name, value in arguments.add]
        return (*found, *(Adds("header", name, value, is_set=True) for name, value in arguments.set))


def _names(given: object) -> set[str]:
    return {str(name).lower() for name in given} if isinstance(given, Mapping | list) else set()


def _pairs(given: object) -> Pairs:
    return tuple(given.items()) if isinstance(given, Mapping) else ()


def _table(place: HandshakePlace, pairs: Pairs) -> str:
    return table((name, expression(place, value)) for name, value in pairs)
