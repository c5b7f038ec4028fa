"""Judge the rest of a request: added parameters and headers, the path, arguments, nothing twice and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from ..handshakes.promises import Adds, EachOnce, Follows, Lacks, Matches, Passes, Sends, WholeUrl
from .compared import differs
from .expected import arrived, constant, constant_value, credentials, plain
from .judge_credentials import plainly
from .recordings import Promised, Recording, accepted, alone, failed, lost, proved, said, seen_at_all, vague
from .values import Check, Seen, Verdict

LOST = "it is lost: not in the request, not in a message, no argument of connect"
UNREAD = "it is lost: the code does not read it"


def adds(promise: Adds, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge a query parameter or header that is added or set."""
    what = f"{promise.place} {promise.name} is sent once"
    for name, seen, handshake in accepted(recording):
        values = [value for key, value in handshake.query if key == promise.name]
        if promise.place == "header":
            values = list(handshake.header(promise.name))
        expected = _added(promise, seen)
        if not expected and not values:
            continue
        if len(values) != 1:
            yield failed(what, said(name, f"it is sent {len(values)} times"))
            return
        if promise.is_set and values[0] not in expected:
            yield failed(what, said(name, "it carries another value"))
            return
        generated = [value for key, value in seen.reply["generated"].items() if key.lower() == promise.name.lower()]
        if values[0] not in (*expected, *_leaves(promise.name, seen), *generated):
            yield failed(what, said(name, "it carries another value"))
            return
    yield from seen_at_all(what, recording)


def _added(promise: Adds, seen: Seen) -> list[str]:
    """Return the values that an added parameter or header may have."""
    origin = promise.value
    if origin.parameter and not seen.reply["leaves"].get(origin.parameter):
        default = origin.code.rpartition("=")[2].strip()
        return [] if default in ("", "None") else [constant(origin._replace(literal=default))]
    return [plain(value) for value in credentials(origin, seen)]


def _leaves(name: str, seen: Seen) -> list[str]:
    return [leaf for key, found in seen.reply["leaves"].items() if plainly(key) == plainly(name) for leaf in found]


