"""Where code uses a field, as far as it can be told: in methods, in calls that make an object, on parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from ...operation import MemberOwners
from ...pattern.selector import matches
from ...python.annotations import parsed
from ...python.index import dotted
from ...python.source import Function, Source
from .name_uses import bound, own_nodes

_BY_STRING = frozenset({"getattr", "hasattr", "setattr", "delattr"})
_VALIDATORS = frozenset({"field_validator", "validator", "field_serializer"})
_WHOLE = frozenset({"model_validator", "root_validator", "model_serializer"})
_MAKING = frozenset({"model_construct", "construct", "_replace"})
_BY_NAMES = frozenset({"model_copy", "copy", "model_dump", "model_dump_json", "dict", "json"})
_OF_NAMES = frozenset({"model_fields", "model_fields_set", "__fields__", "__fields_set__", "__dict__"})
_LISTS = frozenset({"__slots__", "__match_args__"})


class FieldName(NamedTuple):
    """The classes by selectors, the field's name and its new one, and how it keeps its name on the wire.

    ``owners`` are the classes of the tree that have or inherit the field; None where no tree is known.
    """

    classes: tuple[str, ...]
    old: str
    new: str
    alias: str
    owners: MemberOwners | None = None

    def names(self, owner: str) -> bool:
        """Tell whether a class of this qualified name is meant."""
        return any(matches(each, owner) for each in self.classes)

    def has(self, path: str, owner: str) -> bool:
        """Tell whether a class of a file has the field, or inherits it."""
        return self.names(owner) if self.owners is None else (path, owner) in self.owners.classes

    def means(self, path: str, name: str) -> bool:
        """Tell whether code of a file means such a class by a name, with dots or without."""
        last = name.rpartition(".")[2]
        if self.owners is None or not last:
            return self.names(last)
        if last == name:
            return (path, name) in self.owners.names
        return any(last == owner for _, owner in self.owners.classes)


class FieldUse(NamedTuple):
    """A use of the field: ``span`` is the old name's place, None where it has the new one; ``reason`` refuses it."""

    line: int
    span: tuple[int, int] | None
    reason: str = ""


def uses(source: Source, wanted: FieldName) -> Iterator[FieldUse]:
    """Yield the uses of the field by its old and its new name."""
    yield from _Uses(source, wanted).below(source.tree, _made(source, wanted, source.tree), None)


