"""Settle files one by one: whole files, TOML by key path, Python by definition, other text by lines."""

from __future__ import annotations

from ..model import Conflict
from ..python.parsing import parse
from . import plain, tomls
from .alike import Likeness, likeness
from .settle import FileSettler, Settled
from .steps import Rung, Said, Unsaid
from .trees import FileEdit
from .trial import Trial, after


def settle(trial: Trial, edit: FileEdit, *, whole_files: bool = False, format_too: bool = False) -> Settled:
    """Return the steps that say one file's edits; ``whole_files`` allows to replace a file where nothing else does.

    ``format_too`` says what differs in layout as well, as text.
    """
    if edit.problem:
        return Settled((), (Unsaid(edit.path, edit.problem),))
    if edit.new is None:
        step = {"op": "file.remove", "paths": [edit.path]}
        return Settled((Said(edit.path, "", 1, Rung.OPERATION, (step,), "file"),))
    if edit.path.endswith(".py") and isinstance(problem := parse(edit.path, edit.new), Conflict):
        return Settled((), (Unsaid(edit.path, f"as it is edited, {problem.reason}"),))
    if edit.old is None:
        return _added(trial, edit.path, edit.new)
    is_layout = likeness(edit.path, edit.old, edit.new) is not Likeness.DIFFERENT
    settled = Settled(()) if is_layout else _changed(trial, edit.path, edit.old, edit.new)
    if format_too and not settled.unsaid:
        return _laid_out(trial, edit.path, (edit.old, edit.new), settled)
    if settled.unsaid and whole_files:
        return _replaced(trial, edit.path, edit.old, edit.new) or settled
    return settled


def _changed(trial: Trial, path: str, old: bytes, new: bytes) -> Settled:
    if path.endswith(".py"):
        return FileSettler(trial, path, old, new).settle()
    if path.endswith(".toml") and (said := tomls.settle(trial, path, old, new)):
        return Settled(tuple(said))
    said = plain.settle(trial, path, old, new)
    return (
        Settled(tuple(said)) if said else Settled((), (Unsaid(path, "no text in it is unique enough to say the edit"),))
    )


def _laid_out(trial: Trial, path: str, states: tuple[bytes, bytes], settled: Settled) -> Settled:
    """Return the steps with those that give the file its layout, where text can say it."""
    steps = [step for one in settled.said for step in one.steps]
    made = after(trial.file(path, states[0], steps)) if steps else states[0]
    if made is None or made == states[1]:
        return settled
    more = plain.settle(trial, path, made, states[1], is_exact=True)
    whole = [*steps, *(step for one in more for step in one.steps)]
    holds = bool(more) and all(after(trial.file(path, each, whole)) == states[1] for each in states)
    return Settled((*settled.said, *more)) if holds else settled


def _added(trial: Trial, path: str, new: bytes) -> Settled:
    said = _whole(path, new, replace=False)
    if after(trial.file(path, None, said.steps)) is None:
        return Settled((), (Unsaid(path, "the patch language has no file of that name"),))
    return Settled((said,))


def _replaced(trial: Trial, path: str, old: bytes, new: bytes) -> Settled | None:
    said = _whole(path, new, replace=True)
    made = after(trial.file(path, old, said.steps))
    return Settled((said,)) if likeness(path, made, new) is not Likeness.DIFFERENT else None


def _whole(path: str, new: bytes, *, replace: bool) -> Said:
    text = new.decode("utf-8").replace("\r\n", "\n")
    step = {"op": "file.add", "path": path, "content": text, **({"replace": True} if replace else {})}
    rung = Rung.WHOLE_FILE if replace else Rung.OPERATION
    return Said(path, "", 1, rung, (step,), "file")
