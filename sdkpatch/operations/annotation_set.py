"""``annotation.set``: give parameters, fields and return values another annotation."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern import form, syntax
from ..pattern.find import written
from ..pattern.match import Env, Matcher
from ..pattern.names import means_same
from ..pattern.render import render
from ..pattern.selector import Target, select
from ..pattern.syntax import Pattern
from ..python.source import Source
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import declarations
from .shared.structural import IMPORTS, Selectors, Structural, judged, texts


class Annotation(NamedTuple):
    """The annotation wanted; ``was`` is what it must be before, None when anything will do."""

    targets: tuple[str, ...]
    wanted: Pattern
    was: Pattern | None
    imports: tuple[str, ...]


class AnnotationSet(Structural[Annotation]):
    """The operation; see docs/operations/annotation.set.md."""

    name = "annotation.set"
    summary = "Set the annotation of parameters, fields or return values."
    kinds = ("field", "parameter", "return")
    fields = (
        Field(
            "target",
            Selectors(),
            'Fields ("Settings.agent"), parameters ("f(x)") or return values ("f(return)").',
            True,
        ),
        Field(
            "annotation", String("an annotation", empty=False), "What it must be; may use metavariables of was.", True
        ),
        Field("was", String("an annotation, or a pattern", empty=False), "What it must be before; else a conflict."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Annotation | None:
        """Parse both annotations."""
        parsed: dict[str, Pattern] = {}
        for name in ("annotation", "was"):
            if not isinstance(arguments[name], str):
                continue
            try:
                parsed[name] = syntax.parse(str(arguments[name]), ("expression",))
            except syntax.PatternProblem as problem:
                report((*key, name), found=f"no annotation: {problem.reason}", expected="an annotation")
        if "annotation" not in parsed:
            return None
        known = parsed["was"].names if "was" in parsed else frozenset()
        for unbound in sorted(parsed["annotation"].names - known):
            report((*key, "annotation"), found=f"${unbound}", expected="a metavariable that was binds")
        if "was" in parsed and form.are_alike(parsed["was"], parsed["annotation"]):
            report((*key, "annotation"), found="the annotation that was says", expected="another one")
        return Annotation(
            targets=texts(arguments, "target"),
            wanted=parsed["annotation"],
            was=parsed.get("was"),
            imports=texts(arguments, "imports"),
        )

    def selectors(self, arguments: Annotation) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def imports(self, arguments: Annotation) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: Annotation) -> list[Judgement]:
        """Judge every target."""
        return [judged(source, each, _verdict(source, arguments, each)) for each in select(source, arguments.targets)]


def _verdict(source: Source, arguments: Annotation, target: Target) -> Held | ToDo | Conflict:
    declared = declarations.declaration(target)
    if declared is None:
        hint = "name a field, a parameter as f(x) or a return value as f(return)"
        return Conflict(reason=f"a {target.kind} has no annotation", hint=hint)
    now = declared.annotation
    wanted, was = _expression(arguments.wanted), _expression(arguments.was) if arguments.was else None
    of_value = not any(each and declarations.says_key_is_there(each) for each in (wanted, was))
    if now is not None and of_value:
        wanted, was, now = declarations.of_the_value(target, now, wanted, was)
    if now is not None and (
        next(Matcher(source, arguments.wanted).node(wanted, now, Env()), None) is not None
        or means_same(source, wanted, now)
    ):
        return Held()
    env = Env()
    if was is not None and arguments.was is not None:
        found = next(Matcher(source, arguments.was).node(was, now, Env()), None) if now is not None else None
        if found is None:
            shown = written(source, declared.annotation) if declared.annotation is not None else "nothing"
            reason = f"its annotation is {shown}, neither what the step sets nor what it was"
            return Conflict(reason=reason, hint="the generator changed it: bring was and annotation up to date")
        env = found
    code = render(source, arguments.wanted, wanted, env)
    return ToDo(work=partial(declarations.set_annotation, source, declared, code, of_value=of_value))


def _expression(pattern: Pattern) -> ast.expr:
    node = pattern.nodes[0]
    assert isinstance(node, ast.expr)
    return node
