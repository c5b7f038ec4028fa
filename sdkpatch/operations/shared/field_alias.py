"""The name that a field has on the wire: pydantic's ``Field(alias=…)``, or Fern's ``FieldMetadata(alias=…)``."""

from __future__ import annotations

import ast

from ...fern.sdk_package import inside
from ...pattern.names import Imports
from ...python import lists
from ...python.index import dotted
from ...python.source import Source
from ...python.text import Edit

STYLES = ("pydantic", "fern", "none")
_ALIASES = frozenset({"alias", "validation_alias", "serialization_alias"})


def has_alias(node: ast.AnnAssign) -> bool:
    """Tell whether a field says its name on the wire."""
    return any(isinstance(each, ast.keyword) and each.arg in _ALIASES for each in ast.walk(node))


def refusal(owner: ast.ClassDef, node: ast.AnnAssign, style: str) -> str:
    """Return why a field cannot have an alias, or an empty string."""
    is_dict = any(dotted(each).rpartition(".")[2] == "TypedDict" for each in owner.bases)
    if is_dict and style == "pydantic" and not has_alias(node):
        return "the field is one of a TypedDict, which pydantic's Field cannot give an alias"
    return ""


def imports(source: Source, style: str) -> list[str]:
    """Return the imports that an alias needs."""
    if style == "pydantic":
        return [] if _field_name(source) == "Field" else ["import pydantic"]
    within = inside(source.sdk or source.package, source.path)
    dots = "." * (within or source.path).count("/") + "."
    return ["import typing_extensions", f"from {dots}core.serialization import FieldMetadata"]


def edits(source: Source, node: ast.AnnAssign, wire: str, style: str) -> list[Edit]:
    """Return the edits that give a field its old name as an alias. Raises EditRefused."""
    text = source.text
    if style == "fern":
        code = text.segment(node.annotation)
        alias = f'FieldMetadata(alias="{wire}")'
        if isinstance(node.annotation, ast.Subscript) and _is(node.annotation.value, "Annotated"):
            listed = lists.elements_of(source, node.annotation)
            return lists.insert_each(source, listed, [(1, alias)])
        wrapped = f"typing_extensions.Annotated[{code}, {alias}]"
        return [Edit(*text.span(node.annotation), wrapped)]
    field = _field_name(source)
    if node.value is None:
        at = text.span(node.annotation)[1]
        return [Edit(at, at, f' = {field}(alias="{wire}")')]
    if isinstance(node.value, ast.Call) and _is(node.value.func, "Field"):
        listed = lists.elements_of(source, node.value)
        place = len([*node.value.args, *node.value.keywords])
        return lists.insert_each(source, listed, [(place, f'alias="{wire}"')])
    code = text.segment(node.value)
    return [Edit(*text.span(node.value), f'{field}(default={code}, alias="{wire}")')]


def _is(node: ast.expr, name: str) -> bool:
    return dotted(node).rpartition(".")[2] == name


def _field_name(source: Source) -> str:
    return "Field" if Imports(source).resolve("Field") == "pydantic.Field" else "pydantic.Field"
