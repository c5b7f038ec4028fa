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
from ..python import blocks as block_edits
from ..python.source import Block, Source, is_docstring, same
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import block_names, conditions
from .shared.rewriting import Rewrite, build, judge, name_unnamed, rewrite
from .shared.structural import IMPORTS, Structural, judged, python, texts
from .shared.wider_imports import is_within


class Placed(NamedTuple):
    """Statements that belong first or last in the body of what ``within`` names."""

    within: tuple[str, ...]
    code: str
    body: tuple[ast.stmt, ...]
    is_last: bool
    imports: tuple[str, ...]


class Insert(Structural["Rewrite | Placed"]):
    """The operation; see docs/operations/insert.md."""

    name = "insert"
    summary = "Insert statements beside code that matches, or first or last in a body."
    fields = (
        Field("code", String("Python", empty=False), "The statements; may use the metavariables of the anchor.", True),
        Field("before", conditions.PATTERN, "The statements it goes in front of."),
        Field("after", conditions.PATTERN, "The statements it goes behind."),
        Field(
            "at",
            String('"first" or "last"', choices=("first", "last")),
            "Instead: where in the body of what within names.",
        ),
        *conditions.FIELDS,
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Rewrite | Placed | None:
        """Return the change that the anchor and the code make, or the place in a body."""
        given = [name for name in ("before", "after", "at") if isinstance(arguments[name], str)]
        code = str(arguments["code"])
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="one of before, after and at")
            return None
        if given == ["at"]:
            return self._placed(arguments, code, key, report)
        try:
            anchor = _whole(name_unnamed(textwrap.dedent(str(arguments[given[0]])).strip("\n")))
            code = textwrap.dedent(code).strip("\n")
            whole = f"{code}\n{anchor}" if given == ["before"] else f"{anchor}\n{code}"
            before, after = build(anchor, whole, ("statements",))
        except syntax.PatternProblem as problem:
            found = f"an insertion that cannot be made: {problem.reason}"
            report((*key, given[0]), found=found, expected="statements", hint=problem.hint)
            return None
        narrowed = conditions.compile_narrowing(arguments, before.names, key, report)
        return rewrite(before, after, narrowed, imports=texts(arguments, "imports"))

    def scopes(self, arguments: Rewrite | Placed) -> Sequence[str]:
        """Return the selectors that the pattern is narrowed to."""
        return arguments.within if isinstance(arguments, Placed) else arguments.narrowing.within

    def imports(self, arguments: Rewrite | Placed) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def _placed(self, arguments: Mapping[str, object], code: str, key: KeyPath, report: Mistakes) -> Placed:
        body = python(code, (*key, "code"), report, "statements")
        if not arguments["within"]:
            report(key, found="at without within", expected="within, naming functions, classes or module")
        return Placed(
            within=texts(arguments, "within"),
            code=code,
            body=tuple(body),
            is_last=arguments["at"] == "last",
            imports=texts(arguments, "imports"),
        )

    def words(self, arguments: Rewrite | Placed) -> Sequence[str]:
        """Return what both forms contain, and what the selector names."""
        if isinstance(arguments, Placed):
            return selector.words(arguments.within[0]) if len(arguments.within) == 1 else ()
        return sorted(syntax.words(arguments.before) | conditions.words(arguments.narrowing))

    def sites(self, source: Source, arguments: Rewrite | Placed) -> list[Judgement]:
        """Judge every anchor, or every body."""
        if isinstance(arguments, Placed):
            return [
                judged(source, target, _verdict(source, arguments, target))
                for target in select(source, arguments.within)
            ]
        return judge(source, arguments)


def _whole(anchor: str) -> str:
    """Give a header the block it stands for."""
    parsed = syntax.parse(anchor, ("statements",))
    return f"{anchor}\n    $$$SDKPATCH_BLOCK" if parsed.added_body else anchor


def _verdict(source: Source, arguments: Placed, target: Target) -> Held | ToDo | Conflict:
    block: Block | None = getattr(target.node, "body", None)
    if block is None:
        return Conflict(reason="it has no body to insert into", hint="name a function, a class or module")
    first = 1 if block and is_docstring(block[0]) else 0
    length = len(arguments.body)
    there = [
        block[start].lineno
        for start in range(len(block) - length + 1)
        if all(map(_is_there, block[start : start + length], arguments.body))
    ]
    if len(there) > 1:
        reason = f"the code is there twice, on lines {there[0]} and {there[1]}"
        return Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
    if there:
        return Held()
    is_body = target.kind in ("class", "module")  # in a function a name may well be set again
    kinds = (*block_names.DEFINITIONS, ast.AnnAssign, ast.Assign) if is_body else block_names.DEFINITIONS
    for statement in arguments.body:
        if isinstance(statement, kinds) and (taken := block_names.clash(block, statement)):
            return taken
    while target.kind == "module" and first < len(block) and _is_future(block[first]):
        first += 1
    index = len(block) if arguments.is_last else first
    return ToDo(work=partial(block_edits.insert, source, block, index, arguments.code, top=target.kind == "module"))


def _is_there(statement: ast.stmt, wanted: ast.stmt) -> bool:
    return same(statement, wanted) or is_within(wanted, statement)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
