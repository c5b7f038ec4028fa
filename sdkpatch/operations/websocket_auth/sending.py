"""Credentials from anywhere to anywhere: the code that the support module's functions make of a step."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...handshakes.call import Unclear
from ...handshakes.goals import Want
from ...handshakes.origins import Origin, literal
from ...handshakes.place import HandshakePlace
from ...handshakes.route import parameter_names
from ...handshakes.values import expression, expressions, parameter_parts, table
from .arguments import NAME, Sending, names_in


def want(place: HandshakePlace, sending: Sending) -> Want:
    """Return what a step wants of a handshake. Raises Unclear."""
    locals_ = {name: _local(place, name, each) for name, each in sending.take}
    statements = [
        f"{locals_[name]} = {expression(place, each)}"
        for name, each in sending.take
        if locals_[name] == f"_auth_{name}"
    ]
    if sending.headers:
        names = ", ".join(map(literal, sorted(sending.headers)))
        statements.append(f"{place.headers} = without_headers({place.headers}, {names})")
    statements += _headers(place, sending, locals_)
    if sending.cookie:
        cookies = table((name, text_code(value, locals_)) for name, value in sending.cookie)
        statements.append(f"{place.headers} = add_cookies({place.headers}, {cookies})")
    if sending.query:
        query = table((name, text_code(value, locals_)) for name, value in sending.query)
        statements.append(f"{place.url} = add_query({place.url}, {query})")
    subprotocols = ", ".join(text_code(each, locals_) for each in sending.subprotocol)
    is_greeting = sending.message is not None or sending.text
    origins = [each for _, each in sending.take]
    return Want(
        statements=tuple(statements),
        keywords=(("subprotocols", f"subprotocol_names({subprotocols})"),) if subprotocols else (),
        opened=True,
        greetings=(_greeting(place, sending, locals_),) if is_greeting else (),
        parts=tuple(parameter_parts(place, origins)),
    )


def _local(place: HandshakePlace, name: str, taken: Origin) -> str:
    """Return what a credential goes by: the parameter or the constant it is, or a local of its own."""
    found = expressions(place, taken)
    if len(found) == 1 and (taken.parameter or taken.literal):
        return found[0]
    local = f"_auth_{name}"
    if local in parameter_names(place.function):
        raise Unclear(f"the method has a parameter {local}", "name the credential otherwise")
    return local


def _headers(place: HandshakePlace, sending: Sending, locals_: Mapping[str, str]) -> list[str]:
    """Return the statements that set headers; one that was taken is set whatever the caller gave, which was taken."""
    statements: list[str] = []
    for is_taken in (True, False):
        pairs = [
            (name, value_code(value, locals_))
            for name, value in sending.header
            if (name.lower() in sending.headers) == is_taken
        ]
        request = f", {place.request}" if place.request and not is_taken else ""
        if pairs:
            statements.append(f"{place.headers} = set_headers({place.headers}, {table(pairs)}{request})")
    return statements


def text_code(text: str, locals_: Mapping[str, str]) -> str:
    """Return the expression for a text with the names of credentials in it."""
    names = sorted(set(names_in(text)))
    if not names:
        return literal(text.replace("$$", "$"))
    if NAME.fullmatch(text):
        return locals_[names[0]]
    given = ", ".join(f"{name}={locals_[name]}" for name in names)
    return f"fill_template({literal(text)}, {given})"


def value_code(value: object, locals_: Mapping[str, str]) -> str:
    """Return the expression for a header's value: a text, ``{ json = … }`` or ``{ basic = … }``."""
    match value:
        case {"json": inner, **rest} if not rest:
            return f"json_text({json_code(inner, locals_)})"
        case {"basic": {"username": str(username), "password": str(password)}, **rest} if not rest:
            return f"basic_credentials({text_code(username, locals_)}, {text_code(password, locals_)})"
        case str():
            return text_code(value, locals_)
        case _:
            raise AssertionError("checked when the patch was read")


def json_code(value: object, locals_: Mapping[str, str]) -> str:
    """Return the expression for a TOML value whose texts may hold the names of credentials."""
    match value:
        case str():
            return text_code(value, locals_)
        case Mapping():
            return table((key, json_code(each, locals_)) for key, each in value.items())
        case list() | tuple():
            return "[" + ", ".join(json_code(each, locals_) for each in value) + "]"
        case _:
            return literal(value)


def _greeting(place: HandshakePlace, sending: Sending, locals_: Mapping[str, str]) -> str:
    """Return the statement that sends the first message and reads the answer."""
    _, connection = place.with_item
    call = "await log_in_async" if place.is_async else "log_in"
    arguments = [connection]
    if sending.before is not None:
        arguments.append(f"before={literal(sending.before)}")
    if sending.message is not None:
        arguments.append(f"message={json_code(sending.message, locals_)}")
    else:
        arguments.append(f"text={text_code(sending.text, locals_)}")
    if reply := sending.reply:
        arguments.append(f"success={literal(reply.success)}")
        arguments += [f"failure={literal(reply.failure)}"] if reply.failure else []
        arguments += [f"skip={literal(reply.skip)}"] if reply.skip else []
        arguments.append(f"timeout={reply.timeout}")
    secrets = [local for local in locals_.values() if re.fullmatch(r"\w+", local)]
    arguments += [f"secrets=[{', '.join(secrets)}]"] if secrets else []
    return f"{connection} = {call}({', '.join(arguments)})"
