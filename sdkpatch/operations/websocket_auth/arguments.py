"""The arguments of ``websocket.auth``: credentials taken from headers, and the query parameters they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ...fields import Field, KeyPath, MapOf, Report, Table, Text, describe, did_you_mean

# RFC 9110, section 5.6.2: a header name and an authentication scheme are tokens.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _header_problem(text: str) -> str:
    # ' and ` are legal in a token, in no real header, and would need another quoting in the code
    return "" if _TOKEN.fullmatch(text) and "'" not in text else "a header name holds no blanks, quotes or colons"


def _scheme_problem(text: str) -> str:
    return "" if not text or (_TOKEN.fullmatch(text) and "'" not in text) else 'one word such as "Bearer" or "Token"'


_TAKE = Table(
    (
        Field(
            "header",
            Text("the name of a header", problem=_header_problem, empty=False),
            "Take the credential out of this header, whatever its case.",
            required=True,
        ),
        Field(
            "scheme",
            Text("an authentication scheme", problem=_scheme_problem),
            'Strip this scheme off the value: "Bearer x" becomes "x".',
            default="",
        ),
    )
)
_SEND = Table(
    (
        Field(
            "query",
            MapOf(Text('"$" and the name of a credential'), least=1),
            'Query parameters by name; each value names a credential of take: "$key".',
            required=True,
        ),
    )
)
FIELDS = (
    Field("take", MapOf(_TAKE, least=1), "The credentials by name, and where each comes from.", required=True),
    Field("send", _SEND, "Where the credentials go.", required=True),
    Field(
        "headers",
        Text('"keep" or "drop"', choices=("keep", "drop")),
        "Whether the other generated headers still go (keep), or only the caller's additional_headers (drop).",
        default="keep",
    ),
)


class Credential(NamedTuple):
    """One credential: its name in the patch, its header as written, and the scheme to strip (may be empty)."""

    name: str
    header: str
    scheme: str


class Arguments(NamedTuple):
    """What a ``websocket.auth`` step asks for. ``query`` maps each parameter to a credential's name."""

    take: tuple[Credential, ...]
    query: tuple[tuple[str, str], ...]
    drop_headers: bool

    @property
    def headers(self) -> frozenset[str]:
        """The headers that are taken, in lower case."""
        return frozenset(credential.header.lower() for credential in self.take)


def compile_arguments(arguments: Mapping[str, object], key: KeyPath, report: Report) -> Arguments:
    """Check what the fields alone do not show: names that fit together, each used, no header taken twice."""
    take = arguments["take"]
    send = arguments["send"]
    assert isinstance(take, Mapping) and isinstance(send, Mapping)
    credentials: list[Credential] = []
    for name, source in take.items():
        where: KeyPath = (*key, "take", name)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            report(where, found=describe(name), expected="a name of small letters, digits and _")
        if source["header"].lower() in {credential.header.lower() for credential in credentials}:
            report(where, found=f'the header "{source["header"]}" again', expected="each header taken once")
        credentials.append(Credential(name=name, header=source["header"], scheme=source["scheme"] or ""))
    query: list[tuple[str, str]] = []
    for parameter, value in send["query"].items():
        where = (*key, "send", "query", parameter)
        if not parameter or re.search(r"[\"'\\\x00-\x1f\x7f]", parameter):
            report(where, found=describe(parameter), expected="the name of a query parameter, without quotes")
        if not value.startswith("$") or value[1:] not in take:
            hint = did_you_mean(value.lstrip("$"), take)
            report(where, found=describe(value), expected='"$" and the name of a credential of take', hint=hint)
        query.append((parameter, value[1:]))
    for name in take.keys() - {name for _, name in query}:
        report((*key, "take", name), found="a credential that is sent nowhere", expected=f'"${name}" in send')
    return Arguments(take=tuple(credentials), query=tuple(query), drop_headers=arguments["headers"] == "drop")
