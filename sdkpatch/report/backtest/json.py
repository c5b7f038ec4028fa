"""The report of a backtest for a program; its schema is docs/backtest.schema.json."""

from __future__ import annotations

import json

from ...bounds.printable import quoted
from ...running.backtest import Generation
from . import BacktestReport, summary

VERSION = 1
"""Grows when a key goes away or changes its meaning; new keys do not change it."""


def render(report: BacktestReport) -> str:
    """Return one JSON document, keys sorted, generations oldest first."""
    found = report.found
    document = {
        "version": VERSION,
        "tree": report.tree,
        "generations": [_generation(row) for row in found.generations],
        "obsolete": [
            {"patch": each.patch, "commit": each.commit, "date": each.date, "sdk": each.sdk, "before": each.ever}
            for each in found.absorbed
        ],
        "summary": {
            "generations": len(found.judged),
            "held": len(found.judged) - len(found.broken),
            "conflicts": len(found.broken),
            "without_sdk": len(found.generations) - len(found.judged),
            "left_out": found.passed,
            "elsewhere": found.elsewhere,
            "text": summary(found),
        },
    }
    return quoted(json.dumps(document, indent=2, sort_keys=True)) + "\n"


def _generation(row: Generation) -> dict[str, object]:
    told: dict[str, object] = {
        "commit": row.commit,
        "date": row.date,
        "subject": row.subject,
        "sdk": row.sdk,
        "generator": row.generator,
        "verdict": row.verdict,
        "seconds": round(row.seconds, 3),
        "patches": [
            {
                "patch": cell.patch,
                "outcome": cell.word,
                "applied": cell.applied,
                "satisfied": cell.satisfied,
                "conflicts": cell.conflicts,
                **({"reason": cell.reason} if cell.reason else {}),
            }
            for cell in row.cells
        ],
    }
    if row.stop is not None:
        told["first"] = row.stop._asdict()
    return told
