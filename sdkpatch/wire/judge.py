"""Hold what was recorded of a channel against what its patches promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..handshakes.promises import (
    Adds,
    EachOnce,
    Follows,
    Hears,
    Hides,
    Lacks,
    Matches,
    Passes,
    Redacts,
    Refusals,
    Sends,
    Takes,
    Tries,
    Unseen,
    WholeUrl,
)
from . import judge_credentials, judge_failures, judge_keys, judge_requests
from .recordings import Promised, Recording
from .values import Check, Verdict


def checks(promised: Sequence[Promised], recording: Recording) -> tuple[Check, ...]:
    """Return what came of every promise, and of what holds of every handshake."""
    found: list[Check] = []
    for each in promised:
        own = list(_JUDGES[type(each.promise)](each.promise, recording, each))
        found += [check._replace(patch=each.patch, step=each.step) for check in own]
    found += judge_keys.supplied(promised, recording)
    kinds = {type(each.promise) for each in promised}
    found += judge_failures.opens(recording)
    every = [*judge_requests.arguments(promised, recording)]
    every += [] if EachOnce in kinds else judge_requests.twice(recording, strict=False)
    found += every if promised else [_remark(check, "") for check in every]
    if Refusals not in kinds:
        found += [_remark(check, "websocket-errors") for check in judge_failures.refused(Refusals(), recording)]
    if Redacts not in kinds:
        found += [_remark(check, "secrets-redact") for check in judge_failures.redacted(Redacts(()), recording)]
    return tuple(found)


def _remark(check: Check, recipe: str) -> Check:
    """Turn the failure of something nobody promised into a remark that names the recipe for it."""
    if check.verdict is not Verdict.FAILED:
        return check
    mended = f" (the recipe {recipe} corrects it)" if recipe else ""
    return check._replace(verdict=Verdict.REMARK, reason=f"{check.reason}{mended}")


_JUDGES: Mapping[type, Callable[[Any, Recording, Promised], Iterator[Check]]] = {
    Sends: judge_credentials.sends,
    Takes: judge_credentials.takes,
    Adds: judge_requests.adds,
    Matches: judge_requests.matches,
    Lacks: judge_requests.lacks,
    EachOnce: judge_requests.each_once,
    Follows: judge_requests.follows,
    WholeUrl: judge_requests.whole_url,
    Passes: judge_requests.passes,
    Tries: judge_failures.tries,
    Refusals: judge_failures.refusals,
    Redacts: judge_failures.redacts,
    Hides: judge_failures.hides,
    Hears: judge_failures.hears,
    Unseen: judge_failures.unseen,
}
