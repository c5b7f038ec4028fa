"""``field.rename``: rename a field of a model; on the wire it keeps its name, by an alias."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..model import Conflict
from ..operation import Held, Judgement, MemberOwners, ToDo
from ..pattern import selector
from ..pattern.selector import Target, definitions
from ..python import import_lines
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import field_alias
from .shared.field_uses import FieldName, FieldUse, uses
from .shared.structural import Selectors, Structural, at_line, judged, texts


def _problem(text: str) -> str:
    return "" if text.isidentifier() and not keyword.iskeyword(text) else "it is no name that a field can have"


class FieldRename(Structural[FieldName]):
    """The operation; see docs/operations/field.rename.md."""

    name = "field.rename"
    summary = "Rename a field of a model, with the wire name as its alias."
    fields = (
        Field("field", Selectors(), "The fields, such as `Parcel.weight`.", True),
        Field("to", String("a name", problem=_problem, empty=False), "The new name.", True),
        Field(
            "alias",
            String('"pydantic", "fern" or "none"', choices=field_alias.STYLES),
            "How the field keeps its name on the wire: `pydantic.Field(alias=…)`, Fern's `FieldMetadata(alias=…)`, or "
            "not at all. A field that has an alias keeps it.",
            True,
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> FieldName:
        """Return the fields with their new name."""
        selectors, new = texts(arguments, "field"), str(arguments["to"])
        olds = {each.rpartition(".")[2] for each in selectors}
        if any("." not in each for each in selectors) or len(olds) != 1 or set("*?{") & set("".join(olds)):
            expected = "selectors of one field's name, such as Parcel.weight and Parcel?.weight"
            report((*key, "field"), found=", ".join(selectors), expected=expected)
        old = min(olds, default="")
        if old == new:
            report((*key, "to"), found=f'"{new}"', expected="another name")
        classes = tuple(each.rpartition(".")[0] for each in selectors)
        return FieldName(classes=classes, old=old, new=new, alias=str(arguments["alias"]))

    def words(self, arguments: FieldName) -> Sequence[str]:
        """Return the words of the class, if there is one: who uses the field names it, or a class that inherits it."""
        return selector.words(arguments.classes[0].rpartition(".")[2]) if len(arguments.classes) == 1 else ()

    def may_matter(self, code: bytes, arguments: FieldName) -> bool:
        """Tell whether a file has the words of the class, or the name of one that inherits the field."""
        owners = arguments.owners.classes if arguments.owners is not None else frozenset()
        if any(name.encode() in code for _, name in owners):
            return True
        return all(word.encode() in code for word in self.words(arguments))

    def member(self, arguments: FieldName) -> tuple[Callable[[str], bool], str, str]:
        """Return what tells whether a class is meant, the field's name and its new one."""
        return arguments.names, arguments.old, arguments.new

    def inherited(self, arguments: FieldName, owners: MemberOwners) -> FieldName:
        """Return the arguments with the classes that have or inherit the field."""
        return arguments._replace(owners=owners)

    def sites(self, source: Source, arguments: FieldName) -> list[Judgement]:
        """Judge every class that has the field, and every use that can be told to be one."""
        found: list[Judgement] = []
        for target in definitions(source):
            is_owner = arguments.owners is not None and (source.path, target.name) in arguments.owners.classes
            if isinstance(target.node, ast.ClassDef) and (is_owner or arguments.names(target.name)):
                verdict = _verdict(source, arguments, target, target.node)
                found += [judged(source, target, verdict)] if verdict is not None else []
        return [*found, *(_used(source, arguments, each) for each in uses(source, arguments))]


def _verdict(source: Source, wanted: FieldName, target: Target, owner: ast.ClassDef) -> Held | ToDo | Conflict | None:
    place = (source.path, target.name)
    owners = wanted.owners or MemberOwners(classes=frozenset(), names=frozenset())
    is_other = place not in owners.classes and "." not in target.name
    if is_other and any(wanted.names(name) for _, name in owners.classes):
        return None  # another class of this name has the field
    for path, name, reason in owners.problems:
        if (path, name) == place:
            return Conflict(reason=reason, hint="choose another name, or name both classes in the step")
    own = {each.name.rpartition(".")[2]: each for each in definitions(source) if each.owner is owner}
    if wanted.old in own and wanted.new in own:
        return Conflict(reason=f"it has {wanted.old} and {wanted.new}", hint="remove one, or choose another name")
    if wanted.old not in own:
        if wanted.new in own:
            return Held()
        lost = Conflict(reason=f"it has no field {wanted.old}", hint="bring the step up to date")
        return lost if selector.names_exactly(wanted.classes, target.name) else None
    node = own[wanted.old].node
    if not isinstance(node, ast.AnnAssign):
        return Conflict(reason=f"{wanted.old} is no field with an annotation")
    if reason := field_alias.refusal(owner, node, wanted.alias):
        return Conflict(reason=reason, hint='alias = "none" renames it on the wire, too')
    return ToDo(work=partial(_edits, source, wanted, node))


def _edits(source: Source, wanted: FieldName, node: ast.AnnAssign) -> list[Edit]:
    start, stop = source.text.span(node.target)
    edits = [Edit(start, stop, wanted.new)]
    if wanted.alias == "none" or field_alias.has_alias(node):
        return edits
    edits += field_alias.edits(source, node, wanted.old, wanted.alias)
    return [*edits, *import_lines.add(source, field_alias.imports(source, wanted.alias))]


def _used(source: Source, wanted: FieldName, use: FieldUse) -> Judgement:
    if use.reason:
        return at_line(source, use.line, Conflict(reason=use.reason, hint="change the code there in a step before"))
    if use.span is None:
        return at_line(source, use.line, Held())
    return at_line(source, use.line, ToDo(work=partial(_renamed, use.span, wanted.new)))


def _renamed(span: tuple[int, int], new: str) -> list[Edit]:
    return [Edit(*span, new)]
