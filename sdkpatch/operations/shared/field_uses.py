"""Where code uses a field, as far as it can be told: in methods, in calls that make an object, on parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ...pattern.names import dotted
from ...pattern.selector import matches
from ...python.source import Function, Source
from .name_uses import bound

_BY_STRING = ("getattr", "hasattr", "setattr", "delattr")
_VALIDATORS = frozenset({"field_validator", "validator", "field_serializer"})


class FieldName(NamedTuple):
    """The classes by selectors, the field's name and its new one, and how it keeps its name on the wire."""

    classes: tuple[str, ...]
    old: str
    new: str
    alias: str

    def names(self, owner: str) -> bool:
        """Tell whether a class of this qualified name is meant."""
        return any(matches(each, owner) for each in self.classes)


class FieldUse(NamedTuple):
    """A use of the field: ``span`` is the old name's place, None where it has the new one; ``reason`` refuses it."""

    line: int
    span: tuple[int, int] | None
    reason: str = ""


def uses(source: Source, wanted: FieldName) -> Iterator[FieldUse]:
    """Yield the uses of the field by its old and its new name."""
    known = bound(source.tree.body)
    yield from _below(source, wanted, source.tree, frozenset(), known)


def _below(
    source: Source, wanted: FieldName, node: ast.AST, own: frozenset[str], known: set[str]
) -> Iterator[FieldUse]:
    """Yield the uses below a node; ``own`` are the variables that hold an object of the class."""
    for each in ast.iter_child_nodes(node):
        inner = own
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = _holders(each, wanted, node, own)
        elif isinstance(each, ast.Lambda):
            every = [*each.args.posonlyargs, *each.args.args, *each.args.kwonlyargs, each.args.vararg, each.args.kwarg]
            inner = own - {one.arg for one in every if one is not None}
        elif isinstance(each, ast.MatchClass) and wanted.names(dotted(each.cls).rpartition(".")[2]):
            if wanted.old in each.kwd_attrs:
                yield FieldUse(each.lineno, None, f"a pattern for the class names {wanted.old}")
            elif wanted.new in each.kwd_attrs:
                yield FieldUse(each.lineno, None)
        elif isinstance(each, ast.Call):
            yield from _called(source, wanted, each, own, known)
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in own:
            yield from _named(source, wanted, each.attr, each.lineno, source.text.span(each)[1] - len(each.attr))
        yield from _below(source, wanted, each, inner, known)


def _holders(function: Function, wanted: FieldName, owner: ast.AST, own: frozenset[str]) -> frozenset[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    hidden = {each.arg for each in every} | bound(function.body)
    found = {
        each.arg
        for each in every
        if each.annotation is not None and wanted.names(dotted(_unquoted(each.annotation)).rpartition(".")[2])
    }
    if isinstance(owner, ast.ClassDef) and wanted.names(owner.name) and every:
        found |= {every[0].arg} & {"self"}
    return frozenset((own - hidden) | (found - bound(function.body)))


def _unquoted(node: ast.expr) -> ast.expr:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    return ast.Name(id=str(getattr(node, "value", "")), ctx=ast.Load()) if is_text else node


def _called(
    source: Source, wanted: FieldName, call: ast.Call, own: frozenset[str], known: set[str]
) -> Iterator[FieldUse]:
    path = dotted(call.func)
    last = path.rpartition(".")[2]
    first = call.args[0] if call.args else None
    if last in _BY_STRING and len(call.args) > 1 and isinstance(first, ast.Name) and first.id in own:
        if isinstance(call.args[1], ast.Constant) and call.args[1].value == wanted.old:
            yield FieldUse(call.lineno, None, f'the string "{wanted.old}" names the field')
    elif last in _VALIDATORS:
        for each in call.args:
            if isinstance(each, ast.Constant) and each.value == wanted.old:
                yield FieldUse(each.lineno, None, f'the string "{wanted.old}" of a validator may name the field')
    elif path.split(".")[0] in known and wanted.names(last):
        for part in call.keywords:
            yield from _named(source, wanted, part.arg or "", part.lineno, source.text.span(part)[0])


def _named(source: Source, wanted: FieldName, name: str, line: int, start: int) -> Iterator[FieldUse]:
    if name == wanted.new:
        yield FieldUse(line, None)
    elif name == wanted.old:
        yield FieldUse(line, (start, start + len(name)))