def matches(promise: Matches, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge a header of every request by its beginning."""
    what = f"the header {promise.header} is sent once"
    for name, _, handshake in accepted(recording):
        found = handshake.header(promise.header)
        if len(found) != 1 or not found[0].startswith(promise.prefix) or not found[0]:
            yield failed(what, said(name, f"it is sent {len(found)} times, or with another value"))
            return
    yield from seen_at_all(what, recording)


def lacks(promise: Lacks, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge a header that is removed."""
    what = f"no header {promise.header} is sent"
    bad = [name for name, _, handshake in accepted(recording) if handshake.header(promise.header)]
    yield from [failed(what, said(bad[0], "it is still sent"))] if bad else seen_at_all(what, recording)


def each_once(promise: EachOnce, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge that no header goes twice, ``User-Agent`` included."""
    yield from twice(recording, strict=True)


def twice(recording: Recording, *, strict: bool) -> Iterator[Check]:
    """No header goes twice. The User-Agent of websockets 12 to 14 beside the SDK's is the library's, and a remark."""
    what = "no header is sent twice"
    found: dict[str, str] = {}
    for name, _, handshake in accepted(recording):
        names = [key.lower() for key, _ in handshake.headers]
        found |= {key: name for key in names if names.count(key) > 1 and key not in found}
    for key, name in sorted(found.items()):
        spelled = next(each for each, _ in recording.seen[name].handshakes[-1].headers if each.lower() == key)
        reason = said(name, f"{spelled} is sent twice")
        if key == "user-agent" and not strict:
            yield Check(Verdict.REMARK, what, f"{reason} (the recipe websocket-headers-once corrects it)")
        else:
            yield failed(what, reason)
    if not found:
        yield from seen_at_all(what, recording)


def follows(promise: Follows, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge the path, its placeholders filled."""
    what = f"the path is {promise.path}"
    for name, seen, handshake in accepted(recording):
        path = promise.path
        for key, origin in promise.fill:
            values = credentials(origin, seen) or tuple(_leaves(key, seen))
            path = path.replace("{" + key + "}", quote(values[0], safe="") if values else "{" + key + "}")
        if not handshake.path.endswith(path):
            yield failed(what, said(name, f"it is {recording.mask.target(handshake.path)}"))
            return
    yield from seen_at_all(what, recording)


def whole_url(promise: WholeUrl, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge the form of the query."""
    what = "the query is whole: no question mark alone, booleans in lower case"
    for name, _, handshake in accepted(recording):
        words = sorted(key for key, value in handshake.query if value in ("True", "False"))
        if words:
            yield failed(what, said(name, f"{words[0]} is a boolean as Python writes it"))
            return
        if handshake.target.endswith("?") or "?&" in handshake.target:
            yield failed(what, said(name, "a question mark stands without a query"))
            return
    yield from seen_at_all(what, recording)


def passes(promise: Passes, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge an argument of the connect function by what it got."""
    what = f"connect gets {promise.argument}"
    for name, seen, _ in accepted(recording):
        origin, leaves = promise.value, seen.reply["leaves"]
        if origin.parameter and not leaves.get(origin.parameter):
            origin = origin._replace(literal=origin.code.rpartition("=")[2].strip() or "None")
        given = seen.reply["given"].get(origin.parameter) if origin.parameter in leaves else None
        expected = given or (repr(constant_value(origin)) if origin.literal else None)
        if expected is None:
            yield Check(Verdict.UNCHECKED, what, "its value comes from the environment of the SDK")
            return
        for connection in seen.reply["connections"]:
            if promise.argument not in connection["accepts"]:
                yield Check(Verdict.UNCHECKED, what, "this release of websockets takes no such argument")
                return
            if connection["arguments"].get(promise.argument) != expected:
                yield failed(what, said(name, f"it gets {connection['arguments'].get(promise.argument, 'none')}"))
                return
    yield from seen_at_all(what, recording)


def arguments(promised: Sequence[Promised], recording: Recording) -> Iterator[Check]:
    """Every argument the method was given arrives somewhere: in the request, the messages, or the connect function."""
    seen = recording.seen.get("full")
    if seen is None:
        return
    if not seen.handshakes or seen.why:
        yield from _one_at_a_time(seen, recording)
        return
    gone = [*lost(seen), *(name for name in vague(seen) if not _shows(name, recording))]
    for name, leaves in seen.reply["leaves"].items():
        what = f"the argument {name} arrives"
        if not leaves and name in seen.reply["given"]:
            yield Check(Verdict.UNCHECKED, what, "its value cannot be told from other values")
        elif leaves and (name not in gone or _gives_way(name, promised, recording)):
            yield proved(what)
        elif leaves:
            yield failed(what, UNREAD if name in seen.reply["unread"] else LOST)
    for name, reason in seen.reply["unmade"].items():
        yield Check(Verdict.UNCHECKED, f"the argument {name} arrives", reason)


def _one_at_a_time(full: Seen, recording: Recording) -> Iterator[Check]:
    """Judge each argument by the opening that gives it alone, where nothing arrives with all of them."""
    for name in full.reply.get("given", ()):
        single = recording.seen.get(alone(name))
        if single is None:
            continue
        what = f"the argument {name} arrives"
        if not single.handshakes or single.why:
            yield Check(Verdict.UNCHECKED, what, f"no handshake arrived: {single.why or 'nothing was sent'}")
        elif not single.reply["leaves"].get(name):
            yield Check(Verdict.UNCHECKED, what, "its value cannot be told from other values")
        elif name in lost(single) or (name in vague(single) and not differs(single, recording.seen["plain"])):
            yield failed(what, UNREAD if name in single.reply["unread"] else LOST)
        else:
            yield proved(what)


def _shows(name: str, recording: Recording) -> bool:
    """Tell whether the handshake is another one where an argument is given, whose value others may have as well.

    One that the method must have cannot be left out: then the query, or a header, of its name has the value.
    """
    plain, single, full = (recording.seen.get(each) for each in ("plain", alone(name), "full"))
    assert plain is not None and full is not None
    if name not in plain.reply["given"]:
        return single is None or not single.handshakes or bool(single.why) or differs(single, plain)
    handshake = full.handshakes[-1]
    pairs = [*handshake.query, *handshake.headers]
    own = [leaf.lower() for leaf in full.reply["leaves"][name]]
    if any(plainly(key).startswith(plainly(name)) for key, _ in pairs):
        return any(value.lower() in own for key, value in pairs if plainly(key).startswith(plainly(name)))
    every = [*(value for _, value in pairs), *handshake.path.split("/"), *handshake.messages]
    return any(leaf in value.lower() for leaf in own for value in every)


def _gives_way(name: str, promised: Sequence[Promised], recording: Recording) -> bool:
    """Tell whether two arguments are for the one place of a credential: alone this one goes there, else the other.

    So where a method declares the query parameter a patch sends to, beside an argument for the header it takes from.
    """
    full, single = recording.seen["full"], recording.seen.get(alone(name))
    if single is None or not single.handshakes or single.why:
        return False
    others = {leaf for key, leaves in full.reply["leaves"].items() if key != name for leaf in leaves}
    for each in promised:
        if isinstance(each.promise, Sends):
            own = arrived(each.promise, single.handshakes[-1])
            instead = arrived(each.promise, full.handshakes[-1])
            if len(own) == len(instead) == 1 and own[0] in single.reply["leaves"][name] and instead[0] in others:
                return True
    return False
