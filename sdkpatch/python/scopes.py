"""The names of a module by Python's scopes: what binds them, what uses them, and which uses nothing binds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

from .annotations import is_future, is_type_checking, parsed, reads_types
from .index import children
from .offered import BUILTINS
from .source import Source

RUNTIME, PARAMETER, IMPORT, OTHER = 1, 2, 4, 8
"""What binds a name, as bits: code that runs (not a type checker alone), a parameter, an import, anything else."""

TYPING, _ANNOTATION, _GUARDED = 1, 2, 4
"""Where code stands, as bits: only a type checker reads it, strings in it are code, a handler catches what fails."""

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "NameError", "Exception", "BaseException"})


class Use(NamedTuple):
    """Where code reads a name. ``scope`` is the qualified name of the definition around it, ``path`` the attributes
    read of it at once (``b``, ``c`` in ``a.b.c``); ``is_typing`` tells that only a type checker reads it."""

    name: str
    line: int
    scope: str
    path: tuple[str, ...] = ()
    is_typing: bool = False


class Imported(NamedTuple):
    """One name of an import. ``source`` is the name in ``module``, empty for ``import module``, ``*`` for all.

    ``module`` has its dots in front; ``is_guarded`` tells that code catches the error of a failed import.
    """

    name: str
    module: str
    source: str
    line: int
    scope: str
    is_typing: bool
    is_guarded: bool


class _Scope:
    """One scope. ``kind`` is module, class, function, comprehension or types (that of type parameters)."""

    __slots__ = (
        "bound", "deleted", "first", "globals", "kind", "known", "last", "loads", "name", "nonlocals", "parent",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, parent: _Scope | None) -> None:
        self.kind = kind
        self.name = name
        self.parent = parent
        self.bound: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.deleted: dict[str, int] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.loads: list[tuple[str, int, int, tuple[str, ...]]] = []
        self.known: dict[str, _Scope | None] = {}

    def runs_in(self, other: _Scope) -> bool:
        """Tell whether the code here runs as a part of another scope's, not when a function is called."""
        at: _Scope | None = self
        while at is not None and at is not other and at.kind != "function":
            at = at.parent
        return at is other

    def bind(self, name: str, line: int, kind: int) -> None:
        self.bound[name] = self.bound.get(name, 0) | kind
        self.first[name] = min(self.first.get(name, line), line)
        self.last[name] = max(self.last.get(name, 0), line)


