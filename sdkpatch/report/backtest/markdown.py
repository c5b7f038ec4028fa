"""The report of a backtest in Markdown, for the summary of a job or a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from ...running.backtest import Generation
from ..markdown import code, escaped, listed
from . import BacktestReport, absorbed, counts, left_out, short, summary

_SIGNS = {"held": "✅", "conflict": "❌", "no SDK here": "➖"}


def render(report: BacktestReport) -> str:
    """Return the summary, what needs a decision, and a table of generations."""
    found = report.found
    lines = [f"### sdkpatch backtest: {code(report.tree)}", "", escaped(summary(found)), ""]
    lines += listed("Needs a decision", [_reason(row) for row in found.broken])
    lines += listed("Obsolete", [escaped(absorbed(each)) for each in found.absorbed])
    lines += listed("Left out", [escaped(each) for each in left_out(found)])
    return "\n".join([*lines, *_table(report)]) + "\n"


def _reason(row: Generation) -> str:
    assert row.stop is not None
    step = f" ({escaped(row.stop.patch)} step {row.stop.step})" if row.stop.patch else ""
    hint = f"<br>hint: {escaped(row.stop.hint)}" if row.stop.hint else ""
    return f"{row.date} {code(short(row.commit))} {code(row.stop.where)}: {escaped(row.stop.reason)}{hint}{step}"


def _table(report: BacktestReport) -> Iterator[str]:
    yield "| | date | commit | SDK | generator | sites | seconds |"
    yield "|---|---|---|---|---|---|---|"
    for row in report.found.generations:
        told = counts(row) if row.has_sdk else ""
        versions = f"{escaped(row.sdk)} | {escaped(row.generator)}"
        verdict = f"{_SIGNS[row.verdict]} {row.verdict}"
        yield f"| {verdict} | {row.date} | {code(short(row.commit))} | {versions} | {told} | {row.seconds:.2f} |"
