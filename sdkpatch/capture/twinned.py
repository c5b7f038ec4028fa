"""Group the steps that say the same edit of twins: sync and async, client and raw client."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .generalise import Place, placed, selector_of
from .steps import Said

_ASYNC = re.compile(r"(?<!\w)(_*)Async(?=[A-Z])")
_RAW = re.compile(r"(?<!\w)(_*)Raw(?=[A-Z])")


def twin_groups(said: Sequence[Said]) -> Iterator[list[Place]]:
    """Yield the places that are twins of each other, all four first, then sync and async in one file.

    Their steps may have other arguments, as long as they come in the same order: what is unique in one twin need not be
    unique in the other.
    """
    for path_of, name_of in ((_client, _plain), (str, sync_name)):
        yield from _alike(said, path_of, name_of)


def _alike(said: Sequence[Said], path_of: Callable[[str], str], name_of: Callable[[str], str]) -> Iterator[list[Place]]:
    found: dict[tuple[Any, ...], list[Place]] = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for place in placed(said):
        selector = selector_of(place.step)
        if not selector or not place.selectors:
            continue
        own = (place.path, selector, place.selectors)
        names = tuple(name_of(each) for each in place.selectors)
        found.setdefault((path_of(place.path), selector, names, seen[own]), []).append(place)
        seen[own] += 1
    for each in found.values():
        if len({(place.path, place.selectors) for place in each}) > 1:
            yield each


def sync_name(name: str) -> str:
    """Return the name of the sync twin of a definition, the name itself where it is sync."""
    return _ASYNC.sub(r"\1", name)


def _plain(name: str) -> str:
    return _RAW.sub(r"\1", sync_name(name))


def _client(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.removeprefix('raw_')}"
