"""``function.replace_body``: replace the body of functions, as long as it is the body the patch was written for."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import Target, select
from ..python import blocks as block_edits
from ..python.source import Source, is_docstring, same
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.rewriting import difference
from .shared.structural import IMPORTS, Selectors, Structural, judged, python, texts

_VERSION = re.compile(r"(?<![\w.])v?\d+\.\d+\.\d+(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)\.?\d*)?(?![\w.])")
"""A version of a release within a string, as semantic versioning or PEP 440 has it."""


class Replacement(NamedTuple):
    """The body wanted, and the one that was there when the patch was written."""

    functions: tuple[str, ...]
    code: str
    body: tuple[ast.stmt, ...]
    was: tuple[ast.stmt, ...]
    imports: tuple[str, ...]


class FunctionReplaceBody(Structural[Replacement]):
    """The operation; see docs/operations/function.replace_body.md."""

    name = "function.replace_body"
    summary = "Replace the body of functions, provided that the generator has not changed it."
    kinds = ("function",)
    fields = (
        Field("function", Selectors(), "The functions or methods.", True),
        Field("body", String("Python", empty=False), "The new body.", True),
        Field(
            "was",
            String("Python", empty=False),
            "The generated body to replace, compared as code. Any other body is a conflict.",
            True,
        ),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Replacement:
        """Parse both bodies."""
        code = textwrap.dedent(str(arguments["body"])).strip("\n")
        body = _body(code, (*key, "body"), report)
        was = _body(textwrap.dedent(str(arguments["was"])).strip("\n"), (*key, "was"), report)
        if body and _are_same(body, was):
            hint = "comments are set by comment.add, and layout is no difference"
            report((*key, "body"), found="the same code as was", expected="another body", hint=hint)
        return Replacement(
            functions=texts(arguments, "function"),
            code=code,
            body=body,
            was=was,
            imports=texts(arguments, "imports"),
        )

    def selectors(self, arguments: Replacement) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.functions

    def imports(self, arguments: Replacement) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: Replacement) -> list[Judgement]:
        """Judge every function."""
        return [judged(source, each, _verdict(source, arguments, each)) for each in select(source, arguments.functions)]


def _body(code: str, key: KeyPath, report: Mistakes) -> tuple[ast.stmt, ...]:
    """Parse a body as that of an async function, where await and return may stand."""
    found = python(f"async def _():\n{textwrap.indent(code, '    ')}", key, report, "the body of a function")
    return tuple(found[0].body) if found and isinstance(found[0], ast.AsyncFunctionDef) else ()


def _verdict(source: Source, arguments: Replacement, target: Target) -> Held | ToDo | Conflict:
    if not isinstance(target.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return Conflict(reason=f"it is a {target.kind}, not a function")
    now = target.node.body
    for docstring in (0, 1) if is_docstring(now[0]) else (0,):
        if _are_same(now[docstring:], arguments.body):
            return Held()
    for docstring in (0, 1) if is_docstring(now[0]) and not is_docstring(arguments.was[0]) else (0,):
        if _are_same(now[docstring:], arguments.was):
            return ToDo(work=partial(block_edits.replace, source, now[docstring:], arguments.code))
    without = now[1:] if is_docstring(now[0]) and len(now) > 1 and not is_docstring(arguments.was[0]) else now
    versions = _changed_versions(arguments.was, without) or _changed_versions(arguments.body, without)
    if versions:
        reason = f"only a version in its body changed: {versions[0]} became {versions[1]}"
        hint = "write {{ version }} in was and body, and declare the parameter with from (docs/patch-format.md)"
        return Conflict(reason=reason, hint=hint)
    ours = ("this step wants:", *difference(arguments.was, arguments.body))
    theirs = ("the generator made:", *difference(arguments.was, without))
    reason = "its body is neither the one the patch was written for nor the one it wants"
    hint = "the generator changed it: bring body and was up to date"
    return Conflict(reason=reason, hint=hint, details=(*theirs, *ours))


def _changed_versions(left: Sequence[ast.stmt], right: Sequence[ast.stmt]) -> tuple[str, str] | None:
    """Return the first version that differs, as it was and as it is, where nothing else in the code does."""
    one, other = ("\n".join(ast.dump(each) for each in side) for side in (left, right))
    if _VERSION.sub("0.0.0", one) != _VERSION.sub("0.0.0", other):
        return None
    pairs = zip(_VERSION.findall(one), _VERSION.findall(other), strict=True)
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def _are_same(left: Sequence[ast.stmt], right: Sequence[ast.stmt]) -> bool:
    return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
