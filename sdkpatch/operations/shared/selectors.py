"""The fields of a step that take selectors; the selectors themselves are read when one is given."""

from __future__ import annotations

from typing import NamedTuple

from ...schema.fields import Field, KeyPath, ListOf, Mistakes, String


def _problem(text: str) -> str:
    from ...pattern import selector

    return selector.problem(text)


def encloses(wanted: str, name: str) -> bool:
    """Tell whether a selector names what has this qualified name, or a definition around it."""
    from ...pattern import selector

    names = [name]
    while "." in name or "(" in name:
        name = name[: max(name.rfind("."), name.rfind("("))]
        names.append(name)
    return any(selector.matches(wanted, each) for each in names)


SELECTOR = String('a selector such as "*Client.connect"', problem=_problem, empty=False)


class Selectors(NamedTuple):
    """One selector, or an array of them."""

    label: str = 'a selector such as "*Client.connect", or an array of them'

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, list):
            return ListOf(SELECTOR, least=1).check(value, key, report)
        return [SELECTOR.check(value, key, report)]

    def schema(self) -> dict[str, object]:
        return {"anyOf": [SELECTOR.schema(), ListOf(SELECTOR, least=1).schema()]}


WITHIN = Field("within", Selectors(), "Only handshakes in these functions, such as `*ChatClient.connect`.")
