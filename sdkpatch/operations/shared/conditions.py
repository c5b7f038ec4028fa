"""The conditions that narrow the matches of a pattern: declared once for every operation that takes one."""

from __future__ import annotations

from collections.abc import Mapping

from ...pattern import selector
from ...pattern.find import Condition, Narrowing
from ...pattern.syntax import Pattern
from ...schema.fields import REGEX, Field, KeyPath, MapOf, Mistakes, String, Table, describe, did_you_mean
from .structural import Selectors, pattern

PATTERN = String("Python with metavariables", empty=False)
WHERE = Table(
    (
        Field("regex", REGEX, "Its source code must contain a match."),
        Field("pattern", PATTERN, "The pattern must match all of it."),
    )
)
FIELDS = (
    Field("within", Selectors(), "Only within what these selectors name."),
    Field("inside", PATTERN, "Only inside code that matches this pattern."),
    Field("not_inside", PATTERN, "Only outside code that matches this pattern."),
    Field("has", PATTERN, "Only where the match contains code that matches this pattern."),
    Field("not_has", PATTERN, "Only where the match contains no code that matches this pattern."),
    Field("where", MapOf(WHERE), "Conditions on metavariables, by their names without `$`."),
)


def compile_narrowing(
    arguments: Mapping[str, object], names: frozenset[str], key: KeyPath, report: Mistakes
) -> Narrowing:
    """Return the narrowing; ``names`` are the metavariables of the pattern it is about."""
    within = arguments["within"]
    patterns: dict[str, Pattern | None] = {}
    for name in ("inside", "not_inside", "has", "not_has"):
        given = arguments[name]
        patterns[name] = pattern(given, (*key, name), report) if isinstance(given, str) else None
    conditions: dict[str, Condition] = {}
    where = arguments["where"]
    for name, table in where.items() if isinstance(where, Mapping) else ():
        at: KeyPath = (*key, "where", name)
        if name not in names:
            report(
                at,
                found=f"the unknown metavariable ${name}",
                expected="one of the pattern",
                hint=did_you_mean(name, names),
            )
        if not table["regex"] and not table["pattern"]:
            report(at, found=describe(table), expected="regex or pattern")
        inner = pattern(table["pattern"], (*at, "pattern"), report, ("expression",)) if table["pattern"] else None
        conditions[name] = Condition(regex=table["regex"] or "", pattern=inner)
    return Narrowing(
        within=tuple(within) if isinstance(within, list) else (),
        inside=patterns["inside"],
        not_inside=patterns["not_inside"],
        has=patterns["has"],
        not_has=patterns["not_has"],
        where=conditions,
        is_required=not _may_find_none(arguments.get("expect")),
    )


def _may_find_none(expect: object) -> bool:
    """Tell whether a step's ``expect`` is met without any site."""
    sites = str(expect.get("sites") or "") if isinstance(expect, Mapping) else ""
    return sites == "any" or sites.startswith("<=") or sites.lstrip(">= ") == "0"


def words(narrowing: Narrowing) -> set[str]:
    """Return pieces of text without which nothing is within: only of a single selector, several are alternatives."""
    return set(selector.words(narrowing.within[0])) if len(narrowing.within) == 1 else set()
