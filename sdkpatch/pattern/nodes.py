"""The shape in which nodes are compared: ``ast`` with parameters, arguments and dict items as lists of their own.

``ast`` keeps a function's parameters in seven lists and a call's arguments in two; a pattern speaks of one list each.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..python.text import Span, Text

Value = object
Fields = tuple[tuple[str, Value], ...]


class Parameter(ast.AST):
    """One parameter, or a bare ``*`` or ``/``. ``kind`` is ``plain``, ``star``, ``slash``, ``rest`` or ``keywords``."""

    _fields = ("kind", "arg", "annotation", "default")

    def __init__(self, kind: str = "", node: ast.arg | None = None, default: ast.expr | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.arg = node.arg if node else ""
        self.annotation = node.annotation if node else None
        self.default = default
        self.node = node
        self.neighbour: ast.AST | None = None  # what a bare star stands before, a slash behind


class Item(ast.AST):
    """One item of a dict display; ``key`` is None for ``**mapping``."""

    _fields = ("key", "value")

    def __init__(self, key: ast.expr | None = None, value: ast.expr | None = None) -> None:
        super().__init__()
        self.key = key
        self.value = value or ast.Constant(value=None)


class Nodes:
    """Gives the comparable fields of nodes; a node asked for twice gives the same lists."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ast.AST, Fields]] = {}

    def fields(self, node: ast.AST) -> Fields:
        """Return the names and values of what is compared: nodes, lists of nodes, or plain values."""
        known = self._known.get(id(node))
        if known is None:
            known = node, _fields(node)
            self._known[id(node)] = known
        return known[1]

    def list_of(self, node: ast.AST, field: str) -> list[ast.AST]:
        """Return one of the lists of a node."""
        found = dict(self.fields(node))[field]
        assert isinstance(found, list)
        return found


def parameters(arguments: ast.arguments) -> list[Parameter]:
    """Return the parameters of a function in the order they are written."""
    found: list[Parameter] = []
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    defaults += arguments.defaults
    for index, (node, default) in enumerate(zip(plain, defaults, strict=True)):
        found.append(Parameter("plain", node, default))
        if index + 1 == len(arguments.posonlyargs):
            found.append(Parameter("slash"))
            found[-1].neighbour = default or node
    if arguments.vararg:
        found.append(Parameter("rest", arguments.vararg))
    elif arguments.kwonlyargs:
        found.append(Parameter("star"))
        found[-1].neighbour = arguments.kwonlyargs[0]
    for node, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(Parameter("plain", node, default))
    if arguments.kwarg:
        found.append(Parameter("keywords", arguments.kwarg))
    return found


def span_in(text: Text, node: ast.AST) -> Span:
    """Return the offsets of a node, parameter or item in its text, with brackets that a node's end leaves out."""
    if isinstance(node, Parameter) and node.neighbour is not None:
        beside = text.span(node.neighbour)
        at = text.content.rindex("*", 0, beside[0]) if node.kind == "star" else text.content.index("/", beside[1])
        return at, at + 1
    if isinstance(node, Parameter):
        assert node.node is not None
        start, stop = text.span(node.node)
        if node.kind in ("rest", "keywords"):
            start = text.content.rindex("**" if node.kind == "keywords" else "*", 0, start)
        return start, text.closed(start, max(stop, text.span(node.default)[1] if node.default else 0))
    if isinstance(node, Item):
        start, stop = text.span(node.value)
        start = text.span(node.key)[0] if node.key is not None else text.content.rindex("**", 0, start)
        return start, text.closed(start, stop)
    if isinstance(node, ast.withitem):
        return text.span(node.context_expr)[0], text.span(node.optional_vars or node.context_expr)[1]
    return text.span(node)


def call_arguments(call: ast.Call) -> list[ast.AST]:
    """Return the arguments of a call in the order they are written."""
    found: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    return [*sorted(found, key=lambda each: (each.lineno, each.col_offset))]


def elements(subscript: ast.Subscript) -> list[ast.expr]:
    """Return what stands between the brackets, comma by comma."""
    inner = subscript.slice
    return list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]


def _fields(node: ast.AST) -> Fields:
    special = _SPECIAL.get(type(node))
    if special is not None:
        return special(node)
    names = _NAMES.get(type(node))
    if names is None:
        skipped = ("ctx", "type_comment", "kind", "type_params") if not isinstance(node, Parameter) else ()
        names = _NAMES[type(node)] = tuple(field for field in node._fields if field not in skipped)
    return tuple((field, getattr(node, field, None)) for field in names)


def _of_function(node: Any) -> Fields:
    return (
        ("is_async", isinstance(node, ast.AsyncFunctionDef)),
        ("name", node.name),
        ("decorators", list(node.decorator_list)),
        ("parameters", parameters(node.args)),
        ("returns", node.returns),
        ("body", list(node.body)),
    )


def _of_class(node: Any) -> Fields:
    bases: list[ast.expr | ast.keyword] = [*node.bases, *node.keywords]
    bases.sort(key=lambda each: (each.lineno, each.col_offset))
    return (
        ("name", node.name),
        ("decorators", list(node.decorator_list)),
        ("bases", list(bases)),
        ("body", list(node.body)),
    )


_SPECIAL: dict[type[ast.AST], Callable[[Any], Fields]] = {
    ast.FunctionDef: _of_function,
    ast.AsyncFunctionDef: _of_function,
    ast.ClassDef: _of_class,
    ast.Call: lambda node: (("func", node.func), ("arguments", call_arguments(node))),
    ast.Lambda: lambda node: (("parameters", parameters(node.args)), ("body", node.body)),
    ast.Dict: lambda node: (("items", [Item(*pair) for pair in zip(node.keys, node.values, strict=True)]),),
    ast.ImportFrom: lambda node: (
        ("module", "." * node.level + (node.module or "")),
        ("names", list(node.names)),
    ),
    ast.Subscript: lambda node: (("value", node.value), ("elements", elements(node))),
}
_NAMES: dict[type[ast.AST], tuple[str, ...]] = {}


def identity(node: object) -> tuple[int, str]:
    """Return what two nodes have in common that stand for the same code."""
    if isinstance(node, Parameter):
        return id(node.node), f"parameter {node.kind}"
    return (id(node.value), "item") if isinstance(node, Item) else (id(node), "")


def is_one(left: object, right: object) -> bool:
    """Tell whether two nodes stand for the same code: parameters and items are made anew for each look."""
    return identity(left) == identity(right)
