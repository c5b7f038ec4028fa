"""What the patches promise of a channel, and whether the code is as they make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..bounds.globs import matches
from ..handshakes.promises import (
    Adds,
    EachOnce,
    Follows,
    Hides,
    Lacks,
    Matches,
    Promising,
    Sends,
    Takes,
    Unseen,
    WholeUrl,
)
from ..model import Applied, Conflict, Patch, Plan, Result, Satisfied, SiteKind, Step
from ..operations import OPERATIONS
from ..pattern import selector
from .recordings import Promised
from .values import Channel, Check, Proof, Verdict


def promises_of(channel: Channel, patches: Sequence[Patch], planned: Plan | None) -> Iterator[Promised]:
    """Yield what the steps promise of a channel, whether the planner found a site in it or not.

    A step is about every channel, but where its patch names some: by ``within``, or by ``files`` of its own. A channel
    that no sending step names is held to the first of them all the same: its credential goes somewhere, too.
    """
    if planned is None:
        return
    every = _promising(patches, planned)
    results = [each for each in planned.results if _is_about(each, channel)]
    is_sent = False
    for patch, number, step, operation in every:
        own = [each for each in results if (each.patch, each.step) == (patch.id, number)]
        if own or _is_named(step, operation, channel):
            promises = operation.promises(step.arguments)
            is_sent = is_sent or any(isinstance(each, Sends) for each in promises)
            satisfied = bool(own) and all(isinstance(each.outcome, Satisfied) for each in own)
            yield from (Promised(patch.id, number, each, satisfied) for each in promises)
    if not is_sent:
        for patch, number, step, operation in every:
            promises = operation.promises(step.arguments)
            if any(isinstance(each, Sends) for each in promises):
                yield from (Promised(patch.id, number, each, False) for each in promises)
                return


def narrowed(channels: Sequence[Channel], patches: Sequence[Patch], planned: Plan | None) -> Iterator[str]:
    """Yield a sentence for each step that is about some of the channels only: which ones."""
    if planned is None:
        return
    sites = {(each.patch, each.step, each.site.path, each.site.name) for each in planned.results}
    for patch, number, step, operation in _promising(patches, planned):
        named = [
            each
            for each in channels
            if (patch.id, number, each.path, each.name) in sites or _is_named(step, operation, each)
        ]
        if len(named) == len(channels):
            continue
        shown = [f"{each.name} ({each.path}:{each.line})" for each in named]
        listed = ", ".join(shown[:_LISTED]) + (f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else "")
        is_sending = any(isinstance(each, Sends) for each in operation.promises(step.arguments))
        rest = "; channels that no sending step names are checked against the first sending step" if is_sending else ""
        count = f"{len(named)} of {len(channels)} channels"
        yield f"{patch.id} step {number} names {count}{': ' if listed else ''}{listed}{rest}"


_LISTED = 4
"""So many channels are written out in a sentence; the checks of each channel name the steps they are for."""


def _promising(patches: Sequence[Patch], planned: Plan) -> list[tuple[Patch, int, Step, Promising]]:
    skipped = {each.patch for each in planned.skipped}
    return [
        (patch, number, step, operation)
        for patch in patches
        for number, step in enumerate(patch.steps, 1)
        if patch.id not in skipped and isinstance(operation := OPERATIONS[step.operation], Promising)
    ]


def _is_named(step: Step, operation: Promising, channel: Channel) -> bool:
    """Tell whether a step is about a channel by what it says: of its selectors and files."""
    selectors = operation.selectors(step.arguments)
    if selectors:
        return any(selector.matches(each, channel.name) for each in selectors)
    return step.files == operation.files or matches(channel.path, step.files)


def _is_about(result: Result, channel: Channel) -> bool:
    return result.site.path == channel.path and (result.site.is_whole or result.site.name == channel.name)


_SHOWN = (Sends, Takes, Hides, Adds, Matches, Lacks, EachOnce, Follows, WholeUrl)
"""What a handshake shows whole: where all of it is so, how the code is written does not matter."""


def outcomes(
    channel: Channel, planned: Plan | None, found: Sequence[Check], patches: Sequence[Patch]
) -> Iterator[Check]:
    """Yield a failure for every step that is not applied at the channel, or that cannot be.

    It is a remark where the handshake shows all that the step promises, and ``found`` says that all of it is so.
    """
    for result in planned.results if planned is not None else ():
        if _is_about(result, channel) and (reason := _reason(result)):
            is_kept = _is_shown(result, patches) and _is_kept(result, found)
            verdict = Verdict.REMARK if is_kept else Verdict.FAILED
            reason = f"{reason}; what it sends is right" if is_kept else reason
            yield Check(verdict, "the code is as the patch makes it", reason, result.patch, result.step)


def _reason(result: Result) -> str:
    match result.outcome:
        case Conflict(reason=reason):
            return f"conflict: {reason}"
        case Applied():
            return "it is not applied here: run sdkpatch apply"
        case _:
            return ""


def _is_shown(result: Result, patches: Sequence[Patch]) -> bool:
    """Tell whether a handshake shows all that a result's step promises; a file that is not understood shows nothing.

    Nor does a support module, which no step of the patch is about.
    """
    steps = {(patch.id, number): step for patch in patches for number, step in enumerate(patch.steps, 1)}
    step = steps.get((result.patch, result.step))
    if step is None:
        return False
    operation = OPERATIONS[step.operation]
    promises = operation.promises(step.arguments) if isinstance(operation, Promising) else ()
    is_understood = result.site.kind in (SiteKind.NAMED, SiteKind.STEP) or not matches(result.site.path, step.files)
    return bool(promises) and all(isinstance(each, _SHOWN) for each in promises) and is_understood


def _is_kept(result: Result, found: Sequence[Check]) -> bool:
    own = [each for each in found if (each.patch, each.step) == (result.patch, result.step)]
    bad = any(each.verdict in (Verdict.FAILED, Verdict.UNCHECKED, Verdict.UNSEEN) for each in own)
    return any(each.verdict is Verdict.PROVED for each in own) and not bad


def tree_checks(planned: Plan | None, patches: Sequence[Patch], proofs: Sequence[Proof]) -> Iterator[Check]:
    """Yield what holds of the tree as a whole: no work left anywhere, and what of the patches no wire shows."""
    if planned is None:
        return
    told = {(each.channel.path, each.channel.name) for each in proofs}
    for result in planned.results:
        if (result.site.path, result.site.name) in told or not (reason := _reason(result)):
            continue
        what = f"{result.site.path}:{result.site.line} {result.site.name} is as the patch makes it"
        own = [each for each in proofs if any(check.patch == result.patch for check in each.checks)]
        is_kept = bool(own) and _is_shown(result, patches) and all(_is_kept(result, each.checks) for each in own)
        reason = reason.removeprefix("conflict: ").replace("applied here", "applied")
        if is_kept and not any(each.verdict is Verdict.UNSEEN for each in proofs):
            yield Check(Verdict.REMARK, what, f"{reason}; what all channels send is right", result.patch, result.step)
        else:
            yield Check(Verdict.FAILED, what, reason, result.patch, result.step)
    for skipped in planned.skipped:
        yield Check(Verdict.UNCHECKED, "the patch is applied", skipped.reason, skipped.patch)
    for patch in patches:
        for number, step in enumerate(patch.steps, 1):
            operation = OPERATIONS[step.operation]
            promises = operation.promises(step.arguments) if isinstance(operation, Promising) else ()
            if not promises or all(isinstance(each, Unseen) for each in promises):
                reason = "it has no effect on a handshake; the code is as the step makes it"
                yield Check(Verdict.UNCHECKED, f"what {step.operation} does", reason, patch.id, number)
