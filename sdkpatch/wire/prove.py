"""Prove an SDK tree on the wire: open every channel, and hold what arrives against what the patches promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Patch, Plan
from ..plan import plan
from ..tree import Tree
from .channels import look
from .judge import checks
from .judge_requests import UNREAD
from .promised import outcomes, promises_of, tree_checks
from .recordings import Promised, Recording
from .shown import carriers, shown
from .stage import Options, Stage, channels_of
from .values import Channel, Check, Proof, Report, Verdict


def prove(tree: Tree, patches: Sequence[Patch], options: Options, pristine: Tree | None = None) -> Report:
    """Open every channel of the SDK in ``tree`` and return what that proves.

    ``pristine`` is the code as it was generated: its handshakes are shown beside those of the tree. Raises UsageError
    when the interpreter lacks what the SDK depends on.
    """
    planned = plan(tree, patches) if patches else None
    found = look(tree)
    with Stage(tree, found, options) as stage:
        opened = stage.opened
        channels = channels_of(found, opened)
        promised = {each: list(promises_of(each, patches, planned, found.channels)) for each in channels}
        work = [(each, promised[each]) for each in channels if (each.module, each.name) in opened]
        recordings = stage.observe(work)
        problems = {name: why for name, why in stage.loaded["problems"].items() if name in found.modules}
        versions = {"python": stage.loaded["python"], "websockets": str(stage.loaded["websockets"])}
    notes = [f"{place}: {reason}; it is not opened" for place, reason in found.others]
    proofs: list[Proof] = []
    for channel in channels:
        if channel in recordings:
            proofs.append(_proof(channel, promised[channel], recordings[channel], planned))
        elif channel.module in problems or promised[channel]:
            proofs.append(_unopened(channel, problems.get(channel.module, ""), planned))
        else:
            notes.append(f"{channel.path}:{channel.line}: {channel.name} is no generated channel; it is not opened")
    generated = prove(pristine, (), options._replace(faults=False)).proofs if pristine is not None else ()
    before = {(each.channel.module, each.channel.name): each.request for each in generated}
    proofs = _left_out(proofs, {(each.channel.path, each.channel.name): each.checks for each in generated})
    return Report(
        tree=str(tree.root),
        promised=bool(patches),
        proofs=tuple(each._replace(before=before.get((each.channel.module, each.channel.name), ())) for each in proofs),
        checks=(*tree_checks(planned, patches, proofs), *_broken(found.broken)),
        notes=tuple(notes),
        versions=versions,
        changes={},
    )


def _proof(channel: Channel, promised: Sequence[Promised], recording: Recording, planned: Plan | None) -> Proof:
    found = (*checks(promised, recording), *outcomes(channel, planned))
    plain = recording.seen["plain"]
    handshake = plain.handshakes[-1] if plain.handshakes else None
    masked = [check._replace(reason=recording.mask.text(check.reason)) for check in found]
    return Proof(
        channel=channel,
        checks=tuple(dict.fromkeys(masked)),
        carriers=tuple(carriers(handshake, recording.mask)) if handshake else (),
        request=shown(handshake, recording.mask) if handshake else (),
    )


def _unopened(channel: Channel, problem: str, planned: Plan | None) -> Proof:
    reason = f"{channel.module} cannot be imported: {problem}"
    if not problem:
        reason = "it is no generated channel: no class that takes client_wrapper has it as a context manager"
    check = Check(Verdict.FAILED, "it opens", reason)
    return Proof(channel=channel, checks=(check, *outcomes(channel, planned)))


def _broken(places: Sequence[str]) -> list[Check]:
    return [
        Check(Verdict.FAILED, f"{place} is Python", "it does not parse, so its channels are not known")
        for place in places
    ]


def _left_out(proofs: Sequence[Proof], generated: Mapping[tuple[str, str], Sequence[Check]]) -> list[Proof]:
    """Turn the loss of an argument into a remark where no copy of a channel reads it: the generator leaves it out.

    Seen in hume 0.14.1, whose control plane never puts ``chat_id`` into its path. A merge loses it in one copy only.
    ``generated`` are the checks of generated code, where that was recorded: what it sends is never its own loss.
    """
    found: list[Proof] = []
    for proof in proofs:
        copies = [each for each in proofs if _is_copy(each.channel, proof.channel)]
        before = generated.get((proof.channel.path, proof.channel.name), ())
        kept = {check.what for check in before if check.verdict is Verdict.PROVED}
        own: list[Check] = []
        for check in proof.checks:
            everywhere = len(copies) > 1 and all(check in each.checks for each in copies)
            if check.reason == UNREAD and everywhere and check.what not in kept:
                check = check._replace(verdict=Verdict.REMARK, reason="no copy of the channel reads it")
            own.append(check)
        found.append(proof._replace(checks=tuple(own)))
    return found


def _is_copy(one: Channel, other: Channel) -> bool:
    return one.method == other.method and one.module.rpartition(".")[0] == other.module.rpartition(".")[0]