class Scopes:
    """The names of a module.

    ``bound`` has the module's own names with the bits of what binds them, ``first`` the first line of each that does;
    ``unbound`` are the uses that nothing binds;
    ``used`` and ``builtins`` go by a scope's name and a name: bound there, with the first line that uses it; used there
    and a builtin. ``without`` are the ids of import aliases to leave out.
    """

    def __init__(self, tree: ast.Module, without: Container[int] = ()) -> None:
        self._without = without
        self.imports: list[Imported] = []
        self.unbound: list[Use] = []
        self.through: list[tuple[Imported, Use]] = []
        self.used: dict[tuple[str, str], int] = {}
        self.parameters: dict[str, set[str]] = {}
        self.locals: set[tuple[str, str]] = set()
        self.builtins: dict[tuple[str, str], Use] = {}
        self.globals: dict[tuple[str, str], Use] = {}
        self._module = _Scope("module", "", None)
        self.scopes = [self._module]
        self._is_lazy = any(is_future(each) for each in tree.body)
        self._stack: list[tuple[ast.AST, _Scope, int]] = [(each, self._module, 0) for each in reversed(tree.body)]
        while self._stack:
            node, scope, mode = self._stack.pop()
            _VISITORS.get(type(node), Scopes._children)(self, node, scope, mode)
        self._settle()
        self.bound = {name: kind for name, kind in self._module.bound.items() if not self._is_gone(name)}
        self.first = self._module.first
        self._resolve()

    def names(self, lazy: Iterable[str]) -> set[tuple[str, bool]]:
        """Return the module's names and the lazy ones, each once for type checkers and once for code that runs."""
        found = {(name, False) for name in (*self.bound, *lazy)} | {(name, True) for name in lazy}
        return found | {(name, True) for name, kind in self.bound.items() if kind & RUNTIME}

    def _push(self, nodes: Iterable[ast.AST | None], scope: _Scope, mode: int) -> None:
        self._stack += [(node, scope, mode) for node in nodes if node is not None]

    def _children(self, node: ast.AST, scope: _Scope, mode: int) -> None:
        if mode & _ANNOTATION and not isinstance(node, ast.BinOp | ast.Tuple | ast.List | ast.Starred):
            mode &= ~_ANNOTATION
        self._push(children(node), scope, mode)

    def _new(self, kind: str, name: str, parent: _Scope) -> _Scope:
        scope = _Scope(kind, name, parent)
        self.scopes.append(scope)
        return scope

    def _bind(self, scope: _Scope, name: str, line: int, mode: int, kind: int = OTHER) -> None:
        scope.bind(name, line, kind if mode & TYPING else kind | RUNTIME)

    def _name(self, node: ast.Name, scope: _Scope, mode: int) -> None:
        if isinstance(node.ctx, ast.Load):
            scope.loads.append((node.id, node.lineno, mode, ()))
        elif isinstance(node.ctx, ast.Del):
            scope.deleted[node.id] = node.lineno
            scope.loads.append((node.id, node.lineno, mode, ()))
        else:
            self._bind(scope, node.id, node.lineno, mode)

    def _attribute(self, node: ast.Attribute, scope: _Scope, mode: int) -> None:
        parts: list[str] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            parts.append(value.attr)
            value = value.value
        if isinstance(value, ast.Name):
            scope.loads.append((value.id, node.lineno, mode, tuple(reversed(parts))))
        else:
            self._push([value], scope, mode & ~_ANNOTATION)

    def _constant(self, node: ast.Constant, scope: _Scope, mode: int) -> None:
        if mode & _ANNOTATION and isinstance(node.value, str):
            self._push([parsed(node)], scope, mode | TYPING)

    def _subscript(self, node: ast.Subscript, scope: _Scope, mode: int) -> None:
        self._push([node.value], scope, mode & ~_ANNOTATION)
        for each, is_type in reads_types(node, within=bool(mode & _ANNOTATION)):
            self._push([each], scope, mode | _ANNOTATION if is_type else mode & ~_ANNOTATION)

    def _call(self, node: ast.Call, scope: _Scope, mode: int) -> None:
        mode &= ~_ANNOTATION
        self._push([node.func, *node.args, *node.keywords], scope, mode)
        function = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        function = node.func.id if isinstance(node.func, ast.Name) else function
        if function == "cast" and len(node.args) == 2:
            self._push(node.args[:1], scope, mode | _ANNOTATION)
        elif function == "TypeVar":
            types = [each.value for each in node.keywords if each.arg == "bound"]
            self._push([*node.args[1:], *types], scope, mode | _ANNOTATION)

    def _named(self, node: ast.NamedExpr, scope: _Scope, mode: int) -> None:
        self._push([node.value], scope, mode)
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self._bind(scope, node.target.id, node.lineno, mode)

    def _augmented(self, node: ast.AugAssign, scope: _Scope, mode: int) -> None:
        self._push([node.value], scope, mode)
        if isinstance(node.target, ast.Name):  # it needs the name, and gives none to code that has none
            scope.loads.append((node.target.id, node.lineno, mode, ()))
        else:
            self._push([node.target], scope, mode)

    def _annotated(self, node: ast.AnnAssign, scope: _Scope, mode: int) -> None:
        local = TYPING if self._is_lazy or scope.kind == "function" else 0
        self._push([node.annotation], scope, mode | _ANNOTATION | local)
        self._push([node.value], scope, mode)
        if node.value is not None or not isinstance(node.target, ast.Name):
            self._push([node.target], scope, mode)
        else:  # a name that is declared and has no value yet
            self._bind(scope, node.target.id, node.lineno, mode)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: _Scope, mode: int) -> None:
        for alias in node.names:
            if id(alias) in self._without:
                continue
            if isinstance(node, ast.ImportFrom):
                name, module, source = alias.asname or alias.name, "." * node.level + (node.module or ""), alias.name
            else:
                module, source = alias.name, ""
                name = alias.asname or module.partition(".")[0]
            if source != "*":
                self._bind(scope, name, node.lineno, mode, IMPORT)
            flags = (bool(mode & TYPING), bool(mode & _GUARDED))
            whole = alias.name if not source and not alias.asname else ""
            self.imports.append(Imported(whole or name, module, source, node.lineno, scope.name, *flags))

    def _if(self, node: ast.If, scope: _Scope, mode: int) -> None:
        self._push([node.test, *node.orelse], scope, mode)
        is_guard = is_type_checking(node.test)
        self._push(node.body, scope, mode | TYPING if is_guard else mode)

    def _try(self, node: ast.Try, scope: _Scope, mode: int) -> None:
        self._push([*node.handlers, *node.orelse, *node.finalbody], scope, mode)
        caught = [name for each in node.handlers for name in _names(each.type)]
        is_guarded = bool(_CATCHING & set(caught)) or any(each.type is None for each in node.handlers)
        self._push(node.body, scope, mode | _GUARDED if is_guarded else mode)

    def _bound_by_pattern(self, node: ast.AST, scope: _Scope, mode: int) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            self._bind(scope, name, getattr(node, "lineno", 1), mode)
        self._children(node, scope, mode)

    def _global(self, node: ast.Global, scope: _Scope, mode: int) -> None:
        scope.globals |= set(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: _Scope, mode: int) -> None:
        scope.nonlocals |= set(node.names)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope, mode: int) -> None:
        self._bind(scope, node.name, node.lineno, mode)
        self._push(node.decorator_list, scope, mode)
        name = _qualified(scope, node.name)
        outer = self._types(node, scope, mode)
        self._push([node.returns], outer, mode | _ANNOTATION | (TYPING if self._is_lazy else 0))
        inner = self._arguments(node.args, name, scope, outer, mode)
        self._push(node.body, inner, mode & TYPING)

    def _lambda(self, node: ast.Lambda, scope: _Scope, mode: int) -> None:
        mode &= ~_ANNOTATION
        self._push([node.body], self._arguments(node.args, scope.name, scope, scope, mode), mode)

    def _arguments(self, node: ast.arguments, name: str, scope: _Scope, outer: _Scope, mode: int) -> _Scope:
        """Open the scope of a function and bind its parameters; what they default to is read around it."""
        inner = self._new("function", name, outer)
        self._push([*node.defaults, *node.kw_defaults], scope, mode)
        for each in (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg):
            if each is not None:
                inner.bind(each.arg, each.lineno, PARAMETER | RUNTIME)
                self.parameters.setdefault(name, set()).add(each.arg)
                self._push([each.annotation], outer, mode | _ANNOTATION | (TYPING if self._is_lazy else 0))
        return inner

    def _class(self, node: ast.ClassDef, scope: _Scope, mode: int) -> None:
        self._bind(scope, node.name, node.lineno, mode)
        self._push(node.decorator_list, scope, mode)
        outer = self._types(node, scope, mode)
        self._push([*node.bases, *node.keywords], outer, mode)
        self._push(node.body, self._new("class", _qualified(scope, node.name), outer), mode)

    def _types(self, node: ast.AST, scope: _Scope, mode: int) -> _Scope:
        """Return the scope of a definition's type parameters; the scope itself where it has none."""
        declared: list[ast.AST] = getattr(node, "type_params", [])
        if not declared:
            return scope
        inner = self._new("types", scope.name, scope)
        for each in declared:
            inner.bind(str(getattr(each, "name", "")), getattr(each, "lineno", 1), OTHER | RUNTIME)
            self._push(ast.iter_child_nodes(each), inner, mode | _ANNOTATION | TYPING)
        return inner

    def _type_alias(self, node: ast.AST, scope: _Scope, mode: int) -> None:
        inner = self._types(node, scope, mode)
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        self._push([name], scope, mode)
        self._push([value], inner, mode | _ANNOTATION | TYPING)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: _Scope, mode: int
    ) -> None:
        mode &= ~_ANNOTATION
        inner = self._new("comprehension", scope.name, scope)
        self._push([node.generators[0].iter], scope, mode)
        for index, each in enumerate(node.generators):
            self._push([each.target, *each.ifs, *([each.iter] if index else [])], inner, mode)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._push(results, inner, mode)

    def _settle(self) -> None:
        """Give names that are declared global or nonlocal to the scope they are bound in."""
        for scope in self.scopes:
            for name in scope.globals & set(scope.bound):
                self._module.bind(name, 0, scope.bound.pop(name))
            for name in scope.nonlocals:
                scope.bound.pop(name, None)

    def _is_gone(self, name: str) -> bool:
        """Tell whether the last that the module says of a name is ``del``."""
        return self._module.deleted.get(name, 0) > self._module.last.get(name, 0)

    def _home(self, scope: _Scope, name: str) -> _Scope | None:
        """Return the scope that binds a name as seen from another, or None."""
        if name in scope.known:
            return scope.known[name]
        at: _Scope | None = scope
        is_visible = True
        found: _Scope | None = None
        while at is not None:
            if name in at.globals:
                at, is_visible = self._module, True
            if name in at.bound and (at.kind != "class" or is_visible):
                found = at
                break
            is_visible = at.kind == "types"
            at = at.parent
        scope.known[name] = found
        return found

    def _resolve(self) -> None:
        """Say of every use which scope binds it."""
        modules = {(each.scope, each.name.partition(".")[0]): each for each in self.imports if each.source != "*"}
        for scope in self.scopes:
            for name, line, mode, path in scope.loads:
                home = self._home(scope, name)
                use = Use(name, line, scope.name, path, bool(mode & TYPING))
                if home is None:
                    self._free(scope, use, mode)
                    continue
                key = (home.name, name)
                self.used[key] = min(line, self.used.get(key, line))
                if home is not self._module:
                    if home.kind == "function":
                        self.locals.add((scope.name, name))
                else:
                    self.globals.setdefault((scope.name, name), use)
                    is_lost = self._is_gone(name) and (scope is not home or line > home.deleted[name])
                    is_typing = not home.bound[name] & RUNTIME and not mode & TYPING
                    if (is_lost or is_typing) and not mode & _GUARDED:
                        self.unbound.append(use)
                if path and home.bound[name] & ~RUNTIME == IMPORT and (home.name, name) in modules:
                    self.through.append((modules[home.name, name], use))
        self.unbound.sort(key=lambda use: use.line)

    def _free(self, scope: _Scope, use: Use, mode: int) -> None:
        if use.name in BUILTINS:
            self.builtins.setdefault((scope.name, use.name), use)
        elif not mode & _GUARDED and use.name not in ("__class__", "__module__", "__qualname__"):
            self.unbound.append(use)


