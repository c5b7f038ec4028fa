"""Globs over names and files that name all of some places: wide ones first, at last the places themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .steps import StepTable

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z0-9]*|_*[a-z0-9]+|[A-Z]+|_+")
_PLAIN = re.compile(r"[\w.()]+")


def selectors(names: Sequence[str]) -> Iterator[str | list[str]]:
    """Yield selectors that name all of ``names``, widest first."""
    unique = list(dict.fromkeys(names))
    if len(unique) == 1:
        yield unique[0]
        return
    seen: set[str] = set()
    if all(map(_PLAIN.fullmatch, unique)):
        parts = [re.split(r"\.", each) for each in unique]
        if len({len(each) for each in parts}) == 1:
            columns = [list(dict.fromkeys(column)) for column in zip(*parts, strict=True)]
            for wide in (True, False):
                glob = ".".join(_glob(column, wide=wide) for column in columns)
                if glob.strip("*.") and glob not in seen:
                    seen.add(glob)
                    yield glob
    yield unique


def _glob(column: Sequence[str], *, wide: bool) -> str:
    """Return a glob for one part of a name: its last words where they are the same, its first, or a choice."""
    if len(column) == 1:
        return column[0]
    words = [_WORD.findall(each) for each in column]
    same = 0
    while same < min(map(len, words)) and len({each[-1 - same] for each in words}) == 1:
        same += 1
    if same:
        kept = 1 if wide else same
        return "*" + "".join(words[0][len(words[0]) - kept :])
    start = _shared(column)
    if len(start) >= 4 and not any("(" in each for each in column):
        return f"{start}*"
    if wide:
        return "*"
    return "{" + ",".join(column) + "}" if len(column) <= 8 else "*"


def files(paths: Sequence[str]) -> Iterator[list[str] | None]:
    """Yield globs that name all of ``paths``, widest first; None is what the operation looks at by itself."""
    unique = list(dict.fromkeys(paths))
    if len(unique) == 1:
        yield unique
        return
    names = list(dict.fromkeys(each.rpartition("/")[2] for each in unique))
    if len(names) <= 3:
        yield [f"**/{name}" for name in names]
        below = _folder(unique)
        if below:
            yield [f"{below}/**/{name}" for name in names]
    yield None
    if folder := _folder(unique):
        yield [f"{folder}/**/*.py"]
    yield unique


def _shared(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    first, last = min(names), max(names)
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _folder(paths: Sequence[str]) -> str:
    """Return the innermost folder that holds all paths, an empty string for the tree itself."""
    columns = zip(*(each.split("/")[:-1] for each in paths), strict=False)
    shared: list[str] = []
    for column in columns:
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return "/".join(shared)


def shown(step: StepTable, selector: str) -> str:
    """Return where a step looks, as a comment names it."""
    given = step.get(selector) if selector else None
    names = given if isinstance(given, str) else ", ".join(given or ())
    place = ", ".join(step.get("files") or ("**/*.py",))
    return f"{names} in {place}" if names else place
