"""Declare where a value comes from: a parameter, a header, the client wrapper, the environment, the patch."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from typing import NamedTuple

from ..schema.fields import Anything, Field, JsonSchema, KeyPath, ListOf, Mistakes, String, Table, describe

# RFC 9110, section 5.6.2: a header name and an authentication scheme are tokens.
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def header_problem(text: str) -> str:
    """Return what is wrong with the name of a header, or an empty string."""
    # ' and ` are legal in a token, in no real header, and would need another quoting in the code
    return "" if TOKEN.fullmatch(text) and "'" not in text else "a header name holds no blanks, quotes or colons"


def scheme_problem(text: str) -> str:
    """Return what is wrong with an authentication scheme, or an empty string."""
    return "" if not text or (TOKEN.fullmatch(text) and "'" not in text) else 'one word such as "Bearer" or "Token"'


def _identifier_problem(text: str) -> str:
    return "" if text.isidentifier() and not keyword.iskeyword(text) else "a name as Python has them"


class _Attributes(NamedTuple):
    """The name of an attribute of the client wrapper, or an array of them."""

    label: str = "the name of an attribute, or an array of them"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        item = String("the name of an attribute", problem=_identifier_problem)
        given = value if isinstance(value, list) else [value]
        return ListOf(item, least=1).check(given, key, report)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


HEADER = String("the name of a header", problem=header_problem, empty=False)
SCHEME = String("an authentication scheme", problem=scheme_problem)
SOURCES = (
    Field(
        "parameter",
        String("a name", problem=_identifier_problem),
        "A keyword-only argument, added to the method and its docstring.",
    ),
    Field(
        "annotation",
        String("an annotation", empty=False),
        "The argument's annotation; by default the type of its default, or `typing.Optional[str]`.",
    ),
    Field("default", Anything(), "The argument's default; by default `None`."),
    Field("doc", String("a text"), "What the docstring says of the argument.", default=""),
    Field("header", HEADER, "What would be sent in this header, whatever its case."),
    Field(
        "scheme",
        SCHEME,
        "The scheme to strip off the header's value: with `Bearer`, `Bearer x` becomes `x`.",
        default="",
    ),
    Field(
        "attribute",
        _Attributes(),
        "An attribute of the client wrapper, or several: the first that has a value. A callable is "
        "called; in async clients it may be asynchronous.",
    ),
    Field(
        "env",
        String("the name of an environment variable", empty=False),
        "An environment variable. An empty one counts as none.",
    ),
    Field("literal", Anything(), "A constant: no place for a secret."),
)
_PLACES = ("parameter", "header", "attribute", "env", "literal")


class Origin(NamedTuple):
    """Where a value comes from: of several places the first that has one, in the order of these fields."""

    parameter: str = ""
    code: str = ""
    doc: str = ""
    header: str = ""
    scheme: str = ""
    attributes: tuple[str, ...] = ()
    env: str = ""
    literal: str = ""


def origin(table: Mapping[str, object], key: KeyPath, report: Mistakes) -> Origin:
    """Return where a checked table says that a value comes from."""
    if not any(table[name] is not None for name in _PLACES):
        expected = ", ".join(_PLACES[:-1]) + f" or {_PLACES[-1]}"
        report(key, found="no place to take it from", expected=expected)
    name, attributes = str(table["parameter"] or ""), table["attribute"]
    if not name and (table["default"] is not None or table["annotation"] or table["doc"]):
        report(key, found="default, annotation or doc without parameter", expected="parameter")
    if table["scheme"] and not table["header"]:
        report((*key, "scheme"), found="a scheme", expected="the header it is in")
    code = _parameter_code(name, table, key, report) if name else ""
    return Origin(
        parameter=name,
        code=code,
        doc=str(table["doc"] or ""),
        header=str(table["header"] or ""),
        scheme=str(table["scheme"] or ""),
        attributes=tuple(map(str, attributes)) if isinstance(attributes, list) else (),
        env=str(table["env"] or ""),
        literal=literal(table["literal"]) if table["literal"] is not None else "",
    )


def _parameter_code(name: str, table: Mapping[str, object], key: KeyPath, report: Mistakes) -> str:
    default, annotation = table["default"], table["annotation"]
    usual = type(default).__name__ if default is not None else "typing.Optional[str]"
    if default is not None and not isinstance(default, str | int | float):
        report((*key, "default"), found=describe(default), expected="a string, a number or a boolean")
        return ""
    from ..operations.shared.parameter_addition import declared

    code = f"{name}: {annotation or usual} = {literal(default)}"
    if declared(code) is None:
        report((*key, "annotation"), found=describe(annotation), expected="an annotation such as typing.Optional[str]")
    return code


class Value(NamedTuple):
    """A constant, or a table that says where a value comes from; ``json`` allows JSON of constants as well."""

    label: str = 'a value, or a table such as { parameter = "name" }'

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, Mapping):
            if set(value) == {"json"}:
                return Origin(literal=f"json_text({literal(value['json'])})")
            before = _Counting(report)
            table = Table(SOURCES, also=("json",)).check(value, key, before)
            assert isinstance(table, dict)
            return origin(table, key, report) if not before.count else Origin()
        if isinstance(value, str | int | float):
            return Origin(literal=literal(value))
        report(key, found=describe(value), expected=self.label)
        return Origin()

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": ["string", "number", "boolean"]}, Table((*SOURCES, _JSON)).schema()]}


_JSON = Field("json", Anything(), "A value that is sent as JSON, in ASCII.")


class _Counting:
    """Passes mistakes on and counts them."""

    def __init__(self, report: Mistakes) -> None:
        self._report = report
        self.count = 0

    def __call__(self, key: KeyPath, *, found: str, expected: str, hint: str = "") -> None:
        self.count += 1
        self._report(key, found=found, expected=expected, hint=hint)


def literal(value: object) -> str:
    """Return a TOML value as Python, strings in double quotes."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{literal(key)}: {literal(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(literal, value)) + "]"
        case _:
            return repr(value)
