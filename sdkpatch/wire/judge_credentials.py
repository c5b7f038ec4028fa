"""Judge where credentials went: each to its place, once and intact, and out of the place it was taken from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..handshakes.promises import Sends, Takes
from .expected import arrived, credentials, wanted
from .masking import Mask
from .recorder import Recorded
from .recordings import CALLER, EXTRA, OWN_QUERY, Promised, Recording, accepted, failed, proved, said, seen_at_all
from .values import Check, Seen, Verdict

_NONE = "no credential was there to send: the client has none for it, and the method takes no request_options"


def sends(promise: Sends, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge a credential that is sent: at its place once and intact, in each opening."""
    what = _title(promise)
    there: list[str] = []
    sent: list[str] = []
    for name, seen, handshake in accepted(recording):
        values, found = wanted(promise, seen), arrived(promise, handshake)
        own = _own_argument(promise, seen)
        if not values and not found:
            continue
        if not values and not own:
            yield failed(what, said(name, "it arrives although there is no credential to send"))
            return
        there += [name] if found else []
        sent += [name] if found and found[0] not in own else []
        reason = _unsent(promise, seen, handshake, [*values, *own], found, recording.mask)
        if reason and _is_left_to_caller(name, handshake, found, recording, each):
            continue
        if reason:
            yield failed(what, said(name, reason))
            return
    if reason := _with_own_query(promise, recording):
        yield failed(what, said(OWN_QUERY, reason))
        return
    if there:
        yield proved(what)
        if not {"plain", "full"} & set(sent):
            reason = "the generated channel takes it out, or the client has none; what the caller passes is sent"
            yield Check(Verdict.REMARK, "the client's own credential is sent", reason)
    elif any(True for _ in accepted(recording)):
        yield Check(Verdict.FAILED if _has_client_header(promise, recording) else Verdict.UNCHECKED, what, _NONE)


def _with_own_query(promise: Sends, recording: Recording) -> str:
    """Return what is wrong where the caller names the query parameter: that value goes, once; empty when nothing is.

    Older generated code takes ``additional_query_parameters`` and sends none: then the client's credential goes.
    """
    seen, options = recording.seen.get(OWN_QUERY), recording.seen.get("options")
    if promise.place != "query" or seen is None or options is None or not options.handshakes or options.why:
        return ""
    if not seen.handshakes or seen.why:
        return f"no handshake arrived: {seen.why or 'nothing was sent'}"
    found = arrived(promise, seen.handshakes[-1])
    if len(found) != 1:
        return f"it arrives {len(found)} times"
    is_passed_on = any(name == EXTRA for name, _ in options.handshakes[-1].query)
    return "it carries another value" if is_passed_on and found[0] != CALLER else ""


def _has_client_header(promise: Sends, recording: Recording) -> bool:
    return any(credentials(origin, seen) for origin in promise.take.values() for _, seen, _ in accepted(recording))


def _title(promise: Sends) -> str:
    names = {"message": "in the first message", "text": "as the first message"}
    return f"the credential goes {names.get(promise.place, f'in {promise.place} {promise.name}')}, once and intact"


def _own_argument(promise: Sends, seen: Seen) -> list[str]:
    """Return what an argument of the method sends under that name: it stays, and nothing is added."""
    name = plainly(promise.name)
    leaves = seen.reply.get("leaves", {})
    return [value for argument, values in leaves.items() if name and plainly(argument) == name for value in values]


def plainly(name: str) -> str:
    """Return a name without case and punctuation: ``Chat-Id``, ``chat_id`` and ``chatId`` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_left_to_caller(
    name: str, handshake: Recorded, found: Sequence[Any], recording: Recording, each: Promised
) -> bool:
    """Recognise a channel from which Fern itself takes the credential: then only what the caller passes is sent.

    Known by all of: the judging half finds the code right, nothing in the handshake is a credential, and the caller's
    own header does arrive where the patch sends it (the opening with it is judged like any other).
    """
    in_it = [handshake.target, *(value for _, value in handshake.headers), *handshake.messages]
    is_bare = not found and not any(recording.mask.holds(text) or "sentinel" in text for text in in_it)
    caller = recording.seen.get("caller")
    return name != "caller" and each.satisfied and is_bare and caller is not None and bool(caller.handshakes)


def _unsent(
    promise: Sends, seen: Seen, handshake: Recorded, values: Sequence[Any], found: Sequence[Any], mask: Mask
) -> str:
    """Return why a credential did not arrive as it should, empty when it did."""
    if len(found) > 1:
        return f"it arrives {len(found)} times"
    if found and found[0] in values:
        return ""
    where = f"{promise.place} {promise.name}".rstrip()
    if found:
        text = found[0] if isinstance(found[0], str) else json.dumps(found[0], ensure_ascii=False)
        scheme, blank, rest = text.partition(" ")
        if blank and rest in values:
            return f'{where} arrives with {scheme} before it: add scheme = "{scheme}"'
        if "sentinel" in text or mask.holds(text):
            return f"{where} arrives garbled: the credential is not encoded as it must be"
        return f"{where} carries something else than the credential"
    headers = sorted({origin.header for origin in promise.take.values() if origin.header})
    still = [header for header in headers if handshake.header(header) and promise.place != "header"]
    if still:
        return f"it is still in the header {still[0]}, and not in {where}"
    if seen.failure:
        return f"it is not in {where}: {seen.why}"
    everything = [handshake.target, *(value for _, value in handshake.headers), *handshake.messages]
    if not any("sentinel" in text for text in everything):
        gone = f"the header {headers[0]} was taken out and " if headers else ""
        return f"{gone}{where} was never added: no credential is sent at all"
    return f"it is not in {where}"


def takes(promise: Takes, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge a header that a credential is taken from: it goes no more."""
    what = f"no credential stands in the header {promise.header} any more"
    if promise.is_sent:
        return
    for name, _, handshake in accepted(recording):
        if handshake.header(promise.header):
            yield failed(what, said(name, f"the header {promise.header} is still sent"))
            return
    yield from seen_at_all(what, recording)
