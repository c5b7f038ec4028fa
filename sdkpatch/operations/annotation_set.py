"""``annotation.set``: give parameters, fields and return values another annotation."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Conflict
from ..pattern import form, syntax
from ..pattern.find import written
from ..pattern.selector import Target
from ..pattern.syntax import Pattern
from ..python.source import Source
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import declarations
from .shared.annotation_and_default import AnnotationAndDefault, Setting, annotation
from .shared.declarations import Declaration
from .shared.structural import IMPORTS, Selectors, texts


class AnnotationSet(AnnotationAndDefault):
    """The operation; see docs/operations/annotation.set.md."""

    name = "annotation.set"
    summary = "Set the annotation of parameters, fields or return values."
    kinds = ("field", "parameter", "return")
    fields = (
        Field(
            "target",
            Selectors(),
            "Fields (`Settings.agent`), parameters (`f(x)`) or return values (`f(return)`).",
            True,
        ),
        Field(
            "annotation",
            String("an annotation", empty=False),
            "The annotation to set. It may use the metavariables of `was`.",
            True,
        ),
        Field(
            "was",
            String("an annotation, or a pattern", empty=False),
            "What it must be before the change. Any other annotation is a conflict.",
        ),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Setting | None:
        """Parse both annotations."""
        parsed: dict[str, Pattern] = {}
        for name in ("annotation", "was"):
            if not isinstance(arguments[name], str):
                continue
            try:
                parsed[name] = annotation(str(arguments[name]))
            except syntax.PatternProblem as problem:
                report((*key, name), found=f"no annotation: {problem.reason}", expected="an annotation")
        if "annotation" not in parsed:
            return None
        known = parsed["was"].names if "was" in parsed else frozenset()
        for unbound in sorted(parsed["annotation"].names - known):
            report((*key, "annotation"), found=f"${unbound}", expected="a metavariable that was binds")
        if "was" in parsed and form.are_alike(parsed["was"], parsed["annotation"]):
            report((*key, "annotation"), found="the annotation that was says", expected="another one")
        return Setting(
            targets=texts(arguments, "target"),
            annotation=parsed["annotation"],
            was=parsed.get("was"),
            imports=texts(arguments, "imports"),
        )

    def declaration(self, target: Target) -> Declaration | Conflict:
        """Return what a target declares, or the conflict of a class, a function or a module."""
        hint = "name a field, a parameter as f(x) or a return value as f(return)"
        return declarations.declaration(target) or Conflict(reason=f"a {target.kind} has no annotation", hint=hint)

    def changed(self, source: Source, target: Target, declared: Declaration) -> Conflict:
        """Return the conflict of an annotation that is neither what it must be nor what it was."""
        shown = written(source, declared.annotation) if declared.annotation is not None else "nothing"
        reason = f"its annotation is {shown}, neither the one that the step sets nor the one in was"
        return Conflict(reason=reason, hint="the generator changed it: bring was and annotation up to date")
