"""Markdown, for the summary of a job or a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..bounds.printable import printable
from ..model import Applied, Conflict, Satisfied
from . import Run, outcome_word
from .diff import counts
from .text import summary

_SIGNS = {"applied": "✅", "satisfied": "✅", "conflict": "❌"}


def render(run: Run) -> str:
    """Return the summary, the conflicts, a table of sites and the changed files."""
    lines = [f"### sdkpatch {run.mode}: {code(run.tree)}", "", escaped(summary(run)), ""]
    if run.plan.doubt:
        lines += [f"**Wrong tree?** {escaped(run.plan.doubt)}", ""]
    return "\n".join([*lines, *_conflicts(run), *_sites(run), *_files(run), *_others(run)]) + "\n"


def _conflicts(run: Run) -> Iterator[str]:
    items = []
    for result in run.plan.conflicts:
        assert isinstance(result.outcome, Conflict)
        where = f"{code(f'{result.site.path}:{result.site.line}')} {escaped(result.site.name)}"
        hint = f"<br>hint: {escaped(result.outcome.hint)}" if result.outcome.hint else ""
        items.append(f"{where}: {escaped(result.outcome.reason)}{hint} ({escaped(result.patch)} step {result.step})")
    return listed("Conflicts", items)


def _sites(run: Run) -> Iterator[str]:
    found = [each for each in run.plan.results if isinstance(each.outcome, Applied | Satisfied)]
    if not found:
        return
    yield from ("<details><summary>Sites</summary>", "", "| | site | where | patch |", "|---|---|---|---|")
    for result in found:
        word = outcome_word(result.outcome)
        shown = "to apply" if word == "applied" and not run.written else word
        sign = "✏️" if shown == "to apply" else _SIGNS[word]
        name = f"{escaped(result.site.name)} {result.site.flavour}".rstrip()
        where = code(f"{result.site.path}:{result.site.line}")
        yield f"| {sign} {shown} | {name} | {where} | {escaped(result.patch)} step {result.step} |"
    yield from ("", "</details>", "")


def _files(run: Run) -> Iterator[str]:
    items = []
    for change in run.plan.changes:
        added, removed = counts(change)
        items.append(f"{code(change.path)} +{added} −{removed}")
    return listed("Files", items)


def _others(run: Run) -> Iterator[str]:
    skipped = [f"{escaped(each.patch)}: {escaped(each.reason)}" for each in run.plan.skipped]
    yield from listed("Skipped", skipped)
    notes = [f"{code(f'{each.path}:{each.line}')} {escaped(each.text)}" for each in run.plan.notes]
    yield from listed("Notes", notes)


def listed(title: str, items: Sequence[str]) -> Iterator[str]:
    """Yield a list under a title, nothing for no items."""
    if items:
        yield from (f"**{title}**", "", *(f"- {item}" for item in items), "")


def escaped(text: str) -> str:
    """Return text that means nothing to Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&@])", r"\\\1", printable(text))


def code(text: str) -> str:
    """Return text as code; a back quote in it cannot end it, nor a bar a cell."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
