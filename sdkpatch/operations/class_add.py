"""``class.add``: add methods, properties, validators or whatever else to the bodies of classes."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .. import members
from ..fields import Field, KeyPath, Report, Text
from ..operation import Judgement
from ..pattern import selector
from ..pattern.selector import select
from ..source import Block, Source, is_docstring
from ..structural import IMPORTS, Selectors, Structural, judged, python, texts


class MemberAddition(NamedTuple):
    """The members and where they go: beside one of a name, or ``first`` or ``last``."""

    classes: tuple[str, ...]
    code: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    at: str
    beside: str
    behind: bool
    imports: tuple[str, ...]

    def place(self, block: Block) -> int | str:
        """Return the index to insert at, or why there is none."""
        if self.beside:
            return members.place_of(block, self.beside, behind=self.behind)
        if self.at == "first":
            return 1 if block and is_docstring(block[0]) else 0
        return len(block)


class ClassAdd(Structural):
    """The operation; see docs/operations/class.add.md."""

    name = "class.add"
    summary = "Add methods, properties or validators to classes."
    fields = (
        Field("class", Selectors(), "The classes.", True),
        Field("code", Text("Python", empty=False), "What to add, as it would stand in the class.", True),
        Field(
            "at",
            Text('"first" or "last"', choices=("first", "last")),
            "Where in the body; default last.",
            default="last",
        ),
        Field("before", Text("the name of a member", empty=False), "Instead: in front of this member."),
        Field("after", Text("the name of a member", empty=False), "Instead: behind this member."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> MemberAddition:
        """Parse the members."""
        code = textwrap.dedent(str(arguments["code"])).strip("\n")
        body = python(code, (*key, "code"), report, "the members of a class")
        if arguments["before"] and arguments["after"]:
            report(key, found="before and after", expected="one of the two")
        return MemberAddition(
            classes=texts(arguments, "class"),
            code=tuple(members.pieces(code, body)),
            body=tuple(body),
            at=str(arguments["at"]),
            beside=str(arguments["before"] or arguments["after"] or ""),
            behind=not arguments["before"],
            imports=texts(arguments, "imports"),
        )

    def words(self, arguments: object) -> Sequence[str]:
        """Return what the selector names."""
        assert isinstance(arguments, MemberAddition)
        return selector.words(arguments.classes[0]) if len(arguments.classes) == 1 else ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge every class."""
        assert isinstance(arguments, MemberAddition)
        found: list[Judgement] = []
        for target in select(source, arguments.classes):
            if isinstance(target.node, ast.ClassDef):
                block = target.node.body
                place = arguments.place(block)
                verdict = members.verdict(source, block, arguments.code, arguments.body, place, top=False)
                found.append(judged(source, target, verdict))
        return found
