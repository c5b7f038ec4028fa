"""Members of classes that a run takes away, such as methods and values of enums, and the code that still uses them."""

from __future__ import annotations

import abc
import ast
import builtins
import enum
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...errors import TreeError
from ...python.index import children, subtree
from .modules import Modules
from .unbound import Unbound

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KNOWN: Mapping[str, object] = {"abc": abc, "enum": enum, "typing": typing, "builtins": builtins}
"""Modules outside the tree whose classes are asked for a member."""

_DEPTH = 20
"""Bases, or imports on the way to a class, that are followed at most."""


_CATCHING = frozenset({"AttributeError", "Exception", "BaseException"})


class _Class(NamedTuple):
    path: str
    node: ast.ClassDef


def lost_members(before: Modules, after: Modules, paths: list[str]) -> list[Unbound]:
    """Return the uses of members that classes in ``paths`` had before and neither have nor inherit any more.

    What is used is told by ``Class.member``, ``self.member``, ``super().member``, by a parameter whose annotation is
    the class, and by ``self.attribute.member`` where the class sets the attribute to ``Class(…)`` or such a parameter.
    A use is open where a base outside the tree may have the member. A use in a ``try`` that catches AttributeError
    counts as none, and a file that names neither the class nor a subclass from the same module is not looked at.
    """
    gone: dict[str, set[str]] = {}
    for path in paths:
        old, new = classes_in(before, path), classes_in(after, path)
        for key in old.keys() & new.keys():
            for name in members(old[key]) - members(new[key]):
                gone.setdefault(name, set()).update(_with_subclasses(key, new))
    found: list[Unbound] = []
    words = {name: (f".{name}".encode(), [key.encode() for key in keys]) for name, keys in gone.items()}
    for path in sorted(after.files) if gone else ():
        try:
            code = (after.code(path) or b"") if path.endswith(".py") else b""
        except TreeError:
            continue
        names = {name for name, (word, keys) in words.items() if word in code and any(key in code for key in keys)}
        module = after.module(path) if names else None
        if module is not None:
            found += _Uses(before, after, path, names).of(module.source.tree)
    return sorted(found, key=lambda each: (each.path, each.line, each.name))


