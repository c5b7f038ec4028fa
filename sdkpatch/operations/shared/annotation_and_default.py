"""What ``parameter.set`` and ``field.set`` share: annotation, default, and both at once for optional."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...pattern import syntax
from ...pattern.find import span_of
from ...pattern.match import Env, Matcher
from ...pattern.names import means_same
from ...pattern.nodes import Parameter
from ...pattern.selector import Target, select
from ...pattern.syntax import Pattern
from ...python import import_lines
from ...python.source import Source
from ...python.text import Edit
from ...schema.fields import Boolean, Field, JsonSchema, KeyPath, Mistakes, String
from . import declarations
from .declarations import Declaration
from .structural import IMPORTS, Selectors, Structural, expression, judged, texts


class Setting(NamedTuple):
    """What a parameter or field must be; None where it may stay as it is."""

    targets: tuple[str, ...]
    annotation: ast.expr | None
    default: ast.expr | None
    optional: bool
    was: Pattern | None
    imports: tuple[str, ...]


class _Expression(NamedTuple):
    """Python, or a number or boolean of TOML that stands for itself."""

    text: String = String("an expression", empty=False)
    label: str = "an expression"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        return self.text.check(repr(value) if isinstance(value, int | float) else value, key, report)

    def schema(self) -> JsonSchema:
        return {"anyOf": [self.text.schema(), {"type": ["number", "boolean"]}]}


_EXPRESSION = _Expression()
SETTING_FIELDS = (
    Field("optional", Boolean(), "Accept None as well, and default to it unless there is a default.", default=False),
    Field("annotation", String("an annotation", empty=False), "The annotation it must have."),
    Field("default", _EXPRESSION, "The default it must have."),
    Field("was", String("code, or a pattern", empty=False), 'What it must be before, such as "timeout: $T = 60".'),
    IMPORTS,
)


class Settings(Structural[Setting]):
    """Sets annotation and default of what ``kind`` names."""

    kind = ""

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Setting:
        """Parse what is to be set."""
        wanted = [name for name in ("optional", "annotation", "default") if arguments[name]]
        if not wanted or {"optional", "annotation"} <= set(wanted):
            found = " and ".join(wanted) or "nothing to set"
            report(key, found=found, expected="optional, or annotation and default")
        parsed = {
            name: expression(str(arguments[name]), (*key, name), report)
            for name in ("annotation", "default")
            if isinstance(arguments[name], str)
        }
        was: Pattern | None = None
        if isinstance(arguments["was"], str):
            try:
                was = syntax.parse(arguments["was"], ("parameter",))
            except syntax.PatternProblem as problem:
                report((*key, "was"), found=f"no {self.kind}: {problem.reason}", expected='such as "timeout: $T = 60"')
        return Setting(
            targets=texts(arguments, self.kind),
            annotation=parsed.get("annotation"),
            default=parsed.get("default"),
            optional=bool(arguments["optional"]),
            was=was,
            imports=texts(arguments, "imports"),
        )

    def selectors(self, arguments: Setting) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def imports(self, arguments: Setting) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: Setting) -> list[Judgement]:
        """Judge every parameter or field."""
        return [
            judged(source, each, self._verdict(source, arguments, each)) for each in select(source, arguments.targets)
        ]

    def _verdict(self, source: Source, arguments: Setting, target: Target) -> Held | ToDo | Conflict:
        declared = declarations.declaration(target)
        if declared is None or target.kind != self.kind:
            example = "f(x)" if self.kind == "parameter" else "Class.name"
            return Conflict(
                reason=f"it is a {target.kind}, not a {self.kind}", hint=f"a {self.kind} is written {example}"
            )
        needs = _needs(source, arguments, declared)
        if not needs:
            return Held()
        if arguments.was is not None and not _is(source, arguments.was, declared):
            start, stop = span_of(source, target.node)
            reason = f"it is {source.text.content[start:stop]}, neither what the step sets nor what it was"
            return Conflict(reason=reason, hint="the generator changed it: bring was up to date")
        return ToDo(work=partial(_edits, source, arguments, declared, needs))


def _needs(source: Source, arguments: Setting, declared: Declaration) -> frozenset[str]:
    """Return which of annotation and default are not as they must be."""
    needs: set[str] = set()
    now, default = declared.annotation, declared.real_default
    wanted = _wanted(arguments, declared)
    if wanted is not None and (now is None or not means_same(source, _comparable(wanted, declared, now), wanted)):
        needs.add("annotation")
    has_default = not declarations.is_typed_dict(declared.target)
    is_right = default is not None and arguments.default is not None and means_same(source, default, arguments.default)
    if has_default and arguments.default is not None and not is_right:
        needs.add("default")
    if arguments.optional:
        if now is not None and not declarations.is_optional(now):
            needs.add("annotation")
        if declared.is_required and arguments.default is None and has_default:
            needs.add("default")
    return frozenset(needs)


def _comparable(wanted: ast.expr, declared: Declaration, now: ast.expr) -> ast.expr:
    """Return the part of an annotation that ``wanted`` is about: it may leave out what a TypedDict says of the key."""
    return now if declarations.says_key_is_there(wanted) else declarations.value_of(declared.target, now)


def _wanted(arguments: Setting, declared: Declaration) -> ast.expr | None:
    """Return the annotation wanted; of a TypedDict's field without the Optional that NotRequired stands for there."""
    wanted, was = arguments.annotation, arguments.was.nodes[0] if arguments.was else None
    before = was.annotation if isinstance(was, Parameter) else None
    if wanted is None or declared.annotation is None or declarations.says_key_is_there(wanted):
        return wanted
    return declarations.of_the_value(declared.target, declared.annotation, wanted, before)[0]


