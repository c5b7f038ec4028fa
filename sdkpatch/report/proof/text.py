"""The proof as a person reads it on a terminal: a table of channels, what failed, what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ...bounds.printable import printable
from ...wire.values import Check, Proof, Report, Verdict
from . import carried, in_common, origin, sentence, summary, word

_BAD = (Verdict.FAILED, Verdict.UNSEEN)
_COLOURS = {
    "proved": "green",
    "recorded": "blue",
    "not proved": "red",
    "not looked at": "red",
    "not checked": "yellow",
    "remark": "yellow",
}
_WIDTH = 72
"""Characters of a request line that are shown; JSON and HTML have all of it."""


def render(reports: Sequence[Report]) -> str:
    """Return the report of one or more trees or wheels."""
    return "\n".join(line for report in reports for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    """Yield what ``--quiet`` leaves: what is not proved, and the summary; else the table and what is worth knowing."""
    yield from _table(report) if report.verbosity >= 0 else ()
    for proof in report.proofs:
        place = f"{proof.channel.path}:{proof.channel.line}"
        yield from _checks(f"{printable(place)}  {printable(proof.channel.name)}", proof.checks, report)
    yield from _checks(printable(report.tree), report.checks, report)
    yield from _remarks(report) if report.verbosity >= 0 else ()
    yield click.style(summary(report), fg=None if report.is_proved else "red", bold=not report.is_proved)


def _remarks(report: Report) -> Iterator[str]:
    for name, count in [] if report.promised else carried(report):
        yield f"credential  {printable(name)}  in {count} of {len(report.proofs)}"
    for verdict, colour in ((Verdict.UNCHECKED, "yellow"), (Verdict.REMARK, "yellow")):
        for told in in_common(report, verdict):
            times = f"{told.times} times" if told.times > 1 else "once"
            said = printable(sentence(verdict, told.what, told.reason))
            where = f"  [{times}, first {printable(told.place)}]" if told.place else ""
            yield f"{click.style(verdict.value, fg=colour)}  {said}{where}"
    for note in report.notes:
        yield f"{click.style('note', fg='yellow')}  {printable(note)}"
    if not report.promised and carried(report):
        yield "sdkpatch verify --suggest wss-auth=query:NAME prints the patch that sends it in the query"


def _table(report: Report) -> Iterator[str]:
    rows = [_row(proof) for proof in report.proofs]
    if not rows:
        yield "no channel opens a WebSocket"
        return
    head = ("channel", "method", "flavour", "module", "request")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    yield "  ".join(text.ljust(width) for text, width in zip(head, widths, strict=True)) + "  verdict"
    for proof, row in zip(report.proofs, rows, strict=True):
        said = word(proof, report)
        cells = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield f"{cells}  {click.style(said, fg=_COLOURS[said])}"


def _row(proof: Proof) -> tuple[str, ...]:
    channel = proof.channel
    request = printable(proof.request[0]) if proof.request else "-"
    short = request if len(request) <= _WIDTH else request[: _WIDTH - 1] + "…"
    return (*map(printable, (channel.folder, channel.method, channel.flavour, channel.file)), short)


def _checks(place: str, checks: Sequence[Check], report: Report) -> Iterator[str]:
    """Yield what failed at a place, and with ``--verbose`` all that was checked there."""
    told = [check for check in checks if check.verdict in _BAD or report.verbosity > 0]
    if told:
        yield place
        for check in sorted(told, key=lambda each: each.verdict not in _BAD):
            about = f"  [{printable(origin(check))}]" if check.patch else ""
            said = click.style(check.verdict.value, fg=_COLOURS[check.verdict.value])
            yield f"  {said}: {printable(sentence(check.verdict, check.what, check.reason))}{about}"
