"""Parameters and fields: what they declare, and the edits that give them another annotation or default."""

from __future__ import annotations

import ast
from typing import NamedTuple

from ...errors import EditRefused
from ...pattern.find import span_of
from ...pattern.nodes import Parameter
from ...pattern.selector import Target
from ...python.index import dotted
from ...python.source import Source
from ...python.text import Edit

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

    @property
    def factory(self) -> ast.keyword | None:
        """The ``default_factory`` of a field, which stands for a default."""
        keywords = self.field_call.keywords if self.field_call is not None else []
        return next((each for each in keywords if each.arg == "default_factory"), None)

    @property
    def is_required(self) -> bool:
        """Tell whether there is no default; for a field pydantic takes ``...`` for none.

        https://docs.pydantic.dev/latest/concepts/fields/ has both ways to write a required field.
        """
        default = self.real_default
        is_ellipsis = isinstance(default, ast.Constant) and default.value is Ellipsis and self.target.kind == "field"
        return (default is None or is_ellipsis) and self.factory is None


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


_KEY_MARKS = ("NotRequired", "Required", "ReadOnly")


def value_of(target: Target, annotation: ast.expr) -> ast.expr:
    """Return the part of an annotation that is about the value: of a TypedDict's field not whether its key is there.

    Fern writes ``typing_extensions.NotRequired[float]`` in a TypedDict where the model has ``Optional[float] = None``.
    """
    while (
        is_typed_dict(target)
        and isinstance(annotation, ast.Subscript)
        and dotted(annotation.value).rpartition(".")[2] in _KEY_MARKS
    ):
        annotation = first_argument(annotation)
    return annotation


def may_be_missing(target: Target, annotation: ast.expr) -> bool:
    """Tell whether a field is one of a TypedDict whose key need not be there."""
    while is_typed_dict(target) and isinstance(annotation, ast.Subscript):
        name = dotted(annotation.value).rpartition(".")[2]
        if name in ("NotRequired", "Required"):
            return name == "NotRequired"
        if name != "ReadOnly":
            break
        annotation = first_argument(annotation)
    keywords = target.owner.keywords if isinstance(target.owner, ast.ClassDef) and is_typed_dict(target) else []
    return any(each.arg == "total" and getattr(each.value, "value", True) is False for each in keywords)


def without_optional(annotation: ast.expr) -> ast.expr:
    """Return what ``Optional`` is about, or the annotation itself."""
    is_one = isinstance(annotation, ast.Subscript) and dotted(annotation.value).rpartition(".")[2] == "Optional"
    return first_argument(annotation) if is_one and isinstance(annotation, ast.Subscript) else annotation


def of_the_value(
    target: Target, now: ast.expr, wanted: ast.expr, was: ast.expr | None
) -> tuple[ast.expr, ast.expr | None, ast.expr]:
    """Return what is wanted, what was, and what is now, of the value of a TypedDict's field.

    Optional in ``was`` says there what NotRequired says: that the key may be missing. A value that is Optional beside
    that is compared as it is.
    """
    value = value_of(target, now)
    is_plain = may_be_missing(target, now) and not is_optional(value)
    if is_plain and was is not None and is_optional(was):
        return without_optional(wanted), without_optional(was), value
    return wanted, was, value


def says_key_is_there(annotation: ast.expr) -> bool:
    """Tell whether an annotation speaks of a TypedDict's key itself."""
    return isinstance(annotation, ast.Subscript) and dotted(annotation.value).rpartition(".")[2] in _KEY_MARKS


def is_optional(annotation: ast.expr) -> bool:
    """Tell whether an annotation says that None is a value, or that the key may be missing."""
    if isinstance(annotation, ast.BinOp):
        return is_optional(annotation.left) or is_optional(annotation.right)
    if isinstance(annotation, ast.Constant):
        return annotation.value is None
    if isinstance(annotation, ast.Subscript):
        name = dotted(annotation.value).rpartition(".")[2]
        if name in ("Annotated", "Required", "Final", "ReadOnly"):
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


def required_key(declared: Declaration) -> ast.Subscript | None:
    """Return the ``Required[...]`` around the value of a TypedDict's field: PEP 655 lets none be in NotRequired."""
    annotation = declared.annotation
    while is_typed_dict(declared.target) and isinstance(annotation, ast.Subscript):
        name = dotted(annotation.value).rpartition(".")[2]
        if name == "Required":
            return annotation
        if name not in ("ReadOnly", "Annotated"):
            break
        annotation = first_argument(annotation)
    return None


def set_annotation(source: Source, declared: Declaration, code: str, *, of_value: bool = False) -> list[Edit]:
    """Return the edit that gives a parameter, field or return value an annotation. Raises EditRefused.

    ``of_value`` tells to keep what a TypedDict says of the key around it.
    """
    if declared.annotation is not None:
        replaced = value_of(declared.target, declared.annotation) if of_value else declared.annotation
        start, stop = source.text.span(replaced)
        return [Edit(start, stop, code)]
    node = declared.target.node
    if declared.target.kind == "return":
        from ...python import lists

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
    from ...python import lists

    text = source.text
    if declared.real_default is not None:
        start, stop = text.span(declared.real_default)
        return [Edit(start, stop, code)]
    if declared.factory is not None:
        return [Edit(*text.span(declared.factory), f"default={code}")]
    if declared.field_call is not None:
        return lists.insert(source, lists.elements_of(source, declared.field_call), 0, [f"default={code}"])
    if declared.target.kind == "return":
        raise EditRefused("a return value has no default")
    at = span_of(source, declared.target.node)[1]
    sign = " = " if declared.annotation is not None else "="
    return [Edit(at, at, sign + code)]
