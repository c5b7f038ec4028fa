"""Judge that a credential is the one which the client was given: each of its credentials alone, and none at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ..handshakes.promises import Sends
from .expected import arrived, filled
from .masking import forms
from .recordings import Promised, Recording, basic, failed, key_alone, proved
from .values import Check, Seen, Verdict

NOWHERE = "it is not sent: neither in the request nor in a header of the client's wrapper"
"""Of a credential that generated code sends nowhere either, nothing is expected."""


def supplied(promised: Sequence[Promised], recording: Recording) -> Iterator[Check]:
    """Judge each credential of the root client, and what goes where it has none."""
    sends = [each for each in promised if isinstance(each.promise, Sends)]
    keys = recording.seen["plain"].reply.get("keys", {})
    for name, seen in recording.seen.items():
        if name == key_alone(""):
            yield from _none(sends, seen)
            if len(keys) == 1:  # the only one is alone in the plainest opening
                yield from (_alone(key, sends, recording.seen["plain"], recording) for key in keys)
        elif name.startswith("key ") and name.endswith(" alone"):
            yield _alone(name[4:-6], sends, seen, recording)


def _none(sends: Sequence[Promised], seen: Seen) -> Iterator[Check]:
    what = "a client without a credential sends none"
    if seen.problem or not seen.handshakes:
        return  # generated clients may insist on one
    known = {key.lower() for key in seen.reply["generated"]}
    for each in sends:
        assert isinstance(each.promise, Sends)
        origins = each.promise.take.values()
        # elsewhere there may be constants, too; in a query there is a credential in every value
        if (
            _has_own(each.promise)
            or any(origin.header.lower() in known for origin in origins)
            or each.promise.place != "query"
        ):
            continue
        if found := arrived(each.promise, seen.handshakes[-1]):
            where = f"{each.promise.place} {each.promise.name}".rstrip()
            yield failed(what, f"{where} arrives all the same")._replace(patch=each.patch, step=each.step)
        elif not found:
            yield proved(what)._replace(patch=each.patch, step=each.step)


def _has_own(promise: Sends) -> bool:
    """Tell whether a credential may come from elsewhere than a header of the client's wrapper."""
    origins = promise.take.values()
    return any(origin.literal or origin.env or origin.parameter or origin.attributes for origin in origins)


def _alone(name: str, sends: Sequence[Promised], seen: Seen, recording: Recording) -> Check:
    what = f"the credential {name} of the client is sent"
    if seen.problem or not seen.reply:
        return Check(Verdict.UNCHECKED, what, f"no client can be made with it alone: {seen.problem}")
    if seen.reply.get("refused"):
        return Check(Verdict.UNCHECKED, what, "the client exchanges it for another one at a server")
    key = seen.reply["keys"].get(name)
    if not key:
        return Check(Verdict.UNCHECKED, what, "the client was made without it")
    for each in sends if seen.handshakes else ():
        assert isinstance(each.promise, Sends)
        if _is_sent(key, each.promise, arrived(each.promise, seen.handshakes[-1])):
            return proved(what)._replace(patch=each.patch, step=each.step)
    for each in sends if seen.handshakes else ():
        assert isinstance(each.promise, Sends)
        found = arrived(each.promise, seen.handshakes[-1])
        # a credential that no client can be made without is given as well
        is_other = any(_is_sent(other, each.promise, found) for other in seen.reply["keys"].values())
        if found and not is_other and not _has_own(each.promise):
            where = f"{each.promise.place} {each.promise.name}".rstrip()
            return failed(what, f"another value arrives in {where}")._replace(patch=each.patch, step=each.step)
    plain = recording.seen["plain"]
    if _holds(key, seen) or _holds(key, plain):  # in another header, or together with another one
        return proved(what)
    return failed(what, NOWHERE)


def _is_sent(key: str, promise: Sends, found: Sequence[Any]) -> bool:
    """Tell whether a credential arrived by itself, or in the text that the promise has around it."""
    whole = filled(promise.value, dict.fromkeys(promise.take, key))
    return whole in found or key in _texts(found)


def _texts(found: Sequence[Any]) -> Iterator[str]:
    for value in found:
        if isinstance(value, dict):
            yield from _texts(list(value.values()))
        elif isinstance(value, list):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


def _holds(key: str, seen: Seen) -> bool:
    """Tell whether a credential is in a handshake, or in a header that REST calls send."""
    values = [*seen.reply.get("generated", {}).values()]
    for handshake in seen.handshakes:
        values += [handshake.target, *(value for _, value in handshake.headers), *handshake.messages]
    values += [basic(value) for value in values]
    text = json.dumps(values, ensure_ascii=False)
    return any(form in text for form in forms(key)) or any(key in value for value in values)
