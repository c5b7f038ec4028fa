"""Parameters and fields: what they declare, and the edits that give them another annotation or default."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .operation import EditRefused
from .pattern.find import span_of
from .pattern.names import dotted
from .pattern.nodes import Parameter
from .pattern.selector import Target
from .source import Source
from .text import Edit

_FIELD_CALLS = ("Field", "field")


class Declaration(NamedTuple):
    """A parameter, field or return value: where it stands, its annotation and its default."""

    target: Target
    annotation: ast.expr | None
    default: ast.expr | None

    @property
    def field_call(self) -> ast.Call | None:
        """The call of ``pydantic.Field`` or ``dataclasses.field`` that a field's default is in."""
        call = self.default
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] in _FIELD_CALLS:
            return call
        return None

    @property
    def real_default(self) -> ast.expr | None:
        """The default itself, also where a call of ``Field`` holds it."""
        if self.field_call is None:
            return self.default
        named = [each.value for each in self.field_call.keywords if each.arg == "default"]
        found = named or self.field_call.args
        return found[0] if found else None


def declaration(target: Target) -> Declaration | None:
    """Return what a target declares, or None for a class, a function or a module."""
    node = target.node
    if target.kind == "return" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return Declaration(target=target, annotation=node.returns, default=None)
    if isinstance(node, Parameter):
        return Declaration(target=target, annotation=node.annotation, default=node.default)
    if isinstance(node, ast.AnnAssign):
        return Declaration(target=target, annotation=node.annotation, default=node.value)
    if isinstance(node, ast.Assign):
        return Declaration(target=target, annotation=None, default=node.value)
    return None


def is_typed_dict(target: Target) -> bool:
    """Tell whether a field is one of a TypedDict, where optional means that the key may be missing."""
    owner = target.owner
    return isinstance(owner, ast.ClassDef) and any(dotted(base).endswith("TypedDict") for base in owner.bases)


def is_optional(annotation: ast.expr) -> bool:
    """Tell whether an annotation says that None is a value, or that the key may be missing."""
    if isinstance(annotation, ast.BinOp):
        return is_optional(annotation.left) or is_optional(annotation.right)
    if isinstance(annotation, ast.Constant):
        return annotation.value is None
    if isinstance(annotation, ast.Subscript):
        name = dotted(annotation.value).rpartition(".")[2]
        if name in ("Annotated", "Required", "Final"):
            return is_optional(first_argument(annotation))
        if name == "Union" and isinstance(annotation.slice, ast.Tuple):
            return any(is_optional(each) for each in annotation.slice.elts)
        return name in ("Optional", "NotRequired")
    return dotted(annotation).rpartition(".")[2] == "Any"


def first_argument(annotation: ast.Subscript) -> ast.expr:
    """Return the first of what stands between the brackets."""
    return annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice


def innermost(annotation: ast.expr) -> ast.expr:
    """Return what to wrap in Optional: the first argument of ``Annotated``, else the annotation itself."""
    if isinstance(annotation, ast.Subscript) and dotted(annotation.value).rpartition(".")[2] == "Annotated":
        return first_argument(annotation)
    return annotation


def set_annotation(source: Source, declared: Declaration, code: str) -> list[Edit]:
    """Return the edit that gives a parameter, field or return value an annotation. Raises EditRefused."""
    if declared.annotation is not None:
        start, stop = source.text.span(declared.annotation)
        return [Edit(start, stop, code)]
    node = declared.target.node
    if declared.target.kind == "return":
        from . import lists

        closing = lists.elements_of(source, node).stop + 1
        return [Edit(closing, closing, f" -> {code}")]
    if isinstance(node, Parameter) and node.node is not None:
        at = source.text.span(node.node)[1]
        edits = [Edit(at, at, f": {code}")]
        if node.default is not None:  # PEP 8 has no blanks around the sign of a default without annotation
            start = source.text.span(node.default)[0]
            edits.append(Edit(source.text.content.index("=", at), start, " = "))
        return edits
    if isinstance(node, ast.Assign):
        at = source.text.span(node.targets[0])[1]
        return [Edit(at, at, f": {code}")]
    raise EditRefused("it has no place for an annotation")


def set_default(source: Source, declared: Declaration, code: str) -> list[Edit]:
    """Return the edit that gives a parameter or field a default. Raises EditRefused."""
    from . import lists

    text = source.text
    if declared.real_default is not None:
        start, stop = text.span(declared.real_default)
        return [Edit(start, stop, code)]
    if declared.field_call is not None:
        return lists.insert(source, lists.elements_of(source, declared.field_call), 0, [f"default={code}"])
    if declared.target.kind == "return":
        raise EditRefused("a return value has no default")
    at = span_of(source, declared.target.node)[1]
    sign = " = " if declared.annotation is not None else "="
    return [Edit(at, at, sign + code)]
