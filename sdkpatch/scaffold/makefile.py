"""The recipes of a Makefile or justfile: what ``make publish`` runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_RULE = re.compile(r"(?P<targets>[^\s:#=][^:#=]*?)[ \t]*::?(?![=])(?P<needs>[^=#;]*)(?:;(?P<first>.*))?(?:#.*)?$")
_SETTING = re.compile(r"(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*[:?+]?:?=[ \t]*(?P<value>.*)$")
_VARIABLE = re.compile(r"\$[({](\w+)[)}]|\{\{\s*(\w+)\s*\}\}")


def recipes(text: str, targets: Sequence[str]) -> Iterator[str]:
    """Yield the recipes of targets, and before each those of what it needs; the first target's where none is named."""
    rules: dict[str, tuple[list[str], list[str]]] = {}
    settings = {"MAKE": "make"}
    current: list[str] = []
    for line in re.sub(r"\\\r?\n[ \t]*", " ", text).splitlines():
        if line[:1] in ("\t", " ") and line.strip():
            for target in current:
                rules[target][1].append(line.strip().lstrip("@-+"))
        elif found := _SETTING.match(line):
            settings[found["name"]] = found["value"].strip()
        elif rule := _RULE.match(line):
            current = rule["targets"].split()
            for target in current:
                needs, lines = rules.setdefault(target, ([], []))
                needs += rule["needs"].split()
                lines += [rule["first"].strip().lstrip("@-+")] if rule["first"] else []
    wanted = list(targets) or [name for name in rules if not name.startswith(".")][:1]
    yield from ("\n".join(lines) for lines in _ordered(rules, wanted, settings, set()))


def _ordered(
    rules: dict[str, tuple[list[str], list[str]]], wanted: Sequence[str], settings: dict[str, str], seen: set[str]
) -> Iterator[list[str]]:
    for name in wanted:
        if name in rules and name not in seen:
            seen.add(name)
            needs, lines = rules[name]
            yield from _ordered(rules, needs, settings, seen)
            yield [_expanded(line, settings) for line in lines]


def _expanded(line: str, settings: dict[str, str]) -> str:
    """Return a line with variables replaced; one that leads to itself is replaced a few times only."""
    for _ in range(3):
        line = _VARIABLE.sub(lambda found: settings.get(found[1] or found[2], found[0])[:1000], line)[:10_000]
    return line
