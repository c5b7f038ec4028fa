"""What the code of an SDK module binds and refers to, as far as that decides whether it can open a WebSocket."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..handshakes.recognise import SUPPORT_MODULE

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Reference(NamedTuple):
    """A dotted name in code: ``parts`` begins with the name, or with ``?`` where an expression stands before a dot.

    ``lines`` are those of the call, where it is called.
    """

    parts: tuple[str, ...]
    line: int
    lines: tuple[int, int] | None = None


class Unit(NamedTuple):
    """A function, or a statement outside of functions that binds names; functions in it belong to it.

    ``name`` is qualified, ``owner`` the class it stands in. ``stored`` are the dotted names that it assigns to.
    """

    path: str
    module: str
    owner: str
    name: str
    line: int
    end: int
    is_function: bool
    is_async: bool
    is_context: bool
    references: tuple[Reference, ...]
    stored: tuple[tuple[str, ...], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others: module and qualified name."""
        return self.module, self.name

    @property
    def last(self) -> str:
        """The name without what it stands in."""
        return self.name.rpartition(".")[2]


class ModuleReferences(NamedTuple):
    """A parsed module: what its names stand for, its classes with their bases, its units.

    A name stands for a dotted name of websockets (``websockets.sync.client``), or for something of the SDK:
    ``:pkg.core.opened`` is a module, ``:pkg.core.opened:connect`` what it defines.
    """

    name: str
    path: str
    bindings: Mapping[str, str]
    stars: tuple[str, ...]
    classes: Mapping[str, tuple[tuple[tuple[str, ...], ...], int]]
    units: tuple[Unit, ...]


def read(code: bytes, path: str, name: str, *, is_package: bool) -> ModuleReferences:
    """Read a module. Raises SyntaxError, ValueError, RecursionError or MemoryError where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code, path)
    bindings: dict[str, str] = {}
    stars: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bindings |= dict(_imported(node))
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, name, is_package=is_package)
            for alias in node.names:
                if alias.name == "*":
                    stars.append(source)
                else:
                    joint = "." if source.startswith("websockets") else ":"
                    bindings[alias.asname or alias.name] = f"{source}{joint}{alias.name}"
    reader = _Reader(name, path)
    reader.block(tree.body, "", "")
    for unit in reader.units:
        if not unit.owner:
            bindings[unit.name] = f":{name}:{unit.name}"
    for each in reader.classes:
        bindings.setdefault(each.partition(".")[0], f":{name}:{each.partition('.')[0]}")
    return ModuleReferences(name, path, bindings, tuple(stars), reader.classes, tuple(reader.units))


def _imported(node: ast.Import) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        prefix = "" if alias.name.split(".")[0] == "websockets" else ":"
        if alias.asname:
            yield alias.asname, prefix + alias.name
        else:
            yield alias.name.split(".")[0], prefix + alias.name.split(".")[0]


def _source(node: ast.ImportFrom, name: str, *, is_package: bool) -> str:
    if not node.level:
        module = node.module or ""
        return module if module.split(".")[0] == "websockets" else f":{module}"
    if (node.module or "").split(".")[-1] == SUPPORT_MODULE:
        return "websockets"  # what it opens, it opens for the caller
    parts = name.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ":" + ".".join([*kept, *([node.module] if node.module else [])])


class _Reader:
    """Collects the classes and units of a module."""

    def __init__(self, module: str, path: str) -> None:
        self.module, self.path = module, path
        self.classes: dict[str, tuple[tuple[tuple[str, ...], ...], int]] = {}
        self.units: list[Unit] = []

    def block(self, block: list[ast.stmt], owner: str, prefix: str) -> None:
        for statement in block:
            if isinstance(statement, Function):
                self._add(statement, owner, f"{prefix}{statement.name}")
            elif isinstance(statement, ast.ClassDef):
                name = f"{prefix}{statement.name}"
                bases = tuple(parts for base in statement.bases if (parts := dotted(base)))
                self.classes[name] = (bases, statement.lineno)
                self.block(statement.body, name, f"{name}.")
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            elif method := self._given(statement):
                self._add(statement, method[0], ".".join(method))
            elif inner := list(_blocks(statement)):
                for each in inner:
                    self.block(each, owner, prefix)
            else:
                for name in _bound(statement):
                    self._add(statement, owner, f"{prefix}{name}")

    def _given(self, statement: ast.stmt) -> tuple[str, str] | None:
        """Return class and name of a method that a class of the module is given: ``Kind.connect = connect``."""
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=kind), attr=name)]):
                pass
            case ast.Expr(ast.Call(ast.Name("setattr"), [ast.Name(id=kind), ast.Constant(str(name)), _])):
                pass
            case _:
                return None
        return (kind, name) if kind in self.classes else None

    def _add(self, node: ast.stmt, owner: str, name: str) -> None:
        decorators = node.decorator_list if isinstance(node, Function) else []
        found = _References()
        found.visit(node)
        unit = Unit(
            path=self.path,
            module=self.module,
            owner=owner,
            name=name,
            line=min([node.lineno, *(each.lineno for each in decorators)]),
            end=node.end_lineno or node.lineno,
            is_function=isinstance(node, Function),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_context=any("contextmanager" in ast.unparse(each) for each in decorators),
            references=tuple(found.references),
            stored=tuple(found.stored),
        )
        self.units.append(unit)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def _bound(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Assign(targets=targets):
            names = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
            return list(dict.fromkeys(names)) or ["(module)"]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return []
        case _:
            return ["(module)"]


def dotted(node: ast.expr) -> tuple[str, ...]:
    """Return the parts of ``a.b.c``, with ``?`` for an expression before the first dot; empty for what is no name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return (node.id, *parts[::-1])
    if isinstance(node, ast.Subscript):  # Base[Type]
        return dotted(node.value) if not parts else ("?", *parts[::-1])
    return ("?", *parts[::-1]) if parts else ()


