"""What deserves a mark in a pull request or a code scanning page: level, place and words, whatever the format."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..model import Applied, Conflict, Result, SiteKind
from ..operations.shared.paths import in_repository
from . import Run

ERROR, WARNING, NOTE = "error", "warning", "note"


class Finding(NamedTuple):
    """``path`` is relative to the repository, empty for what is in no file; ``rule`` is a patch's id or another name.

    ``level`` is error, warning or note.
    """

    level: str
    rule: str
    path: str
    line: int
    title: str
    text: str


def of_run(run: Run) -> Iterator[Finding]:
    """Yield an error for each conflict, a warning for each site that a check found unpatched, and the notes."""
    if run.plan.doubt:
        yield Finding(ERROR, "tree", "", 1, "wrong tree", _sentence(run.plan.doubt))
    for result in run.plan.results:
        match result.outcome:
            case Conflict(reason=reason, hint=hint):
                text = f"{reason}. {_sentence(hint)}".rstrip()
                yield _of_site(run, result, ERROR, f"{result.site.name}: conflict", text)
            case Applied() if run.mode != "apply":
                text = f"Patch {result.patch} is not applied here: run sdkpatch apply."
                yield _of_site(run, result, WARNING, f"{result.site.name}: not patched", text)
            case _:
                pass
    for note in run.plan.notes:
        path = _of_patch(note.path) if note.is_warning else located(run.base, note.path)
        yield Finding(WARNING if note.is_warning else NOTE, "note", path, note.line, "sdkpatch", note.text)


def _of_site(run: Run, result: Result, level: str, title: str, text: str) -> Finding:
    """Return the finding of one site. What is about a step as a whole stands in its patch file; a recipe has none."""
    path = located(run.base, result.site.path)
    if result.site.kind is SiteKind.STEP:
        path = _of_patch(result.site.path)
    if isinstance(result.outcome, Conflict) or not path:
        text = f"{text} ({result.patch} step {result.step})"
    return Finding(level, result.patch, path, max(result.site.line, 1), title, text)


def _of_patch(path: str) -> str:
    """Return a patch file's path as the repository has it, an empty string for a recipe."""
    return "" if path.startswith("recipe:") else in_repository(Path(path))


def located(base: str, path: str) -> str:
    """Return a path of the tree as the repository has it; ``base`` is the tree's own path there."""
    return posixpath.normpath(posixpath.join(base, path)) if path else ""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
