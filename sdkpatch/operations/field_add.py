"""``field.add``: add fields or class attributes to classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..python.source import Block, is_docstring
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.declaration_addition import Addition, DeclarationAddition, last_field, parse
from .shared.structural import IMPORTS, Selectors


class FieldAdd(DeclarationAddition):
    """The operation; see docs/operations/field.add.md."""

    name = "field.add"
    summary = "Add fields or class attributes to classes."
    kinds = ("class",)
    fields = (
        Field("class", Selectors(), "The classes that get the fields.", True),
        Field(
            "code", String("Python", empty=False), "The fields, such as `retries: typing.Optional[int] = None`.", True
        ),
        Field("before", String("the name of a field", empty=False), "Put them in front of this field."),
        Field(
            "after",
            String("the name of a field", empty=False),
            "Put them behind this field; by default behind the last.",
        ),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Addition:
        """Parse the fields."""
        added = parse(arguments, key, report, "fields", "class")
        if any(not isinstance(each, ast.AnnAssign | ast.Assign) and not is_docstring(each) for each in added.body):
            hint = "class.add adds methods and whatever else"
            report((*key, "code"), found="something that is no field", expected="assignments", hint=hint)
        return added

    def place(self, block: Block, arguments: Addition) -> int:
        """Return the place behind the last field."""
        return last_field(block)
