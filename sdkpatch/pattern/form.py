"""Compare two patterns: which of two forms is the narrower one, where code has both."""

from __future__ import annotations

import ast

from ..python.source import Source
from .change import pair
from .env import Env
from .match import Exact, Matcher, TooExpensive
from .nodes import Nodes
from .syntax import ADDED_BODY, PLACEHOLDER, Pattern, placeholders, variable


def is_narrower(before: Pattern, after: Pattern) -> bool:
    """Tell whether all code in the form before has the form after as well, and not the other way round."""
    exact_before, exact_after = pair(before, after)
    return _covers(after, before, exact_after) and not _covers(before, after, exact_before)


def are_alike(before: Pattern, after: Pattern) -> bool:
    """Tell whether the two forms are the same one, so that nobody can tell code of one from code of the other."""
    exact_before, exact_after = pair(before, after)
    return _covers(after, before, exact_after) and _covers(before, after, exact_before)


def _covers(general: Pattern, special: Pattern, exact: Exact) -> bool:
    """Tell whether whatever ``special`` matches ``general`` matches: a metavariable of ``special`` is any code."""
    if general.kind != special.kind:
        return False
    source = Source("pattern.py", special.text.content.encode(), ast.Module(body=[], type_ignores=[]))
    matcher = Matcher(source, general, exact)
    try:
        return next(matcher.sequence(general.nodes, special.nodes, Env()), None) is not None
    except TooExpensive:
        return False


def is_in_place(before: Pattern, after: Pattern) -> bool:
    """Tell whether the two forms differ in plain code alone, in the same places, and neither is the narrower."""
    exact_before, exact_after = pair(before, after)
    if _covers(after, before, exact_after) or _covers(before, after, exact_before):
        return False
    shape = Nodes()
    return len(before.nodes) == len(after.nodes) and all(
        _differs_in_place(shape, old, new) for old, new in zip(before.nodes, after.nodes, strict=True)
    )


def _differs_in_place(shape: Nodes, old: object, new: object) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(
            _differs_in_place(shape, one, other) for one, other in zip(old, new, strict=True)
        )
    if isinstance(old, str) and isinstance(new, str):
        return PLACEHOLDER.findall(old) == PLACEHOLDER.findall(new)
    if not isinstance(old, ast.AST) or not isinstance(new, ast.AST):
        return True
    if variable(old) or variable(new):
        return variable(old) == variable(new)
    if type(old) is not type(new):
        return not PLACEHOLDER.search(ast.dump(old) + ast.dump(new))
    left, right = shape.fields(old), shape.fields(new)
    return all(_differs_in_place(shape, one, other) for (_, one), (_, other) in zip(left, right, strict=True))


def check(before: Pattern, after: Pattern) -> str:
    """Return why a pair of patterns cannot be a change, or an empty string."""
    unbound = sorted(after.names - before.names)
    if unbound == [ADDED_BODY]:
        return "a header alone stands in the code after, and not in the code before"
    if unbound:
        return f"${unbound[0]} stands in the code after and not in the code before"
    if any(name == "_" for _, name in placeholders(after.text.content)):
        return "$_ or $$$ stands in the code after: give it a name, in both"
    if not all(variable(node) is None for node in after.nodes[:1]) and len(after.nodes) == 1:
        return "the code after is nothing but a metavariable, so code that is already so cannot be told; give context"
    return ""