_LIBRARY = "websockets"


class _References(ast.NodeVisitor):
    """Collects the dotted names of code that runs: annotations are none of it."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.stored: list[tuple[str, ...]] = []
        self._hidden = 0  # functions around with a parameter that hides the library

    def _refer(self, parts: tuple[str, ...], node: ast.expr, lines: tuple[int, int] | None = None) -> None:
        """Take a dotted name up, unless it hides the library: Fern's environments have a parameter of its name."""
        if parts[:1] != (_LIBRARY,) or not self._hidden:
            self.references.append(Reference(parts, node.lineno, lines))

    def visit_arg(self, node: ast.arg) -> None:
        """An annotation does not run."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: Function) -> None:
        for each in (*node.decorator_list, node.args):
            self.visit(each)
        self._inside(node.args, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)
        self._inside(node.args, [node.body])

    def _inside(self, parameters: ast.arguments, body: Sequence[ast.AST]) -> None:
        """Visit the body of a function; a parameter hides the library there, unless the body imports or assigns it."""
        hides = any(isinstance(each, ast.arg) and each.arg == _LIBRARY for each in ast.walk(parameters))
        hides = hides and not any(_binds_library(each) for part in body for each in ast.walk(part))
        self._hidden += hides
        for part in body:
            self.visit(part)
        self._hidden -= hides

    def visit_Import(self, node: ast.Import) -> None:
        """It binds names, and uses none."""

    def visit_Call(self, node: ast.Call) -> None:
        name = dotted(node.func)
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        lines = (node.lineno, node.end_lineno or node.lineno)
        if name[-1:] == ("getattr",) and len(node.args) > 1:
            base = dotted(node.args[0])
            # a name that is not written out may be any: then the base counts by itself
            self._refer((*base, texts[0]) if texts and base else base, node)
        elif name[-1:] in (("import_module",), ("__import__",)) and any(map(_is_library, texts)):
            self.references.append(Reference(("websockets",), node.lineno))
        elif name:
            self._refer(name, node, lines)
            if name[0] == "?":
                self.visit(_innermost(node.func))
        else:
            self.visit(node.func)
        skipped = 1 if name[-1:] == ("getattr",) and len(node.args) > 1 and dotted(node.args[0]) else 0
        for each in (*node.args[skipped:], *node.keywords):
            self.visit(each)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Constant) and _is_library(node.slice.value):  # sys.modules["websockets"]
            self.references.append(Reference(("websockets",), node.lineno))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._name(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._name(node)

    def _name(self, node: ast.Name | ast.Attribute) -> None:
        parts = dotted(node)
        if isinstance(node.ctx, ast.Store | ast.Del):
            self.stored.append(parts)
        else:
            self._refer(parts, node)
        if parts[0] == "?":
            self.visit(_innermost(node))


def _binds_library(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((each.asname or each.name.split(".")[0]) == _LIBRARY for each in node.names)
    return isinstance(node, ast.Name) and node.id == _LIBRARY and not isinstance(node.ctx, ast.Load)


def _innermost(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_library(text: object) -> bool:
    return isinstance(text, str) and text.split(".")[0] == "websockets"
