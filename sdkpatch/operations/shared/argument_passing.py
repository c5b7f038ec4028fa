"""How a function passes a parameter on: the calls that take it, as an argument or as an entry of a request's dict."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import EditRefused
from ...model import Conflict
from ...pattern.nodes import call_arguments
from ...python import lists
from ...python.index import dotted
from ...python.source import Function, Source, same
from ...python.text import Edit

PLACES = ("params", "headers", "json", "data")
_ORDER = ("base_url", "method", "params", "json", "content", "data", "files", "headers", "request_options", "omit")
"""The order in which Fern writes the arguments of a request."""


class RequestEntry(NamedTuple):
    """Where the parameter goes in the request that the function makes: which dict, and its name on the wire."""

    place: str
    name: str

    def argument(self, parameter: str, *, is_optional: bool) -> str:
        """Return the argument of the request, as Fern writes it: headers are text, or nothing."""
        value = parameter
        if self.place == "headers":
            value = f"str({parameter}) if {parameter} is not None else None" if is_optional else f"str({parameter})"
        return f"{self.place}={{{_quoted(self.name)}: {value}}}"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def requests(function: Function) -> list[ast.Call]:
    """Return the calls of the SDK's HTTP client."""
    return [call for call in _calls(function) if _ends(call, "httpx_client.request", "httpx_client.stream")]


def delegations(function: Function) -> list[ast.Call]:
    """Return the calls of the same method: of the raw client, or of itself for the next page."""
    names = {f"self._raw_client.{function.name}", f"self.{function.name}"}
    return [call for call in _calls(function) if dotted(call.func) in names]


def _calls(function: Function) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def _ends(call: ast.Call, *names: str) -> bool:
    path = dotted(call.func)
    return any(path == name or path.endswith(f".{name}") for name in names)


def wanted(argument: str) -> ast.Call:
    """Parse the arguments that a call shall have."""
    parsed = ast.parse(f"f({argument})", mode="eval").body
    assert isinstance(parsed, ast.Call)
    return parsed


def is_passed(call: ast.Call, argument: str) -> bool:
    """Tell whether a call has the arguments; a dict display has to hold the wanted entries, among others."""
    parsed = wanted(argument)
    return all(any(_has(other, each) for other in call.keywords) for each in parsed.keywords) and all(
        any(same(each, other) for other in call.args) for each in parsed.args
    )


def _has(there: ast.keyword, asked: ast.keyword) -> bool:
    if there.arg == asked.arg and isinstance(there.value, ast.Dict) and isinstance(asked.value, ast.Dict):
        return all(any(same(value, other) for other in _at(there.value, key)) for key, value in _items(asked.value))
    return same(there, asked)


def _items(display: ast.Dict) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    return zip(display.keys, display.values, strict=True)


def _at(display: ast.Dict, key: ast.expr | None) -> list[ast.expr]:
    """Return the values that a display has for a key."""
    return [value for known, value in _items(display) if key is not None and known is not None and same(known, key)]


def obstacle(call: ast.Call, argument: str) -> Conflict | None:
    """Return why a call cannot take the entries: another value for the key, one that is there twice, or no display."""
    for asked in wanted(argument).keywords:
        if not isinstance(asked.value, ast.Dict):
            continue
        for there in call.keywords:
            if there.arg != asked.arg:
                continue
            if not isinstance(there.value, ast.Dict):
                reason = f"{there.arg} of the call is not a dict display, so no entry can be added"
                return Conflict(reason=reason, hint="rewrite where the dict is made")
            for key, value in _items(asked.value):
                found = _at(there.value, key)
                shown = ast.unparse(key) if key is not None else "**"
                if len(found) > 1:
                    hint = "a merge doubled it: remove one of the two"
                    return Conflict(reason=f"{shown} is in {there.arg} twice", hint=hint)
                if found and not same(found[0], value):
                    reason = f"{there.arg} of the call has {shown} already, with another value"
                    return Conflict(reason=reason, hint="the generator emits it now", details=(ast.unparse(found[0]),))
    return None


def add(source: Source, call: ast.Call, name: str, argument: str) -> list[Edit]:
    """Return the edits that give a call the arguments; entries go into the dict display that is there.

    Raises EditRefused where the call passes the name already, as something else.
    """
    parsed = wanted(argument)
    edits: list[Edit] = []
    there = {each.arg: each.value for each in call.keywords}
    lacking: list[str] = []
    for each in [*parsed.args, *parsed.keywords]:
        known = there.get(each.arg) if isinstance(each, ast.keyword) else None
        if isinstance(each, ast.keyword) and isinstance(known, ast.Dict) and isinstance(each.value, ast.Dict):
            edits += _entries(source, known, each.value, argument)
        elif isinstance(each, ast.keyword) and each.arg in there:
            if not same(each.value, there[each.arg]):
                raise EditRefused(f"a call passes {name if each.arg == name else each.arg} already, with another value")
        elif not any(same(each, other) for other in call.args):
            lacking.append(_written(argument, each))
    if lacking:
        first = parsed.keywords[0].arg if parsed.keywords else None
        listed = lists.elements_of(source, call)
        edits += lists.insert(source, listed, _place(call, first), [", ".join(lacking)])
    return edits


def _written(argument: str, node: ast.AST) -> str:
    """Return an argument as the patch writes it: ``ast`` would print other quotes."""
    found = ast.get_source_segment(f"f({argument})", node)
    return found if found is not None else ast.unparse(node)


def _entries(source: Source, display: ast.Dict, asked: ast.Dict, argument: str) -> list[Edit]:
    lacking = [
        f"{_written(argument, key)}: {_written(argument, value)}"
        if key is not None
        else f"**{_written(argument, value)}"
        for key, value in _items(asked)
        if not _at(display, key)
    ]
    listed = lists.elements_of(source, display)
    return lists.insert(source, listed, len(listed.spans), lacking)


def _place(call: ast.Call, name: str | None) -> int:
    """Return where a new argument goes: in Fern's order, else before ``request_options`` and ``**kwargs``."""
    known = call_arguments(call)
    names = [each.arg if isinstance(each, ast.keyword) else "" for each in known]
    if name in _ORDER:
        later = _ORDER[_ORDER.index(name) + 1 :]
        return next((at for at, each in enumerate(names) if each in later or each is None), len(names))
    place = len(names)
    while place and names[place - 1] in (None, "request_options"):
        place -= 1
    return place
