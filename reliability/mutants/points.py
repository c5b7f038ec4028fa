"""Small changes within a function: statements, strings, names, constants, arguments, conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from reliability.mutants.changes import Edit, Source

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Point(NamedTuple):
    """A small change: the kind, the place for people, and the edits."""

    kind: str
    label: str
    edits: tuple[Edit, ...]


def points(source: Source, function: Function) -> Iterator[Point]:
    """Yield every small change of a function; what it returns, yields and does with errors stays as it is."""
    statements = list(_statements(function.body))
    for statement in statements:
        yield from _of_statement(source, statement)
    for body in _bodies(function):
        for one, other in pairwise(body):
            if not _is_docstring(one):
                edits = ((*source.span(one), source.code(other)), (*source.span(other), source.code(one)))
                yield _point("statements swapped", source, one, *edits)
    names = sorted({each.id for each in _nodes(function) if isinstance(each, ast.Name)} | _parameters(function))
    attributes = sorted({each.attr for each in _nodes(function) if isinstance(each, ast.Attribute)})
    for node in _nodes(function):
        yield from _of_expression(source, node, names, attributes)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if _is_docstring(statement):
            continue
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for inner in (getattr(statement, "body", ()), getattr(statement, "orelse", ())):
                yield from _statements(inner)


def _bodies(function: Function) -> Iterator[Sequence[ast.stmt]]:
    yield function.body
    for statement in _statements(function.body):
        for inner in (getattr(statement, "body", ()), getattr(statement, "orelse", ())):
            if inner:
                yield inner


def _nodes(function: Function) -> Iterator[ast.expr]:
    """Yield the expressions that take part in the request."""
    for statement in _statements(function.body):
        if isinstance(statement, ast.AnnAssign):
            yield from _below(statement.value) if statement.value is not None else ()
        elif not isinstance(statement, ast.Expr) or not isinstance(statement.value, (ast.Yield, ast.Await)):
            for field in ast.iter_child_nodes(statement):
                if isinstance(field, ast.expr):
                    yield from _below(field)
                elif isinstance(field, ast.withitem):
                    yield from _below(field.context_expr)


def _below(node: ast.expr) -> Iterator[ast.expr]:
    for each in ast.walk(node):
        if isinstance(each, ast.expr) and not isinstance(each, ast.FormattedValue):
            yield each


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _parameters(function: Function) -> set[str]:
    return {each.arg for each in (*function.args.args, *function.args.kwonlyargs)} - {"self"}


def _point(kind: str, source: Source, node: ast.stmt | ast.expr, *edits: Edit) -> Point:
    return Point(kind, f"{source.path}:{node.lineno}:{node.col_offset}", edits)


def _of_statement(source: Source, node: ast.stmt) -> Iterator[Point]:
    yield _point("statement deleted", source, node, (*source.span(node), "pass"))
    is_yield = isinstance(node, ast.Expr) and isinstance(node.value, (ast.Yield, ast.Await))
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)) and not is_yield:
        text = source.code(node)
        yield _point("statement doubled", source, node, (*source.span(node), f"{text}\n{' ' * node.col_offset}{text}"))
    if isinstance(node, ast.If):
        test, span = source.code(node.test), source.span(node.test)
        yield _point("condition negated", source, node, (*span, f"not ({test})"))
        yield _point("condition fixed", source, node, (*span, "True"))
        yield _point("condition fixed", source, node, (*span, "False"))


def _of_expression(source: Source, node: ast.expr, names: list[str], attributes: list[str]) -> Iterator[Point]:
    span = source.span(node)
    match node:
        case ast.Constant() | ast.JoinedStr():
            for kind, new in _other_values(source, node):
                yield _point(kind, source, node, (*span, new))
        case ast.Name(ctx=ast.Load()):
            others = [name for name in names if name != node.id]
            for step in (1, 3) if others else ():
                chosen = others[(node.lineno + node.col_offset * step) % len(others)]
                yield _point("name changed", source, node, (*span, chosen))
        case ast.Attribute(ctx=ast.Load()):
            others = [name for name in attributes if name != node.attr]
            if others:
                chosen = others[(node.lineno + node.col_offset) % len(others)]
                yield _point("attribute changed", source, node, (span[1] - len(node.attr), span[1], chosen))
        case ast.Call():
            yield from _of_call(source, node)
        case ast.Dict():
            yield from _of_dict(source, node)
        case _:
            yield from _of_choice(source, node)


def _other_values(source: Source, node: ast.Constant | ast.JoinedStr) -> Iterator[tuple[str, str]]:
    code = source.code(node)
    match node:
        case ast.JoinedStr() if code.startswith('f"'):
            yield "string changed", f'{code[:-1]}x"'
        case ast.Constant(value=str() as text) if code[:1] in "\"'":
            yield "string changed", repr(f"{text}x")
            yield "string changed", repr("" if text else "x")
        case ast.Constant(value=bool() | None as value):
            yield "constant changed", str(not value)
        case ast.Constant(value=int() as number):
            yield "constant changed", str(number + 1)
        case _:
            pass


def _of_choice(source: Source, node: ast.expr) -> Iterator[Point]:
    span = source.span(node)
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse):
            edits = ((*source.span(body), source.code(orelse)), (*source.span(orelse), source.code(body)))
            yield _point("branches swapped", source, node, *edits)
            yield _point("condition negated", source, node, (*source.span(test), f"not ({source.code(test)})"))
        case ast.BoolOp(op=op, values=[first, *rest]):
            word, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            middle = (source.span(first)[1], source.span(rest[0])[0])
            text = source.text.encode()[slice(*middle)].decode()
            yield _point("condition changed", source, node, (*middle, text.replace(word, other)))
            yield _point("condition changed", source, node, (*span, source.code(first)))
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            yield _point("condition negated", source, node, (*span, f"(not ({source.code(node)}))"))
        case ast.BinOp(left=left, right=right):
            for side in (left, right):
                yield _point("side of an operator dropped", source, node, (*span, source.code(side)))
        case ast.DictComp(generators=[ast.comprehension(ifs=[only])]):
            for new in ("True", "False"):
                yield _point("filter fixed", source, node, (*source.span(only), new))
        case _:
            pass


def _of_call(source: Source, node: ast.Call) -> Iterator[Point]:
    parts: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    texts = [source.code(each) for each in parts]
    callee, (start, end) = source.span(node.func)[1], source.span(node)
    for place in range(len(parts)):
        kept = ", ".join(texts[:place] + texts[place + 1 :])
        yield _point("argument dropped", source, node, (callee, end, f"({kept})"))
    if len(node.args) == 2:
        yield _point(
            "arguments swapped", source, node, (callee, end, f"({', '.join([texts[1], texts[0], *texts[2:]])})")
        )
    values = [each for each in node.keywords if each.arg]
    for one, other in pairwise(values):
        edits = (
            (*source.span(one.value), source.code(other.value)),
            (*source.span(other.value), source.code(one.value)),
        )
        yield _point("arguments swapped", source, node, *edits)
    if isinstance(node.func, ast.Attribute):
        yield _point("call left out", source, node, (start, end, source.code(node.func.value)))
    elif len(node.args) == 1:
        yield _point("call left out", source, node, (start, end, source.code(node.args[0])))


def _of_dict(source: Source, node: ast.Dict) -> Iterator[Point]:
    entries = [
        f"**{source.code(value)}" if key is None else f"{source.code(key)}: {source.code(value)}"
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    for place in range(len(entries)):
        kept = ", ".join(entries[:place] + entries[place + 1 :])
        yield _point("entry dropped", source, node, (*source.span(node), "{" + kept + "}"))
    named = [value for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    for one, other in pairwise(named):
        edits = ((*source.span(one), source.code(other)), (*source.span(other), source.code(one)))
        yield _point("values swapped", source, node, *edits)
