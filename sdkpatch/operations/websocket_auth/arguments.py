"""The arguments of ``websocket.auth``: credentials, where each comes from, and the places they are sent to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...handshakes.origins import SOURCES, Origin, header_problem, origin
from ...schema.fields import Anything, Field, KeyPath, ListOf, MapOf, Mistakes, String, Table, describe, did_you_mean
from ..shared.selectors import WITHIN

NAME = re.compile(r"\$(?:\$|([a-z][a-z0-9_]*)|\{([a-z][a-z0-9_]*)\}|)")
"""``$key`` or ``${key}`` in a text, ``$$`` for a dollar sign; a dollar sign alone is a mistake."""

_REPLY = Table(
    (
        Field(
            "success",
            Anything(),
            "The message with which the server accepts, or an array of them. A message matches if it holds "
            "at least these keys.",
        ),
        Field("failure", Anything(), "The messages with which it refuses, which is an `ApiError` (401).", default=()),
        Field(
            "skip",
            Anything(),
            "The messages to drop while waiting for the answer. All others come out of the socket "
            "afterwards, in their order.",
            default=(),
        ),
        Field(
            "timeout", Anything(), "Seconds to wait for the answer. After that it is an `ApiError` (401).", default=10
        ),
    )
)
_TEXT = String("a text with the $names of credentials")
_SEND = Table(
    (
        Field(
            "query",
            MapOf(_TEXT, least=1),
            'Query parameters by name, such as `{ api_key = "$key" }`: urlencoded and joined to the query. A '
            "parameter that the url has already stays.",
        ),
        Field(
            "header",
            MapOf(Anything(), least=1),
            'Headers by name, such as `{ Authorization = "Token $key" }`, instead of generated ones; the '
            "caller's own stay. A value `{ json = … }` goes as JSON in ASCII, `{ basic = { username = "
            '"$user", password = "$password" } }` as HTTP Basic (RFC 7617).',
        ),
        Field(
            "cookie",
            MapOf(_TEXT, least=1),
            'Cookies by name, such as `{ access = "$key" }`, all in one `Cookie` header. Cookies that are there stay.',
        ),
        Field(
            "subprotocol",
            ListOf(_TEXT, least=1),
            'Subprotocols in their order, such as `["$key", "chat"]`. The server may choose any of them, or none.',
        ),
        Field(
            "message",
            MapOf(Anything(), least=1),
            'The first message, sent as JSON, such as `{ type = "auth", token = "$key" }`. Keys without a '
            "value are left out.",
        ),
        Field("text", _TEXT, "Instead of `message`: the first message as plain text, such as `$key`."),
        Field("before", Anything(), "The message of the server to wait for before the first message is sent."),
        Field("reply", _REPLY, "How the server answers the first message."),
    )
)
FIELDS = (
    Field(
        "take",
        MapOf(Table(SOURCES), least=1),
        "The credentials by name, and where each comes from. Of several places the first that has a "
        "value counts, in the order below. A header that is taken is not sent itself.",
        required=True,
    ),
    Field(
        "send",
        _SEND,
        "Where the credentials go. `$name` stands for a credential, `$$` for a dollar sign.",
        required=True,
    ),
    Field(
        "headers",
        String('"keep" or "drop"', choices=("keep", "drop")),
        "Whether the other generated headers are sent as well (`keep`), or only the caller's "
        "`additional_headers` (`drop`).",
        default="keep",
    ),
    WITHIN,
)


class Credential(NamedTuple):
    """One credential: its name in the patch, its header as written, and the scheme to strip (may be empty)."""

    name: str
    header: str
    scheme: str


class Arguments(NamedTuple):
    """What a step from headers into the query asks for. ``query`` maps each parameter to a credential's name."""

    take: tuple[Credential, ...]
    query: tuple[tuple[str, str], ...]
    drop_headers: bool
    within: tuple[str, ...] = ()

    @property
    def headers(self) -> frozenset[str]:
        """The headers that are taken, in lower case."""
        return frozenset(credential.header.lower() for credential in self.take)

    @property
    def sending(self) -> Sending:
        """The same step for the support module."""
        return Sending(
            take=tuple((each.name, Origin(header=each.header, scheme=each.scheme)) for each in self.take),
            query=tuple((parameter, f"${name}") for parameter, name in self.query),
            within=self.within,
        )


