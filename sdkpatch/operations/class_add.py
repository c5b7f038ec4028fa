"""``class.add``: add methods, properties, validators or whatever else to the bodies of classes."""

from __future__ import annotations

from collections.abc import Mapping

from ..python.source import Block
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.declaration_addition import Addition, DeclarationAddition, first, parse
from .shared.structural import IMPORTS, Selectors


class ClassAdd(DeclarationAddition):
    """The operation; see docs/operations/class.add.md."""

    name = "class.add"
    summary = "Add methods, properties or validators to classes."
    kinds = ("class",)
    fields = (
        Field("class", Selectors(), "The classes that get the members.", True),
        Field("code", String("Python", empty=False), "The members to add, as they stand in a class.", True),
        Field(
            "at",
            String('"first" or "last"', choices=("first", "last")),
            "Where in the body of the class.",
            default="last",
        ),
        Field("before", String("the name of a member", empty=False), "Instead of `at`: in front of this member."),
        Field("after", String("the name of a member", empty=False), "Instead of `at`: behind this member."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Addition:
        """Parse the members."""
        return parse(arguments, key, report, "the members of a class", "class")

    def place(self, block: Block, arguments: Addition) -> int:
        """Return the first or the last place."""
        return first(block) if arguments.at == "first" else len(block)
