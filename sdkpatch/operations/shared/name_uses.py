"""Where a function uses a name of its own: every use that means its parameter, by Python's rules of scopes.

The rules: https://docs.python.org/3/reference/executionmodel.html#resolution-of-names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...python.source import Function

_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SEES_ALL = frozenset({"locals", "eval", "exec"})
_SEE_ALL_ALONE = frozenset({"vars", "dir"})


class UnclearUse(Exception):
    """The uses of a name cannot be told, or not be edited; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Uses:
    """Collects the uses of ``name`` in a function's body; ``hidden`` is a name that may not come between.

    Raises Unclear where something binds the name without a node of its own, or where ``hidden`` is bound between the
    function and a use.
    """

    def __init__(self, name: str, hidden: str = "") -> None:
        self._name = name
        self._hidden = hidden
        self.found: list[ast.Name] = []

    def of(self, function: Function) -> list[ast.Name]:
        """Return the uses, in no special order."""
        self._all(function.body, is_hidden=False)
        return self.found

    def _all(self, nodes: Iterable[ast.AST | None], *, is_hidden: bool) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node, is_hidden)

    def _visit(self, node: ast.AST, is_hidden: bool) -> None:
        match node:
            case ast.Name(id=name):
                if name == self._name:
                    if is_hidden:
                        raise UnclearUse(f"a scope inside has a {self._hidden} of its own, and uses {self._name} too")
                    self.found.append(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, is_hidden)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, is_hidden)
            case ast.ClassDef():
                outside = [*node.bases, *(each.value for each in node.keywords), *node.decorator_list]
                self._all(outside, is_hidden=is_hidden)
                if self._name in bound(node.body):
                    raise UnclearUse(f"a class inside binds {self._name}")
                self._all(node.body, is_hidden=is_hidden)
            case ast.Call(func=ast.Name(id=name)) if name in _SEES_ALL or (name in _SEE_ALL_ALONE and not node.args):
                raise UnclearUse(f"the body calls {name}(), which sees the names of all variables")
            case _:
                if self._name in set(_bound_by(node)):
                    raise UnclearUse(f"{_kind(node)} binds {self._name} again")
                self._all(ast.iter_child_nodes(node), is_hidden=is_hidden)

    def _function(self, node: _Scope, is_hidden: bool) -> None:
        if getattr(node, "name", "") == self._name:
            raise UnclearUse(f"a function inside is called {self._name}")
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        own = [each for each in every if each is not None]
        outside = [*arguments.defaults, *arguments.kw_defaults, *getattr(node, "decorator_list", ())]
        self._all([*outside, *(each.annotation for each in own), getattr(node, "returns", None)], is_hidden=is_hidden)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        given = {each.arg for each in own}
        kept = outer(body)
        if self._name in kept:
            raise UnclearUse(f"a function inside declares {self._name} nonlocal or global")
        names = given | bound(body)
        if self._name not in names:
            self._all(body, is_hidden=is_hidden or self._hidden in names)

    def _comprehension(self, node: ast.AST, is_hidden: bool) -> None:
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        self._visit(generators[0].iter, is_hidden)
        targets = {each.id for part in generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        if self._name in targets:
            if any(isinstance(each, ast.NamedExpr) for each in ast.walk(node)):
                raise UnclearUse(f"a comprehension binds {self._name} and has := in it")
            return
        inner = is_hidden or self._hidden in targets
        for index, part in enumerate(generators):
            self._all([part.target, *([part.iter] if index else []), *part.ifs], is_hidden=inner)
        self._all([getattr(node, each, None) for each in ("elt", "key", "value")], is_hidden=inner)


def bound(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind in their own scope."""
    return {name for node in own_nodes(body) for name in _binds(node)} - outer(body)


def outer(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements declare to be those of a scope outside."""
    return {name for node in own_nodes(body) if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names}


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of one scope: definitions within it, but not what is in them."""
    for node in body:
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, _COMPREHENSIONS):  # := in it binds in the scope around
            yield from (each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
            continue
        yield from own_nodes(ast.iter_child_nodes(node))


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case _:
            yield from _bound_by(node)


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds as plain text, without a node for each."""
    match node:
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((each.asname or each.name).split(".")[0] for each in names)
        case ast.Nonlocal(names=found) | ast.Global(names=found):
            yield from found
        case _:
            pass


def _kind(node: ast.AST) -> str:
    return "an import" if isinstance(node, ast.Import | ast.ImportFrom) else "except, a pattern or a declaration"
