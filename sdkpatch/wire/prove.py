"""Prove an SDK tree on the wire: open every channel, and hold what arrives against what the patches promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..model import Patch, Plan
from ..plan import plan
from ..tree import Tree
from .channels import look
from .coverage import Coverage
from .judge import checks
from .judge_requests import UNREAD
from .promised import outcomes, promises_of, tree_checks
from .recordings import Promised, Recording
from .shown import carriers, shown
from .stage import Options, Stage
from .survey import survey
from .values import Channel, Check, Proof, Report, Verdict


def prove(
    tree: Tree, patches: Sequence[Patch], options: Options, pristine: Tree | None = None, leave: Sequence[str] = ()
) -> Report:
    """Open every channel of the SDK in ``tree`` and return what that proves.

    ``pristine`` is the code as it was generated: the handshakes of the tree must be the same but for what the patches
    promise. ``leave`` are globs over what may stay unopened. Raises UsageError when the interpreter lacks what the
    SDK depends on.
    """
    planned = plan(tree, patches) if patches else None
    found = look(tree)

    def promised(channel: Channel) -> list[Promised]:
        return list(promises_of(channel, patches, planned))

    with Stage(tree, found, options) as stage:
        surveyed = survey(stage, Coverage(tree, found), found, promised, leave)
        versions = {"python": stage.loaded["python"], "websockets": str(stage.loaded["websockets"])}
    notes = [f"{place}: {reason}; it is not opened" for place, reason in found.others]
    lines = {each: surveyed.lines.get(found.openings[each.key].unit, ()) for each in surveyed.recordings}
    proofs = [
        _proof(channel, promised(channel), seen, planned, lines[channel])
        for channel, seen in surveyed.recordings.items()
    ]
    proofs += [_unopened(channel, why, planned) for channel, why in surveyed.unopened.items()]
    if patches:
        proofs += [_unseen(channel, why) for channel, why in surveyed.unseen.items()]
    else:
        notes += [f"{each.path}:{each.line}: {each.name}: {why}; it is not opened" for each, why in surveyed.unseen.items()]
    proofs.sort(key=lambda each: each.channel)
    generated = prove(pristine, (), options._replace(faults=False)).proofs if pristine is not None else ()
    before = {each.channel.key: each.request for each in generated}
    proofs = _left_out(proofs, {(each.channel.path, each.channel.name): each.checks for each in generated})
    return Report(
        tree=str(tree.root),
        promised=bool(patches),
        proofs=tuple(each._replace(before=before.get(each.channel.key, ())) for each in proofs),
        checks=(*tree_checks(planned, patches, proofs), *_broken(found.broken), *_left(surveyed.left)),
        notes=tuple(notes),
        versions=versions,
        changes={},
    )


def _unseen(channel: Channel, why: str) -> Proof:
    return Proof(channel=channel, checks=(Check(Verdict.UNSEEN, "it is opened", why),))


def _left(left: Mapping[str, Sequence[Channel]]) -> Iterator[Check]:
    """Yield what the project file leaves alone, so that a report has it."""
    for glob, channels in left.items():
        reason = f'sdkpatch.toml leaves it alone: unseen = "{glob}"'
        for each in channels:
            yield Check(Verdict.UNCHECKED, f"{each.path}:{each.line} {each.name} is opened", reason)
        if not channels:
            yield Check(Verdict.REMARK, f'unseen = "{glob}" names something', "nothing that can open a socket has that name")


def _proof(
    channel: Channel,
    promised: Sequence[Promised],
    recording: Recording,
    planned: Plan | None,
    lines: Sequence[int],
) -> Proof:
    own = checks(promised, recording)
    missed = [Check(Verdict.UNSEEN, f"line {line} is reached", "it opens a socket, and no opening led there") for line in lines]
    found = (*own, *missed, *outcomes(channel, planned))
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
    check = Check(Verdict.FAILED, "it opens", f"{channel.module} cannot be imported: {problem}")
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
