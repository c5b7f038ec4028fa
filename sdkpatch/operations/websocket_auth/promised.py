"""What a step promises of the wire, in the terms of ``sdkpatch verify``."""

from __future__ import annotations

from collections.abc import Iterator

from ...handshakes.origins import Origin
from ...handshakes.promises import Hears, Hides, Promise, Refusals, Sends, Takes
from .arguments import Arguments, Sending


def inline(arguments: Arguments) -> tuple[Promise, ...]:
    """Return the promises of a step from headers into the query."""
    take = {each.name: Origin(header=each.header, scheme=each.scheme) for each in arguments.take}
    sent = [Sends("query", name, f"${{{credential}}}", take) for name, credential in arguments.query]
    taken = [each.header for each in arguments.take]
    return (*sent, *(Takes(each, is_alone=arguments.drop_headers) for each in taken), *map(Hides, taken))


def through(arguments: Sending) -> tuple[Promise, ...]:
    """Return the promises of a step that goes through the support module."""
    return tuple(_through(arguments))


def _through(arguments: Sending) -> Iterator[Promise]:
    take = dict(arguments.take)
    places = (("query", arguments.query), ("header", arguments.header), ("cookie", arguments.cookie))
    for place, pairs in places:
        yield from (Sends(place, name, value, take) for name, value in pairs)
    for number, name in enumerate(arguments.subprotocol):
        yield Sends("subprotocol", str(number), name, take)
    if arguments.message is not None:
        yield Sends("message", "", arguments.message, take)
    elif arguments.text:
        yield Sends("text", "", arguments.text, take)
    sent = {name.lower() for name, _ in arguments.header}
    yield from (Takes(each.header, each.header.lower() in sent) for _, each in arguments.take if each.header)
    if not (arguments.header or arguments.cookie):  # the generated ApiError keeps the headers that were sent
        yield from (Hides(each.header) for _, each in arguments.take if each.header)
    reply = arguments.reply
    before = () if arguments.before is None else (arguments.before,)
    if before or reply is not None:
        yield Hears(before=before, after=reply.success[:1] if reply else ())
    yield Refusals(messages=reply.failure[:1] if reply else ())
