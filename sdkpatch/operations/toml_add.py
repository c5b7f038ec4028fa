"""``toml.add``: add values to an array of a TOML file: a dependency, a classifier, an include."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from ..model import Conflict
from ..operation import Held, ToDo
from ..schema.fields import Anything, Boolean, Field, KeyPath, Mistakes
from .shared import requirements, toml_edits
from .shared.toml_edits import KEY, MISSING, KeyChange, KeyOperation


class TomlAdd(KeyOperation):
    """The operation; see docs/operations/toml.add.md."""

    name = "toml.add"
    summary = "Add a value to an array of pyproject.toml, or of another TOML file."
    fields = (
        KEY,
        Field("value", Anything(), "The value to add.", True),
        Field(
            "replace",
            Boolean(),
            "Replace another requirement of the same package. Otherwise it is a conflict.",
            default=False,
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> KeyChange:
        """Return the change."""
        return KeyChange(
            key=toml_edits.parts(str(arguments["key"])), value=arguments["value"], replace=bool(arguments["replace"])
        )

    def verdict(self, document: Mapping[str, object], change: KeyChange) -> Held | ToDo | Conflict:
        """Judge the array."""
        now = toml_edits.at(document, change.key)
        if now is MISSING:
            return (
                toml_edits.anchored(document, change.key)
                or requirements.hides(document, change.key, [change.value])
                or ToDo()
            )
        if not isinstance(now, list):
            return Conflict(reason=f"the key holds {toml_edits.kind(now)}, not an array", hint="toml.set sets a value")
        if any(toml_edits.are_equal(each, change.value) for each in now):
            return Held()
        if hidden := requirements.hides(document, change.key, [change.value]):
            return hidden
        other = _same_package(now, change.value)
        if other is not None and not change.replace:
            hint = "if the new one is to replace it, set replace = true"
            return Conflict(reason=f"it has {toml_edits.shown(now[other])} already", hint=hint)
        return ToDo()

    def apply(self, document: MutableMapping[str, Any], change: KeyChange) -> None:
        """Add the value behind the last one, or in the place of the requirement it replaces."""
        table = toml_edits.table_at(document, change.key[:-1])
        if change.key[-1] not in table:
            table[change.key[-1]] = [toml_edits.item(change.value)]
            return
        array = table[change.key[-1]]
        other = _same_package(array, change.value)
        if other is not None:
            array[other] = toml_edits.item(change.value)
        else:
            array.append(toml_edits.item(change.value))


def _package(value: object) -> str:
    """Return the normalised name of the package that a requirement is about, or an empty string."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        return str(canonicalize_name(Requirement(str(value)).name)) if isinstance(value, str) else ""
    except InvalidRequirement:
        return ""


def _same_package(array: list[object], value: object) -> int | None:
    """Return where a requirement of the same package stands; two plain words are no requirements of one package."""
    name = _package(value)
    return next((index for index, each in enumerate(array) if name and _package(each) == name), None)
