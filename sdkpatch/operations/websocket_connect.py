"""``websocket.connect``: arguments of the call that opens the socket, and a second try where the first fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..handshakes.goals import Want
from ..handshakes.operation import HandshakeOperation
from ..handshakes.origins import Origin, Value, literal
from ..handshakes.place import HandshakePlace
from ..handshakes.promises import Passes, Promise, Refusals, Tries
from ..handshakes.values import expression, parameter_parts
from ..schema.fields import (
    Anything,
    Count,
    Field,
    KeyPath,
    ListOf,
    MapOf,
    Mistakes,
    NumberOr,
    String,
    Table,
    describe,
    did_you_mean,
)
from .shared.selectors import WITHIN
from .shared.structural import texts

_EVERYWHERE = frozenset({"compression", "max_size", "open_timeout", "close_timeout", "origin", "subprotocols"})
"""Arguments that every connect function takes, websockets 12 to 17, legacy, asyncio and sync."""
_SOMEWHERE = frozenset(
    {"max_queue", "ping_interval", "ping_timeout", "proxy", "read_limit", "server_hostname", "ssl", "write_limit"}
)
"""Arguments that some releases lack for some clients: the support module leaves them out there.

The sync client has keepalive and queues from websockets 15, ``ssl`` was ``ssl_context`` in 12, ``proxy`` came with 15
and never to the legacy client, ``read_limit`` is the legacy client's alone (inspected in 12.0, 13.1, 15.0.1, 17.4).
"""
ARGUMENTS = _EVERYWHERE | _SOMEWHERE
_NUMBERS = frozenset(
    {
        "close_timeout",
        "max_queue",
        "max_size",
        "open_timeout",
        "ping_interval",
        "ping_timeout",
        "read_limit",
        "write_limit",
    }
)
_RETRIED = re.compile(r"OSError|ConnectionError|TimeoutError|[1-5]xx|[1-5]\d\d")


class _Argument(NamedTuple):
    """A constant, ``"none"`` for Python's None, or where the value comes from."""

    label: str = 'a value, "none", or a table such as { parameter = "max_size" }'

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if value == "none":
            return Origin(literal="None")
        if isinstance(value, list):
            return Origin(literal=literal(value))
        return Value().check(value, key, report)

    def schema(self) -> dict[str, object]:
        return {"anyOf": [Value().schema(), {"type": "array"}]}


class Retry(NamedTuple):
    """How often, after which delays in seconds, and after what a handshake is tried again."""

    attempts: int
    backoff: tuple[float, ...]
    on: tuple[str, ...]


class Connect(NamedTuple):
    """The arguments by name and where their values come from, and the retry."""

    arguments: tuple[tuple[str, Origin], ...]
    retry: Retry | None
    within: tuple[str, ...]


class WebSocketConnect(HandshakeOperation[Connect]):
    """The operation; see docs/operations/websocket.connect.md."""

    name = "websocket.connect"
    summary = "Pass arguments to the call that opens the socket, and retry failed handshakes."
    fields = (
        Field(
            "arguments",
            MapOf(_Argument()),
            'Arguments for the connect function, by name. A value is a constant, `"none"` for `None`, or a '
            "table that says where it comes from.",
        ),
        Field(
            "retry",
            Table(
                (
                    Field("attempts", Count(), "How often the handshake is tried, the first time included.", default=3),
                    Field(
                        "backoff",
                        ListOf(Anything()),
                        "The delay before the second try, and the longest delay, in seconds. It doubles each time.",
                    ),
                    Field(
                        "on",
                        ListOf(NumberOr(String("what to try again after"))),
                        "What to try again after: `OSError`, `ConnectionError`, `TimeoutError`, statuses such as "
                        "`503`, classes such as `5xx`.",
                    ),
                )
            ),
            "Try a failed handshake again.",
        ),
        WITHIN,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Connect:
        """Check names and values against what the releases of websockets take."""
        given = arguments["arguments"] or {}
        assert isinstance(given, Mapping)
        for name, value in given.items():
            _check(name, value, (*key, "arguments", name), report)
        retry = arguments["retry"]
        if not given and retry is None:
            report(key, found="neither arguments nor retry", expected="one of the two")
        return Connect(
            arguments=tuple(sorted(given.items())),
            retry=_retry(retry, (*key, "retry"), report) if isinstance(retry, Mapping) else None,
            within=texts(arguments, "within"),
        )

    def want(self, place: HandshakePlace, arguments: Connect) -> Want:
        """The arguments stand in the call; what not every release takes goes through the support module."""
        keywords = [(name, expression(place, value)) for name, value in arguments.arguments]
        if retry := arguments.retry:
            keywords.append(("attempts", str(retry.attempts)))
            keywords += [("backoff", f"({retry.backoff[0]}, {retry.backoff[1]})")] if retry.backoff else []
            names = ", ".join(map(literal, retry.on)) + ("," if len(retry.on) == 1 else "")
            keywords += [("retry_on", f"({names})")] if retry.on else []
        return Want(
            keywords=tuple(keywords),
            opened=retry is not None or any(name in _SOMEWHERE for name, _ in arguments.arguments),
            parts=tuple(parameter_parts(place, [value for _, value in arguments.arguments])),
        )

    def promises(self, arguments: Connect) -> tuple[Promise, ...]:
        """The arguments arrive at the connect function; what fails is tried again."""
        found: list[Promise] = [Passes(name, value) for name, value in arguments.arguments]
        if retry := arguments.retry:
            statuses = [each for each in retry.on if each[0].isdigit()]
            status = int(statuses[0].replace("x", "0")) if statuses else 0 if retry.on else 503
            found += [Tries(retry.attempts, status), Refusals()]
        return tuple(found)


def _check(name: str, value: object, key: KeyPath, report: Mistakes) -> None:
    assert isinstance(value, Origin)
    if name not in ARGUMENTS:
        hint = did_you_mean(name, ARGUMENTS)
        report(key, found=f'the argument "{name}"', expected="an argument of websockets' connect", hint=hint)
    elif name in _NUMBERS and value.literal and not re.fullmatch(r"None|\d+(\.\d+)?", value.literal):
        report(key, found=value.literal, expected='a number from 0, or "none"')
    elif name == "compression" and value.literal not in ("", "None", '"deflate"'):
        report(key, found=value.literal, expected='"deflate" or "none"')


def _retry(table: Mapping[str, object], key: KeyPath, report: Mistakes) -> Retry:
    backoff, on = table["backoff"] or [], table["on"] or []
    assert isinstance(backoff, list) and isinstance(on, list)
    numbers = [each for each in backoff if isinstance(each, int | float) and not isinstance(each, bool) and each >= 0]
    if backoff and (len(numbers) != 2 or len(backoff) != 2 or numbers[0] > numbers[1]):
        report((*key, "backoff"), found=describe(backoff), expected="two numbers of seconds such as [0.5, 8]")
        numbers = []
    for index, each in enumerate(on):
        if not _RETRIED.fullmatch(str(each)):
            expected = "OSError, ConnectionError, TimeoutError, a status such as 503, or 5xx"
            report((*key, "on", index), found=describe(each), expected=expected)
    attempts = table["attempts"]
    assert isinstance(attempts, int)
    return Retry(attempts=attempts, backoff=tuple(map(float, numbers)), on=tuple(map(str, on)))
