"""The code that gives a value at a handshake, and the parameters of its method that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from ..model import Conflict
from ..operation import Held, ToDo
from ..operations.shared.parameter_addition import ParameterAddition, ParameterJudge, declared
from ..python import import_lines
from .call import Unclear
from .goals import Part
from .origins import Origin, literal
from .place import HandshakePlace
from .route import parameter_names


def expressions(place: HandshakePlace, wanted: Origin) -> list[str]:
    """Return the expressions that give a value at a handshake, in the order in which they are asked."""
    found = [wanted.parameter] if wanted.parameter else []
    if wanted.header:
        scheme = f", scheme={literal(wanted.scheme)}" if wanted.scheme else ""
        request = f", {place.request}" if place.request else ""
        found.append(f"header_value({place.headers}, {literal(wanted.header.lower())}{request}{scheme})")
    if wanted.attributes:
        names = ", ".join(map(literal, wanted.attributes))
        call = "await wrapper_value_async" if place.is_async else "wrapper_value"
        found.append(f"{call}({place.wrapper}, {names})")
    if wanted.env:
        found.append(f"environment_value({literal(wanted.env)})")
    if wanted.literal:
        found.append(wanted.literal)
    return found


def expression(place: HandshakePlace, wanted: Origin) -> str:
    """Return the one expression that gives a value at a handshake."""
    found = expressions(place, wanted)
    return found[0] if len(found) == 1 else f"first_value({', '.join(found)})"


def table(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a dictionary's code from its keys and the code of its values."""
    return "{" + ", ".join(f"{literal(key)}: {code}" for key, code in pairs) + "}"


def parameter_parts(place: HandshakePlace, origins: Sequence[Origin], *, is_shared: bool = False) -> list[Part]:
    """Return what adds the parameters that a handshake's method does not have. Raises Unclear.

    ``is_shared`` allows a parameter that the generated method declares itself.
    """
    parts: list[Part] = []
    for each in origins:
        parameter = declared(each.code) if each.code else None
        if parameter is None or (is_shared and each.parameter in parameter_names(place.function)):
            continue
        addition = ParameterAddition(
            functions=(),
            parameter=parameter,
            code=each.code,
            beside="",
            behind=True,
            doc=each.doc,
            calls=(),
            argument=f"{each.parameter}={each.parameter}",
            store="",
            imports=(),
        )
        match ParameterJudge(place.source, addition, place.target, place.function).verdict():
            case Held():
                pass
            case ToDo(work=work):
                parts.append(Part(work))
            case Conflict(reason=reason):
                raise Unclear(reason, "give the parameter another name, or narrow the step with within")
    if parts and any("typing." in each.code for each in origins):
        parts.append(Part(partial(import_lines.add, place.source, ["import typing"])))
    return parts