class _Uses:
    """The uses of the field in one file."""

    def __init__(self, source: Source, wanted: FieldName) -> None:
        self._source, self._wanted = source, wanted
        self._known = bound(source.tree.body)

    def below(self, node: ast.AST, own: frozenset[str], owner: ast.ClassDef | None) -> Iterator[FieldUse]:
        """Yield the uses below a node; ``own`` are variables that hold an object, ``owner`` is the class around."""
        for each in ast.iter_child_nodes(node):
            inner, within = own, owner
            if isinstance(each, ast.ClassDef):
                within = each if self._wanted.has(self._source.path, each.name) else None
                yield from self._listed(each) if within is not None else ()
            elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = self._holders(each, own, is_method=owner is not None and node is owner)
                yield from self._validated(each) if owner is not None and node is owner else ()
            elif isinstance(each, ast.Lambda):
                inner = own - {one.arg for one in _every(each.args)}
            elif isinstance(each, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                targets = (one for part in each.generators for one in ast.walk(part.target))
                inner = own - {one.id for one in targets if isinstance(one, ast.Name)}
            yield from self._at(each, own, owner)
            yield from self.below(each, inner, within)

    def _at(self, node: ast.AST, own: frozenset[str], owner: ast.ClassDef | None) -> Iterator[FieldUse]:
        wanted, path = self._wanted, self._source.path
        if isinstance(node, ast.MatchClass) and wanted.means(path, dotted(node.cls)):
            if wanted.old in node.kwd_attrs:
                yield FieldUse(node.lineno, None, f"a pattern for the class names {wanted.old}")
            elif wanted.new in node.kwd_attrs:
                yield FieldUse(node.lineno, None)
        elif isinstance(node, ast.Call):
            yield from self._called(node, own, owner)
        elif isinstance(node, ast.Attribute) and self._holds(node.value, own, owner):
            line = node.end_lineno or node.lineno
            yield from self._named(node.attr, line, self._source.text.span(node)[1] - len(node.attr))
        elif isinstance(node, ast.Subscript | ast.Compare):
            yield from self._looked_up(node, own)

    def _holds(self, value: ast.expr, own: frozenset[str], owner: ast.ClassDef | None) -> bool:
        """Tell whether an expression is an object of the class: a variable, what a call of it makes, or ``super()``."""
        if isinstance(value, ast.Call):
            path = dotted(value.func)
            return (path == "super" and owner is not None) or self._is_class(path)
        return isinstance(value, ast.Name) and value.id in own

    def _is_class(self, name: str) -> bool:
        head, path = name.split(".")[0], self._source.path
        owners = self._wanted.owners
        is_known = head in self._known or (owners is not None and (path, head) in owners.names)
        return is_known and self._wanted.means(path, name)

    def _holders(self, function: Function, own: frozenset[str], *, is_method: bool) -> frozenset[str]:
        stored = bound(function.body)
        found = {each.arg for each in _every(function.args) if self._is_object(each.annotation)}
        found -= {each.arg for each in (function.args.vararg, function.args.kwarg) if each is not None}
        first = [*function.args.posonlyargs, *function.args.args][:1]
        if is_method and not any(dotted(each) == "staticmethod" for each in function.decorator_list):
            found |= {each.arg for each in first if each.arg == "self"}
        hidden = {each.arg for each in _every(function.args)} | stored
        return frozenset((own - hidden) | (found - stored)) | _made(self._source, self._wanted, function)

    def _is_object(self, annotation: ast.expr | None) -> bool:
        return annotation is not None and self._wanted.means(self._source.path, dotted(_alone(annotation)))

    def _called(self, call: ast.Call, own: frozenset[str], owner: ast.ClassDef | None) -> Iterator[FieldUse]:
        path = dotted(call.func)
        last = path.rpartition(".")[2]
        if reason := self._by_string(call, last, own, owner):
            yield FieldUse(call.lineno, None, reason)
        elif self._makes(call, path, own, owner):
            for part in call.keywords:
                yield from self._named(part.arg or "", part.lineno, self._source.text.span(part)[0])

    def _by_string(self, call: ast.Call, name: str, own: frozenset[str], owner: ast.ClassDef | None) -> str:
        """Return why a call that names the field by a string cannot be judged, or an empty string."""
        old = self._wanted.old
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name in _BY_STRING and len(call.args) > 1 and self._holds(call.args[0], own, owner):
            is_named = isinstance(call.args[1], ast.Constant) and call.args[1].value == old
        elif name in _VALIDATORS and owner is not None:
            is_old = any(isinstance(each, ast.Constant) and each.value == old for each in call.args)
            return f'the string "{old}" of a validator may name the field' if is_old else ""
        elif name in _BY_NAMES and holder is not None and self._holds(holder, own, owner):
            parts = (each.value for each in call.keywords if each.arg in ("update", "include", "exclude"))
            is_named = any(_has_text(each, old) for each in parts)
        else:
            return ""
        return f'the string "{old}" names the field' if is_named else ""

    def _makes(self, call: ast.Call, path: str, own: frozenset[str], owner: ast.ClassDef | None) -> bool:
        """Tell whether the keywords of a call are fields of the class."""
        head, _, last = path.rpartition(".")
        if owner is not None and (path == "cls" or path == "self.__class__" or (head, last) == ("cls", "construct")):
            return True
        if isinstance(call.func, ast.Attribute) and last in _MAKING | {""} | {"__init__"}:
            value = call.func.value
            is_own = owner is not None and (dotted(value) == "cls" or self._holds(value, own, owner))
            return is_own or self._is_class(dotted(value))
        if last == "replace" and call.args and self._holds(call.args[0], own, owner):
            return True
        return self._is_class(path)

    def _looked_up(self, node: ast.Subscript | ast.Compare, own: frozenset[str]) -> Iterator[FieldUse]:
        """Yield the uses of the field by its string: ``"weight" in self.model_fields_set``."""
        key = node.slice if isinstance(node, ast.Subscript) else node.left
        whole = node.value if isinstance(node, ast.Subscript) else node.comparators[0]
        if not (isinstance(key, ast.Constant) and key.value == self._wanted.old and isinstance(whole, ast.Attribute)):
            return
        is_own = isinstance(whole.value, ast.Name) and whole.value.id in own | {"cls"}
        if whole.attr in _OF_NAMES and (is_own or self._is_class(dotted(whole.value))):
            yield FieldUse(key.lineno, None, f'the string "{self._wanted.old}" names the field')

    def _validated(self, function: Function) -> Iterator[FieldUse]:
        """Refuse a validator of the whole object that has the field's name as a string: a key by either name."""
        names = {dotted(each.func if isinstance(each, ast.Call) else each) for each in function.decorator_list}
        if {each.rpartition(".")[2] for each in names} & _WHOLE:
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and node.value == self._wanted.old:
                    reason = f'the string "{self._wanted.old}" of a validator may name the field'
                    yield FieldUse(node.lineno, None, reason)

    def _listed(self, owner: ast.ClassDef) -> Iterator[FieldUse]:
        """Refuse ``__slots__`` and the like that list the field."""
        for each in owner.body:
            targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
            names = {one.id for one in targets if isinstance(one, ast.Name)}
            value = getattr(each, "value", None)
            if names & _LISTS and value is not None and _has_text(value, self._wanted.old):
                yield FieldUse(each.lineno, None, f'the string "{self._wanted.old}" names the field')

    def _named(self, name: str, line: int, start: int) -> Iterator[FieldUse]:
        if name == self._wanted.new:
            yield FieldUse(line, None)
        elif name == self._wanted.old:
            yield FieldUse(line, (start, start + len(name)))


def _made(source: Source, wanted: FieldName, scope: ast.Module | Function) -> frozenset[str]:
    """Return the variables of a scope that are set once: to what a call of the class makes, or annotated with it."""
    stored = [
        each.id for each in own_nodes(scope.body) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
    found: set[str] = set()
    for each in own_nodes(scope.body):
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
                is_own = wanted.means(source.path, dotted(made))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                is_own = wanted.means(source.path, dotted(_alone(annotation)))
            case _:
                continue
        if is_own and stored.count(name) == 1:
            found.add(name)
    return frozenset(found & bound(scope.body))


def _alone(node: ast.expr) -> ast.expr:
    """Return what an annotation is beside None, with or without quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        code = parsed(node)
        return _alone(code) if code is not None and not isinstance(code, ast.Constant) else node
    if isinstance(node, ast.Subscript) and dotted(node.value).rpartition(".")[2] == "Optional":
        return _alone(node.slice)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [
            each for each in (node.left, node.right) if not (isinstance(each, ast.Constant) and each.value is None)
        ]
        return _alone(sides[0]) if len(sides) == 1 else node
    return node


def _every(arguments: ast.arguments) -> list[ast.arg]:
    every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
    return [each for each in every if each is not None]


def _has_text(node: ast.AST, text: str) -> bool:
    """Tell whether code has a string that is a name, alone or among others with spaces between."""
    strings = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return any(text in re.split(r"[\s,]+", each) for each in strings)
