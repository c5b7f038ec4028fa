"""Find the authentication scheme that code writes before a credential: ``Bearer`` in ``f"Bearer {token}"``."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from .recognise import Function

_SCHEME = re.compile(r"\s*([!#$&'*+.^_`|~0-9A-Za-z-]+) +(?:$|[%{])")
"""A token of RFC 9110, section 11.1, then blanks, then nothing or a placeholder of ``%`` or ``str.format``."""


def schemes(code: bytes, header: str) -> frozenset[str]:
    """Return the schemes that a module puts before the value of ``header``, whatever the header's case.

    Handshakes take their headers from ``get_headers``: what other functions set counts only where that one sets
    nothing. An empty string stands for a value without a scheme, or with one that is not written in the module. A
    module that does not parse sets nothing.
    """
    if header.lower().encode() not in code.lower():
        return frozenset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    functions = [node for node in ast.walk(module) if isinstance(node, Function)]
    first = [node for node in functions if node.name == "get_headers"]
    return _set_in(first, header) or _set_in([module, *functions], header)


def _set_in(scopes: Sequence[ast.AST], header: str) -> frozenset[str]:
    found: set[str] = set()
    for scope in scopes:
        names = _assigned(scope)
        found |= {_scheme(value, names, 8) for value in _values(scope, header)}
    return frozenset(found)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module or function, less those of the functions in it."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, Function):
            pending += ast.iter_child_nodes(node)


def _assigned(scope: ast.AST) -> Mapping[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in _own(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case _:
                pass
    return found


def _values(scope: ast.AST, header: str) -> Iterator[ast.expr]:
    """Yield what a scope sets the header to: by subscript, in a dict, by ``setdefault``."""
    for node in _own(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(isinstance(each, ast.Subscript) and _is(each.slice, header) for each in targets):
                    yield value
            case ast.Dict(keys=keys, values=values):
                yield from (value for key, value in zip(keys, values, strict=True) if _is(key, header))
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[key, value]) if _is(key, header):
                yield value
            case ast.keyword(arg=str(name), value=value) if name.lower() == header.lower():
                yield value
            case _:
                pass


def _is(node: ast.expr | None, header: str) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == header.lower()


def _scheme(value: ast.expr, names: Mapping[str, ast.expr], depth: int) -> str:
    """Return the scheme at the head of an expression; ``depth`` bounds how far local names are followed."""
    match value:
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), _, *_]):
            return _in(text)
        case ast.BinOp(op=ast.Add(), left=left):
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
                left = left.left
            return _in(left.value) if isinstance(left, ast.Constant) and isinstance(left.value, str) else ""
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text))):
            return _in(text)
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str(text)))):
            return _in(text)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=" ")), args=[ast.List(elts=parts)]):
            match parts:
                case [ast.Constant(value=str(text)), _, *_]:
                    return _in(f"{text} ")
                case _:
                    return ""
        case ast.IfExp(body=body, orelse=orelse):
            return _scheme(body, names, depth) or _scheme(orelse, names, depth)
        case ast.Name(id=name) if name in names and depth:
            return _scheme(names[name], names, depth - 1)
        case _:
            return ""


def _in(text: str) -> str:
    found = _SCHEME.match(text)
    return found[1] if found else ""
