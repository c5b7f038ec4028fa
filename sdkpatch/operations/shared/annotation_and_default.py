"""Set annotation and default of what is declared: ``annotation.set``, ``parameter.set`` and ``field.set`` share it."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...pattern import syntax
from ...pattern.env import Env
from ...pattern.find import written
from ...pattern.match import Matcher
from ...pattern.names import means_same
from ...pattern.nodes import Parameter
from ...pattern.render import render
from ...pattern.selector import Target, select
from ...pattern.syntax import Pattern
from ...python import import_lines
from ...python.source import Source
from ...python.text import Edit
from ...schema.fields import Boolean, Field, JsonSchema, KeyPath, Mistakes, String
from . import declarations
from .declarations import Declaration
from .structural import IMPORTS, Structural, expression, judged, texts


class Setting(NamedTuple):
    """What a declaration must be; None where it may stay as it is.

    ``annotation`` may use the metavariables of ``was``, which is a whole parameter, or an annotation alone.
    """

    targets: tuple[str, ...]
    annotation: Pattern | None
    was: Pattern | None
    imports: tuple[str, ...]
    default: ast.expr | None = None
    optional: bool = False


def annotation(code: str) -> Pattern:
    """Return the pattern of an annotation as it is written into the code. Raises PatternProblem."""
    return syntax.parse(ast.unparse(_expression(syntax.parse(code, ("expression",)))), ("expression",))


def _expression(pattern: Pattern) -> ast.expr:
    node = pattern.nodes[0]
    assert isinstance(node, ast.expr)
    return node


class _Compared(NamedTuple):
    """The annotation wanted and the code it is compared with; the same of what was; and what the step is about.

    ``of_value`` tells that what a TypedDict says of its key stays around it.
    """

    wanted: ast.expr | None
    now: ast.expr | None
    was: ast.expr | None
    before: ast.expr | None
    of_value: bool


class AnnotationAndDefault(Structural[Setting]):
    """Sets annotation and default of what the selectors name; a subclass says what that may be."""

    @abstractmethod
    def declaration(self, target: Target) -> Declaration | Conflict:
        """Return what a target declares, or the conflict of one that has not what the operation sets."""

    def changed(self, source: Source, target: Target, declared: Declaration) -> Conflict:
        """Return the conflict of a declaration that is neither what it must be nor what it was."""
        reason = f"it is {written(source, target.node)}, neither the one that the step sets nor the one in was"
        return Conflict(reason=reason, hint="the generator changed it: bring was up to date")

    def selectors(self, arguments: Setting) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def imports(self, arguments: Setting) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: Setting) -> list[Judgement]:
        """Judge everything that the selectors name."""
        targets = select(source, arguments.targets)
        return [judged(source, each, self._verdict(source, arguments, each)) for each in targets]

    def _verdict(self, source: Source, arguments: Setting, target: Target) -> Held | ToDo | Conflict:
        declared = self.declaration(target)
        if isinstance(declared, Conflict):
            return declared
        compared = _compared(arguments, declared)
        needs = _needs(source, arguments, declared, compared)
        if not needs:
            return Held()
        env = _bound(source, arguments.was, declared, compared) if arguments.was is not None else Env()
        if env is None:
            return self.changed(source, target, declared)
        return ToDo(work=partial(_edits, source, arguments, declared, compared, needs, env))


class _Default(NamedTuple):
    """Python, or a number or boolean of TOML that stands for itself."""

    text: String = String("an expression", empty=False)
    label: str = "an expression"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        return self.text.check(repr(value) if isinstance(value, int | float) else value, key, report)

    def schema(self) -> JsonSchema:
        return {"anyOf": [self.text.schema(), {"type": ["number", "boolean"]}]}


_DEFAULT = _Default()
SETTING_FIELDS = (
    Field(
        "optional", Boolean(), "Accept `None` as well, and default to `None` where there is no default.", default=False
    ),
    Field("annotation", String("an annotation", empty=False), "The annotation to set."),
    Field("default", _DEFAULT, "The default to set."),
    Field(
        "was",
        String("code, or a pattern", empty=False),
        "What it must be before the change, such as `timeout: $T = 60`. Anything else is a conflict.",
    ),
    IMPORTS,
)


class DeclarationSet(AnnotationAndDefault):
    """Sets annotation and default of what is of one ``kind``."""

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
            annotation=annotation(str(arguments["annotation"])) if parsed.get("annotation") else None,
            default=parsed.get("default"),
            optional=bool(arguments["optional"]),
            was=was,
            imports=texts(arguments, "imports"),
        )

    def declaration(self, target: Target) -> Declaration | Conflict:
        """Return what a target declares, or the conflict of one of another kind."""
        declared = declarations.declaration(target)
        if declared is not None and target.kind == self.kind:
            return declared
        example = "f(x)" if self.kind == "parameter" else "Class.name"
        reason = f"it is a {target.kind}, not a {self.kind}"
        return Conflict(reason=reason, hint=f"a {self.kind} is written {example}")


def _compared(arguments: Setting, declared: Declaration) -> _Compared:
    """Return what to compare: of a TypedDict's field the value alone, unless the step says something of its key."""
    wanted = _expression(arguments.annotation) if arguments.annotation else None
    pattern = arguments.was.nodes[0] if arguments.was else None
    was = pattern.annotation if isinstance(pattern, Parameter) else pattern
    assert was is None or isinstance(was, ast.expr)
    now = before = declared.annotation
    of_value = not any(each and declarations.says_key_is_there(each) for each in (wanted, was))
    if now is not None and wanted is not None and of_value:
        wanted, _, now = declarations.of_the_value(declared.target, now, wanted, was)
    if before is not None and was is not None and not declarations.says_key_is_there(was):
        was, _, before = declarations.of_the_value(declared.target, before, was, was)
    return _Compared(wanted=wanted, now=now, was=was, before=before, of_value=of_value)


