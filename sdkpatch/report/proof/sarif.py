"""SARIF 2.1.0 for what was not proved."""

from __future__ import annotations

from collections.abc import Sequence

from ...wire.values import Report
from ..sarif import log
from . import findings


def render(reports: Sequence[Report]) -> str:
    """Return a log with a result for each failure and remark."""
    titles = {"handshake": "What holds of every WebSocket handshake"}
    return log([finding for report in reports for finding in findings(report)], titles)
