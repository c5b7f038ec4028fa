"""Versions that stand in what a step writes: one that changes with every release would be frozen by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+\.\d+(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)\.?\d*)?)(?![\w.]*\w)")
_NOT_WRITTEN = (
    "base", "delete", "expect", "files", "has", "inside", "keep", "leave", "match", "module", "op", "path", "paths",
    "selector", "target", "was", "within",
)  # fmt: skip
"""Keys whose text says what is there, or where."""
_OF_OTHERS = ("dependency.set",)
"""Operations whose versions are those of other packages."""


def literals(patch: Mapping[str, object], index: object) -> tuple[str, ...]:
    """Return the versions in what a step writes, as the patch file has it: a parameter is none."""
    steps = patch.get("step")
    step = steps[index] if isinstance(steps, list) and isinstance(index, int) else None
    if not isinstance(step, Mapping) or step.get("op") in _OF_OTHERS:
        return ()
    texts = (text for key, value in step.items() if key not in _NOT_WRITTEN for text in _texts(key, value))
    return tuple(dict.fromkeys(found for text in texts for found in _VERSION.findall(text)))


def _texts(key: object, value: object) -> Iterator[str]:
    if isinstance(value, str):
        added = [line for line in value.split("\n") if line.startswith("+")]
        yield "\n".join(added) if key == "change" else value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts("", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts("", inner)
