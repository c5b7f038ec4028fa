"""``literal.add``: add a value to a ``Literal``, or a member to an enum."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import Target, select
from ..python import blocks as block_edits
from ..python import lists
from ..python.index import dotted
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String, describe
from .shared import declarations
from .shared.block_names import names_of
from .shared.structural import Selectors, Structural, judged, texts


class _Value(NamedTuple):
    """A kind of value: a string or an integer."""

    label: str = "a string or an integer"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int):
            report(key, found=describe(value), expected=self.label)
        return value

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "integer"]}


class LiteralAddition(NamedTuple):
    """The value, and the name of the enum member that has it."""

    targets: tuple[str, ...]
    value: str | int
    member: str


class LiteralAdd(Structural[LiteralAddition]):
    """The operation; see docs/operations/literal.add.md."""

    name = "literal.add"
    summary = "Add a value to a Literal, or a member to an enum."
    kinds = ("class", "field", "parameter")
    fields = (
        Field(
            "target",
            Selectors(),
            "A type alias, field or parameter that holds a `Literal[...]`, or an enum class.",
            True,
        ),
        Field("value", _Value(), "The value to add.", True),
        Field(
            "member",
            String("a name"),
            "The name of the enum's new member; by default the value in capitals.",
            default="",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> LiteralAddition:
        """Return the addition; make a member's name of the value."""
        value = arguments["value"]
        assert isinstance(value, str | int)
        member = str(arguments["member"]) or re.sub(r"\W+", "_", str(value)).strip("_").upper()
        if not member.isidentifier():
            member = f"_{member}" if f"_{member}".isidentifier() else ""
        if not member:
            report((*key, "value"), found=describe(value), expected="a value that gives a name, or member beside it")
        return LiteralAddition(targets=texts(arguments, "target"), value=value, member=member)

    def selectors(self, arguments: LiteralAddition) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def sites(self, source: Source, arguments: LiteralAddition) -> list[Judgement]:
        """Judge every alias, enum, field or parameter."""
        return [judged(source, each, _verdict(source, arguments, each)) for each in select(source, arguments.targets)]


def _verdict(source: Source, arguments: LiteralAddition, target: Target) -> Held | ToDo | Conflict:
    if isinstance(target.node, ast.ClassDef):
        return _member(source, arguments, target.node)
    declared = declarations.declaration(target)
    if declared is None:
        return Conflict(
            reason=f"a {target.kind} holds no Literal", hint="name an alias, an enum, a field or a parameter"
        )
    for part in (declared.annotation, declared.default):
        for node in ast.walk(part) if part is not None else ():
            if isinstance(node, ast.Subscript) and dotted(node.value).rpartition(".")[2] == "Literal":
                return _literal(source, arguments.value, node)
    return Conflict(reason="it holds no Literal", hint="the generator changed its type: look at what it is now")


def _literal(source: Source, value: str | int, node: ast.Subscript) -> Held | ToDo:
    listed = lists.elements_of(source, node)
    elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    known = [each.value for each in elements if isinstance(each, ast.Constant)]
    if any(each == value and type(each) is type(value) for each in known):
        return Held()
    return ToDo(work=partial(lists.insert, source, listed, len(listed.spans), [_code(value)]))


def _code(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _member(source: Source, arguments: LiteralAddition, enum: ast.ClassDef) -> Held | ToDo | Conflict:
    members: dict[str, object] = {}
    last = 0
    for index, statement in enumerate(enum.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                members[name] = value
                last = index + 1
            case ast.Assign(targets=[ast.Name(id=name)]):
                members[name] = None
                last = index + 1
            case _:
                pass
    own = [each for each in enum.body if arguments.member in names_of(each)]
    if len(own) > 1:
        reason = f"{arguments.member} is there twice, on lines {own[0].lineno} and {own[1].lineno}"
        return Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
    if last < len(enum.body) and last and block_is_string(enum.body[last]):
        last += 1
    if members.get(arguments.member) == arguments.value:
        return Held()
    if arguments.value in members.values() or arguments.member in members:
        reason = f"the enum has {arguments.member} or its value already, but not as one member"
        return Conflict(reason=reason, hint="give the name the generator chose as member, or delete the step")
    if not members:
        return Conflict(reason="the class has no members, so it is no enum")
    code = f"{arguments.member} = {_code(arguments.value)}"
    return ToDo(work=partial(_insert, source, enum, last, code))


def block_is_string(statement: ast.stmt) -> bool:
    """Tell whether a statement is the string that documents the member above it."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _insert(source: Source, enum: ast.ClassDef, place: int, code: str) -> list[Edit]:
    return block_edits.insert(source, enum.body, place, code, top=False)
