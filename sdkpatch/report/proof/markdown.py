"""The proof as Markdown, for the summary of a job or a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...wire.values import Check, Report, Verdict
from ..markdown import code, escaped, listed
from . import carried, in_common, origin, sentence, summary, word

_SIGNS = {"proved": "✅", "recorded": "🔎", "not proved": "❌", "not looked at": "❌", "not checked": "⚠️"}


def render(reports: Sequence[Report]) -> str:
    """Return a section for each tree or wheel."""
    return "\n".join(line for report in reports for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"### WebSocket handshakes of {code(report.tree)}"
    yield ""
    yield escaped(summary(report))
    yield ""
    if report.proofs:
        yield "| | channel | method | | module | request |"
        yield "|---|---|---|---|---|---|"
    for proof in report.proofs:
        channel, said = proof.channel, word(proof, report)
        request = code(proof.request[0]) if proof.request else ""
        cells = (f"{_SIGNS[said]} {said}", escaped(channel.folder), escaped(channel.method), channel.flavour)
        yield f"| {' | '.join(cells)} | {code(f'{channel.path}:{channel.line}')} | {request} |"
    yield ""
    yield from listed("Not proved", list(_failures(report)))
    found = [] if report.promised else carried(report)
    yield from listed("Where the credentials go", [f"{code(name)} in {count}" for name, count in found])
    for title, verdict in (("Not checked", Verdict.UNCHECKED), ("Remarks", Verdict.REMARK)):
        told = [
            f"{escaped(sentence(verdict, each.what, each.reason))} ({each.times})"
            for each in in_common(report, verdict)
        ]
        yield from listed(title, told)
    yield from listed("Notes", [escaped(note) for note in report.notes])


def _failures(report: Report) -> Iterator[str]:
    for proof in report.proofs:
        yield from (
            f"{code(f'{proof.channel.path}:{proof.channel.line}')} {escaped(proof.channel.name)}: {_said(check)}"
            for check in proof.checks
            if check.verdict in (Verdict.FAILED, Verdict.UNSEEN)
        )
    yield from (_said(check) for check in report.checks if check.verdict is Verdict.FAILED)


def _said(check: Check) -> str:
    about = f" [{escaped(origin(check))}]" if check.patch else ""
    return f"{escaped(sentence(check.verdict, check.what, check.reason))}{about}"
