"""What a judge of recordings works on: the promises of a channel, its openings, and how their outcome is said."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..handshakes.promises import Promise
from .masking import Mask, forms
from .recorder import Recorded
from .values import Check, Seen, Verdict

OPENINGS = {
    "plain": "with what it must have",
    "full": "with all arguments",
    "caller": "with the caller's own header",
    "other case": "with the caller's own header in other case",
    "options": "with request options",
    "other key": "with other credentials of the client",
    "client headers": "with headers of the client's own",
    "base url": "at a base url of the caller's own",
}
"""The openings of a channel that the server accepts, and how they are told of; those in environments are beside."""
CALLER = "sentinel90Aa+/=&% é90"
"""The credential that a caller gives."""
EXTRA = "sdkpatch_extra"
"""The query parameter that a caller gives among request options."""
OWN_QUERY = "with the caller's own query parameter"
"""The name of the opening in which the caller names the query parameter that a patch sends a credential in."""
EMPTY = "empty"
"""The name of the opening whose arguments are false: of it, only copies and generated code are compared."""
ENVIRONMENT = "environment "
"""How the name of an opening in another environment of the SDK begins."""


class Promised(NamedTuple):
    """A promise of one step, and whether the code says that it is kept (``satisfied``)."""

    patch: str
    step: int
    promise: Promise
    satisfied: bool


class Recording(NamedTuple):
    """All openings of one channel by their name, and all secrets that may be in them."""

    seen: Mapping[str, Seen]
    mask: Mask


def accepted(recording: Recording) -> Iterator[tuple[str, Seen, Recorded]]:
    """Yield the openings that the server accepted, with the handshake of each."""
    for name, seen in every_opening(recording):
        if seen.handshakes and not seen.problem:
            yield name, seen, seen.handshakes[-1]


def every_opening(recording: Recording) -> Iterator[tuple[str, Seen]]:
    """Yield the openings that a server has to accept, by name."""
    for name in (*OPENINGS, *(each for each in recording.seen if each.startswith(ENVIRONMENT))):
        if name in recording.seen:
            yield name, recording.seen[name]


def how(name: str) -> str:
    """Return how an opening is told of."""
    if name == EMPTY:
        return "with empty arguments, and the other choices"
    return OPENINGS.get(name) or (f"in the {name}" if name.startswith(ENVIRONMENT) else name)


def proved(what: str) -> Check:
    """Return the check of something that holds."""
    return Check(Verdict.PROVED, what)


def failed(what: str, reason: str) -> Check:
    """Return the check of something that does not hold."""
    return Check(Verdict.FAILED, what, reason)


def said(name: str, reason: str) -> str:
    """Return a reason with the opening it is about, where that is not the plainest one."""
    return reason if name == "plain" else f"{how(name)}: {reason}"


def seen_at_all(what: str, recording: Recording) -> Iterator[Check]:
    """Yield that something holds of every handshake, where there was one: of none, nothing is proved."""
    if any(True for _ in accepted(recording)):
        yield proved(what)
    else:
        yield Check(Verdict.UNCHECKED, what, "no handshake was accepted")


def alone(name: str) -> str:
    """Return the name of the opening that gives this argument and no other optional one."""
    return f"argument {name} alone"


def varies_arguments(name: str) -> bool:
    """Tell whether an opening differs from the plainest one in the method's arguments alone."""
    return name in ("full", EMPTY) or (name.startswith("argument ") and name.endswith(" alone"))


def key_alone(name: str) -> str:
    """Return the name of the opening whose client has this credential and no other; with an empty name it has none."""
    return f"key {name} alone" if name else "no key"


def lost(seen: Seen) -> list[str]:
    """Return the arguments that were given and arrived nowhere: in the request, the messages, the connect function.

    Told by values that no other argument has. Of a handshake that did not arrive, or failed, nothing is said.
    """
    if not seen.handshakes or seen.why:
        return []
    handshake = seen.handshakes[-1]
    query = [part for pair in handshake.query for part in pair]
    headers = [text for _, value in handshake.headers for text in (value, basic(value))]
    values = [handshake.target, *query, *headers, *handshake.messages]
    passed = [value for each in seen.reply["connections"] for value in each["arguments"].values()]
    given = {name: [leaf for leaf in leaves if _is_unique(leaf)] for name, leaves in seen.reply["leaves"].items()}
    return [
        name for name, leaves in given.items() if leaves and not any(_is_in(leaf, values, passed) for leaf in leaves)
    ]


def basic(value: str) -> str:
    """Return the username and password, with a colon between, of a header for HTTP Basic (RFC 7617); else no text."""
    scheme, _, rest = value.partition(" ")
    try:
        return base64.b64decode(rest, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        return ""


def vague(seen: Seen) -> list[str]:
    """Return the arguments whose values others may have, too: booleans and choices."""
    every = seen.reply.get("leaves", {})
    return [name for name, leaves in every.items() if leaves and not any(map(_is_unique, leaves))]


def _is_unique(leaf: str) -> bool:
    """Tell whether a value was made for one argument alone: it holds a number that no other has."""
    return re.search(r"\d{4}|sentinel", leaf) is not None


def _is_in(leaf: str, values: Sequence[str], passed: Sequence[str]) -> bool:
    every = {*forms(leaf), leaf.lower(), leaf.replace(" ", "T"), leaf.removesuffix(".0")}
    every |= {quoted for each in list(every) for quoted in forms(each)}
    return any(form in value for form in every for value in values) or any(leaf in value for value in passed)
