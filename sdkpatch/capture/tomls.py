"""Propose steps for TOML files: keys that were set, added to and removed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..schema import toml_source
from .steps import Rung, Said, StepTable
from .trial import Trial, after

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def settle(trial: Trial, path: str, old: bytes, new: bytes) -> list[Said]:
    """Return a step for each key that differs, none where they do not lead to the new bytes."""
    try:
        tables = [toml_source.parse(each.decode()) for each in (old, new)]
    except ValueError:
        return []
    steps = list(_differing(tables[0], tables[1], ()))
    placed = [{**step, **({"files": [path]} if path != "pyproject.toml" else {})} for step in steps]
    if not placed or after(trial.file(path, old, placed)) != new:
        return []
    return [Said(path, step["key"], 1, Rung.OPERATION, (step,), key=f"toml\0{step['key']}") for step in placed]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[StepTable]:
    for name in [*new, *(each for each in old if each not in new)]:
        left, right = old.get(name), new.get(name)
        key = (*above, name)
        if left == right and type(left) is type(right):
            continue
        if name not in new:
            yield {"op": "toml.remove", "key": _dotted(key)}
        elif isinstance(left, dict) and isinstance(right, dict):
            yield from _differing(left, right, key)
        elif isinstance(right, dict) and name not in old and any(isinstance(each, dict) for each in right.values()):
            yield from _differing({}, right, key)
        elif isinstance(left, list) and isinstance(right, list):
            yield from _array(left, right, _dotted(key))
        else:
            is_other = name in old and type(left) is not type(right)
            yield {"op": "toml.set", "key": _dotted(key), "value": right, **({"was": left} if is_other else {})}


def _array(old: list[Any], new: list[Any], key: str) -> Iterator[StepTable]:
    kept = [each for each in old if each in new]
    come = [each for each in new if each not in old]
    if [*kept, *come] != new:
        yield {"op": "toml.set", "key": key, "value": new}
        return
    for each in old:
        if each not in new:
            yield {"op": "toml.remove", "key": key, "value": each}
    for each in come:
        yield {"op": "toml.add", "key": key, "value": each}


def _dotted(key: tuple[str, ...]) -> str:
    return ".".join(part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in key)