def scopes_of(source: Source) -> Scopes:
    """Return the names of a file, for ``Source.once``."""
    return Scopes(source.tree)


def _names(node: ast.expr | None) -> Iterator[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    yield from (each.id for each in parts if isinstance(each, ast.Name))


def _qualified(scope: _Scope, name: str) -> str:
    return f"{scope.name}.{name}" if scope.name else name


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: Scopes._name,
    ast.Attribute: Scopes._attribute,
    ast.Constant: Scopes._constant,
    ast.Subscript: Scopes._subscript,
    ast.Call: Scopes._call,
    ast.NamedExpr: Scopes._named,
    ast.AnnAssign: Scopes._annotated,
    ast.AugAssign: Scopes._augmented,
    ast.Import: Scopes._import,
    ast.ImportFrom: Scopes._import,
    ast.If: Scopes._if,
    ast.Try: Scopes._try,
    ast.ExceptHandler: Scopes._bound_by_pattern,
    ast.MatchAs: Scopes._bound_by_pattern,
    ast.MatchStar: Scopes._bound_by_pattern,
    ast.MatchMapping: Scopes._bound_by_pattern,
    ast.Global: Scopes._global,
    ast.Nonlocal: Scopes._nonlocal,
    ast.FunctionDef: Scopes._function,
    ast.AsyncFunctionDef: Scopes._function,
    ast.Lambda: Scopes._lambda,
    ast.ClassDef: Scopes._class,
    ast.ListComp: Scopes._comprehension,
    ast.SetComp: Scopes._comprehension,
    ast.DictComp: Scopes._comprehension,
    ast.GeneratorExp: Scopes._comprehension,
}
if hasattr(ast, "TryStar"):
    _VISITORS[ast.TryStar] = Scopes._try
if hasattr(ast, "TypeAlias"):
    _VISITORS[ast.TypeAlias] = Scopes._type_alias
