"""Render what ``sdkpatch verify`` found out: one module per format, listed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from ...wire.values import Check, Proof, Report, Verdict
from ..findings import ERROR, NOTE, Finding, located


class SharedCheck(NamedTuple):
    """Something that several channels have in common: what, why, how many of them, and the first one's place."""

    verdict: Verdict
    what: str
    reason: str
    times: int
    place: str


def word(proof: Proof, report: Report) -> str:
    """Return the one word for a channel: without patches there is nothing to prove, and its handshake is recorded."""
    if proof.verdict is Verdict.PROVED and not report.promised:
        return "recorded"
    return proof.verdict.value


def sentence(verdict: Verdict, what: str, reason: str) -> str:
    """Say what a check came to: what was expected and what was seen instead, or what holds."""
    if verdict in (Verdict.FAILED, Verdict.UNSEEN, Verdict.REMARK):
        return f"expected that {what}; {reason}"
    return f"{what}: {reason}" if reason else what


def origin(check: Check) -> str:
    """Return which step a check is about, an empty string for what holds of every handshake."""
    return f"{check.patch} step {check.step}" if check.step else check.patch


def in_common(report: Report, verdict: Verdict) -> Iterator[SharedCheck]:
    """Yield the checks with a verdict, each once, with the number of channels that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for proof in report.proofs:
        for check in proof.checks:
            if check.verdict is verdict:
                place = f"{proof.channel.path}:{proof.channel.line}"
                found.setdefault((check.what, check.reason), []).append(place)
    for check in report.checks:
        if check.verdict is verdict:
            found.setdefault((check.what, check.reason), []).append(origin(check))
    for (what, reason), places in found.items():
        yield SharedCheck(verdict, what, reason, len(places), places[0])


def findings(report: Report) -> Iterator[Finding]:
    """Yield an error for each failure, and a note for each remark."""
    levels = {Verdict.FAILED: ERROR, Verdict.UNSEEN: ERROR, Verdict.REMARK: NOTE}
    for proof in report.proofs:
        channel = proof.channel
        path, line = report.sources.get((channel.path, channel.line), (channel.path, channel.line))
        for check in proof.checks:
            if check.verdict in levels:
                title = f"{channel.name}: {check.verdict.value}"
                where = located(report.base, path)
                yield Finding(levels[check.verdict], check.patch or "handshake", where, line, title, _told(check))
    for check in report.checks:
        if check.verdict in levels:
            title = f"{report.tree}: {check.verdict.value}"
            where = located(report.base, check.path)
            yield Finding(levels[check.verdict], check.patch or "tree", where, check.line, title, _told(check))


def _told(check: Check) -> str:
    """Return what a finding says: the sentence, and the step it is about."""
    about = f" ({origin(check)})" if check.patch else ""
    return f"{sentence(check.verdict, check.what, check.reason)}.{about}"


def summary(report: Report) -> str:
    """Return the one sentence that ends every report."""
    words = [word(proof, report) for proof in report.proofs]
    unseen = words.count(Verdict.UNSEEN.value)
    count = len(words) - unseen
    total = f"{count} {'channel' if count == 1 else 'channels'} opened"
    bad = words.count(Verdict.FAILED.value)
    said = f"{words.count('proved')} proved, {bad} not proved" if report.promised else f"{len(words) - bad} recorded"
    said += f", {unseen} not looked at" if unseen else ""
    if not report.promised and bad:
        said += f", {bad} failed"
    missing = len([each for each in report.checks if each.verdict is Verdict.FAILED])
    more = f"; {missing} more {'failure' if missing == 1 else 'failures'}" if missing else ""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(report.versions.items()))
    return f"{total}: {said}{more}; {versions}"


def carried(report: Report) -> list[tuple[str, int]]:
    """Return where credentials stood, and in how many handshakes."""
    found: dict[str, int] = {}
    for proof in report.proofs:
        for carrier in dict.fromkeys(proof.carriers):
            found[str(carrier)] = found.get(str(carrier), 0) + 1
    return sorted(found.items())


def _module(name: str) -> Callable[[Sequence[Report]], str]:
    """Return what renders a format; its module is imported when it is first asked for."""

    def render(reports: Sequence[Report]) -> str:
        text: str = import_module(f".{name}", __name__).render(reports)
        return text

    return render


PROOF_REPORTERS: Mapping[str, Callable[[Sequence[Report]], str]] = {
    name: _module(name) for name in ("github", "html", "json", "markdown", "sarif", "text")
}
