"""``rewrite``: change code that matches a pattern, written as a diff or as code before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..operation import Judgement
from ..pattern import syntax
from ..python.source import Source
from ..python.text import is_utf_8
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import conditions
from .shared.rewriting import Rewrite, build, has_context, has_dropped_run, judge, name_unnamed, rewrite
from .shared.structural import IMPORTS, Structural, python, texts

_KINDS = ("expression", "statements", "except", "decorator", "item")


class RewriteOperation(Structural[Rewrite]):
    """The operation; see docs/operations/rewrite.md."""

    name = "rewrite"
    summary = "Change code that matches a pattern; code that is already changed stays."
    fields = (
        Field(
            "change",
            String("a pattern written as a diff"),
            "The change as a diff: lines with `-` are there before, lines with `+` after, the others stay.",
        ),
        Field("match", conditions.PATTERN, "Instead of `change`, together with `replace`: the code before."),
        Field("replace", String("Python with metavariables"), "The code after."),
        Field(
            "was",
            String("Python"),
            "The whole code before, compared as code. Needed where the change drops statements that the "
            "pattern does not show.",
        ),
        Field(
            "as",
            String(", ".join(syntax.KINDS), choices=syntax.KINDS),
            "What the pattern is, where it could be more than one of these.",
            default="",
        ),
        *conditions.FIELDS,
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Rewrite | None:
        """Parse the patterns; report what cannot be a change."""
        change, match, replace = arguments["change"], arguments["match"], arguments["replace"]
        given = [name for name in ("change", "match", "replace") if isinstance(arguments[name], str)]
        if given not in (["change"], ["match", "replace"]):
            found = " and ".join(given) or "nothing"
            report(key, found=found, expected="either change, or match and replace")
            return None
        kinds = (str(arguments["as"]),) if arguments["as"] else _KINDS
        where: KeyPath = (*key, given[0])
        try:
            old, new = (str(match), str(replace)) if change is None else syntax.split_change(_shared_names(str(change)))
            before, after = build(old, new, kinds)
        except syntax.PatternProblem as problem:
            line = f" (its line {problem.line})" if problem.line else ""
            found = f"a change that cannot be made: {problem.reason}{line}"
            report(where, found=found, expected="Python with $NAMES", hint=problem.hint)
            return None
        was = python(str(arguments["was"]), (*key, "was"), report, "the code before") if arguments["was"] else []
        if has_dropped_run(before, after) and not was:
            hint = "put the removed code into was"
            report(where, found="a change that removes code it does not show", expected="was beside it", hint=hint)
        narrowed = conditions.compile_narrowing(arguments, before.names, key, report)
        imports = texts(arguments, "imports")
        told = change is not None and has_context(str(change))
        return rewrite(before, after, narrowed, was, imports, has_context=told)

    def scopes(self, arguments: Rewrite) -> Sequence[str]:
        """Return the selectors that the pattern is narrowed to."""
        return arguments.narrowing.within

    def imports(self, arguments: Rewrite) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def words(self, arguments: Rewrite) -> Sequence[str]:
        """Return what both forms contain, and what the selector names."""
        both = syntax.words(arguments.before) & syntax.words(arguments.after)
        return sorted(both | conditions.words(arguments.narrowing))

    def may_matter(self, code: bytes, arguments: Rewrite) -> bool:
        """Tell whether a file may have one of the forms, or the code around one that has changed."""
        if not super().may_matter(code, arguments):
            return False
        forms = (arguments.context or arguments.before, arguments.after)
        is_required = bool(arguments.narrowing.within)  # a selector that finds neither form is a conflict
        is_there = any(all(piece in code for piece in syntax.pieces(form.nodes)) for form in forms)
        return is_required or is_there or not is_utf_8(code)

    def sites(self, source: Source, arguments: Rewrite) -> list[Judgement]:
        """Judge every place that has one of the two forms."""
        return judge(source, arguments)


def _shared_names(change: str) -> str:
    """Name what is unnamed in the lines that stand before and after."""
    lines = change.split("\n")
    return "\n".join(
        line if line[:1] in ("-", "+") else name_unnamed(line, 100 * number) for number, line in enumerate(lines, 1)
    )
