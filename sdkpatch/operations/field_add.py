"""``field.add``: add fields or class attributes to classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..model import Conflict
from ..operation import Judgement, ToDo
from ..pattern.names import dotted
from ..pattern.selector import select
from ..python.source import Block, Source, is_docstring
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import block_names, declaration_addition
from .shared.structural import IMPORTS, Selectors, Structural, judged


class FieldAdd(Structural[declaration_addition.Addition]):
    """The operation; see docs/operations/field.add.md."""

    name = "field.add"
    summary = "Add fields or class attributes to classes."
    kinds = ("class",)
    fields = (
        Field("class", Selectors(), "The classes.", True),
        Field(
            "code", String("Python", empty=False), 'The fields, such as "retries: typing.Optional[int] = None".', True
        ),
        Field("before", String("the name of a field", empty=False), "Put them in front of this one."),
        Field("after", String("the name of a field", empty=False), "Put them behind this one; default: the last."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> declaration_addition.Addition:
        """Parse the fields."""
        added = declaration_addition.parse(arguments, key, report, "fields")
        if any(not isinstance(each, ast.AnnAssign | ast.Assign) and not is_docstring(each) for each in added.body):
            hint = "class.add adds methods and whatever else"
            report((*key, "code"), found="something that is no field", expected="assignments", hint=hint)
        return added

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
            if not isinstance(target.node, ast.ClassDef):
                continue
            block = target.node.body
            place: int | str = _last_field(block)
            if arguments.beside:
                place = block_names.place_of(block, arguments.beside, behind=arguments.behind)
            verdict = block_names.verdict(source, block, arguments.code, arguments.body, place, top=False)
            if isinstance(verdict, ToDo) and any(dotted(base).endswith("TypedDict") for base in target.node.bases):
                verdict = _of_a_typed_dict(arguments.body) or verdict
            found.append(judged(source, target, verdict))
        return found


def _of_a_typed_dict(body: Sequence[ast.stmt]) -> Conflict | None:
    """Return the conflict of a field with a default: https://peps.python.org/pep-0589/#class-based-syntax."""
    for each in body:
        if not isinstance(each, ast.Assign | ast.AnnAssign) or each.value is None:
            continue
        reason = f"{block_names.names_of(each)[0]} has a default, and the fields of a TypedDict have none"
        hint = "give the TypedDict a step of its own, with typing_extensions.NotRequired[...]"
        return Conflict(reason=reason, hint=hint)
    return None


def _last_field(block: Block) -> int:
    """Return the place behind the last field and the string below it; behind the docstring when there is none."""
    place = 1 if is_docstring(block[0]) else 0
    for index, statement in enumerate(block):
        is_field = isinstance(statement, ast.AnnAssign | ast.Assign)
        if is_field and block_names.names_of(statement) != ("model_config",):
            place = index + 1
            if place < len(block) and is_docstring(block[place]):
                place += 1
    return place
