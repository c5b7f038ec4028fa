"""The proof as a program reads it; its schema is docs/verify.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...bounds.printable import quoted
from ...wire.values import Check, Proof, Report
from . import word

VERSION = 1
"""Grows when a key goes away or changes its meaning; new keys do not change it."""


def render(reports: Sequence[Report]) -> str:
    """Return one JSON document, keys sorted, lists in report order."""
    document = {
        "version": VERSION,
        "proved": all(report.is_proved for report in reports),
        "reports": [_report(report) for report in reports],
    }
    return quoted(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)) + "\n"


def _report(report: Report) -> dict[str, object]:
    return {
        "tree": report.tree,
        "promised": report.promised,
        "proved": report.is_proved,
        "versions": dict(report.versions),
        "channels": [_channel(proof, report) for proof in report.proofs],
        "checks": [_check(check) for check in report.checks],
        "notes": list(report.notes),
    }


def _channel(proof: Proof, report: Report) -> dict[str, object]:
    channel = proof.channel
    return {
        "path": channel.path,
        "line": channel.line,
        "name": channel.name,
        "channel": channel.folder,
        "method": channel.method,
        "flavour": channel.flavour,
        "module": channel.module,
        "verdict": word(proof, report),
        "request": list(proof.request),
        "before": list(proof.before),
        "credentials": [{"place": each.place, "name": each.name, "scheme": each.scheme} for each in proof.carriers],
        "checks": [_check(check) for check in proof.checks],
    }


def _check(check: Check) -> dict[str, object]:
    found: dict[str, object] = {"verdict": check.verdict.value, "what": check.what}
    if check.reason:
        found["reason"] = check.reason
    if check.patch:
        found |= {"patch": check.patch, "step": check.step}
    return found
