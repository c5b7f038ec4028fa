"""The report a program reads; its schema is docs/report.schema.json."""

from __future__ import annotations

import json

from ..bounds.printable import quoted
from ..model import Applied, Conflict, Result, Satisfied
from . import Run, outcome_word
from .diff import counts, unified

VERSION = 1
"""Grows when a key goes away or changes its meaning; new keys do not change it."""


def render(run: Run) -> str:
    """Return one JSON document, keys sorted, lists in report order."""
    files = []
    for change in run.plan.changes:
        added, removed = counts(change)
        entry: dict[str, object] = {"path": change.path, "added": added, "removed": removed}
        if run.mode == "diff":
            entry["diff"] = "\n".join(unified(change)) + "\n"
        files.append(entry)
    document = {
        "version": VERSION,
        "mode": run.mode,
        "tree": run.tree,
        "written": run.written,
        "files": files,
        "sites": [_site(result) for result in run.plan.results],
        "skipped": [{"patch": each.patch, "reason": each.reason} for each in run.plan.skipped],
        "notes": [{"path": each.path, "line": each.line, "text": each.text} for each in run.plan.notes],
        "summary": {
            "sites": len(run.plan.results),
            "applied": run.count(Applied),
            "satisfied": run.count(Satisfied),
            "conflicts": run.count(Conflict),
            "files": len(files),
        },
    }
    if run.plan.doubt:
        document["doubt"] = run.plan.doubt
    return quoted(json.dumps(document, indent=2, sort_keys=True)) + "\n"


def _site(result: Result) -> dict[str, object]:
    site: dict[str, object] = {
        "path": result.site.path,
        "line": result.site.line,
        "name": result.site.name,
        "flavour": result.site.flavour,
        "patch": result.patch,
        "step": result.step,
        "operation": result.operation,
        "outcome": outcome_word(result.outcome),
    }
    match result.outcome:
        case Applied(detail=detail) if detail:
            site["detail"] = detail
        case Conflict(reason=reason, hint=hint, details=details):
            site["reason"] = reason
            site["hint"] = hint
            if details:
                site["details"] = list(details)
        case _:
            pass
    return site
