"""``toml.remove``: remove a key, or values of an array, from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from ..model import Conflict
from ..operation import Held, ToDo
from ..schema.fields import Anything, Field, KeyPath, Mistakes
from .shared import toml_edits
from .shared.toml_edits import KEY, MISSING, KeyChange, KeyOperation, are_equal


class TomlRemove(KeyOperation):
    """The operation; see docs/operations/toml.remove.md."""

    name = "toml.remove"
    summary = "Remove a key, or a value of an array, from pyproject.toml or another TOML file."
    fields = (
        KEY,
        Field("value", Anything(), "The value to remove from the array. Without it, the key itself is removed."),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> KeyChange:
        """Return the change."""
        value = arguments["value"]
        return KeyChange(key=toml_edits.parts(str(arguments["key"])), value=MISSING if value is None else value)

    def verdict(self, document: Mapping[str, object], change: KeyChange) -> Held | ToDo | Conflict:
        """Judge the key; what it belongs to must be there, or the file has another layout now."""
        if missing := toml_edits.anchored(document, change.key):
            return missing
        now = toml_edits.at(document, change.key)
        if change.value is MISSING:
            return Held() if now is MISSING else ToDo()
        if now is MISSING:
            return Conflict(reason="the key is not there", hint="the generator dropped it: the step can go, too")
        if not isinstance(now, list):
            return Conflict(reason=f"the key holds {toml_edits.kind(now)}, not an array", hint="leave out value")
        return ToDo() if any(are_equal(each, change.value) for each in now) else Held()

    def apply(self, document: MutableMapping[str, Any], change: KeyChange) -> None:
        """Remove the key, or every such value."""
        table = toml_edits.table_at(document, change.key[:-1])
        if change.value is MISSING:
            del table[change.key[-1]]
            return
        array = table[change.key[-1]]
        values = array.unwrap()
        for index in reversed(range(len(values))):
            if are_equal(values[index], change.value):
                del array[index]
