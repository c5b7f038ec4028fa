"""The proof as Markdown, for the summary of a job or a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...wire.values import Check, Report, Verdict
from .. import printable
from . import carried, in_common, origin, sentence, summary, word

_SIGNS = {"proved": "✅", "recorded": "🔎", "not proved": "❌", "not checked": "⚠️"}


def render(reports: Sequence[Report]) -> str:
    """Return a section for each tree or wheel."""
    return "\n".join(line for report in reports for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"### WebSocket handshakes of {_code(report.tree)}"
    yield ""
    yield _escaped(summary(report))
    yield ""
    if report.proofs:
        yield "| | channel | method | | module | request |"
        yield "|---|---|---|---|---|---|"
    for proof in report.proofs:
        channel, said = proof.channel, word(proof, report)
        request = _code(proof.request[0]) if proof.request else ""
        cells = (f"{_SIGNS[said]} {said}", _escaped(channel.folder), _escaped(channel.method), channel.flavour)
        yield f"| {' | '.join(cells)} | {_code(f'{channel.path}:{channel.line}')} | {request} |"
    yield ""
    yield from _listed("Not proved", list(_failures(report)))
    found = [] if report.promised else carried(report)
    yield from _listed("Where the credentials go", [f"{_code(name)} in {count}" for name, count in found])
    for title, verdict in (("Not checked", Verdict.UNCHECKED), ("Remarks", Verdict.REMARK)):
        told = [
            f"{_escaped(sentence(verdict, each.what, each.reason))} ({each.times})"
            for each in in_common(report, verdict)
        ]
        yield from _listed(title, told)
    yield from _listed("Notes", [_escaped(note) for note in report.notes])


def _failures(report: Report) -> Iterator[str]:
    for proof in report.proofs:
        yield from (
            f"{_code(f'{proof.channel.path}:{proof.channel.line}')} {_escaped(proof.channel.name)}: {_said(check)}"
            for check in proof.checks
            if check.verdict is Verdict.FAILED
        )
    yield from (_said(check) for check in report.checks if check.verdict is Verdict.FAILED)


def _said(check: Check) -> str:
    about = f" [{_escaped(origin(check))}]" if check.patch else ""
    return f"{_escaped(sentence(check.verdict, check.what, check.reason))}{about}"


def _listed(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"**{title}**"
        yield ""
        yield from (f"- {item}" for item in items)
        yield ""


def _escaped(text: str) -> str:
    """Return text that means nothing to Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&@])", r"\\\1", printable(text))


def _code(text: str) -> str:
    """Return text as code; a back quote in it cannot end it, nor a bar a cell."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
