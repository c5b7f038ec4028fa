"""What the patches promise of a channel, and whether the code is as they make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..globs import matches
from ..model import Applied, Conflict, Patch, Plan, Result, Satisfied, Step
from ..operations import OPERATIONS
from ..pattern import selector
from ..promises import Promising, Sends, Unseen
from .recordings import Promised
from .values import Channel, Check, Proof, Verdict


def promises_of(channel: Channel, patches: Sequence[Patch], planned: Plan | None) -> Iterator[Promised]:
    """Yield what the steps promise of a channel, whether the planner found a site in it or not.

    A step is about every channel, but where its patch names some: by ``within``, or by ``files`` of its own. A channel
    that no sending step names is held to the first of them all the same: its credential goes somewhere, too.
    """
    if planned is None:
        return
    skipped = {each.patch for each in planned.skipped}
    every = [
        (patch, number, step, operation)
        for patch in patches
        for number, step in enumerate(patch.steps, 1)
        if patch.id not in skipped and isinstance(operation := OPERATIONS[step.operation], Promising)
    ]
    results = [each for each in planned.results if _is_about(each, channel)]
    is_sent = False
    for patch, number, step, operation in every:
        own = [each for each in results if (each.patch, each.step) == (patch.id, number)]
        if own or _is_named(step, operation, channel):
            promises = operation.promises(step.arguments)
            is_sent = is_sent or any(isinstance(each, Sends) for each in promises)
            satisfied = all(isinstance(each.outcome, Satisfied) for each in own)
            yield from (Promised(patch.id, number, each, satisfied) for each in promises)
    if not is_sent:
        for patch, number, step, operation in every:
            promises = operation.promises(step.arguments)
            if any(isinstance(each, Sends) for each in promises):
                yield from (Promised(patch.id, number, each, False) for each in promises)
                return


def _is_named(step: Step, operation: Promising, channel: Channel) -> bool:
    """Tell whether a step is about a channel by what it says: of its selectors and files."""
    selectors = operation.selectors(step.arguments)
    if selectors:
        return any(selector.matches(each, channel.name) for each in selectors)
    return step.files == operation.files or matches(channel.path, step.files)


def _is_about(result: Result, channel: Channel) -> bool:
    return result.site.path == channel.path and result.site.name in (channel.name, "(file)", "(link)")


def outcomes(channel: Channel, planned: Plan | None) -> Iterator[Check]:
    """Yield a failure for every step that is not applied at the channel, or that cannot be."""
    for result in planned.results if planned is not None else ():
        if _is_about(result, channel) and not isinstance(result.outcome, Satisfied):
            reason = "it is not applied here: run sdkpatch apply"
            if isinstance(result.outcome, Conflict):
                reason = f"conflict: {result.outcome.reason}"
            yield Check(Verdict.FAILED, "the code is as the patch makes it", reason, result.patch, result.step)


def tree_checks(planned: Plan | None, patches: Sequence[Patch], proofs: Sequence[Proof]) -> Iterator[Check]:
    """Yield what holds of the tree as a whole: no work left anywhere, and what of the patches no wire shows."""
    if planned is None:
        return
    told = {(each.channel.path, each.channel.name) for each in proofs}
    for result in planned.results:
        if (result.site.path, result.site.name) in told:
            continue
        what = f"{result.site.path}:{result.site.line} {result.site.name} is as the patch makes it"
        match result.outcome:
            case Conflict(reason=reason):
                yield Check(Verdict.FAILED, what, reason, result.patch, result.step)
            case Applied():
                yield Check(Verdict.FAILED, what, "it is not applied: run sdkpatch apply", result.patch, result.step)
            case _:
                pass
    for skipped in planned.skipped:
        yield Check(Verdict.UNCHECKED, "the patch is applied", skipped.reason, skipped.patch)
    for patch in patches:
        for number, step in enumerate(patch.steps, 1):
            operation = OPERATIONS[step.operation]
            promises = operation.promises(step.arguments) if isinstance(operation, Promising) else ()
            if not promises or all(isinstance(each, Unseen) for each in promises):
                reason = "nothing of it goes over the wire; the code is as the step makes it"
                yield Check(Verdict.UNCHECKED, f"what {step.operation} does", reason, patch.id, number)
