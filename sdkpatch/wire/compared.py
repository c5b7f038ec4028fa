"""Compare requests: of the copies of one channel, and of patched and generated code, for the same arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..handshakes.promises import (
    Adds,
    EachOnce,
    Follows,
    Hears,
    Lacks,
    Matches,
    Passes,
    Promise,
    Sends,
    Takes,
    WholeUrl,
)
from .recordings import EMPTY, ENVIRONMENT, Recording, how, varies_arguments
from .shown import OWN
from .values import Channel, Check, Seen, Verdict

_RANDOM = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|0x[0-9a-f]+")
"""A UUID, or an address in memory: another one each time."""
_EXTENSIONS = "sec-websocket-extensions"
"""It says whether the SDK lets messages be compressed; both clients of websockets 12 to 17 write it alike."""
COPIES = "all copies of the channel send the same request"
GENERATED = "the request is that of the generated code but for what the patches promise"


class Request(NamedTuple):
    """What of a handshake must not depend on the copy of the code that sent it."""

    server: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    messages: tuple[str, ...]


def request(seen: Seen) -> Request | None:
    """Return the one request of an opening, None where there was none, or several."""
    if len(seen.handshakes) != 1 or seen.why or not seen.reply.get("connections"):
        return None
    handshake = seen.handshakes[0]
    url = urlsplit(str(seen.reply["connections"][-1]["url"]))
    headers = [
        (name.lower(), _RANDOM.sub("*", value))
        for name, value in handshake.headers
        if (name.lower() not in OWN or name.lower() == _EXTENSIONS)
        and not (name.lower() == "user-agent" and value.startswith("Python/"))
    ]
    return Request(
        server=f"{url.scheme}://{url.netloc}",
        path=_RANDOM.sub("*", unquote(handshake.path)),
        query=tuple(sorted((name, _RANDOM.sub("*", value)) for name, value in handshake.query)),
        headers=tuple(sorted(headers)),
        messages=tuple(_RANDOM.sub("*", each) for each in handshake.messages),
    )


def differs(one: Seen, other: Seen) -> bool:
    """Tell whether two openings of one channel gave the server, or the connect function, anything else."""
    passed = [
        [_RANDOM.sub("*", repr(each["arguments"])) for each in seen.reply["connections"]] for seen in (one, other)
    ]
    return request(one) != request(other) or passed[0] != passed[1]


def copies(recordings: Mapping[Channel, Recording], faults: Mapping[Channel, int]) -> dict[Channel, Check]:
    """Return a check for every channel of which there are several copies: sync and async, raw and not.

    Most are right; where as many send one thing as another, those with the fewest ``faults`` are.
    """
    groups: dict[tuple[str, str, str], list[Channel]] = {}
    for channel in recordings:
        groups.setdefault(channel.copies, []).append(channel)
    found: dict[Channel, Check] = {}
    for channels in groups.values():
        if len(channels) < 2:
            continue
        found |= {each: Check(Verdict.PROVED, COPIES) for each in channels}
        for name in _openings(recordings[each] for each in channels):
            for channel, why in _minority({each: recordings[each] for each in channels}, name, faults).items():
                if found[channel].verdict is Verdict.PROVED:
                    found[channel] = Check(Verdict.FAILED, COPIES, f"{how(name)}: {why}")
        for channel, why in _other_arguments({each: recordings[each] for each in channels}).items():
            if found[channel].verdict is Verdict.PROVED:
                found[channel] = Check(Verdict.FAILED, COPIES, why)
    return found


def _other_arguments(recordings: Mapping[Channel, Recording]) -> dict[Channel, str]:
    """Return the copies that have another name for an argument: what a caller gives to the others they do not take.

    A copy that only takes fewer arguments is no fault: generators emit such raw clients.
    """
    taken = {
        channel: frozenset(key for seen in recording.seen.values() for key in seen.reply.get("given", ()))
        for channel, recording in recordings.items()
    }
    counted = [each for each in taken.values() if each]
    if not counted:
        return {}
    usual = max(counted, key=lambda each: (counted.count(each), len(each), -counted.index(each)))
    return {
        channel: f"it takes {', '.join(sorted(own - usual))}, where the others take {', '.join(sorted(usual - own))}"
        for channel, own in taken.items()
        if own - usual and usual - own
    }


def _openings(recordings: Iterable[Recording]) -> list[str]:
    names = dict.fromkeys(name for recording in recordings for name in recording.seen)
    return [name for name in names if not name.startswith(("status", "login", "redirect"))]


def _minority(recordings: Mapping[Channel, Recording], name: str, faults: Mapping[Channel, int]) -> dict[Channel, str]:
    """Return the copies whose request is another than that of most, with the first difference."""
    sent: dict[tuple[tuple[str, str], ...], dict[Channel, Request]] = {}
    for channel, recording in recordings.items():
        seen = recording.seen.get(name)
        given = _given(seen)
        if seen is not None and given is not None and (found := request(seen)) is not None:
            sent.setdefault(given, {})[channel] = found
    others = {channel: why for each in sent.values() for channel, why in _others(each, faults).items()}
    for channel, recording in recordings.items():
        if _given(recording.seen.get(name)) in sent and _refuses(recording, name):
            others[channel] = f"no handshake arrived: {recording.seen[name].why or 'nothing was sent'}"
    return others


def _given(seen: Seen | None) -> tuple[tuple[str, str], ...] | None:
    """Return the arguments of an opening; None where it came to none."""
    if seen is None or "given" not in seen.reply:
        return None
    return tuple(sorted((key, _RANDOM.sub("*", value)) for key, value in seen.reply["given"].items()))


def _refuses(recording: Recording, name: str) -> bool:
    """Tell whether a copy sends nothing for optional arguments alone: without them it does."""
    if not varies_arguments(name):
        return False
    seen, simpler = recording.seen[name], recording.seen["full" if name == EMPTY else "plain"]
    return not simpler.why and bool(seen.why or not seen.handshakes)


def _others(sent: Mapping[Channel, Request], faults: Mapping[Channel, int]) -> dict[Channel, str]:
    """Return which of some requests, made with the same arguments, are not like most."""
    counted = [*sent.values()]
    if len(set(counted)) < 2:
        return {}
    fewest = min(faults.get(channel, 0) for channel in sent)
    right = {each for channel, each in sent.items() if faults.get(channel, 0) == fewest}
    usual = max(counted, key=lambda each: (each in right, counted.count(each), -counted.index(each)))
    is_known = len(right) == 1 or counted.count(usual) * 2 > len(counted)
    return {
        channel: difference(each, usual if is_known else next(other for other in counted if other != each))
        for channel, each in sent.items()
        if each != usual or not is_known
    }


def difference(own: Request, other: Request) -> str:
    """Return the first thing in which a request is another one, without its values."""
    if own.server != other.server:
        return f"it goes to {own.server}, not to {other.server}"
    if own.path != other.path:
        return f"its path is {own.path}, not {other.path}"
    for what, mine, theirs in (("query", own.query, other.query), ("header", own.headers, other.headers)):
        names = {name for name, _ in set(mine) ^ set(theirs)} or {name for name, _ in (*mine, *theirs)}
        for name in sorted(names):
            values = [[value for key, value in pairs if key == name] for pairs in (mine, theirs)]
            if values[0] != values[1]:
                how = "is missing" if not values[0] else "is unexpected" if not values[1] else "differs"
                return f"{what} {name} {how}"
    return "its messages differ"


def generated(channel: Recording, before: Recording, promises: Sequence[Promise]) -> Iterator[Check]:
    """Yield whether the requests are those of the generated code, but for what is promised."""
    compared = 0
    for name in before.seen:
        if name.startswith(ENVIRONMENT) and name not in channel.seen and not channel.seen["plain"].why:
            yield Check(Verdict.FAILED, GENERATED, f"the {name} no longer exists")
            return
    for name in _openings([channel]):
        own, other = channel.seen[name], before.seen.get(name)
        if other is None or name in ("caller", "other case"):
            continue
        one, two = request(own), request(other)
        if two is not None and _given(own) == _given(other) and _refuses(channel, name):
            why = f"no handshake arrived: {own.why or 'nothing was sent'}"
            yield Check(Verdict.FAILED, GENERATED, f"{how(name)}: {why}")
            return
        if one is None or two is None or set(own.reply["given"]) != set(other.reply["given"]):
            continue
        compared += 1
        mine, theirs = _without(one, promises), _without(two, promises)
        if mine != theirs:
            yield Check(Verdict.FAILED, GENERATED, f"{how(name)}: {difference(mine, theirs)}")
            return
        if header := _other_credential(own, other, promises):
            why = f"the client's wrapper has another value for the header {header}"
            yield Check(Verdict.FAILED, GENERATED, f"{how(name)}: {why}")
            return
    if compared:
        yield Check(Verdict.PROVED, GENERATED)


def _other_credential(own: Seen, other: Seen, promises: Sequence[Promise]) -> str:
    """Return a header that a credential is taken from, and that the client of the generated code fills otherwise."""
    taken = {origin.header.lower() for each in promises if isinstance(each, Sends) for origin in each.take.values()}
    mine, theirs = (
        {name.lower(): value for name, value in seen.reply["generated"].items() if name.lower() in taken}
        for seen in (own, other)
    )
    return next((name for name in sorted(mine) if name in theirs and mine[name] != theirs[name]), "")


def _without(found: Request, promises: Sequence[Promise]) -> Request:
    """Return a request less what the patches promise to change in it."""
    query: set[str] = set()
    passed = {each.argument for each in promises if isinstance(each, Passes)}
    headers = {_EXTENSIONS} if passed & {"compression", "extensions"} else set()
    for each in promises:
        match each:
            case Sends(place="query", name=name) | Adds(place="query", name=name):
                query.add(name)
            case Sends(place="header", name=name) | Adds(place="header", name=name):
                headers.add(name.lower())
            case Sends(place="cookie"):
                headers.add("cookie")
            case Sends(place="subprotocol"):
                headers.add("sec-websocket-protocol")
            case Takes(header=name) | Lacks(header=name) | Matches(header=name):
                headers.add(name.lower())
            case _:
                pass
    kinds = {type(each) for each in promises}
    left = [pair for pair in found.headers if pair[0] not in headers]
    if EachOnce in kinds:
        left = sorted({name: value for name, value in left if name != "user-agent"}.items())
    if any(isinstance(each, Takes) and each.is_alone for each in promises):
        left = []
    is_message = any(isinstance(each, Sends) and each.place in ("message", "text") for each in promises)
    pairs = [pair for pair in found.query if pair[0] not in query]
    if WholeUrl in kinds:
        pairs = [(name, value.lower() if value in ("True", "False") else value) for name, value in pairs]
    return found._replace(
        path="" if Follows in kinds else found.path,
        query=tuple(sorted(pairs)),
        headers=tuple(left),
        messages=() if is_message or Hears in kinds else found.messages,
    )
