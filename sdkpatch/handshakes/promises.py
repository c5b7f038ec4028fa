"""What a step promises of a handshake as it goes over the wire; ``sdkpatch verify`` holds each against the recording.

An operation that changes handshakes has a method ``promises(arguments)`` which returns these values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from .origins import Origin


class Sends(NamedTuple):
    """A credential goes to a place exactly once, and decodes to what it was.

    ``place`` is query, header, cookie, subprotocol, message or text; ``name`` that of the parameter, header or cookie,
    for subprotocols the position. ``value`` is a text with ``$names``, a table of JSON, or HTTP Basic; ``take`` says
    where each name comes from.
    """

    place: str
    name: str
    value: object
    take: Mapping[str, Origin]


class Takes(NamedTuple):
    """A credential leaves this header: it is sent in none of that name, whatever its case.

    ``is_alone`` where the other generated headers go no more either.
    """

    header: str
    is_sent: bool = False
    is_alone: bool = False


class Adds(NamedTuple):
    """A query parameter or header goes once with this value; ``is_set`` where it replaces a generated one."""

    place: str
    name: str
    value: Origin
    is_set: bool = False


class Matches(NamedTuple):
    """A header goes once, and its value begins with ``prefix``."""

    header: str
    prefix: str


class Lacks(NamedTuple):
    """No header of this name is sent."""

    header: str


class EachOnce(NamedTuple):
    """No header goes twice, whatever its case."""

    names: str = "every header"


class Follows(NamedTuple):
    """The path of the request ends like this; ``{name}`` in it is filled."""

    path: str
    fill: tuple[tuple[str, Origin], ...]


class WholeUrl(NamedTuple):
    """No question mark without a query, and booleans in the query in lower case."""

    name: str = "the url"


class Passes(NamedTuple):
    """The connect function gets this argument."""

    argument: str
    value: Origin


class Tries(NamedTuple):
    """A handshake that fails with ``status`` is tried ``attempts`` times in all."""

    attempts: int
    status: int


class Refusals(NamedTuple):
    """A refused handshake raises the SDK's ``ApiError`` with its status; no redirect leads to another host.

    ``messages`` are those with which the server refuses a login on the open socket.
    """

    messages: tuple[object, ...] = ()


class Redacts(NamedTuple):
    """No credential shows in an exception or a DEBUG log under these names."""

    names: tuple[str, ...]


class Hides(NamedTuple):
    """No credential that is taken is in the ``ApiError`` of a refused handshake."""

    header: str


class Hears(NamedTuple):
    """What the server says on the open socket: before the first message, and after it."""

    before: tuple[object, ...] = ()
    after: tuple[object, ...] = ()


class Unseen(NamedTuple):
    """Something a handshake does not show."""

    what: str


Promise: TypeAlias = (
    Sends
    | Takes
    | Adds
    | Matches
    | Lacks
    | EachOnce
    | Follows
    | WholeUrl
    | Passes
    | Tries
    | Refusals
    | Redacts
    | Hides
    | Hears
    | Unseen
)


@runtime_checkable
class Promising(Protocol):
    """An operation that promises something of handshakes, of all or of those that it names."""

    @property
    def files(self) -> tuple[str, ...]: ...

    def selectors(self, arguments: object) -> Sequence[str]:
        """Return the selectors of the functions that a step is about, none where it is about all."""

    def promises(self, arguments: object) -> Sequence[Promise]:
        """Return what a step with these arguments promises."""
