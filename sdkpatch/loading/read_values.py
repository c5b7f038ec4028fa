"""Values that a patch's parameters take from a file of the SDK: a version that changes with every release."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..bounds import globs
from ..errors import TreeError
from ..schema import toml_source
from ..schema.fields import Mistakes, describe
from ..tree import Tree

_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_KEY = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")


_WANTED = 'write a TOML or JSON file and a key of it, such as "pyproject.toml:project.version"'


def problem(given: object) -> str:
    """Return why ``from`` names no places such as ``pyproject.toml:project.version``, or an empty string."""
    places = given if isinstance(given, list) else [given]
    return next((found for found in map(_problem, places) if found), "") if places else _WANTED


def _problem(place: object) -> str:
    file, colon, key = place.partition(":") if isinstance(place, str) else ("", "", "")
    if not colon or not file.endswith((".toml", ".json")) or not _KEY.fullmatch(key):
        return _WANTED
    if globs.problem(file) or any(sign in file for sign in "*?{["):
        return "the file is a path below the SDK tree, without .. and *"
    return ""


def sources(declaration: Mapping[str, object]) -> tuple[str, ...]:
    """Return the places that a parameter's ``from`` names, in the order in which they are tried."""
    given = declaration.get("from", ())
    return (given,) if isinstance(given, str) else tuple(map(str, given)) if isinstance(given, Sequence) else ()


def read(root: Path | Tree, places: Sequence[str]) -> object:
    """Return the value at the first of the places that has one; raises ValueError with what was found instead."""
    found = []
    for place in places:
        file, _, key = place.partition(":")
        value = _value(root, file, [part.strip("\"'") for part in _PART.findall(key)])
        if isinstance(value, _Missing):
            found.append(str(value))
        elif isinstance(value, str | int):
            return value
        else:
            found.append(f"{describe(value)} at {place}")
    raise ValueError(" and ".join(found))


def filled(
    declared: Mapping[str, Mapping[str, object]], root: Path | Tree, given: Mapping[str, object], report: Mistakes
) -> dict[str, object]:
    """Return ``given`` with what files of the SDK say for other parameters.

    A value that is nowhere, and has no default, is a mistake of the patch.
    """
    values = dict(given)
    for name, declaration in declared.items():
        places = sources(declaration)
        if not places or name in given:
            continue
        try:
            values[name] = read(root, places)
        except ValueError as error:
            if "default" not in declaration:
                expected, hint = "a value in a file of the SDK", "set it with --set or with, or give a default"
                report(("parameters", name, "from"), found=str(error), expected=expected, hint=hint)
    return values


class _Missing(str):
    """Why a place has no value."""


def _value(root: Path | Tree, file: str, key: Sequence[str]) -> object:
    if isinstance(root, Path) and not (root / file).resolve().is_relative_to(root.resolve()):
        return _Missing(f"a link out of the tree at {file}")
    import json

    try:
        text = (root / file).read_text(encoding="utf-8") if isinstance(root, Path) else root.read(file).decode()
        value: object = json.loads(text) if file.endswith(".json") else toml_source.parse(text)
    except (OSError, TreeError):
        return _Missing(f"no file {file}")
    except (ValueError, RecursionError):
        return _Missing(f"no {file.rpartition('.')[2].upper()} in {file}")
    for part in key:
        if not isinstance(value, Mapping) or part not in value:
            return _Missing(f"no key {'.'.join(key)} in {file}")
        value = value[part]
    return value