def _needs(source: Source, arguments: Setting, declared: Declaration, compared: _Compared) -> frozenset[str]:
    """Return which of annotation and default are not as they must be."""
    needs: set[str] = set()
    now, default = declared.annotation, declared.real_default
    if arguments.annotation and not _is_annotation(source, arguments.annotation, compared):
        needs.add("annotation")
    has_default = not declarations.is_typed_dict(declared.target)
    is_right = default is not None and arguments.default is not None and means_same(source, arguments.default, default)
    if has_default and arguments.default is not None and not is_right:
        needs.add("default")
    if arguments.optional:
        if now is not None and not declarations.is_optional(now):
            needs.add("annotation")
        if declared.is_required and arguments.default is None and has_default:
            needs.add("default")
    return frozenset(needs)


def _is_annotation(source: Source, pattern: Pattern, compared: _Compared) -> bool:
    """Tell whether an annotation is the one wanted; what metavariables stand for is told by matching."""
    if compared.now is None or compared.wanted is None:
        return False
    if next(syntax.placeholders(pattern.text.content), None) is None:
        return means_same(source, compared.wanted, compared.now)
    return next(Matcher(source, pattern).node(compared.wanted, compared.now, Env()), None) is not None


def _bound(source: Source, was: Pattern, declared: Declaration, compared: _Compared) -> Env | None:
    """Return what the metavariables stand for where a declaration is the one the patch was written for, else None."""
    pattern = was.nodes[0]
    pairs: list[tuple[ast.expr | None, ast.expr | None]] = [(compared.was, compared.before)]
    if isinstance(pattern, Parameter):
        name = declared.target.name.rstrip(")").replace("(", ".").rpartition(".")[2]
        if pattern.arg != name and syntax.variable(pattern.arg) is None:
            return None
        if not declarations.is_typed_dict(declared.target):  # whose fields have none
            pairs.append((pattern.default, declared.default))
    env: Env | None = Env()
    for wanted, now in pairs:
        if wanted is None or now is None:
            env = env if wanted is now else None
        elif env is not None and not means_same(source, wanted, now):
            env = next(Matcher(source, was).node(wanted, now, env), None)
    return env


def _edits(
    source: Source, arguments: Setting, declared: Declaration, compared: _Compared, needs: frozenset[str], env: Env
) -> list[Edit]:
    edits: list[Edit] = []
    default = ast.unparse(arguments.default) if arguments.default is not None else "None"
    if "annotation" in needs and arguments.annotation is not None:
        assert compared.wanted is not None
        code = render(source, arguments.annotation, compared.wanted, env)
        edits += declarations.set_annotation(source, declared, code, of_value=compared.of_value)
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
