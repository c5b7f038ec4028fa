"""Names that code uses before anything can have bound them: in the order in which a module or a function runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .annotations import is_future, is_type_checking
from .index import children, subtree
from .offered import BUILTINS

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MATCHES = (ast.MatchAs, ast.MatchStar, ast.MatchMapping)
_CATCHING = frozenset({"NameError", "UnboundLocalError", "Exception", "BaseException"})


class EarlyUse(NamedTuple):
    """A name, the line that uses it, and the qualified name of the function or class whose code that is."""

    name: str
    line: int
    scope: str


def early(tree: ast.Module) -> list[EarlyUse]:
    """Return the uses that come before all that binds the name there, by line.

    Only what is certain is told: each branch may have run, a loop's body may have run before, functions are not
    followed where they are called. Annotations that are strings, or that Python leaves alone, count as no use.
    """
    found: list[EarlyUse] = []
    is_lazy = any(is_future(each) for each in tree.body)
    names, is_open = _bound_in(tree.body)
    if not is_open:
        _Run("", names, found, is_lazy).block(tree.body)
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        node, scope = pending.pop()
        for child in children(node):
            inner = scope
            if isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
                inner = f"{scope}.{child.name}" if scope else child.name
            if isinstance(child, _FUNCTIONS):
                names, is_open = _bound_in(child.body)
                if names and not is_open:
                    run = _Run(inner, names, found, is_lazy)
                    run.bound |= {each.arg for each in subtree(child.args) if isinstance(each, ast.arg)}
                    run.block(child.body)
            if isinstance(child, ast.stmt | ast.ExceptHandler) or type(child).__name__ == "match_case":
                pending.append((child, inner))
    return sorted(set(found), key=lambda each: (each.line, each.name))


class _Run:
    """The code of a module, function or class as it runs. ``names`` are those it binds anywhere, ``bound`` so far."""

    def __init__(self, scope: str, names: set[str], found: list[EarlyUse], is_lazy: bool, outer: _Run | None = None):
        self.scope = scope
        self.names = names
        self.bound: set[str] = set()
        self._found = found
        self._is_lazy = is_lazy
        self._outer = outer
        self._hidden: list[set[str]] = []
        self._is_function = bool(scope) and outer is None

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for each in statements:
            self._statement(each)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._expressions(node.decorator_list)
                self._parameters(node.args)
                if node.returns is not None:
                    self._annotation(node.returns)
                self.bound.add(node.name)
            case ast.ClassDef():
                self._class(node)
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                self._blocks(node)
            case ast.Try():
                self._try(node)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
                self._assignment(node)
            case ast.Expr() | ast.Return() | ast.Raise() | ast.Assert():
                self._expressions(children(node))
            case _:  # imports, and what is taken as a whole: match, del, except*, a type alias
                self.bound |= _bound_in([node])[0]

    def _blocks(self, node: ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith) -> None:
        match node:
            case ast.If(test, body, orelse):
                self._expression(test)
                if is_type_checking(test):
                    self.bound |= _bound_in(body)[0]
                else:
                    self.block(body)
                self.block(orelse)
            case ast.With(items, body) | ast.AsyncWith(items, body):
                for item in items:
                    self._expression(item.context_expr)
                    self._target(item.optional_vars)
                self.block(body)
            case ast.For() | ast.AsyncFor() | ast.While():  # what is bound below may stem from the last time
                self._expression(node.test if isinstance(node, ast.While) else node.iter)
                self.bound |= _bound_in([node])[0]
                self.block([*node.body, *node.orelse])

    def _assignment(self, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> None:
        if node.value is not None:
            self._expression(node.value)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._use(node.target)
        if isinstance(node, ast.AnnAssign) and not self._is_function:
            self._annotation(node.annotation)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._target(target)

    def _class(self, node: ast.ClassDef) -> None:
        self._expressions([*node.decorator_list, *node.bases, *(each.value for each in node.keywords)])
        names, is_open = _bound_in(node.body)
        if not is_open and not getattr(node, "type_params", []):
            scope = f"{self.scope}.{node.name}" if self.scope else node.name
            outer = self if self._outer is None else self._outer
            _Run(scope, names, self._found, self._is_lazy, outer).block(node.body)
        self.bound.add(node.name)

    def _try(self, node: ast.Try) -> None:
        caught = {name for each in node.handlers if each.type is not None for name in _names(each.type, ast.Load)}
        if any(each.type is None for each in node.handlers) or caught & _CATCHING:
            self.bound |= _bound_in(node.body)[0]
        else:
            self.block(node.body)
        for handler in node.handlers:
            self.bound |= {handler.name} if handler.name else set()
            self.block(handler.body)
        self.block([*node.orelse, *node.finalbody])

    def _target(self, node: ast.expr | None) -> None:
        """Read what a target reads (``a`` in ``a.b = 1``), then bind what it binds."""
        if node is not None:
            self._expression(node)
            self.bound |= _names(node, ast.Store)

    def _parameters(self, node: ast.arguments) -> None:
        self._expressions([*node.defaults, *(each for each in node.kw_defaults if each is not None)])
        for each in subtree(node):
            if isinstance(each, ast.arg) and each.annotation is not None:
                self._annotation(each.annotation)

    def _annotation(self, node: ast.expr) -> None:
        if not self._is_lazy:
            self._expression(node)

    def _expressions(self, nodes: Iterable[ast.AST]) -> None:
        for each in nodes:
            self._expression(each)

    def _expression(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._use(node)
        elif isinstance(node, ast.NamedExpr):
            self._expression(node.value)
            self.bound.add(node.target.id)
        elif isinstance(node, ast.Lambda):
            self._parameters(node.args)
        elif isinstance(node, _COMPREHENSIONS):
            self._expression(node.generators[0].iter)
            self.bound |= _walrus(node)
            if not isinstance(node, ast.GeneratorExp):
                self._hidden.append(_names(node, ast.Store))
                self._expressions(children(node))
                self._hidden.pop()
        else:
            self._expressions(children(node))

    def _use(self, node: ast.Name) -> None:
        name = node.id
        if name in self.bound or any(name in each for each in self._hidden):
            return
        home = self if self._outer is None else self._outer
        if name in home.bound or not (name in home.names or (name in self.names and home.scope == "")):
            return
        if name in BUILTINS and not home.scope:  # outside functions Python takes its own until then
            return
        self._found.append(EarlyUse(name, node.lineno, self.scope))


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {each.id for each in subtree(node) if isinstance(each, ast.Name) and isinstance(each.ctx, context)}


def _walrus(node: ast.AST) -> set[str]:
    return {each.target.id for each in subtree(node) if isinstance(each, ast.NamedExpr)}


def _own(statements: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what runs in the scope of statements: not what stands in functions, classes and comprehensions inside."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, _COMPREHENSIONS):
            pending += [each for each in subtree(node) if isinstance(each, ast.NamedExpr)]
        else:
            pending += children(node)


def _bound_in(statements: Iterable[ast.stmt]) -> tuple[set[str], bool]:
    """Return the names that statements bind in their scope, and whether they may bind others that nobody sees."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    is_open = False
    for node in _own(statements):
        if isinstance(node, ast.Name):
            names |= {node.id} if isinstance(node.ctx, ast.Store) else set()
            is_open = is_open or node.id in ("exec", "globals", "locals", "vars")
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            is_open = is_open or any(each.name == "*" for each in node.names)
            names |= {each.asname or each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere |= set(node.names)
        elif isinstance(node, (*_MATCHES, ast.ExceptHandler)):
            names |= {each for each in (getattr(node, "name", None), getattr(node, "rest", None)) if each}
    return names - elsewhere, is_open
