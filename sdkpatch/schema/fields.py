"""Declared fields of a TOML table: one declaration checks values, prints the JSON Schema and documents arguments.

msgspec and pydantic stop at the first mistake of a table or cost more to import than a whole run takes; a
maintainer with a red CI needs every mistake at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..bounds import regexes

KeyPath = tuple[str | int, ...]
JsonSchema = dict[str, object]


class Mistakes(Protocol):
    """Collects a mistake: the key path it is at, what was found, what was expected, and a hint."""

    def __call__(self, key: KeyPath, *, found: str, expected: str, hint: str = "") -> None: ...


class Kind(Protocol):
    """A type of value: ``check`` reports every mistake and returns the value, ``schema`` is its JSON Schema."""

    @property
    def label(self) -> str: ...

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object: ...

    def schema(self) -> JsonSchema: ...


def describe(value: object) -> str:
    """Name a TOML value for an error message, with its type; long text is cut."""
    match value:
        case bool():
            return f"{str(value).lower()} (boolean)"
        case int() | float():
            return f"{value} ({type(value).__name__.replace('int', 'integer')})"
        case str():
            shown = value if len(value) <= 60 else value[:57] + "..."
            return f'"{shown}"' if "\n" not in shown else "a text of several lines"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "an array"
        case _:
            return f"{value} ({type(value).__name__})"


_LONGEST_NAME = 100
"""Characters of a name that may be a slip: comparing takes time by length."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean "x"?`` for the closest known name, else the list of known names."""
    names = sorted(known)
    if len(name) > _LONGEST_NAME:
        return ""
    import difflib

    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return "known: " + ", ".join(names) if names else ""


class String(NamedTuple):
    """A string. ``choices`` limits it; ``problem`` returns what is wrong with a value, or an empty string."""

    label: str = "a string"
    choices: tuple[str, ...] = ()
    problem: Callable[[str], str] | None = None
    empty: bool = True

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, str):
            report(key, found=describe(value), expected=self.label)
        elif self.choices and value not in self.choices:
            expected = "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
            report(key, found=describe(value), expected=expected, hint=did_you_mean(value, self.choices))
        elif not value and not self.empty:
            report(key, found="an empty string", expected=self.label)
        elif self.problem is not None and (wrong := self.problem(value)):
            report(key, found=describe(value), expected=self.label, hint=wrong)
        return value

    def schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "string"}
        if self.choices:
            # A recipe may still have a parameter's name here.
            schema["anyOf"] = [{"enum": list(self.choices)}, {"pattern": r"\{\{"}]
        if not self.empty:
            schema["minLength"] = 1
        return schema


class NumberOr(NamedTuple):
    """A string, or an integer that is read as one: ``levels = 2`` says what ``levels = "2"`` says."""

    text: String

    @property
    def label(self) -> str:
        """That of the string; it says that a number will do."""
        return self.text.label

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            return self.text.check(value, key, report)

        def of_number(key: KeyPath, *, found: str, expected: str, hint: str = "") -> None:
            report(key, found=describe(value), expected=expected, hint=hint)

        return self.text.check(str(value), key, of_number)

    def schema(self) -> JsonSchema:
        return {"anyOf": [self.text.schema(), {"type": "integer"}]}


REGEX = String("a regular expression", problem=regexes.problem, empty=False)


