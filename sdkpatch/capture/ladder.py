"""The ladder of a difference: every step that may say it, most meaningful first."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from . import comments, imports
from .differences import CodeDifference, Comparison, EditedPart
from .headers import Headers
from .side import Definition, Side, body_without_docstring
from .statements import Statements
from .steps import Candidate, Rung, StepTable

_WITH_IMPORTS = frozenset(
    {
        "rewrite",
        "insert",
        "class.add",
        "field.add",
        "module.add",
        "parameter.add",
        "parameter.set",
        "field.set",
        "annotation.set",
        "function.replace_body",
    }
)


def ladder(
    comparison: Comparison, difference: CodeDifference, path: str, known: Mapping[str, str]
) -> Iterator[Candidate]:
    """Yield what may say a difference; each first with those of the ``known`` new imports that its code needs."""
    for candidate in _plain(comparison, difference, {"files": [path]}):
        needs = _needs(comparison, difference, known)
        steps = [step for step in candidate.steps if step["op"] in _WITH_IMPORTS]
        if needs and steps and not (difference.new and imports.is_about_imports(difference)):
            yield candidate._replace(steps=tuple(_importing(step, needs) for step in candidate.steps))
        yield candidate


def _importing(step: StepTable, needs: list[str]) -> StepTable:
    return {**step, "imports": needs} if step["op"] in _WITH_IMPORTS else step


def _needs(comparison: Comparison, difference: CodeDifference, known: Mapping[str, str]) -> list[str]:
    if not known:
        return []
    if difference.new:
        return imports.needed(difference.new, known)
    owner = difference.owner_after
    if difference.part in (EditedPart.PARAMETERS, EditedPart.RETURN) and isinstance(
        owner, ast.FunctionDef | ast.AsyncFunctionDef
    ):
        parts: list[ast.AST] = [owner.args, *([owner.returns] if owner.returns else [])]
        used = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
        return [text for name, text in known.items() if name in used]
    return []


def _plain(comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> Iterator[Candidate]:
    if difference.part is EditedPart.HEAD:
        yield from comments.head(comparison, place)
        return
    if difference.part is not EditedPart.STATEMENTS:
        yield from Headers(comparison, difference, place).ladder()
        return
    if imports.is_about_imports(difference):
        yield from imports.ladder(comparison, difference, place)
    elif comments.is_about_comments(difference):
        yield from comments.ladder(comparison, difference, place)
    yield from Statements(comparison, difference, place).ladder()


def body(comparison: Comparison, scope: str, path: str) -> Candidate | None:
    """Return the step that replaces the whole body of a function, None where there is no function of that name."""
    codes = []
    for side in (comparison.old, comparison.new):
        found = _function(side, scope)
        if found is None:
            return None
        codes.append(_body(side, found))
    step = {"op": "function.replace_body", "files": [path], "function": scope, "was": codes[0], "body": codes[1]}
    return Candidate(Rung.BODY, (step,))


def _function(side: Side, scope: str) -> Definition | None:
    for node in ast.walk(side.source.tree):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (
            is_function
            and side.selectors.get(id(node)) == scope
            and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            return node
    return None


def _body(side: Side, node: Definition) -> str:
    items = side.items(body_without_docstring(node) or node.body)
    return f"{side.code(items)}\n"