def _is(source: Source, was: Pattern, declared: Declaration) -> bool:
    """Tell whether a parameter or field is the one the patch was written for."""
    pattern = was.nodes[0]
    name = declared.target.name.rstrip(")").replace("(", ".").rpartition(".")[2]
    declared_now = {"arg": name, "annotation": declared.annotation, "default": declared.default}
    before = pattern.annotation if isinstance(pattern, Parameter) else None
    if declarations.is_typed_dict(declared.target):
        del declared_now["default"]  # it has none
    if declared.annotation is not None and before is not None and not declarations.says_key_is_there(before):
        _, before, declared_now["annotation"] = declarations.of_the_value(
            declared.target, declared.annotation, before, before
        )
    for field, now in declared_now.items():
        wanted = before if field == "annotation" else getattr(pattern, field)
        if isinstance(wanted, str):
            if wanted != now and syntax.variable(wanted) is None:
                return False
        elif (wanted is None) != (now is None) or (
            isinstance(now, ast.AST)
            and isinstance(wanted, ast.AST)
            and next(Matcher(source, was).node(wanted, now, Env()), None) is None
        ):
            return False
    return True


def _edits(source: Source, arguments: Setting, declared: Declaration, needs: frozenset[str]) -> list[Edit]:
    edits: list[Edit] = []
    default = ast.unparse(arguments.default) if arguments.default is not None else "None"
    if "annotation" in needs and arguments.annotation is not None:
        wanted = _wanted(arguments, declared)
        assert wanted is not None
        of_value = not declarations.says_key_is_there(wanted)
        edits += declarations.set_annotation(source, declared, ast.unparse(wanted), of_value=of_value)
    elif "annotation" in needs:
        edits += _wrapped(source, declared)
    if "default" in needs:
        edits += declarations.set_default(source, declared, default)
    return edits


def _wrapped(source: Source, declared: Declaration) -> list[Edit]:
    """Wrap the annotation in Optional, or in NotRequired where the field is one of a TypedDict."""
    assert declared.annotation is not None
    inner = declarations.innermost(declared.annotation)
    start, stop = source.text.span(inner)
    shown = source.text.content[start:stop]
    if (required := declarations.required_key(declared)) is not None:
        start, stop = source.text.span(required)
        shown = source.text.segment(declarations.first_argument(required))
    wrapper, home = ("NotRequired", "typing_extensions") if declarations.is_typed_dict(declared.target) else (
        "Optional", "typing"
    )  # fmt: skip
    plain = import_lines.missing(source, [f"from {home} import {wrapper}"])
    name = f"{home}.{wrapper}" if plain else wrapper
    added = import_lines.add(source, [f"import {home}"]) if plain else []
    return [Edit(start, stop, f"{name}[{shown}]"), *added]


__all__ = ["SETTING_FIELDS", "Selectors", "Settings"]
