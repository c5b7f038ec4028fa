"""Open one channel in all the ways that its promises ask for, and keep what arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..handshakes.promises import Adds, Follows, Hears, Passes, Promise, Refusals, Sends, Takes, Tries
from .child import Child, NoAnswer
from .masking import Mask
from .recorder import Answer, Recorder
from .recordings import CALLER, EMPTY, EXTRA, OWN_QUERY, Promised, Recording, alone, key_alone, lost, vague
from .values import Channel, Seen

_CALLER_TOKEN = "sentinel90Aa!#$%&'*+-.^_`|~90"
_EXTRA = "extra70+/=&% 70"
_QUERY = {EXTRA: _EXTRA, "sdkpatch_list": ["71", "72"]}
_VARIABLE = "sentinel80Aa+/=&% é80"
_SOON = {"open_timeout": 0.5, "close_timeout": 0.2}
"""Seconds that a server which says nothing is given; the SDK's own timeout is not waited for."""


class Observer(NamedTuple):
    """What opens channels: the SDK's process, a recorder, and a second one that redirects lead to.

    ``seconds`` is the longest that one opening may take; ``faults`` asks for all ways in which a server can fail.
    ``credentials`` are the names of those that root clients take, by flavour, and ``clients`` the other ways to make
    one.
    """

    child: Child
    recorder: Recorder
    elsewhere: Recorder
    seconds: float
    faults: bool
    credentials: Mapping[str, Sequence[str]]
    clients: Mapping[str, Mapping[str, Any]]

    def observe(self, channel: Channel, promised: Sequence[Promised]) -> Recording:
        """Open a channel as its users would, as its promises ask, and against a server that refuses."""
        promises = [each.promise for each in promised]
        order = _order(channel, promises)
        accept = Answer(script=script(promises))
        caller = _caller_headers(promises, bool(order["token"]))
        seen = {"plain": self._opened(order, accept)}
        if not seen["plain"].reply:  # it hung, or took the process with it, and would do so again
            return Recording(seen=seen, mask=Mask(()))
        seen["full"] = self._opened({**order, "full": True}, accept)
        seen |= {
            alone(name): self._opened({**order, "also": [name]}, accept)
            for name in _singly(seen["plain"], seen["full"])
        }
        seen[EMPTY] = self._opened({**order, "full": True, "empty": True}, accept)
        seen |= dict(self._options(seen["plain"], promises, order, accept))
        keys = self._keys(channel, promises)
        seen |= {key_alone(name): self._opened({**order, "only": name}, accept) for name in keys}
        clients = {} if seen["plain"].why else self.clients.get(channel.flavour, {})
        seen |= {name: self._opened({**order, "client": client}, accept) for name, client in clients.items()}
        seen["status 401"] = self._opened(order, Answer(status=401))
        if caller:
            given = self._opened({**order, "headers": dict(caller)}, accept)._replace(caller=caller)
            if "request_options" in given.reply.get("given", {}) or given.problem:
                seen["caller"] = given
                other = {name.swapcase(): value for name, value in caller}
                seen["other case"] = self._opened({**order, "headers": other}, accept)._replace(caller=caller)
        for promise in promises:
            if isinstance(promise, Refusals) and promise.messages:
                refusal = _said(promises, promise.messages)
                seen["login refused"] = self._opened(order, Answer(script=refusal))
        if self.faults:
            seen |= self._faults(order, promises)
        secrets = {CALLER, _CALLER_TOKEN, _VARIABLE}
        for each in seen.values():
            secrets |= set(each.reply.get("sentinels", {}).values())
        return Recording(seen=seen, mask=Mask(secrets))

    def _options(
        self, plain: Seen, promises: Sequence[Promise], order: Mapping[str, Any], accept: Answer
    ) -> Iterator[tuple[str, Seen]]:
        """Yield the openings with request options, where the method takes them."""
        extra = {"headers": _options_headers(plain, promises), "query": _QUERY}
        options = self._opened({**order, **extra}, accept)
        if "request_options" in options.reply.get("given", {}):
            yield "options", options
            own = {each.name: CALLER for each in promises if isinstance(each, Sends) and each.place == "query"}
            if own:
                yield OWN_QUERY, self._opened({**order, "query": own}, accept)

    def _keys(self, channel: Channel, promises: Sequence[Promise]) -> Sequence[str]:
        """Return the credentials of the root client that are to be given alone, and none at all (an empty name)."""
        origins = [origin for each in promises if isinstance(each, Sends) for origin in each.take.values()]
        if not any(origin.header or origin.attributes for origin in origins):
            return ()
        known = self.credentials.get(channel.flavour, ())
        return ("", *(known if len(known) > 1 else ()))

    def _faults(self, order: Mapping[str, Any], promises: Sequence[Promise]) -> dict[str, Seen]:
        hurried = {**order, "limits": _SOON}
        elsewhere = self.elsewhere.url.replace("127.0.0.1", "localhost")
        found = {
            "status 403": self._opened(order, Answer(status=403)),
            "status 500": self._opened(hurried, Answer(status=500)),
            "redirect": self._opened(hurried, Answer(status=302, location=f"{elsewhere}/elsewhere")),
            "garbage": self._opened(hurried, Answer(raw=b"\x00garbage\xff\r\n\r\n")),
            "silence": self._opened(hurried, Answer(silent=True)),
        }
        for promise in promises:
            if isinstance(promise, Tries) and promise.status:
                refusals = [Answer(status=promise.status)] * (promise.attempts - 1)
                found["unavailable"] = self._opened(order, *refusals, Answer(script=script(promises)))
        return found

    def _opened(self, order: Mapping[str, Any], *answers: Answer) -> Seen:
        """Open a channel once against a server that gives these answers, the last of them for ever."""
        left = list(answers)
        self.recorder.answer = lambda recorded: left.pop(0) if len(left) > 1 else left[0]
        self.recorder.take()
        self.elsewhere.take()
        try:
            reply = self.child.call({**order, "url": self.recorder.url}, self.seconds)
            reply["environment"] = order["environment"]
        except NoAnswer as silence:
            return Seen(handshakes=tuple(self.recorder.take()), reply={}, problem=str(silence))
        arrived = (*self.recorder.take(), *self.elsewhere.take())
        return Seen(handshakes=arrived, reply=reply, problem=str(reply.get("problem", "")))


