"""``toml.set``: set a key of pyproject.toml or another TOML file."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from ..model import Conflict
from ..operation import Held, ToDo
from ..schema.fields import Anything, Field, KeyPath, Mistakes
from .shared import requirements, toml_edits
from .shared.toml_edits import KEY, MISSING, KeyChange, KeyOperation


class TomlSet(KeyOperation):
    """The operation; see docs/operations/toml.set.md."""

    name = "toml.set"
    summary = "Set a key of pyproject.toml, or of another TOML file; comments and layout stay."
    fields = (
        KEY,
        Field("value", Anything(), "The value to set. A table makes an inline table.", True),
        Field(
            "was",
            Anything(),
            "What it must be before the change. Anything else is a conflict. Needed where the type changes.",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> KeyChange:
        """Return the change."""
        was = arguments["was"]
        return KeyChange(
            key=toml_edits.parts(str(arguments["key"])),
            value=arguments["value"],
            was=MISSING if was is None else was,
        )

    def verdict(self, document: Mapping[str, object], change: KeyChange) -> Held | ToDo | Conflict:
        """Judge the key."""
        now = toml_edits.at(document, change.key)
        if toml_edits.are_equal(now, change.value):
            return Held()
        if hidden := requirements.hides(document, change.key, change.value):
            return hidden
        if now is MISSING:
            if change.was is not MISSING:
                return Conflict(reason="the key is not there", hint="the generator dropped it: look at the file")
            return toml_edits.anchored(document, change.key) or ToDo()
        if change.was is not MISSING:
            if toml_edits.are_equal(now, change.was):
                return ToDo()
            reason = f"it is {toml_edits.shown(now)}, neither the wanted value nor the one in was"
            return Conflict(reason=reason, hint="the generator changed it: bring was up to date")
        if toml_edits.kind(now) != toml_edits.kind(change.value) or isinstance(now, Mapping):
            reason = f"the key holds {toml_edits.kind(now)}, the step sets {toml_edits.kind(change.value)}"
            return Conflict(reason=reason, hint="if that is meant, say in was what it is now")
        return ToDo()

    def apply(self, document: MutableMapping[str, Any], change: KeyChange) -> None:
        """Set the key; a comment behind the old value stays."""
        toml_edits.table_at(document, change.key[:-1])[change.key[-1]] = toml_edits.item(change.value)
