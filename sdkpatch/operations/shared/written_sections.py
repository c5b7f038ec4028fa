"""Sections of Markdown about one resource: what Fern writes into ``reference.md`` and README."""

from __future__ import annotations

import re
from itertools import pairwise

_HEADING = re.compile(r"#{2,6} ")
_FENCE = re.compile(r"\s*(```|~~~)")


def without_sections(content: bytes, resource: str) -> bytes:
    """Return a text without the sections whose calls are all of one resource, such as ``client.voices.get(…)``."""
    lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    starts = [*_headings(lines), len(lines)]
    kept = lines[: starts[0]]
    for start, stop in pairwise(starts):
        section = lines[start:stop]
        if not _is_about("".join(section), resource):
            kept += section
    return "".join(kept).encode("utf-8", "surrogateescape")


def _headings(lines: list[str]) -> list[int]:
    found: list[int] = []
    is_code = False
    for at, line in enumerate(lines):
        if _FENCE.match(line):
            is_code = not is_code
        elif _HEADING.match(line) and not is_code:
            found.append(at)
    return found


def _is_about(text: str, resource: str) -> bool:
    """Tell whether a section calls the resource, and no other one."""
    called = re.findall(r"\bclient\.([\w.]+?)\.?(?:\(|<a )", text)
    return bool(called) and all(each == resource or each.startswith(f"{resource}.") for each in called)
