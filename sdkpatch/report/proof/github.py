"""Workflow commands of GitHub Actions for what was not proved."""

from __future__ import annotations

from collections.abc import Sequence

from ...wire.values import Report
from ..github import commands
from . import findings, summary


def render(reports: Sequence[Report]) -> str:
    """Return a command for each failure and remark, and the summary of each tree or wheel."""
    found = [finding for report in reports for finding in findings(report)]
    return commands(found, "; ".join(summary(report) for report in reports))
