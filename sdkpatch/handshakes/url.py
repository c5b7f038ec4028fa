"""How generated code builds the url of a handshake: base and path joined, then a query put behind them."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from functools import partial

from ..text import Edit
from .call import Unclear
from .goals import Part
from .place import FUNCTIONS, Place, is_support
from .shapes import recognise
from .support import used

_HINT = "regenerate the file so that it holds generated code only, or leave the handshake out"


def url_parts(place: Place, path: str, was: str, values: Sequence[tuple[str, str]]) -> list[Part]:
    """Return what lets the support module build the url: path and query joined where the base has a query itself.

    ``path`` replaces the generated path when it is not empty, ``values`` fill its placeholders. ``was`` is what the
    generated path must be when it is not empty. Raises Unclear.
    """
    parts: list[Part] = []
    joined = False
    queries = 0
    for _, statement in place.statements:
        if not isinstance(statement, ast.Assign | ast.If) or place.url not in _targets(statement):
            continue
        for inner in ast.walk(statement):
            if not isinstance(inner, ast.Assign) or ast.unparse(inner.targets[0]) != place.url:
                continue
            if is_support(inner.value, "add_query") or recognise(inner) is not None:
                continue
            if is_support(inner.value, "join_query"):
                queries += 1
                if queries > 1:
                    raise Unclear(f"line {inner.lineno} puts the query behind the url once more", _HINT)
                continue
            if not joined:
                parts += _joined(place, inner, path, was, values)
                joined = True
            else:
                parts += _extended(place, inner)
    if not joined:
        raise Unclear("the url of the handshake is built in a way that is not understood", _HINT)
    return parts


def _targets(statement: ast.stmt) -> set[str]:
    return {ast.unparse(node.targets[0]) for node in ast.walk(statement) if isinstance(node, ast.Assign)}


def _operands(value: ast.expr) -> list[ast.expr]:
    """Return ``[a, b, c]`` for ``a + b + c``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return [*_operands(value.left), value.right]
    return [value]


def _joined(place: Place, statement: ast.Assign, path: str, was: str, values: Sequence[tuple[str, str]]) -> list[Part]:
    """Return what is to do to the assignment that joins the base url and the path."""
    text = place.source.text
    arguments = "".join(f", {name}={code}" for name, code in values)
    value = statement.value
    if is_support(value, "join_path"):
        assert isinstance(value, ast.Call)
        base, there = value.args[0], value.args[1]
        if not path:
            return []
        wanted = f"join_path({ast.unparse(base)}, {json.dumps(path, ensure_ascii=False)}{arguments})"
        if ast.unparse(value) == ast.unparse(ast.parse(wanted, mode="eval").body):
            return []
        if value.keywords:
            line = statement.lineno
            raise Unclear(f"line {line} already fills the path {ast.unparse(there)}", _HINT)
    elif _mentions_url(statement, place.url):
        raise Unclear(f"line {statement.lineno} builds the url in a way that is not understood", _HINT)
    else:
        operands = _operands(value)
        base = operands[0]
        if len(operands) > 1:
            start, stop = text.span(operands[1])[0], text.span(operands[-1])[1]
            shown = text.content[start:stop]
            if was and shown not in (f'"{was}"', f"'{was}'"):
                hint = "the generator changed the path: bring path and was up to date"
                raise Unclear(f"the generated path is {shown}, not {json.dumps(was)}", hint)
        elif path:
            shown = ""
        else:
            return []  # a base url alone: nothing is joined
        if not path:
            return [_part(place, value, f"join_path({text.segment(base)}, {shown})")]
    return [_part(place, value, f"join_path({text.segment(base)}, {json.dumps(path, ensure_ascii=False)}{arguments})")]


def _mentions_url(statement: ast.Assign, url: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == url for node in ast.walk(statement.value))


def _part(place: Place, value: ast.expr, code: str) -> Part:
    return Part(partial(_replaced, place, value, code), frozenset(used(ast.parse(code), FUNCTIONS)))


def _replaced(place: Place, value: ast.expr, code: str) -> list[Edit]:
    return [place.replaced(value, code)]


def _extended(place: Place, statement: ast.Assign) -> list[Part]:
    """Return what is to do to a statement that puts a query behind the url."""
    text = place.source.text
    match _operands(statement.value):
        case [ast.Name(id=url), ast.JoinedStr(values=[ast.Constant(value="?"), ast.FormattedValue(value=query)])]:
            shown = f"str({text.segment(query)})"
        case [ast.Name(id=url), ast.Constant(value="?"), ast.Call(func=function, args=[params]) as query]:
            is_encoder = ast.unparse(function) == "urllib.parse.urlencode" and not query.keywords
            shown = f"query_text({text.segment(params)})" if is_encoder else text.segment(query)
        case _:
            url = ""
            shown = ""
    if url != place.url:
        raise Unclear(f"line {statement.lineno} builds the url in a way that is not understood", _HINT)
    return [_part(place, statement.value, f"join_query({place.url}, {shown})")]
