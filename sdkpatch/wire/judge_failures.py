"""Judge how a channel opens and how it fails: errors of the right kind, in time, and no credential in any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..handshakes.promises import Hears, Hides, Redacts, Refusals, Tries, Unseen
from .masking import Mask
from .recordings import Promised, Recording, every_opening, failed, how, proved
from .values import Check, Seen, Verdict


def opens(recording: Recording) -> Iterator[Check]:
    """Each opening makes one handshake, and the caller gets the socket."""
    for name, seen in every_opening(recording):
        what = f"it opens {how(name)}"
        if seen.reply.get("refused"):
            hosts = ", ".join(sorted(set(seen.reply["refused"])))
            yield failed(what, f"it tried to reach {hosts}, which was refused")
        elif not seen.handshakes:
            verdict = Verdict.UNCHECKED if name == "full" and _is_about_arguments(seen) else Verdict.FAILED
            yield Check(verdict, what, f"no handshake arrived: {seen.why or 'nothing was sent'}")
        elif seen.why:
            yield failed(what, seen.why)
        elif len(seen.handshakes) > 1:
            yield failed(what, f"{len(seen.handshakes)} handshakes arrived instead of one")
        else:
            yield proved(what)


def _is_about_arguments(seen: Seen) -> bool:
    """Tell whether made-up arguments may be to blame for an error; a name that nothing binds never is theirs."""
    broken = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError")
    return seen.failure is not None and seen.failure["type"] not in broken


def tries(promise: Tries, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge how often a handshake is tried."""
    what = f"a handshake that fails is tried {promise.attempts} times"
    seen = recording.seen.get("unavailable")
    if seen is None or not promise.status:
        how = "run with --faults" if promise.status else "only errors of the connection are tried again"
        yield Check(Verdict.UNCHECKED, what, how)
    elif len(seen.handshakes) != promise.attempts or seen.why:
        yield failed(what, f"it was tried {len(seen.handshakes)} times: {seen.why or 'then it was accepted'}")
    else:
        yield proved(what)


def refusals(promise: Refusals, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge what becomes of a refused handshake or login."""
    yield from refused(promise, recording)


def refused(promise: Refusals, recording: Recording) -> Iterator[Check]:
    """Judge every refusal that was recorded: the kind of error, its status, and where credentials went."""
    for status in (401, 403, 500):
        seen = recording.seen.get(f"status {status}")
        if seen is not None:
            yield _api_error(f"a handshake refused with {status} is an ApiError", seen, status)
    if (seen := recording.seen.get("login refused")) is not None:
        yield _api_error("a refused login is an ApiError", seen, 401)
    if (seen := recording.seen.get("redirect")) is not None:
        what = "no credential follows a redirect to another host"
        leaked = any(recording.mask.holds(f"{each.target}\n{each.headers}") for each in seen.handshakes[1:])
        yield failed(what, "it arrived there") if leaked else _arrived(what, seen)
    for name, kind in (("garbage", "an answer that is no HTTP"), ("silence", "no answer at all")):
        if (seen := recording.seen.get(name)) is not None:
            what = f"{kind} is an error"
            late = seen.problem or ("" if seen.failure else "nothing was raised")
            yield failed(what, late) if late else _arrived(what, seen)


def _arrived(what: str, seen: Seen) -> Check:
    """Return that something held, where the server was reached at all."""
    return proved(what) if seen.handshakes else Check(Verdict.UNCHECKED, what, f"no handshake arrived: {seen.why}")


def _api_error(what: str, seen: Seen, status: int) -> Check:
    failure = seen.failure
    if seen.problem:
        return failed(what, seen.problem)
    if not seen.handshakes:
        return Check(Verdict.UNCHECKED, what, f"no handshake arrived: {seen.why}")
    if failure is None:
        return failed(what, "nothing was raised")
    if not failure["is_api_error"]:
        return failed(what, f"{failure['type']} was raised instead")
    if failure["status"] != status:
        return failed(what, f"its status is {failure['status']}")
    return proved(what)


def redacts(promise: Redacts, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge that no credential shows."""
    yield from redacted(promise, recording)


def redacted(promise: Redacts, recording: Recording) -> Iterator[Check]:
    """No credential shows in what was raised or logged, in any of the openings but the one with all arguments."""
    places: dict[str, list[str]] = {"exceptions": [], "DEBUG logs": []}
    for name, seen in recording.seen.items():
        if name == "full":  # arguments of the caller's own, under names that no patch knows
            continue
        if seen.failure:
            places["exceptions"] += [line for line in _lines(seen.failure["seen"]) if recording.mask.holds(line)]
        places["DEBUG logs"] += [line for line in _lines(seen.reply.get("log", "")) if recording.mask.holds(line)]
    for place, lines in places.items():
        what = f"no credential shows in {place}"
        yield failed(what, f"{_name_near(lines[0], recording.mask)} shows") if lines else proved(what)


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _name_near(line: str, mask: Mask) -> str:
    """Return the name under which a credential stands in a line of text."""
    found = re.search(r"([\w-]+)[\"']?\s*[:=]\s*[\"']?(?:\w+ )?\*\*\*", mask.text(line))
    return found[1] if found else "a credential"


def hides(promise: Hides, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge the attributes of the error of a refused handshake."""
    what = "the ApiError of a refused handshake holds no credential"
    seen = recording.seen.get("status 401")
    failure = seen.failure if seen is not None else None
    if failure is not None and failure["is_api_error"]:
        yield failed(what, "its attributes hold one") if recording.mask.holds(failure["kept"]) else proved(what)


def hears(promise: Hears, recording: Recording, each: Promised) -> Iterator[Check]:
    """Judge the dialogue on the open socket."""
    seen = recording.seen.get("plain")
    if seen is not None:
        what = "the dialogue that opens the channel is held"
        yield failed(what, seen.why) if seen.why else _arrived(what, seen)


def unseen(promise: Unseen, recording: Recording, each: Promised) -> Iterator[Check]:
    """List what a handshake does not show."""
    yield Check(Verdict.UNCHECKED, promise.what, "a handshake does not show it")
