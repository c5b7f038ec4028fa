"""The report a person reads on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from ..bounds.printable import printable
from ..model import Applied, Conflict, Result, Satisfied
from . import Run, outcome_word
from .diff import unified

_COLOURS = {"applied": "green", "satisfied": "blue", "conflict": "red"}


def render(run: Run) -> str:
    """Return the report: the diff if it was asked for, a line per site, skips, notes and one summary line."""
    return "\n".join([*_doubt(run), *_diff(run), *_sites(run), *_others(run), _coloured_summary(run)]) + "\n"


def _doubt(run: Run) -> Iterator[str]:
    if run.plan.doubt:
        yield f"{printable(run.tree)}  {click.style('wrong tree?', fg='red')} {printable(run.plan.doubt)}"


def _diff(run: Run) -> Iterator[str]:
    if run.mode != "diff":
        return
    for change in run.plan.changes:
        for line in unified(change):
            yield _coloured(line)
    if run.plan.changes:
        yield ""


def _coloured(line: str) -> str:
    if line.startswith(("+++", "---")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line


def _sites(run: Run) -> Iterator[str]:
    several = _with_several_steps(run.plan.results)
    for result in run.plan.results:
        is_conflict = isinstance(result.outcome, Conflict)
        if run.verbosity >= 0 or is_conflict:
            yield _site(result, run, named=run.verbosity > 0 or (is_conflict and result.patch in several))


def _with_several_steps(results: Sequence[Result]) -> set[str]:
    """Return the patches of which more than one step has a site."""
    steps = Counter(patch for patch, _ in {(each.patch, each.step) for each in results})
    return {patch for patch, count in steps.items() if count > 1}


def _site(result: Result, run: Run, *, named: bool) -> str:
    word = outcome_word(result.outcome)
    shown = "to apply" if word == "applied" and not run.written else word
    parts = [f"{result.site.path}:{result.site.line}", result.site.name, result.site.flavour]
    line = "  ".join(printable(part) for part in parts if part) + "  " + click.style(shown, fg=_COLOURS[word])
    if named:
        line += f"  [{printable(result.patch)} step {result.step}]"
    match result.outcome:
        case Applied(detail=detail) if detail:
            line += f"  ({printable(detail)})"
        case Conflict(reason=reason, hint=hint, details=details):
            line += f": {printable(reason)}" + "".join(f"\n  | {printable(each)}" for each in details)
            line += f"\n  hint: {printable(hint)}" if hint else ""
        case _:
            pass
    return line


def _others(run: Run) -> Iterator[str]:
    for skipped in run.plan.skipped:
        yield f"{printable(skipped.patch)}  {click.style('skipped', fg='yellow')}: {printable(skipped.reason)}"
    if run.verbosity >= 0:
        for note in run.plan.notes:
            word = click.style("warning" if note.is_warning else "note", fg="yellow")
            yield f"{printable(note.path)}:{note.line}  {word}: {printable(note.text)}"


def _coloured_summary(run: Run) -> str:
    return click.style(summary(run), fg="red", bold=True) if run.plan.conflicts else summary(run)


def summary(run: Run) -> str:
    """Return the one line that ends a report."""
    applied, satisfied, conflicts = run.count(Applied), run.count(Satisfied), run.count(Conflict)
    total = applied + satisfied
    files = len(run.plan.changes)
    word = "applied" if run.written else "to apply"
    line = f"{applied} {word}, {satisfied} satisfied, {conflicts} {'conflict' if conflicts == 1 else 'conflicts'}"
    if conflicts:
        return f"{line}; nothing was written"
    line = f"{total} {'site' if total == 1 else 'sites'}: {line}"
    if not files:
        return f"{line}; nothing to do"
    changed = f"{files} {'file' if files == 1 else 'files'}"
    return f"{line}; {changed} changed" if run.written else f"{line}; {changed} would change"