class Times(NamedTuple):
    """How often something must be there in a file: from ``least`` on, up to ``most`` where that is no None."""

    least: int
    most: int | None

    @property
    def is_exact(self) -> bool:
        """Whether it is one number."""
        return self.least == self.most

    def holds(self, number: int) -> bool:
        """Tell whether a number is one of those."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.is_exact or self.most is None:
            return f"{'at least ' if self.most is None else ''}{often(self.least)}"
        return f"at most {often(self.most)}"


def often(number: int) -> str:
    """Say how often something is there."""
    return "once" if number == 1 else f"{number} times" if number else "nowhere"


_TIMES = re.compile(r"(>=|<=|=|)\s*(\d{1,9})")


def times(value: object) -> Times | None:
    """Return what a count means: a number, ``any``, or one with ``>=``, ``<=`` or ``=``; None for anything else."""
    if value == "any":
        return Times(0, None)
    found = _TIMES.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if found is None or int(found[2]) < 1:
        return None
    number = int(found[2])
    return {">=": Times(number, None), "<=": Times(0, number)}.get(found[1], Times(number, number))


class Count(NamedTuple):
    """A number from 1."""

    label: str = "a number from 1"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            report(key, found=describe(value), expected=self.label)
        return value

    def schema(self) -> JsonSchema:
        # A recipe may still have a parameter's name here.
        return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"\{\{"}]}


class Counted(NamedTuple):
    """How often something is in a file: a number from 1, ``any``, or a number with ``>=`` or ``<=``."""

    label: str = 'a number from 1, "any", or one such as ">=1"'

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if times(value) is None:
            report(key, found=describe(value), expected=self.label)
        return value

    def schema(self) -> JsonSchema:
        # A recipe may still have a parameter's name here.
        text = {"type": "string", "pattern": r"^(any|(>=|<=|=)?\s*0*[1-9]\d*)$|\{\{"}
        return {"anyOf": [{"type": "integer", "minimum": 1}, text]}


class Anything(NamedTuple):
    """Any TOML value."""

    label: str = "a TOML value"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        return value

    def schema(self) -> JsonSchema:
        return {}


class Boolean(NamedTuple):
    """``true`` or ``false``."""

    label: str = "true or false"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, bool):
            report(key, found=describe(value), expected=self.label)
        return value

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Scalar(NamedTuple):
    """A string, an integer or a boolean: the value of a parameter."""

    label: str = "a string, an integer or a boolean"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, str | int):
            report(key, found=describe(value), expected=self.label)
        return value

    def schema(self) -> JsonSchema:
        return {"type": ["string", "integer", "boolean"]}


class ListOf(NamedTuple):
    """An array whose items are all of one kind."""

    item: Kind
    label: str = "an array"
    least: int = 0

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, list):
            report(key, found=describe(value), expected=self.label)
            return []
        if len(value) < self.least:
            report(key, found="an empty array", expected=self.label)
        return [self.item.check(item, (*key, index), report) for index, item in enumerate(value)]

    def schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "array", "items": self.item.schema()}
        if self.least:
            schema["minItems"] = self.least
        return schema


class MapOf(NamedTuple):
    """A table with free keys whose values are all of one kind."""

    item: Kind
    label: str = "a table"
    least: int = 0

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, Mapping):
            report(key, found=describe(value), expected=self.label)
            return {}
        if len(value) < self.least:
            report(key, found="an empty table", expected=self.label)
        return {name: self.item.check(item, (*key, name), report) for name, item in value.items()}

    def schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "object", "additionalProperties": self.item.schema()}
        if self.least:
            schema["minProperties"] = self.least
        return schema


class Field(NamedTuple):
    """One key of a table: its kind, whether it must be there, and one sentence for a person."""

    name: str
    kind: Kind
    doc: str
    required: bool = False
    default: object = None


class Table(NamedTuple):
    """A table with known keys; unknown ones are mistakes."""

    fields: tuple[Field, ...]
    label: str = "a table"
    also: tuple[str, ...] = ()

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if not isinstance(value, Mapping):
            report(key, found=describe(value), expected=self.label)
            return {}
        known = {entry.name for entry in self.fields}
        for name in value:
            if name not in known and name not in self.also:
                hint = did_you_mean(name, known | set(self.also))
                report((*key, name), found="an unknown key", expected="a known key", hint=hint)
        checked: dict[str, object] = {}
        for entry in self.fields:
            if entry.name in value:
                checked[entry.name] = entry.kind.check(value[entry.name], (*key, entry.name), report)
            else:
                if entry.required:
                    report(key, found="nothing", expected=f"the key {entry.name} ({entry.kind.label})")
                checked[entry.name] = entry.default
        return checked

    def schema(self) -> JsonSchema:
        properties = {entry.name: {**entry.kind.schema(), "description": entry.doc} for entry in self.fields}
        schema: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required := [entry.name for entry in self.fields if entry.required]:
            schema["required"] = required
        return schema


def show_key(key: Sequence[str | int]) -> str:
    """Write a key path as a person reads it: ``("step", 0, "op")`` becomes ``step[0].op``; a long name is cut."""
    shown = ""
    for part in key:
        if isinstance(part, str) and len(part) > _LONGEST_NAME:
            part = f"{part[: _LONGEST_NAME - 3]}..."
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown


def schema_document(kind: str, schema: JsonSchema) -> JsonSchema:
    """Return a JSON Schema (draft 2020-12) as a document of its own; ``kind`` is the kind of file: patch or project."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sdkpatch:schema:{kind}",
        "title": f"sdkpatch {kind} file",
        **schema,
    }
