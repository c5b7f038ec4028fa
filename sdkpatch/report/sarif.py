"""SARIF 2.1.0, as code scanning reads it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ..bounds.printable import printable, quoted
from ..version import __version__
from . import Run
from .findings import Finding, of_run

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(run: Run) -> str:
    """Return a log with one run: a rule for each patch with findings, a result for each finding."""
    return log(tuple(of_run(run)), {})


def log(findings: Sequence[Finding], titles: Mapping[str, str]) -> str:
    """Return a log of findings; ``titles`` says what the rules are about, by their ids."""
    rules = sorted({each.rule for each in findings})
    driver = {
        "name": "sdkpatch",
        "version": __version__,
        "rules": [_rule(each, titles.get(each, "")) for each in rules],
    }
    results = [_result(each, rules.index(each.rule)) for each in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return quoted(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _rule(name: str, title: str) -> dict[str, object]:
    return {"id": name, "shortDescription": {"text": title or f"What {name} makes of the SDK"}}


def _result(finding: Finding, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.level,
        "message": {"text": printable(f"{finding.title}. {finding.text}")},
    }
    place = {"uri": quote(finding.path or ".")}  # a finding without a place is not shown
    result["locations"] = [{"physicalLocation": {"artifactLocation": place, "region": {"startLine": finding.line}}}]
    return result
