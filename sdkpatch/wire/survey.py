"""Open everything that can open a socket, and list what was neither opened nor run by what was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..bounds.wildcards import matcher
from .channels import SocketCode, channel_of
from .coverage import Coverage
from .recordings import Promised, Recording
from .stage import Stage, channels_of
from .values import Channel

Key = tuple[str, str]
_UNUSED = "no test connection used it"
_SILENT = "it opens no socket, although other copies of the channel do"
_ARGUMENT = "it opens the url that it is given, and no test connection used it"


class Survey(NamedTuple):
    """``unopened`` are channels of Fern's that could not be opened, ``unseen`` what nobody looked at, with reasons.

    ``lines`` are calls of the library in code that was run which no opening reached; ``left`` what the project file
    says is left alone.
    """

    recordings: Mapping[Channel, Recording]
    unopened: Mapping[Channel, str]
    unseen: Mapping[Channel, str]
    lines: Mapping[Key, Sequence[int]]
    left: Mapping[str, Sequence[Channel]]
    coverage: Coverage


def survey(
    stage: Stage,
    coverage: Coverage,
    found: SocketCode,
    promised: Callable[[Channel], Sequence[Promised]],
    leave: Sequence[str],
) -> Survey:
    """Open the channels, then what else can open a socket and was not run by them."""
    opened, problems = stage.opened, stage.loaded["problems"]
    left = {glob: [each for each in _every(found) if names(glob, each)] for glob in leave}
    gone = {each.key for channels in left.values() for each in channels}
    channels = [each for each in channels_of(found, opened) if each.key not in gone]
    unopened = _unopened(channels, opened, problems)
    recordings = stage.observe(
        [(each, promised(each)) for each in channels if each.key in opened and each not in unopened]
    )
    coverage.add(recordings.values())
    helpers = {each for each, seen in recordings.items() if _is_helper(seen)}
    kept = {each: seen for each, seen in recordings.items() if each not in helpers}
    told = {each.key for each in (*kept, *unopened)}
    unseen: dict[Channel, str] = {}
    for key, opening in found.openings.items():
        if not opening.is_public or key in told | gone or coverage.has(found.reaching[opening.unit].unit):
            continue
        channel = channel_of(opening, opened[key]["is_async"] if key in opened else None)
        problem = _problem(channel, problems)
        reason = problem and f"its module cannot be imported: {problem}"
        if key in opened and channel not in helpers and not _is_broken(channel, problems):
            ((_, recording),) = stage.observe([(channel, promised(channel))]).items()
            reason = recording.seen["plain"].why
            if recording.seen["plain"].handshakes and not _is_helper(recording):
                kept[channel] = recording
                coverage.add([recording])
                continue
        unseen[channel] = reason or (_ARGUMENT if channel in helpers else _UNUSED)
    silent = [channel_of(each) for each in found.silent]
    unseen |= {each: _SILENT for each in silent if not any(names(glob, each) for glob in leave)}
    named = {found.openings[each.key].unit for each in (*unseen, *unopened, *kept) if each.key in found.openings}
    for unit_key, reaching in found.reaching.items():
        unit = reaching.unit
        if unit_key not in named | gone and not coverage.has(unit):
            unseen[Channel(unit.path, reaching.line, unit.name, unit.is_async, unit.module)] = _UNUSED
    return Survey(kept, unopened, unseen, _lines(found, coverage, gone), left, coverage)


def _unopened(
    channels: Sequence[Channel], opened: Mapping[Key, object], problems: Mapping[str, str]
) -> dict[Channel, str]:
    """Return the channels that cannot be imported, with the reason."""
    return {
        each: problem
        for each in channels
        if (each.key not in opened or _is_broken(each, problems)) and (problem := _problem(each, problems))
    }


def _is_broken(channel: Channel, problems: Mapping[str, str]) -> bool:
    """Tell whether the package of a channel cannot be imported: then nothing in it can.

    Python keeps submodules of a package that failed half way: an import of these seems to work the second time.
    """
    return channel.module.partition(".")[0] in problems


def _problem(channel: Channel, problems: Mapping[str, str]) -> str:
    """Return why the package of a channel, or its module, cannot be imported; empty where both can."""
    return problems.get(channel.module.partition(".")[0], "") or problems.get(channel.module, "")


def names(glob: str, channel: Channel) -> bool:
    """Tell whether a glob of the project file names a channel: module and qualified name, less the package."""
    package, _, inner = f"{channel.module}.{channel.name}".partition(".")
    return any(matcher(glob, ".")(each) or matcher(f"{glob}.**", ".")(each) for each in (inner, f"{package}.{inner}"))


def _every(found: SocketCode) -> list[Channel]:
    own = [channel_of(each) for each in found.openings.values()]
    units = [
        Channel(each.unit.path, each.line, each.unit.name, each.unit.is_async, each.unit.module)
        for each in found.reaching.values()
        if each.unit.key not in found.openings
    ]
    return sorted([*own, *units])


def _is_helper(recording: Recording) -> bool:
    """Tell whether a function opens the url it is given: then it is no channel, but what channels use."""
    seen = recording.seen["plain"]
    given = [leaf for leaves in seen.reply.get("leaves", {}).values() for leaf in leaves]
    urls = [str(each["url"]) for each in seen.reply.get("connections", ())]
    return any(url.startswith(leaf) for url in urls for leaf in given)


def _lines(found: SocketCode, coverage: Coverage, gone: set[Key]) -> dict[Key, Sequence[int]]:
    return {
        key: lines
        for key, reaching in found.reaching.items()
        if key not in gone and coverage.has(reaching.unit) and (lines := coverage.unreached(reaching))
    }
