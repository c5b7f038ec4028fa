"""Workflow commands of GitHub Actions: marks on the lines of a pull request, and the summary in the log.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable

from ..bounds.printable import printable
from . import Run
from .findings import Finding, of_run
from .text import summary

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(run: Run) -> str:
    """Return one command for each finding, and the summary line."""
    return commands(of_run(run), summary(run))


def commands(findings: Iterable[Finding], last: str) -> str:
    """Return workflow commands with a last line that is none."""
    lines = [_command(each) for each in findings]
    return "\n".join([*lines, printable(last)]) + "\n"


def _command(finding: Finding) -> str:
    properties = {"title": finding.title}
    if finding.path:
        properties = {"file": finding.path, "line": str(finding.line), **properties}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {shown}::{_data(finding.text)}"


def _data(text: str) -> str:
    """Escape what would end the command: names and source are not ours, and a line of theirs must not begin one."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