def _with_subclasses(name: str, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return a class's name with those of the classes of its module that inherit from it."""
    found = {name}
    for _ in classes:
        more = {key for key, node in classes.items() if any(ast.unparse(base) in found for base in node.bases)}
        if more <= found:
            break
        found |= more
    return found


def members(node: ast.ClassDef) -> set[str]:
    """Return the names that a class has of its own: what its body binds, and what its methods set on ``self``."""
    found: set[str] = set()
    pending: list[ast.stmt] = [*node.body]
    while pending:
        each = pending.pop()
        if isinstance(each, (*_FUNCTIONS, ast.ClassDef)):
            found.add(each.name)
            found |= {
                inner.attr
                for inner in subtree(each)
                if isinstance(inner, ast.Attribute)
                and isinstance(inner.ctx, ast.Store)
                and isinstance(inner.value, ast.Name)
            }
            continue
        if isinstance(each, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in each.names}
        for child in children(each):
            if isinstance(child, ast.stmt):
                pending.append(child)
            else:
                stored = (inner for inner in subtree(child) if isinstance(inner, ast.Name))
                found |= {inner.id for inner in stored if isinstance(inner.ctx, ast.Store)}
    return found


def has_member(tree: ast.Module, name: str, member: str) -> bool:
    """Tell whether a class of a module has a member of its own."""
    found = _classes_of(tree).get(name)
    return found is not None and member in members(found)


def classes_in(modules: Modules, path: str) -> dict[str, ast.ClassDef]:
    """Return the classes of a file by name; none where there is no such module."""
    module = modules.module(path)
    return _classes_of(module.source.tree) if module is not None else {}


def _classes_of(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Return the classes of a module by name, those in ``if`` and ``try`` too; of namesakes the last."""
    found: dict[str, ast.ClassDef] = {}
    pending: list[ast.stmt] = [*reversed(tree.body)]
    while pending:
        each = pending.pop()
        if isinstance(each, ast.ClassDef):
            found[each.name] = each
        elif isinstance(each, ast.If | ast.Try):
            pending += [*each.body, *each.orelse]
    return found


def class_of(modules: Modules, path: str, name: str, depth: int = _DEPTH) -> _Class | None:
    """Return the class that a name leads to from a module, through imports and lazy exports; None for all else."""
    module = modules.module(path)
    if module is None or not depth:
        return None
    head, _, rest = name.partition(".")
    if not rest and (node := classes_in(modules, path).get(name)) is not None:
        return _Class(path, node)
    for each in module.scopes.imports:
        target = modules.target(path, each.module) if each.name == head else None
        if not target:
            continue
        below = modules.below(target, each.source) if each.source else None
        if not rest and each.source:
            return class_of(modules, target, each.source, depth - 1)
        if rest and (below or (not each.source and "." not in each.module)):
            return class_of(modules, below or target, rest, depth - 1)
    if not rest and name in module.lazy:
        target = modules.target(path, module.lazy[name][0])
        return class_of(modules, target, name, depth - 1) if target else None
    return None


def _has(modules: Modules, owner: _Class, name: str, depth: int = _DEPTH) -> bool | None:
    """Tell whether a class has or inherits a member; None where nobody can tell."""
    own = members(owner.node)
    if name in own:
        return True
    if "__getattr__" in own or "__getattribute__" in own or not depth:
        return None
    is_known = not owner.node.decorator_list and not owner.node.keywords
    for base in owner.node.bases:
        base = base.value if isinstance(base, ast.Subscript) else base
        above = class_of(modules, owner.path, ast.unparse(base))
        found = _has(modules, above, name, depth - 1) if above else _outside(modules, owner.path, base, name)
        if found:
            return True
        is_known = is_known and found is False
    return False if is_known else None


def _outside(modules: Modules, path: str, base: ast.expr, name: str) -> bool | None:
    """Tell whether a class of Python's own has a member; None for all other classes."""
    module = modules.module(path)
    parts = ast.unparse(base).split(".")
    if module is None or len(parts) > 2:
        return None
    if len(parts) == 1:
        imports = [each for each in module.scopes.imports if each.name == parts[0]]
        parts = [imports[0].module, imports[0].source] if imports else ["builtins", parts[0]]
    found = getattr(_KNOWN.get(parts[0]), parts[1], None) if parts[1] else None
    return None if found is None else hasattr(found, name)


class _Uses(ast.NodeVisitor):
    """The uses of lost members in one module."""

    def __init__(self, before: Modules, after: Modules, path: str, names: set[str]) -> None:
        self._before = before
        self._after = after
        self._path = path
        self._names = names
        self._scope: list[str] = []
        self._owners: list[ast.ClassDef] = []
        self._parameters: list[dict[str, str]] = []
        self._found: list[Unbound] = []

    def of(self, tree: ast.Module) -> list[Unbound]:
        self.visit(tree)
        return self._found

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        self._owners.append(node)
        self.generic_visit(node)
        self._owners.pop()
        self._scope.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.append(node.name)
        self._parameters.append(_annotated(node))
        self.generic_visit(node)
        self._parameters.pop()
        self._scope.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for each in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
            self.visit(each)
        self._hidden(_arguments(node.args), [node.body])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        first = node.generators[0].iter
        self.visit(first)
        names = [each for part in node.generators for each in _names(part.target)]
        parts = [each for part in node.generators for each in (part.target, part.iter, *part.ifs) if each is not first]
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._hidden(names, [*parts, *results])

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def _hidden(self, names: Iterable[str], nodes: Iterable[ast.AST]) -> None:
        """Visit code in which names are variables of its own."""
        self._parameters.append(dict.fromkeys(names, ""))
        for each in nodes:
            self.visit(each)
        self._parameters.pop()

    def visit_Try(self, node: ast.Try) -> None:
        is_caught = any(each.type is None or _names(each.type) & _CATCHING for each in node.handlers)
        for each in [*([] if is_caught else node.body), *node.handlers, *node.orelse, *node.finalbody]:
            self.visit(each)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in self._names and isinstance(node.ctx, ast.Load):
            for owner in self._meant(node.value):
                if self._judge(node, owner):
                    break
        self.generic_visit(node)

    def _judge(self, node: ast.Attribute, owner: _Class) -> bool:
        """Note a use of a member that a class had and has no more."""
        name = owner.node.name
        old = classes_in(self._before, owner.path).get(name)
        if old is None or not _has(self._before, _Class(owner.path, old), node.attr):
            return False
        found = _has(self._after, owner, node.attr)
        if not found:
            line, scope = node.end_lineno or node.lineno, ".".join(self._scope)
            at = Unbound(self._path, line, "member", node.attr, scope, name, owner.path, found is None)
            self._found.append(at)
        return not found

    def _meant(self, value: ast.expr) -> Iterator[_Class]:
        """Yield the classes that what an attribute is read of may be, or be made of."""
        own = self._owners[-1] if self._owners else None
        if isinstance(value, ast.Call) and own is not None and ast.unparse(value.func) == "super":
            for base in own.bases:
                yield from self._named(ast.unparse(base))
        elif isinstance(value, ast.Name) and value.id in ("self", "cls"):
            if own is not None and len(self._owners) == 1:
                yield _Class(self._path, own)
        elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "self":
            for name in _made(own, value.attr) if own is not None else ():
                yield from self._named(name)
        elif isinstance(value, ast.Name | ast.Attribute):
            yield from self._named(ast.unparse(value))

    def _named(self, name: str) -> Iterator[_Class]:
        """Yield the class that a name stands for, or whose value a parameter of this name is."""
        head, _, rest = name.partition(".")
        around = next((each for each in reversed(self._parameters) if head in each), None)
        if around is not None:
            name = "" if rest else around[head]
        found = class_of(self._after, self._path, name) if name else None
        if found is not None:
            yield found


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in subtree(node) if isinstance(each, ast.Name)}


def _arguments(node: ast.arguments) -> list[str]:
    every = (*node.posonlyargs, *node.args, node.vararg, *node.kwonlyargs, node.kwarg)
    return [each.arg for each in every if each is not None]


def _annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return a function's parameters, each with the class its annotation names; empty where the body sets it anew."""
    stored = {each.id for each in subtree(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    found: dict[str, str] = dict.fromkeys(stored, "")
    for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
        if each is not None:
            is_class = isinstance(each.annotation, ast.Name | ast.Attribute) and each.arg not in stored
            found[each.arg] = ast.unparse(each.annotation) if is_class and each.annotation is not None else ""
    for variadic in (node.args.vararg, node.args.kwarg):
        if variadic is not None:
            found[variadic.arg] = ""
    return found


def _made(owner: ast.ClassDef, attribute: str) -> list[str]:
    """Return the names of the classes that a class sets an attribute to; none where it is set to anything else, too."""
    found: list[str] = []
    for method in owner.body:
        known = _annotated(method) if isinstance(method, _FUNCTIONS) else {}
        for node in subtree(method):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not any(
                isinstance(each, ast.Attribute) and ast.unparse(each) == f"self.{attribute}" for each in targets
            ):
                continue
            name = ""
            if isinstance(node.value, ast.Call):
                name = ast.unparse(node.value.func)
            elif isinstance(node.value, ast.Name):
                name = known.get(node.value.id, "")
            if name:
                found.append(name)
            elif node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
                return []
    return found
