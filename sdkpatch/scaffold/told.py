"""What ``sdkpatch init`` says of a repository, line by line, before it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .detect import Surroundings
from .publishing import Publisher

_MANY = 50
"""More hand edits than this are rare: the generator then has made newer commits that do not look like its own."""


def told(seen: Surroundings, take_over: bool, place: str) -> Iterator[str]:
    """Yield the lines. ``place`` is the tree as a person writes it, ``take_over`` the wish of that name."""
    yield f"package    {seen.package or 'not found'}"
    if seen.generator:
        yield f"generator  {seen.generator}"
    if seen.builder:
        yield f"build      {seen.builder}"
    yield from [f"channel    {channel}" for channel in seen.channels] or ["channel    no WebSocket found"]
    for each in seen.credentials:
        yield f"key in     {each.header}{f': {each.scheme} …' if each.scheme else ''}"
    if seen.edits is not None:
        commit = seen.edits.commit[:12]
        files = f"{seen.edits.files} {'file' if seen.edits.files == 1 else 'files'}"
        yield f"hand edits {files} changed since {commit} ({seen.edits.subject}):"
        yield f"           sdkpatch capture {place} --generated {commit} makes patches of them"
        if seen.edits.files > _MANY:
            yield "           so many: where a newer commit is the generator's, name that one"
    yield from told_publishing(seen.publishers, seen.others, take_over)


def told_publishing(publishers: Sequence[Publisher], others: Sequence[Publisher], take_over: bool) -> Iterator[str]:
    """Yield a line for each step that publishes unpatched, and for those of another package."""
    for publisher in publishers:
        if not publisher.is_patched:
            yield f"{_who(publisher)}: {_advice(publisher, take_over)}"
    for publisher in others:
        yield f"{_who(publisher)}, in {publisher.folder}: that is another package, and left alone"


def _who(publisher: Publisher) -> str:
    if not publisher.job:
        return f"{publisher.path} cannot be read: {publisher.how}"
    through = f" ({publisher.through})" if publisher.through and not publisher.before else ""
    callers = f" for {', '.join(publisher.callers)}" if publisher.callers else ""
    return f"{publisher.path} job {publisher.job} publishes with {publisher.how}{through}{callers}"


def _advice(publisher: Publisher, take_over: bool) -> str:
    before = publisher.before or "what builds the package"
    place = f" in job {publisher.builder}" if publisher.builder not in ("", publisher.job) else ""
    if publisher.line and take_over:
        return f"a step that patches is put before {before}{place}, on line {publisher.line}"
    advice = f"add a step with sdkpatch apply before {before}{place}"
    return advice + (", or run sdkpatch init --take-over" if publisher.line else "")
