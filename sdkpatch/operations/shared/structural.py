"""What the operations on the structure of a module share: sites by name or pattern, edits of text, added imports."""

from __future__ import annotations

import ast
from abc import abstractmethod
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ...errors import EditRefused
from ...model import Conflict, Expectation, Note, Site
from ...operation import A, Held, Judgement, ToDo, Usual
from ...pattern import selector, syntax
from ...pattern.selector import Target
from ...python import import_lines
from ...python.source import Source
from ...python.splice import overlap
from ...python.text import Edit
from ...schema.fields import Field, KeyPath, ListOf, Mistakes, String, describe
from ...tree import PlannedFiles, Tree
from .selectors import SELECTOR, Selectors

Edits = Callable[[], Sequence[Edit]]


def _import_problem(text: str) -> str:
    try:
        body = ast.parse(text).body
    except SyntaxError:
        body = []
    if len(body) != 1 or not isinstance(body[0], ast.Import | ast.ImportFrom):
        return 'write one import such as "from ..core.api_error import ApiError"'
    return ""


IMPORT = String("an import", problem=_import_problem)


class ImportList(NamedTuple):
    """An import of one name or of several, or an array of them; the value is an import for each name."""

    label: str = "an import, or an array of them"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, list):
            found = ListOf(IMPORT, least=1).check(value, key, report)
        else:
            found = [IMPORT.check(value, key, report)]
        assert isinstance(found, list)
        good = [each for each in found if isinstance(each, str) and not _import_problem(each)]
        return [single for each in good for single in import_lines.singles(each)]

    def schema(self) -> dict[str, object]:
        return {"anyOf": [IMPORT.schema(), ListOf(IMPORT, least=1).schema()]}


IMPORTS = Field("imports", ListOf(IMPORT), "Imports that the code needs. Missing ones are added in sorted order.")


