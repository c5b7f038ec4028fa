"""Judge whether users come to a channel: the root client leads to it, by the name that it has in all copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from .recordings import Recording
from .values import Channel, Check, Verdict

LED = "the root client leads to it"


def led(recordings: Mapping[Channel, Recording]) -> dict[Channel, Check]:
    """Return a failure for every channel that no attribute of a root client leads to, while one leads to a copy of it.

    A class that none leads to in any flavour is made by hand. That one of two clients below the root lacks a channel is
    a remark: so it was generated for hume 0.13.0, where only the asynchronous client has ``empathic_voice.chat``.
    """
    groups: dict[tuple[str, str, str], dict[Channel, frozenset[str]]] = {}
    for channel, recording in recordings.items():
        if (ways := _ways(recording)) is not None:
            groups.setdefault(channel.copies, {})[channel] = ways
    found: dict[Channel, Check] = {}
    for copies in groups.values():
        counted = Counter(way for ways in copies.values() for way in ways)
        first = {way for channel, ways in copies.items() if not channel.is_async for way in ways}
        usual = max(sorted(counted), key=lambda way: (counted[way], way in first), default="")
        for channel, ways in copies.items():
            misled = str(recordings[channel].seen["plain"].reply.get("misled", ""))
            if misled and not ways:
                found[channel] = Check(Verdict.FAILED, LED, misled)
            elif usual and usual not in ways:
                others = {each.flavour for each, own in copies.items() if own}
                is_known = bool(ways) or "." not in usual or channel.flavour in others
                why = f"it is reached by {min(ways)}, but its copies by {usual}" if ways else f"its {usual} does not"
                found[channel] = Check(Verdict.FAILED if is_known else Verdict.REMARK, LED, why)
    return found


def no_more(recording: Recording, before: Recording) -> Iterator[Check]:
    """Yield a failure where the root client of generated code leads to a channel by names that are gone."""
    ways, old = _ways(recording), _ways(before)
    if old and ways is not None and old.isdisjoint(ways):
        yield Check(Verdict.FAILED, LED, f"{min(old)}, which leads to it in generated code, does not")


def _ways(recording: Recording) -> frozenset[str] | None:
    """Return the dotted names that lead to a channel, less those for its raw client; None where none has to."""
    found = recording.seen["plain"].reply.get("ways")
    return None if found is None else frozenset(each.removesuffix(".with_raw_response") for each in found)
