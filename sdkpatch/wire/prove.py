"""Prove an SDK tree on the wire: open every channel, and hold what arrives against what the patches promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..model import Patch, Plan
from ..planning.plan import plan
from ..tree import Tree
from .channels import look
from .compared import copies, generated
from .coverage import Coverage
from .judge import checks
from .judge_keys import NOWHERE
from .judge_requests import UNREAD
from .led import led, no_more
from .promised import narrowed, outcomes, promises_of, tree_checks
from .recordings import Promised, Recording
from .shown import carriers, shown
from .stage import Options, Stage
from .survey import survey
from .values import Channel, Check, Proof, Report, Verdict

_LINE = "it opens a socket, but no test connection reached it"


def prove(tree: Tree, patches: Sequence[Patch], options: Options, pristine: Tree | None = None) -> Report:
    """Open every channel of the SDK in ``tree`` and return what that proves.

    ``pristine`` is the code as it was generated: the handshakes of the tree must be the same but for what the patches
    promise. Raises UsageError when the interpreter lacks what the SDK depends on.
    """
    planned = plan(tree, patches) if patches else None
    found = look(tree)

    def promised(channel: Channel) -> list[Promised]:
        return list(promises_of(channel, patches, planned))

    with Stage(tree, found, options) as stage:
        surveyed = survey(stage, Coverage(tree, found), found, promised, options.unseen)
        versions = {"python": stage.loaded["python"], "websockets": str(stage.loaded["websockets"])}
    notes = [f"{place}: {reason}; it is not opened" for place, reason in found.others]
    lines = {each: surveyed.lines.get(found.openings[each.key].unit, ()) for each in surveyed.recordings}
    judged = {channel: checks(promised(channel), seen) for channel, seen in surveyed.recordings.items()}
    same = copies(surveyed.recordings, {each: sum(map(_is_failed, own)) for each, own in judged.items()})
    lost = led(surveyed.recordings)
    fresh = _generated(pristine, options, promised) if pristine is not None else {}
    proofs: list[Proof] = []
    for channel, seen in surveyed.recordings.items():
        own = promised(channel)
        more = [each[channel] for each in (same, lost) if channel in each]
        if (before := fresh.get(channel.key)) is not None:
            more += generated(seen, before[1], [each.promise for each in own])
            more += no_more(seen, before[1]) if channel not in lost else ()
        more = more if patches else [each for each in more if each.verdict is not Verdict.FAILED]
        more += [Check(Verdict.UNSEEN, f"line {line} is reached", _LINE) for line in lines[channel]]
        proofs.append(_proof(channel, [*judged[channel], *more], seen, planned, patches))
    proofs += [_unopened(channel, why, planned) for channel, why in surveyed.unopened.items()]
    if patches:
        proofs += [_unseen(channel, why) for channel, why in surveyed.unseen.items()]
    else:
        notes += [
            f"{each.path}:{each.line}: {each.name}: {why}; it is not opened" for each, why in surveyed.unseen.items()
        ]
    proofs.sort(key=lambda each: each.channel)
    notes += narrowed([each.channel for each in proofs], patches, planned)
    shown_before = {key: _shown(recording) for key, (_, recording) in fresh.items()}
    proofs = _left_out(proofs, {key: checks((), recording) for key, (_, recording) in fresh.items()}, bool(fresh))
    gone = [channel for key, (channel, _) in fresh.items() if key not in {each.channel.key for each in proofs}]
    return Report(
        tree=str(tree.root),
        promised=bool(patches),
        proofs=tuple(each._replace(before=shown_before.get(each.channel.key, ())) for each in proofs),
        checks=(*tree_checks(planned, patches, proofs), *_broken(found.broken), *_left(surveyed.left), *_gone(gone)),
        notes=tuple(notes),
        versions=versions,
        changes={},
    )


def _generated(
    tree: Tree, options: Options, promised: Callable[[Channel], list[Promised]]
) -> dict[tuple[str, str], tuple[Channel, Recording]]:
    """Return what generated code sends, opened in the ways that the patched code is."""
    found = look(tree)
    with Stage(tree, found, options._replace(faults=False)) as stage:
        recordings = survey(stage, Coverage(tree, found), found, promised, options.unseen).recordings
    return {channel.key: (channel, recording) for channel, recording in recordings.items()}


def _gone(channels: Sequence[Channel]) -> Iterator[Check]:
    for each in channels:
        what = f"{each.name} of the generated code opens a socket ({each.path}:{each.line})"
        yield Check(Verdict.FAILED, what, "it was not found in the patched code")


def _unseen(channel: Channel, why: str) -> Proof:
    return Proof(channel=channel, checks=(Check(Verdict.UNSEEN, "it is opened", why),))


def _left(left: Mapping[str, Sequence[Channel]]) -> Iterator[Check]:
    """Yield what the project file leaves alone, so that a report has it."""
    for glob, channels in left.items():
        reason = f'sdkpatch.toml leaves it alone: unseen = "{glob}"'
        for each in channels:
            yield Check(Verdict.UNCHECKED, f"{each.path}:{each.line} {each.name} is opened", reason)
        if not channels:
            yield Check(
                Verdict.REMARK, f'unseen = "{glob}" matches something', "nothing that can open a socket has that name"
            )


def _proof(
    channel: Channel, own: Sequence[Check], recording: Recording, planned: Plan | None, patches: Sequence[Patch]
) -> Proof:
    found = (*own, *outcomes(channel, planned, own, patches))
    plain = recording.seen["plain"]
    handshake = plain.handshakes[-1] if plain.handshakes else None
    masked = [check._replace(reason=recording.mask.text(check.reason)) for check in found]
    return Proof(
        channel=channel,
        checks=tuple(dict.fromkeys(masked)),
        carriers=tuple(carriers(handshake, recording.mask)) if handshake else (),
        request=_shown(recording),
    )


def _is_failed(check: Check) -> bool:
    return check.verdict is Verdict.FAILED


def _shown(recording: Recording) -> tuple[str, ...]:
    plain = recording.seen["plain"]
    return shown(plain.handshakes[-1], recording.mask) if plain.handshakes else ()


def _unopened(channel: Channel, problem: str, planned: Plan | None) -> Proof:
    check = Check(Verdict.FAILED, "it opens", f"{channel.module} cannot be imported: {problem}")
    return Proof(channel=channel, checks=(check, *outcomes(channel, planned, (), ())))


def _broken(places: Sequence[str]) -> list[Check]:
    return [
        Check(Verdict.FAILED, f"{place} is Python", "it does not parse, so its channels are not known")
        for place in places
    ]


def _alike(proof: Proof, check: Check, proofs: Sequence[Proof]) -> list[Proof]:
    """Return the copies of a channel; of one without copies, all of its package for which the same is checked."""
    copies_of_it = [each for each in proofs if each.channel.copies == proof.channel.copies]
    if len(copies_of_it) > 1:
        return copies_of_it
    package = proof.channel.module.rpartition(".")[0]
    near = [each for each in proofs if each.channel.module.rpartition(".")[0] == package]
    return [each for each in near if any(other.what == check.what for other in each.checks)]


def _left_out(
    proofs: Sequence[Proof], generated: Mapping[tuple[str, str], Sequence[Check]], is_known: bool
) -> list[Proof]:
    """Turn the loss of an argument into a remark where no copy of a channel reads it: the generator leaves it out.

    Seen in hume 0.14.1, whose control plane never puts ``chat_id`` into its path. A merge loses it in one copy only.
    Code of a team's own that has no copies, made from such a channel, is held against the others of its package.
    ``generated`` are the checks of generated code, where that was recorded: what it sends is never its own loss.
    """
    found: list[Proof] = []
    for proof in proofs:
        kept = {check.what for check in generated.get(proof.channel.key, ()) if check.verdict is Verdict.PROVED}
        own: list[Check] = []
        for check in proof.checks:
            alike = _alike(proof, check, proofs)
            everywhere = len(alike) > 1 and all(check in each.checks for each in alike)
            if check.reason == UNREAD and everywhere and check.what not in kept:
                check = check._replace(verdict=Verdict.REMARK, reason="no copy of the channel reads it")
            elif check.reason == NOWHERE and is_known and check.what not in kept:
                check = check._replace(verdict=Verdict.REMARK, reason="nor does generated code send it")
            own.append(check)
        found.append(proof._replace(checks=tuple(own)))
    return found