class Structural(Usual[A]):
    """An operation whose judging gives each site's edits. Subclasses define ``sites``."""

    kinds: tuple[str, ...] = ()

    @abstractmethod
    def sites(self, source: Source, arguments: A) -> list[Judgement]:
        """Judge each site of a module; the work of a ToDo is a function that returns its edits."""

    def words(self, arguments: A) -> Sequence[str]:
        """Return pieces of text without which a file has no site, beside those of its selectors: none."""
        return ()

    def selectors(self, arguments: A) -> Sequence[str]:
        """Return the selectors the step names its sites with: none."""
        return ()

    def scopes(self, arguments: A) -> Sequence[str]:
        """Return the selectors that each must name something, with a site in it or without: none."""
        return ()

    def imports(self, arguments: A) -> Sequence[str]:
        """Return the imports that a module with a site must have, each of one name or of several: none."""
        return ()

    def _single_imports(self, arguments: A) -> list[str]:
        return [single for each in self.imports(arguments) for single in import_lines.singles(each)]

    def may_matter(self, code: bytes, arguments: A) -> bool:
        """Tell whether a file has all the words, and those of a selector: Fern uses no encoding that hides them."""
        if not all(word.encode() in code for word in self.words(arguments)):
            return False
        alternatives = [selector.words(each) for each in self.selectors(arguments)]
        return not alternatives or any(all(word.encode() in code for word in words) for words in alternatives)

    def judge(self, source: Source, arguments: A) -> tuple[Judgement, ...]:
        """Judge each site, and the imports: a lost import is work of the first site."""
        judged = sorted(self.sites(source, arguments), key=lambda each: each.site.line)
        twice = selector.doubled(source) if judged else {}
        judged = [_unless_doubled(each, twice) for each in judged] if twice else judged
        if judged and all(isinstance(each.verdict, Held) for each in judged):
            lost = import_lines.missing(source, self._single_imports(arguments))
            if lost:
                todo = ToDo(detail=f"only the import was missing: {lost[0]}")
                judged[0] = judged[0]._replace(verdict=todo)
        return tuple(judged)

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: A) -> Sequence[Edit]:
        """Return the edits of as many sites as do not overlap: of two that do, the inner one goes first."""
        accepted: list[Edit] = []
        there: list[Edit] = []  # the same by where they stand
        for each in sorted((list(each.work()) for each in todo), key=_extent):
            if all(_fits(there, edit) for edit in each) and not overlap(sorted(each, key=_place)):
                accepted += each
                for edit in each:
                    insort(there, edit, key=_place)
        imports = import_lines.add(source, self._single_imports(arguments))
        if imports and not source.tree.body:  # nothing between the two yet
            code = accepted[0].text.lstrip("\n") if accepted else ""
            gap = 2 if code.startswith(("def ", "async ", "class ", "@")) else 1
            accepted = [edit._replace(text="\n" * gap + code) for edit in accepted[:1]]
        return [*imports, *accepted]

    def drift(self, tree: Tree, arguments: A, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Nothing outside the site decides."""
        return None

    def stray(self, source: Source) -> tuple[Note, ...]:
        """Nothing to report."""
        return ()


def _unless_doubled(judgement: Judgement, twice: Mapping[str, tuple[int, int]]) -> Judgement:
    """Return the conflict of a site that a merge doubled: which of the two is meant nobody can tell."""
    name = judgement.site.name.partition("(")[0]
    while name and name not in twice:
        name = name.rpartition(".")[0]
    if not name or isinstance(judgement.verdict, Conflict):
        return judgement
    first, second = twice[name]
    reason = f"{name} is there twice, on lines {first} and {second}"
    return judgement._replace(verdict=Conflict(reason=reason, hint="a merge doubled it: remove one of the two"))


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.stop


def _fits(there: Sequence[Edit], edit: Edit) -> bool:
    """Tell whether an edit changes nothing that one of others, which overlap nowhere, changes."""
    at = bisect_left(there, _place(edit), key=_place)
    return not overlap([*there[max(at - 1, 0) : at], edit, *there[at : at + 1]])


def _extent(edits: Sequence[Edit]) -> int:
    return max((edit.stop for edit in edits), default=0) - min((edit.start for edit in edits), default=0)


def judged(source: Source, target: Target, verdict: Held | ToDo | Conflict) -> Judgement:
    """Return a judgement about something with a name."""
    site = Site(path=source.path, line=target.line, name=target.name, flavour=target.flavour)
    return Judgement(site=site, verdict=verdict)


def at_line(source: Source, line: int, verdict: Held | ToDo | Conflict) -> Judgement:
    """Return a judgement about a line, named after the definition it is in."""
    around = selector.enclosing(source, line)
    site = Site(path=source.path, line=line, name=around.name, flavour=around.flavour)
    return Judgement(site=site, verdict=verdict)


def python(code: str, key: KeyPath, report: Mistakes, what: str) -> list[ast.stmt]:
    """Parse statements given in a patch; report why they do not parse."""
    import textwrap

    try:
        body = ast.parse(textwrap.dedent(code)).body
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        line = f" (its line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        report(key, found=f"code that does not parse: {reason}{line}", expected=what)
        return []
    if not body:
        report(key, found="no code", expected=what)
    return body


def expression(code: str, key: KeyPath, report: Mistakes, what: str = "an expression") -> ast.expr | None:
    """Parse one expression given in a patch; report why it does not parse."""
    try:
        return ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        report(key, found=describe(code), expected=what, hint="it does not parse as Python")
        return None


def pattern(
    code: str, key: KeyPath, report: Mistakes, kinds: Sequence[str] = ("expression", "statements", *syntax.KINDS[2:5])
) -> syntax.Pattern | None:
    """Parse a pattern; report why it cannot be used."""
    try:
        parsed = syntax.parse(code, kinds)
    except syntax.PatternProblem as problem:
        line = f" (its line {problem.line})" if problem.line else ""
        found = f"a pattern that cannot be used: {problem.reason}{line}"
        report(key, found=found, expected="Python with $NAMES", hint=problem.hint)
        return None
    if reason := syntax.adjacent(parsed):
        report(key, found=f"a pattern that cannot be used: {reason}", expected="Python with $NAMES")
    if not syntax.is_specific(parsed):
        report(key, found="a pattern that matches everything", expected="some code around the metavariables")
        return None
    return parsed


def texts(arguments: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return an argument that is an array of strings."""
    value = arguments[name]
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


__all__ = [
    "IMPORT",
    "IMPORTS",
    "SELECTOR",
    "EditRefused",
    "Edits",
    "ImportList",
    "Selectors",
    "Structural",
    "at_line",
    "expression",
    "judged",
    "pattern",
    "python",
    "texts",
]
