"""The proof as one page that a person reads in review: it loads nothing, and opens from a file."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ... import resources
from ...model import FileChange
from ...version import __version__
from ...wire.values import Check, Proof, Report, Verdict
from ..diff import counts, unified
from . import carried, in_common, origin, sentence, summary, word


class Line(NamedTuple):
    """A line of a diff or of a handshake: its kind (added, removed, hunk, file, same) and its text."""

    kind: str
    text: str


class Difference(NamedTuple):
    """What a patch makes of one file."""

    path: str
    added: int
    removed: int
    lines: tuple[Line, ...]


def render(reports: Sequence[Report]) -> str:
    """Return the page."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = (resources.folder("templates") / "verify.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        reports=reports,
        proved=all(report.is_proved for report in reports),
        promised=any(report.promised for report in reports),
        version=__version__,
        day=_day(),
        word=word,
        origin=origin,
        sentence=sentence,
        summary=summary,
        carried=carried,
        told=lambda report: [each for verdict in _TOLD for each in in_common(report, verdict)],
        differences=_differences,
        before=_before,
        after=_after,
        failed=Verdict.FAILED,
        worst_first=_worst_first,
    )


def _day() -> str:
    """Return the day that the page is of; https://reproducible-builds.org/specs/source-date-epoch/ sets another."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = int(given) if given.isdecimal() else time.time()
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def _worst_first(checks: Sequence[Check]) -> list[Check]:
    """Return checks in their order, what failed or was not looked at before all others."""
    return sorted(checks, key=lambda check: check.verdict not in (Verdict.FAILED, Verdict.UNSEEN))


_TOLD = (Verdict.UNCHECKED, Verdict.REMARK)


def _differences(changes: Mapping[str, tuple[FileChange, ...]]) -> list[tuple[str, list[Difference]]]:
    return [(patch, [_difference(change) for change in found]) for patch, found in changes.items()]


def _difference(change: FileChange) -> Difference:
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    lines = [Line(kinds.get(line[:1], "same"), line) for line in unified(change)[2:]]
    return Difference(change.path, *counts(change), tuple(lines))


def _before(proof: Proof) -> list[Line]:
    """Return the handshake of generated code; what the patches take away is marked."""
    return [Line("same" if line in proof.request else "removed", line) for line in proof.before]


def _after(proof: Proof) -> list[Line]:
    """Return the handshake of the tree; what generated code does not send is marked, where that is known."""
    return [Line("same" if line in proof.before or not proof.before else "added", line) for line in proof.request]
