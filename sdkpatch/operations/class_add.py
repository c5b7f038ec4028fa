"""``class.add``: add methods, properties, validators or whatever else to the bodies of classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..operation import Judgement
from ..pattern.selector import select
from ..python.source import Block, Source, is_docstring
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import block_names, declaration_addition
from .shared.structural import IMPORTS, Selectors, Structural, judged


class ClassAdd(Structural[declaration_addition.Addition]):
    """The operation; see docs/operations/class.add.md."""

    name = "class.add"
    summary = "Add methods, properties or validators to classes."
    kinds = ("class",)
    fields = (
        Field("class", Selectors(), "The classes.", True),
        Field("code", String("Python", empty=False), "What to add, as it would stand in the class.", True),
        Field(
            "at",
            String('"first" or "last"', choices=("first", "last")),
            "Where in the body; default last.",
            default="last",
        ),
        Field("before", String("the name of a member", empty=False), "Instead: in front of this member."),
        Field("after", String("the name of a member", empty=False), "Instead: behind this member."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> declaration_addition.Addition:
        """Parse the members."""
        return declaration_addition.parse(arguments, key, report, "the members of a class")

    def selectors(self, arguments: declaration_addition.Addition) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.classes

    def imports(self, arguments: declaration_addition.Addition) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: declaration_addition.Addition) -> list[Judgement]:
        """Judge every class."""
        found: list[Judgement] = []
        for target in select(source, arguments.classes):
            if isinstance(target.node, ast.ClassDef):
                block = target.node.body
                place = _place(block, arguments)
                verdict = block_names.verdict(source, block, arguments.code, arguments.body, place, top=False)
                found.append(judged(source, target, verdict))
        return found


def _place(block: Block, added: declaration_addition.Addition) -> int | str:
    """Return the index to insert at, or why there is none."""
    if added.beside:
        return block_names.place_of(block, added.beside, behind=added.behind)
    if added.at == "first":
        return 1 if block and is_docstring(block[0]) else 0
    return len(block)
