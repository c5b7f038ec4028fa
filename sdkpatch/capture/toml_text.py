"""Write a patch file as a person would: literal strings, one key a line, blank lines between tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .steps import StepTable

_MULTILINE_FROM = 2


def value(given: Any) -> str:
    """Return a TOML value."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return _string(given)
    if isinstance(given, Mapping):
        inner = ", ".join(f"{_key(name)} = {value(each)}" for name, each in given.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(given, Sequence):
        inline = ", ".join(map(value, given))
        if len(inline) <= 100 or len(given) < _MULTILINE_FROM:
            return f"[{inline}]"
        return "[\n" + "".join(f"    {value(each)},\n" for each in given) + "]"
    return str(given) if isinstance(given, int | float) else _other(given)


def _other(given: object) -> str:
    """Return a date or time as TOML has it."""
    return str(given).replace(" ", "T")


def _key(name: str) -> str:
    return name if name and name.replace("_", "").replace("-", "").isascii() and _is_bare(name) else json.dumps(name)


def _is_bare(name: str) -> bool:
    return all(char.isascii() and (char.isalnum() or char in "-_") for char in name)


def _string(text: str) -> str:
    is_plain = all(char in "\n\t" or (char.isprintable() and char != "\x7f") for char in text)
    if "\n" not in text:
        if "'" not in text and is_plain and ('"' in text or "\\" in text) and "\t" not in text:
            return f"'{text}'"
        return _basic(text)
    if is_plain and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    escaped = "\n".join(_basic(line)[1:-1] for line in text.split("\n"))
    return f'"""\n{escaped}"""'


def _basic(text: str) -> str:
    out = ""
    for char in text:
        if char in '"\\':
            out += "\\" + char
        elif char == "\n":
            out += "\\n"
        elif char == "\t":
            out += "\\t"
        elif char == "\r":
            out += "\\r"
        elif char.isprintable() or char == "\u00a0":
            out += char
        else:
            out += f"\\U{ord(char):08X}"
    return f'"{out}"'


def patch(
    name: str,
    title: str,
    why: str,
    link: str,
    steps: Sequence[StepTable],
    examples: Sequence[StepTable],
    notes: Mapping[int, Sequence[str]] | None = None,
) -> str:
    """Return the text of a patch file; ``notes`` are comments above the steps, by their index."""
    lines = [f"id = {value(name)}", f"title = {value(title)}"]
    lines += [f"why = {value(why)}"] if why else []
    lines += [f"link = {value(link)}"] if link else []
    for at, step in enumerate(steps):
        lines += ["", *(f"# {note}" for note in (notes or {}).get(at, ()))]
        lines += ["[[step]]", *(f"{key} = {value(each)}" for key, each in step.items())]
    for example in examples:
        lines += ["", "[[example]]", *(f"{key} = {value(each)}" for key, each in example.items())]
    return "\n".join(lines) + "\n"