class Reply(NamedTuple):
    """The messages that decide, as TOML values, and the seconds to wait."""

    success: tuple[object, ...] = ()
    failure: tuple[object, ...] = ()
    skip: tuple[object, ...] = ()
    timeout: float = 10


class Sending(NamedTuple):
    """What a step from anywhere to anywhere asks for; texts may hold the ``$names`` of credentials."""

    take: tuple[tuple[str, Origin], ...]
    query: tuple[tuple[str, str], ...] = ()
    header: tuple[tuple[str, object], ...] = ()
    cookie: tuple[tuple[str, str], ...] = ()
    subprotocol: tuple[str, ...] = ()
    message: Mapping[str, object] | None = None
    text: str = ""
    before: object = None
    reply: Reply | None = None
    within: tuple[str, ...] = ()

    @property
    def headers(self) -> frozenset[str]:
        """The headers that are taken, in lower case."""
        return frozenset(each.header.lower() for _, each in self.take if each.header)

    @property
    def taken(self) -> frozenset[str]:
        """The headers that are taken, as written, where there is no other place to take from."""
        return frozenset(each.header for _, each in self.take if each.header and not (each.attributes or each.env))

    @property
    def bare_names(self) -> frozenset[str]:
        """The names of the credentials that are sent without what stands around them in their header."""
        bare = [value for _, value in (*self.query, *self.cookie)]
        built = [value for _, value in self.header if not _is_whole(value)]
        return frozenset(names_in([bare, list(self.subprotocol), self.message or {}, self.text, built]))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes of the client wrapper that are taken."""
        return tuple(name for _, each in self.take for name in each.attributes)


def _is_whole(value: object) -> bool:
    return isinstance(value, str) and value.startswith("$") and value.strip("${}").isidentifier()


def compile_arguments(arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Arguments | Sending:
    """Check what the fields alone do not show: names that fit together, each used, no header taken twice."""
    take, send = arguments["take"], arguments["send"]
    assert isinstance(take, Mapping) and isinstance(send, Mapping)
    origins = _origins(take, (*key, "take"), report)
    sent = _check_sent(send, take, (*key, "send"), report)
    for name in take.keys() - sent:
        report((*key, "take", name), found="a credential that is sent nowhere", expected=f'"${name}" in send')
    query = send["query"] or {}
    within = tuple(map(str, arguments["within"])) if isinstance(arguments["within"], list) else ()
    if _is_header_to_query(origins, send):
        return Arguments(
            take=tuple(Credential(name=name, header=each.header, scheme=each.scheme) for name, each in origins),
            query=tuple((parameter, value[1:]) for parameter, value in query.items()),
            drop_headers=arguments["headers"] == "drop",
            within=within,
        )
    if arguments["headers"] == "drop":
        expected = 'it only where headers become query parameters; else websocket.headers with remove = ["…"]'
        report((*key, "headers"), found='"drop"', expected=expected)
    reply = send["reply"]
    return Sending(
        take=tuple(origins),
        query=tuple(query.items()),
        header=tuple((send["header"] or {}).items()),
        cookie=tuple((send["cookie"] or {}).items()),
        subprotocol=tuple(send["subprotocol"] or ()),
        message=send["message"],
        text=str(send["text"] or ""),
        before=send["before"],
        reply=_reply(reply, (*key, "send", "reply"), report) if isinstance(reply, Mapping) else None,
        within=within,
    )


def _origins(take: Mapping[str, Mapping[str, object]], key: KeyPath, report: Mistakes) -> list[tuple[str, Origin]]:
    origins: list[tuple[str, Origin]] = []
    for name, table in take.items():
        where: KeyPath = (*key, name)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            report(where, found=describe(name), expected="a name of small letters, digits and _")
        found = origin(table, where, report)
        if found.header and found.header.lower() in {each.header.lower() for _, each in origins}:
            report(where, found=f'the header "{found.header}" again', expected="each header taken once")
        origins.append((name, found))
    return origins


def _is_header_to_query(origins: list[tuple[str, Origin]], send: Mapping[str, object]) -> bool:
    """Tell whether headers become query parameters and nothing else: that needs no support module."""
    plain = all(each == Origin(header=each.header, scheme=each.scheme) for _, each in origins)
    query = send["query"]
    others = [value for name, value in send.items() if name != "query" and value is not None]
    if not plain or others or not isinstance(query, Mapping):
        return False
    return all(re.fullmatch(r"\$[a-z][a-z0-9_]*", str(value)) for value in query.values())


def names_in(value: object) -> Iterator[str]:
    """Yield the names of credentials in a value; an empty one for a dollar sign that begins none."""
    if isinstance(value, str):
        for found in NAME.finditer(value):
            if found[0] != "$$":
                yield found[1] or found[2] or ""
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from names_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names_in(each)


def _check_sent(send: Mapping[str, object], take: Mapping[str, object], key: KeyPath, report: Mistakes) -> set[str]:
    """Return the credentials that are sent; report what cannot be."""
    sent: set[str] = set()
    for place in ("query", "header", "cookie", "subprotocol", "message", "text"):
        value = send[place]
        parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else []
        for name, each in [*parts] if value is None or not isinstance(value, str) else [("", value)]:
            where = (*key, place, name) if name != "" else (*key, place)
            _check_name(place, str(name), where, report)
            if place == "header" and not is_header_value(each):
                form = 'a text, { json = … } or { basic = { username = "$u", password = "$p" } }'
                report(where, found=describe(each), expected=form)
            known = set(names_in(each))
            sent |= known & take.keys()
            for unknown in sorted(known - take.keys()):
                hint = did_you_mean(unknown, take)
                report(where, found=describe(each), expected='"$" and the name of a credential of take', hint=hint)
            if place == "query" and not known:
                report(where, found=describe(each), expected='"$" and the name of a credential of take', hint="")
    if not any(send[place] for place in ("query", "header", "cookie", "subprotocol", "message", "text")):
        report(key, found="nothing", expected="query, header, cookie, subprotocol, message or text")
    if send["message"] is not None and send["text"] is not None:
        report(key, found="message and text", expected="one of the two: there is one first message")
    for name in ("before", "reply"):
        if send[name] is not None and send["message"] is None and send["text"] is None:
            report((*key, name), found=f"{name} without a first message", expected="message or text")
    return sent


def is_header_value(value: object) -> bool:
    """Tell whether a value has one of the forms of a header: a text, JSON, or HTTP Basic."""
    match value:
        case str():
            return True
        case {"json": _, **rest}:
            return not rest
        case {"basic": {"username": str(), "password": str(), **more}, **rest}:
            return not rest and not more
        case _:
            return False


def _check_name(place: str, name: str, where: KeyPath, report: Mistakes) -> None:
    if place == "query" and (not name or re.search(r"[\"'\\\x00-\x1f\x7f]", name)):
        report(where, found=describe(name), expected="the name of a query parameter, without quotes")
    if place == "header" and (wrong := header_problem(name)):
        report(where, found=describe(name), expected="the name of a header", hint=wrong)
    if place == "cookie" and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        report(where, found=describe(name), expected="the name of a cookie")


def _reply(table: Mapping[str, object], key: KeyPath, report: Mistakes) -> Reply:
    timeout = table["timeout"]
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        report((*key, "timeout"), found=describe(timeout), expected="a number of seconds above 0")
        timeout = 10
    if table["success"] is None:
        report((*key, "success"), found="nothing", expected='a message such as { type = "auth_ok" }')
    return Reply(
        success=_several(table["success"]),
        failure=_several(table["failure"]),
        skip=_several(table["skip"]),
        timeout=timeout,
    )


def _several(value: object) -> tuple[object, ...]:
    return () if value is None else tuple(value) if isinstance(value, list | tuple) else (value,)
