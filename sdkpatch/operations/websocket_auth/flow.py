"""Follow the headers and the url of one handshake, statement by statement, from where they arise to the call.

An abstract interpreter over the few statements in question: it keeps, per local name, what its value is known to be.
What it does not understand makes the value *fresh*: headers that may carry every credential again, a url that holds
no added parameter. So a proof can only come from statements that are understood, in an order that works.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ...handshakes.shapes import nodes, recognise


class HeaderMapping(NamedTuple):
    """A mapping of headers. ``removed`` are lower-case names that are in it no more, in any case.

    ``caller_only``: nothing generated is left in it. ``version`` counts the changes that were not understood.
    """

    version: int
    removed: frozenset[str] = frozenset()
    caller_only: bool = False


class Caller(NamedTuple):
    """The caller's ``additional_headers``, out of the request options named ``request``."""

    request: str


class Sent(NamedTuple):
    """What would be sent, by lower-case header name, the last one set winning."""

    headers: HeaderMapping
    request: str


class Taken(NamedTuple):
    """The value that would have been sent in ``header``, less ``scheme``, or None."""

    header: str
    version: int
    request: str
    scheme: str = ""


class Url(NamedTuple):
    """A url, whole or split, with the query parameters that were added to it and what each one carries."""

    split: bool
    added: tuple[tuple[str, Taken], ...] = ()


Value: TypeAlias = HeaderMapping | Caller | Sent | Taken | Url


class Flow:
    """The state after some statements, for the local names the headers and the url go by."""

    def __init__(self, headers: str, url: str) -> None:
        self._headers = headers
        self._url = url
        self._version = 0
        self._values: dict[str, Value] = {headers: HeaderMapping(version=0), url: Url(split=False)}

    def headers(self) -> HeaderMapping:
        """Return what is known of the headers now."""
        value = self._values.get(self._headers)
        return value if isinstance(value, HeaderMapping) else HeaderMapping(version=self._version)

    def url(self) -> Url:
        """Return what is known of the url now."""
        value = self._values.get(self._url)
        return value if isinstance(value, Url) and not value.split else Url(split=False)

    def run(self, statements: Sequence[ast.stmt]) -> Flow:
        """Follow the statements in order and return the state after them."""
        for statement in statements:
            shape = recognise(statement)
            if shape is None or not self._understand(*shape):
                self._forget(statement)
        return self

    def _understand(self, shape: str, bound: dict[str, str]) -> bool:
        """Take a recognised statement into account; False when its names do not hold what it needs."""
        if shape in ("pair", "extend"):  # alone they mean nothing
            return False
        value = getattr(self, f"_{shape}")(bound)
        if value is None:
            return False
        name, known = value
        self._values[name] = known
        return True

    def _caller(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        return bound["CALLER"], Caller(request=bound["REQUEST"])

    def _sent(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["HEADERS"]), self._values.get(bound["CALLER"]):
            case HeaderMapping() as headers, Caller(request=request):
                return bound["SENT"], Sent(headers=headers, request=request)
            case _:
                return None

    def _sent_alone(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["HEADERS"]):
            case HeaderMapping() as headers:
                return bound["SENT"], Sent(headers=headers, request="")
            case _:
                return None

    def _key(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        header = bound["HEADER"]
        match self._values.get(bound["SENT"]):
            case Sent(headers=headers, request=request) if header not in headers.removed and not headers.caller_only:
                return bound["KEY"], Taken(header=header, version=headers.version, request=request)
            case _:
                return None

    def _scheme(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["KEY"]):
            case Taken(scheme="") as taken if bound["PREFIX"].endswith(" "):
                return bound["KEY"], taken._replace(scheme=bound["PREFIX"][:-1])
            case _:
                return None

    def _keep(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["HEADERS"]):
            case HeaderMapping(removed=removed) as headers:
                return bound["HEADERS"], headers._replace(removed=removed | {bound["HEADER"]})
            case _:
                return None

    def _drop(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["HEADERS"]), self._values.get(bound["CALLER"]):
            case HeaderMapping() as headers, Caller():
                return bound["HEADERS"], headers._replace(caller_only=True)
            case _:
                return None

    def _drop_all(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["HEADERS"]):
            case HeaderMapping() as headers:
                return bound["HEADERS"], headers._replace(caller_only=True)
            case _:
                return None

    def _split(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["URL"]):
            case Url(split=False) as url:
                return bound["SPLIT"], url._replace(split=True)
            case _:
                return None

    def _send(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["SPLIT"]), self._values.get(bound["KEY"]):
            case Url(split=True, added=added) as url, Taken() as taken:
                return bound["SPLIT"], url._replace(added=(*added, (bound["QUERY"], taken)))
            case _:
                return None

    def _join(self, bound: dict[str, str]) -> tuple[str, Value] | None:
        match self._values.get(bound["SPLIT"]):
            case Url(split=True) as url:
                return bound["URL"], url._replace(split=False)
            case _:
                return None

    def _forget(self, statement: ast.stmt) -> None:
        """Drop what is known of every name a statement binds, and of headers it as much as mentions."""
        for node in nodes(statement):
            if not isinstance(node, ast.Name):
                continue
            known = self._values.get(node.id)
            if isinstance(known, HeaderMapping):
                self._version += 1
                self._values[node.id] = HeaderMapping(version=self._version)
            elif not isinstance(node.ctx, ast.Load) and known is not None:
                if node.id == self._url:
                    self._values[node.id] = Url(split=False)
                else:
                    del self._values[node.id]
