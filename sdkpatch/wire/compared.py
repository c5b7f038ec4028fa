"""Compare requests: of the copies of one channel, and of patched and generated code, for the same arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..promises import Adds, EachOnce, Follows, Hears, Lacks, Matches, Promise, Sends, Takes, WholeUrl
from .expected import arrived, filled, stripped
from .recordings import OPENINGS, OWN_QUERY, Recording
from .shown import OWN
from .values import Channel, Check, Seen, Verdict

_RANDOM = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|0x[0-9a-f]+")
"""A UUID, or an address in memory: another one each time."""
COPIES = "all copies of the channel send the same request"
LED = "a root client leads to it"
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
        if name.lower() not in OWN and not (name.lower() == "user-agent" and value.startswith("Python/"))
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
        for name, how in _openings(recordings[each] for each in channels):
            for channel, why in _minority({each: recordings[each] for each in channels}, name, faults).items():
                if found[channel].verdict is Verdict.PROVED:
                    found[channel] = Check(Verdict.FAILED, COPIES, f"{how}: {why}")
        own = {each: recordings[each] for each in channels}
        for channel, why in _other_arguments(own).items():
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


def led_to(recordings: Mapping[Channel, Recording]) -> dict[Channel, Check]:
    """Return a remark for the copies to which their root client does not lead, where that of the other flavour does.

    Generators make such: the synchronous client of hume 0.13 has no ``empathic_voice.chat``.
    """
    ways = {each: _way(recording) for each, recording in recordings.items()}
    found: dict[Channel, Check] = {}
    for channel, way in ways.items():
        alike = [each for each in ways if each.copies == channel.copies]
        kind = channel.kind.replace("Async", "")
        others = [ways[each] for each in alike if each.kind.replace("Async", "") == kind and ways[each]]
        if not way and others:
            reason = f"nothing leads there, as {others[0]} does in the other flavour"
            found[channel] = Check(Verdict.REMARK, LED, reason)
    return found


def _way(recording: Recording) -> str:
    return str(recording.seen["plain"].reply.get("way", ""))


def _openings(recordings: Iterable[Recording]) -> list[tuple[str, str]]:
    names = {name: OPENINGS.get(name, name) for recording in recordings for name in recording.seen}
    return [(name, how) for name, how in names.items() if not name.startswith(("status", "login", "redirect"))]


def _minority(recordings: Mapping[Channel, Recording], name: str, faults: Mapping[Channel, int]) -> dict[Channel, str]:
    """Return the copies whose request is another than that of most, with the first difference."""
    sent: dict[tuple[tuple[str, str], ...], dict[Channel, Request]] = {}
    for channel, recording in recordings.items():
        seen = recording.seen.get(name)
        if seen is not None and (found := request(seen)) is not None:
            given = tuple(sorted((key, _RANDOM.sub("*", value)) for key, value in seen.reply["given"].items()))
            sent.setdefault(given, {})[channel] = found
    return {channel: why for each in sent.values() for channel, why in _others(each, faults).items()}


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
                how = "is missing" if not values[0] else "is one too many" if not values[1] else "is another"
                return f"{what} {name} {how}"
    return "its messages are others"


def generated(channel: Recording, before: Recording, promises: Sequence[Promise]) -> Iterator[Check]:
    """Yield whether the requests are those of the generated code, but for what is promised."""
    if (way := _way(before)) and not _way(channel):
        yield Check(Verdict.FAILED, LED, f"nothing leads there, as {way} does in the generated code")
        return
    compared = 0
    for name, how in _openings([channel]):
        own, other = channel.seen[name], before.seen.get(name)
        if other is None or name in ("caller", "other case"):
            continue
        one, two = request(own), request(other)
        if one is None or two is None or set(own.reply["given"]) != set(other.reply["given"]):
            continue
        compared += 1
        mine, theirs = _without(one, promises), _without(two, promises)
        why = difference(mine, theirs) if mine != theirs else ""
        why = why if why or name == OWN_QUERY else _other_credential(own, other, promises)
        if why:
            yield Check(Verdict.FAILED, GENERATED, f"{how}: {why}")
            return
    if compared:
        yield Check(Verdict.PROVED, GENERATED)


def _other_credential(own: Seen, other: Seen, promises: Sequence[Promise]) -> str:
    """Return where another credential arrives than the one that generated code sends in the header it is taken from."""
    for each in promises:
        if not isinstance(each, Sends) or len(each.take) != 1 or each.place not in ("query", "header", "cookie"):
            continue
        ((name, origin),) = each.take.items()
        sent = other.handshakes[-1].header(origin.header) if origin.header else ()
        found = arrived(each, own.handshakes[-1])
        given = {leaf for leaves in own.reply["leaves"].values() for leaf in leaves}
        if len(sent) != 1 or len(found) != 1 or found[0] in given:
            continue
        if found[0] != filled(each.value, {name: stripped(sent[0], origin.scheme)}):
            return f"{each.place} {each.name} carries another credential than the header {origin.header}"
    return ""


def _without(found: Request, promises: Sequence[Promise]) -> Request:
    """Return a request less what the patches promise to change in it."""
    query: set[str] = set()
    headers: set[str] = set()
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
