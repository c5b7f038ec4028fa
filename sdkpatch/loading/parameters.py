"""Parameters of a recipe: declaring, binding and rendering them into keys and strings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..schema.fields import KeyPath, Mistakes, describe, did_you_mean
from . import read_values

Value = str | int | bool
TYPES: Mapping[str, type[str] | type[int] | type[bool]] = {"string": str, "integer": int, "boolean": bool}

STAND_IN: Mapping[str, Value] = {"string": "0.0.0", "integer": 0, "boolean": False}
"""The value of a parameter that an SDK's file would give, where there is no SDK: in examples and lists."""

_PLAIN = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


def _fits(value: object, kind: str) -> bool:
    """A boolean is no integer, although Python says so."""
    wanted = TYPES[kind]
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def read_setting(text: str, kind: str) -> Value:
    """Turn the text of ``--set name=text`` into a value of ``kind``; text that does not fit stays text."""
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "integer" and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    return text


def declared(table: object, report: Mistakes) -> dict[str, Mapping[str, object]]:
    """Check ``[parameters]`` and return the usable declarations by name."""
    if not isinstance(table, Mapping):
        report(("parameters",), found=describe(table), expected="a table")
        return {}
    usable: dict[str, Mapping[str, object]] = {}
    for name, declaration in table.items():
        key: KeyPath = ("parameters", name)
        if not name.isidentifier():
            report(key, found=f'the name "{name}"', expected="a name of letters, digits and _")
        elif not isinstance(declaration, Mapping):
            report(key, found=describe(declaration), expected='a table such as { type = "string" }')
        elif _declaration_fits(declaration, key, report):
            usable[name] = declaration
    return usable


def _declaration_fits(declaration: Mapping[str, object], key: KeyPath, report: Mistakes) -> bool:
    known = ("type", "default", "doc", "choices", "from")
    for unknown in declaration.keys() - set(known):
        report((*key, unknown), found="an unknown key", expected="a known key", hint=did_you_mean(unknown, known))
    kind = declaration.get("type", "string")
    if not isinstance(kind, str) or kind not in TYPES:
        report((*key, "type"), found=describe(kind), expected='"string", "integer" or "boolean"')
        return False
    if "default" in declaration and not _fits(declaration["default"], kind):
        report((*key, "default"), found=describe(declaration["default"]), expected=f"a value of type {kind}")
        return False
    if "from" in declaration and (hint := read_values.problem(declaration["from"])):
        report((*key, "from"), found=describe(declaration["from"]), expected="a place in a file of the SDK", hint=hint)
        return False
    choices = declaration.get("choices", [])
    if not isinstance(choices, list) or not all(_fits(choice, kind) for choice in choices):
        report((*key, "choices"), found=describe(choices), expected=f"an array of values of type {kind}")
        return False
    return True


def bind(
    declarations: Mapping[str, Mapping[str, object]], given: Mapping[str, object], report: Mistakes, origin: KeyPath
) -> dict[str, Value]:
    """Return a value for every declared parameter, from ``given`` or its default.

    ``origin`` is the key path that ``given`` came from (``patch[0].with``), for the mistakes.
    """
    for name in given.keys() - declarations.keys():
        hint = did_you_mean(name, declarations) if declarations else "the patch declares no parameters"
        report((*origin, name), found="an unknown parameter", expected="a declared one", hint=hint)
    values: dict[str, Value] = {}
    for name, declaration in declarations.items():
        kind = str(declaration.get("type", "string"))
        if name not in given and "default" not in declaration and "from" in declaration:
            values[name] = STAND_IN[kind]
            continue
        if name not in given and "default" not in declaration:
            report(origin, found="nothing", expected=f"a value for the parameter {name} ({kind})")
            continue
        value = given.get(name, declaration.get("default"))
        if isinstance(value, str) and origin[:1] == ("--set",):
            value = read_setting(value, kind)
        choices = declaration.get("choices")
        if not isinstance(value, str | int) or not _fits(value, kind):
            report((*origin, name), found=describe(value), expected=f"a value of type {kind}")
        elif isinstance(choices, list) and value not in choices:
            expected = "one of " + ", ".join(describe(choice) for choice in choices)
            report((*origin, name), found=describe(value), expected=expected)
        else:
            values[name] = value
    return values


class Renderer:
    """Renders ``{{ name }}`` in the keys and strings of a patch, and remembers which parameters were used."""

    def __init__(self, values: Mapping[str, Value], report: Mistakes) -> None:
        self._values = values
        self._report = report
        self.used: set[str] = set()

    def render(self, value: object, key: KeyPath) -> object:
        """Return ``value`` with every string in it rendered; ``key`` is where it stands."""
        match value:
            case str():
                return self._text(value, key)
            case Mapping():
                return self._table(value, key)
            case list():
                return [self.render(item, (*key, index)) for index, item in enumerate(value)]
            case _:
                return value

    def _table(self, table: Mapping[str, object], key: KeyPath) -> dict[str, object]:
        rendered: dict[str, object] = {}
        for name, value in table.items():
            shown = str(self._text(name, key))
            if shown in rendered:
                self._report((*key, name), found=f'the key "{shown}" again', expected="keys that stay apart")
            rendered[shown] = self.render(value, (*key, name))
        return rendered

    def render_template(self, text: str, key: KeyPath) -> str:
        """Return a template rendered, whatever it holds; its final line end stays."""
        return self._jinja(text, key)

    def _text(self, text: str, key: KeyPath) -> Value:
        if "{{" not in text and "{%" not in text and "{#" not in text:
            return text
        for name in _PLAIN.findall(text):
            self._use(name, key)
        whole = _PLAIN.fullmatch(text)
        if whole:
            return self._values.get(whole[1], "")
        # Names alone need no template engine, whose import takes longer than a run with nothing to do.
        plain = _PLAIN.sub(lambda found: str(self._values.get(found[1], "")), text)
        rest = _PLAIN.sub("", text)
        return plain if not any(mark in rest for mark in ("{{", "{%", "{#")) else self._jinja(text, key)

    def _use(self, name: str, key: KeyPath) -> None:
        self.used.add(name)
        if name not in self._values:
            hint = did_you_mean(name, self._values)
            self._report(key, found=f"the undefined parameter {name}", expected="a declared parameter", hint=hint)

    def _jinja(self, text: str, key: KeyPath) -> str:
        from .templating import TemplateProblem, render

        try:
            return render(text, self._values, self.used)
        except TemplateProblem as error:
            self._report(key, found=f"a template that fails: {error}", expected="a template of declared parameters")
            return ""