def _order(channel: Channel, promises: Sequence[Promise]) -> dict[str, Any]:
    taken = [origin for each in promises if isinstance(each, Sends) for origin in each.take.values()]
    filled = [origin for each in promises if isinstance(each, Follows) for _, origin in each.fill]
    origins = [*taken, *filled, *(each.value for each in promises if isinstance(each, Adds | Passes))]
    return {
        "module": channel.module,
        "class": channel.kind,
        "method": channel.method,
        "is_async": channel.is_async,
        "token": any(isinstance(each, Sends) and each.place == "subprotocol" for each in promises),
        "secrets": sorted({origin.parameter for origin in taken if origin.parameter}),
        "attributes": sorted({name for origin in origins for name in origin.attributes}),
        "environment": {origin.env: _VARIABLE for origin in origins if origin.env},
    }


def _singly(plain: Seen, full: Seen) -> Sequence[str]:
    """Return the arguments to give one at a time: those that all together do not tell of."""
    if full.handshakes and not full.why:
        return (*lost(full), *vague(full))
    return () if plain.why else [name for name in full.reply.get("given", ()) if name not in plain.reply["given"]]


def _options_headers(plain: Seen, promises: Sequence[Promise]) -> dict[str, str]:
    """Return headers for request options: two of the caller's own, and one instead of that which names the language.

    Fern's clients send ``X-Fern-Language``, and what the caller gives goes before it; where no patch is about it.
    """
    headers = {"X-Sdkpatch-Extra": _EXTRA, "X-Sdkpatch-More": _EXTRA}
    about = {name.lower() for each in promises for name in (getattr(each, "header", ""), getattr(each, "name", ""))}
    known = [name for name in plain.reply.get("generated", {}) if name.lower() == "x-fern-language"]
    return headers | {name: _EXTRA for name in known if name.lower() not in about}


def _caller_headers(promises: Sequence[Promise], is_token: bool) -> tuple[tuple[str, str], ...]:
    """Return the headers that a caller would give instead of the client's own."""
    schemes = {
        origin.header: origin.scheme
        for each in promises
        if isinstance(each, Sends)
        for origin in each.take.values()
        if origin.header
    }
    schemes |= {each.header: "" for each in promises if isinstance(each, Takes) and each.header not in schemes}
    secret = _CALLER_TOKEN if is_token else CALLER
    return tuple((header, f"{scheme} {secret}".lstrip()) for header, scheme in sorted(schemes.items()))


def script(promises: Sequence[Promise]) -> tuple[str | None, ...]:
    """Return what the server says on the open socket, in the order of the steps; None where it waits for a message."""
    lines: list[str | None] = []
    for each in promises:
        if isinstance(each, Hears):
            lines += _said(promises, each.after) if each.before or _has_message(promises) else map(_text, each.after)
    return tuple(lines)


def _said(promises: Sequence[Promise], after: Sequence[object]) -> tuple[str | None, ...]:
    """Return a login's dialogue that ends with ``after``."""
    before = [message for each in promises if isinstance(each, Hears) for message in each.before]
    return (*map(_text, before), *([None] if _has_message(promises) else []), *map(_text, after))


def _has_message(promises: Sequence[Promise]) -> bool:
    return any(isinstance(each, Sends) and each.place in ("message", "text") for each in promises)


def _text(message: object) -> str:
    import json

    return message if isinstance(message, str) else json.dumps(message)
