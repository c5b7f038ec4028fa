"""How generated code builds the url of a handshake: base and path joined, then a query put behind them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from functools import partial

from ..python.text import Edit
from .call import Unclear
from .goals import Part
from .place import FUNCTIONS, HandshakePlace, calls_support
from .shapes import recognise
from .support import used

_HINT = "regenerate the file so that it holds generated code only, or leave the handshake out"


def url_parts(place: HandshakePlace, path: str, was: str, values: Sequence[tuple[str, str]]) -> list[Part]:
    """Return what lets the support module build the url: path and query joined where the base has a query itself.

    ``path`` replaces the generated path when it is not empty, ``values`` fill its placeholders. ``was`` is what the
    generated path must be when it is not empty. Raises Unclear.
    """
    parts: list[Part] = []
    built = list(_assignments(place))
    if not built or calls_support(built[0].value, "join_query"):
        raise Unclear("the url of the handshake is built in a way that is not understood", _HINT)
    queries = [each for each in built if calls_support(each.value, "join_query")]
    if len(queries) > 1:
        raise Unclear(f"line {queries[1].lineno} appends the query to the url again", _HINT)
    if len(built) == 1 and (line := _unused_query(place)):
        raise Unclear(f"line {line} builds a query that is never appended to the url", _HINT)
    parts += _joined(place, built[0], path, was, values)
    for statement in built[1:]:
        parts += _extended(place, statement) if statement not in queries else []
    return parts


def _assignments(place: HandshakePlace) -> Iterator[ast.Assign]:
    """Yield the statements that build the url, other than those that patches add."""
    for _, statement in place.statements:
        for inner in ast.walk(statement) if isinstance(statement, ast.Assign | ast.If) else ():
            if not isinstance(inner, ast.Assign) or ast.unparse(inner.targets[0]) != place.url:
                continue
            if not calls_support(inner.value, "add_query") and recognise(inner) is None:
                yield inner


def _unused_query(place: HandshakePlace) -> int:
    """Return the line that begins a generated query, or 0: asked where no statement puts one behind the url."""
    for _, statement in place.statements:
        match statement:
            case ast.Assign(value=ast.Call(func=function)):
                if ast.unparse(function) in ("httpx.QueryParams", "encode_query"):
                    return statement.lineno
            case _:
                pass
    return 0


def _operands(value: ast.expr) -> list[ast.expr]:
    """Return ``[a, b, c]`` for ``a + b + c``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return [*_operands(value.left), value.right]
    return [value]


def _joined(
    place: HandshakePlace, statement: ast.Assign, path: str, was: str, values: Sequence[tuple[str, str]]
) -> list[Part]:
    """Return what is to do to the assignment that joins the base url and the path."""
    text = place.source.text
    arguments = "".join(f", {name}={code}" for name, code in values)
    value = statement.value
    if calls_support(value, "join_path"):
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


def _part(place: HandshakePlace, value: ast.expr, code: str) -> Part:
    return Part(partial(_replaced, place, value, code), frozenset(used(ast.parse(code), FUNCTIONS)))


def _replaced(place: HandshakePlace, value: ast.expr, code: str) -> list[Edit]:
    return [place.replaced(value, code)]


def _extended(place: HandshakePlace, statement: ast.Assign) -> list[Part]:
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
