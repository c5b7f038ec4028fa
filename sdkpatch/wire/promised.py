"""What the patches promise of a channel, and whether the code is as they make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Applied, Conflict, Patch, Plan, Result, Satisfied
from ..operations import OPERATIONS
from ..promises import Promising, Unseen
from .recordings import Promised
from .values import Channel, Check, Proof, Verdict


def promises_of(
    channel: Channel, patches: Sequence[Patch], planned: Plan | None, channels: Sequence[Channel]
) -> Iterator[Promised]:
    """Yield what the steps promise of a channel: those with a site there, and those about what all channels share."""
    paths = {each.path for each in channels}
    for patch in patches:
        for number, step in enumerate(patch.steps, 1):
            operation = OPERATIONS[step.operation]
            if not isinstance(operation, Promising) or planned is None:
                continue
            results = [each for each in planned.results if (each.patch, each.step) == (patch.id, number)]
            results = [each for each in results if each.site.name != each.operation]  # about the step as a whole
            own = [each for each in results if _is_about(each, channel)]
            shared = results and not any(each.site.path in paths for each in results)
            if own or shared:
                satisfied = all(isinstance(each.outcome, Satisfied) for each in own)
                for promise in operation.promises(step.arguments):
                    yield Promised(patch.id, number, promise, satisfied)


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
