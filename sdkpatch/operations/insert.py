"""``insert``: put statements beside code that matches a pattern, or first or last in what a selector names."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern import selector, syntax
from ..pattern.selector import Target, select
from ..python.source import Block, Source, same
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import block_names, conditions, declaration_addition
from .shared.declaration_addition import Addition
from .shared.rewriting import Rewrite, build, judge, name_unnamed, rewrite
from .shared.structural import IMPORTS, Structural, judged, texts
from .shared.wider_imports import is_within


class BesideAnchor(NamedTuple):
    """Statements that belong beside code that matches: a change from the anchor to the anchor with them."""

    change: Rewrite

    @property
    def imports(self) -> Sequence[str]:
        return self.change.imports

    @property
    def scopes(self) -> Sequence[str]:
        return self.change.narrowing.within

    @property
    def words(self) -> Sequence[str]:
        return sorted(syntax.words(self.change.before) | conditions.words(self.change.narrowing))

    def sites(self, source: Source) -> list[Judgement]:
        """Judge every anchor."""
        return judge(source, self.change)


class InBody(NamedTuple):
    """Statements that belong first or last in the body of what a selector names."""

    added: Addition

    @property
    def imports(self) -> Sequence[str]:
        return self.added.imports

    @property
    def scopes(self) -> Sequence[str]:
        return self.added.within

    @property
    def words(self) -> Sequence[str]:
        return selector.words(self.added.within[0]) if len(self.added.within) == 1 else ()

    def sites(self, source: Source) -> list[Judgement]:
        """Judge every body."""
        targets = select(source, self.added.within)
        return [judged(source, each, _verdict(source, self.added, each)) for each in targets]


class Insert(Structural["BesideAnchor | InBody"]):
    """The operation; see docs/operations/insert.md."""

    name = "insert"
    summary = "Insert statements beside code that matches, or first or last in a body."
    fields = (
        Field(
            "code",
            String("Python", empty=False),
            "The statements to insert. They may use the metavariables of `before` or `after`.",
            True,
        ),
        Field("before", conditions.PATTERN, "A pattern of the statements to insert in front of."),
        Field("after", conditions.PATTERN, "A pattern of the statements to insert behind."),
        Field(
            "at",
            String('"first" or "last"', choices=("first", "last")),
            "Instead of `before` or `after`: where in the body of what `within` names.",
        ),
        *conditions.FIELDS,
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> BesideAnchor | InBody | None:
        """Return the change that the anchor and the code make, or the place in a body."""
        given = [name for name in ("before", "after", "at") if isinstance(arguments[name], str)]
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="one of before, after and at")
            return None
        if given == ["at"]:
            added = declaration_addition.parse(arguments, key, report, "statements", "within")
            if not added.within:
                report(key, found="at without within", expected="within, naming functions, classes or module")
            return InBody(added)
        try:
            anchor = _whole(name_unnamed(textwrap.dedent(str(arguments[given[0]])).strip("\n")))
            code = textwrap.dedent(str(arguments["code"])).strip("\n")
            whole = f"{code}\n{anchor}" if given == ["before"] else f"{anchor}\n{code}"
            before, after = build(anchor, whole, ("statements",))
        except syntax.PatternProblem as problem:
            found = f"an insertion that cannot be made: {problem.reason}"
            report((*key, given[0]), found=found, expected="statements", hint=problem.hint)
            return None
        narrowed = conditions.compile_narrowing(arguments, before.names, key, report)
        return BesideAnchor(rewrite(before, after, narrowed, imports=texts(arguments, "imports")))

    def scopes(self, arguments: BesideAnchor | InBody) -> Sequence[str]:
        """Return the selectors that the pattern is narrowed to."""
        return arguments.scopes

    def imports(self, arguments: BesideAnchor | InBody) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def words(self, arguments: BesideAnchor | InBody) -> Sequence[str]:
        """Return what both forms contain, and what the selector names."""
        return arguments.words

    def sites(self, source: Source, arguments: BesideAnchor | InBody) -> list[Judgement]:
        """Judge every anchor, or every body."""
        return arguments.sites(source)


def _whole(anchor: str) -> str:
    """Give a header the block it stands for."""
    parsed = syntax.parse(anchor, ("statements",))
    return f"{anchor}\n    $$$SDKPATCH_BLOCK" if parsed.added_body else anchor


def _verdict(source: Source, added: Addition, target: Target) -> Held | ToDo | Conflict:
    block: Block | None = getattr(target.node, "body", None)
    if block is None:
        return Conflict(reason="it has no body to insert into", hint="name a function, a class or module")
    place = len(block) if added.at == "last" else declaration_addition.first(block)
    if isinstance(target.node, ast.ClassDef | ast.Module):
        return declaration_addition.verdict(source, target, added, place)
    return _in_function(source, block, added, place)


def _in_function(source: Source, block: Block, added: Addition, place: int) -> Held | ToDo | Conflict:
    """Judge whether a function holds the statements, one behind the other: there their order matters."""
    length = len(added.body)
    there = [
        block[start].lineno
        for start in range(len(block) - length + 1)
        if all(map(_is_there, block[start : start + length], added.body))
    ]
    if len(there) > 1:
        reason = f"the code is there twice, on lines {there[0]} and {there[1]}"
        return Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
    if there:
        return Held()
    for statement in added.body:
        if taken := block_names.taken(source, block, statement):
            return taken
    return ToDo(work=partial(declaration_addition.edits, source, block, added, range(length), place, top=False))


def _is_there(statement: ast.stmt, wanted: ast.stmt) -> bool:
    return same(statement, wanted) or is_within(wanted, statement)
