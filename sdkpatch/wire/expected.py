"""What a credential must be on the wire, worked out from what the SDK was given and not from the code that sends it."""

from __future__ import annotations

import ast
import base64
import itertools
import json
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ..handshakes.origins import Origin
from ..handshakes.promises import Sends
from .recorder import Recorded
from .recordings import basic
from .values import Seen


def credentials(origin: Origin, seen: Seen) -> tuple[str, ...]:
    """Return the values a credential may have, the likeliest first, empty when there is none to send.

    The caller's header comes first; then an argument that the patch added, the header of the client wrapper or that
    a credential argument of the method sets instead, an attribute of the wrapper, a constant.
    """
    reply = seen.reply
    leaves: Mapping[str, Sequence[str]] = reply.get("leaves", {})
    if origin.parameter and leaves.get(origin.parameter):
        return tuple(leaves[origin.parameter])
    if origin.header:
        given = [value for name, value in seen.caller if name.lower() == origin.header.lower()]
        if given:
            return (stripped(given[0], origin.scheme),)
        sent = {name.lower(): value for name, value in reply.get("generated", {}).items()}
        found = _of_client(sent[origin.header.lower()], origin, seen) if origin.header.lower() in sent else []
        found += [value for values in leaves.values() for value in values if value.startswith("sentinel")]
        if found:
            return tuple(dict.fromkeys(stripped(value, origin.scheme) for value in found))
    values = [reply.get("attributes", {}).get(name) for name in origin.attributes]
    values += [reply.get("environment", {}).get(origin.env)] if origin.env else []
    values += [constant(origin)] if origin.literal else []
    return tuple([value for value in values if value is not None][:1])


def _of_client(value: str, origin: Origin, seen: Seen) -> list[str]:
    """Return what the client was given, where the header of its wrapper is made of that; else all that it was given.

    What the wrapper says is not believed: a scheme that the patch does not know is no part of a key.
    """
    known = list(seen.reply.get("keys", {}).values())
    bare = stripped(value, origin.scheme)
    if bare in known or _is_basic(bare, known):
        return [bare]
    within = [each for each in known if value.endswith(f" {each}")]
    return within or list(seen.reply.get("keys", {}).values()) or [bare]


def _is_basic(value: str, known: Sequence[str]) -> bool:
    try:
        plain_text = base64.b64decode(value.rpartition(" ")[2], validate=True).decode()
    except ValueError:
        return False
    return plain_text.startswith(tuple(known)) or plain_text.endswith(tuple(known))


def constant(origin: Origin) -> str:
    """Return a constant of a patch as it goes over the wire."""
    return plain(constant_value(origin))


def constant_value(origin: Origin) -> Any:
    """Return a constant of a patch as Python has it; JSON is a text."""
    code = origin.literal
    if code.startswith("json_text("):
        return json.dumps(ast.literal_eval(code[len("json_text(") : -1]), ensure_ascii=True)
    return ast.literal_eval(code)


def plain(value: Any) -> str:
    """Return a value as a query or a header has it; booleans are in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def stripped(value: str, scheme: str) -> str:
    """Return a header's value without the scheme before the credential, whatever its case."""
    has_scheme = bool(scheme) and value.lower().startswith(scheme.lower() + " ")
    return value[len(scheme) + 1 :].lstrip() if has_scheme else value


def wanted(promise: Sends, seen: Seen) -> list[Any]:
    """Return each value that would keep the promise, empty when there is no credential to send it with."""
    known = {name: credentials(origin, seen) for name, origin in promise.take.items()}
    names = sorted(name for name in known if _uses(promise.value, name))
    if promise.place == "message":  # keys without a value are left out
        return [_filled_message(promise.value, dict(zip(names, each, strict=True))) for each in _choices(known, names)]
    if any(not known[name] for name in names):
        return []
    return [
        filled(promise.value, dict(zip(names, each, strict=True)))
        for each in itertools.product(*(known[name] for name in names))
    ]


def _choices(known: Mapping[str, Sequence[str]], names: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    yield from itertools.product(*(known[name] or (None,) for name in names))


def _uses(value: Any, name: str) -> bool:
    match value:
        case str():
            return any(found[1] == name or found[2] == name for found in string.Template.pattern.findall(value))
        case Mapping():
            return any(_uses(each, name) for each in value.values())
        case list() | tuple():
            return any(_uses(each, name) for each in value)
        case _:
            return False


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return what a promise sends, with its credentials put in by name."""
    match value:
        case str():
            return string.Template(value).substitute(names)
        case Mapping():
            return {key: filled(each, names) for key, each in value.items()}
        case list() | tuple():
            return [filled(each, names) for each in value]
        case _:
            return value


def _filled_message(value: Any, names: Mapping[str, str | None]) -> Any:
    assert isinstance(value, Mapping)
    there = {name: each for name, each in names.items() if each is not None}
    lacking = set(names) - set(there)
    return {key: filled(each, there) for key, each in value.items() if not any(_uses(each, name) for name in lacking)}


def arrived(promise: Sends, handshake: Recorded) -> list[Any]:
    """Return what arrived at the place of a promise, decoded, each time it arrived."""
    match promise.place:
        case "query":
            return [value for name, value in handshake.query if name == promise.name]
        case "header":
            return [_decoded(value, promise.value) for value in handshake.header(promise.name)]
        case "cookie":
            pairs = [pair.strip() for value in handshake.header("Cookie") for pair in value.split(";")]
            return [unquote(pair.partition("=")[2]) for pair in pairs if pair.partition("=")[0] == promise.name]
        case "subprotocol":
            offered = [
                each.strip() for value in handshake.header("Sec-WebSocket-Protocol") for each in value.split(",")
            ]
            return offered[int(promise.name) : int(promise.name) + 1]
        case "message":
            return [_json(each) for each in handshake.messages[:1]]
        case _:
            return list(handshake.messages[:1])


def _decoded(value: str, form: Any) -> Any:
    """Return a header's value in the form the promise has: JSON, HTTP Basic, or as it is."""
    match form:
        case {"json": _}:
            return {"json": _json(value)}
        case {"basic": _} if plain_text := basic(value):
            name, _, password = plain_text.partition(":")
            return {"basic": {"username": name, "password": password}}
        case _:
            return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
