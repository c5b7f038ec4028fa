"""The four laws of every successful change, held against one file in memory; for tests and fuzzing alike."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from sdkpatch.model import Conflict, FileChange, Patch, Plan, Revision, Satisfied
from sdkpatch.operation import Style
from sdkpatch.operations import PYTHON_OPERATIONS
from sdkpatch.planning.file_result import FileResult
from sdkpatch.planning.plan_file import FilePlanner
from sdkpatch.planning.prove import verify
from sdkpatch.planning.task import Task


def apply(path: str, content: bytes, patches: Sequence[Patch]) -> FileResult:
    """Take one file of a package ``pkg`` through all steps that its bytes could matter to."""
    tasks = [
        Task(patch=patch.id, number=number, step=step, origin=patch.origin)
        for patch in patches
        for number, step in enumerate(patch.steps, 1)
        if PYTHON_OPERATIONS[step.operation].may_matter(content, step.arguments)
    ]
    if not tasks:
        return FileResult(path, content, "pkg")
    return FilePlanner(path, content, tasks, Style(line_length=120), package="pkg").finish()


def hold(path: str, content: bytes, patches: Sequence[Patch]) -> str:
    """Apply patches to a file and hold the laws against what comes of it.

    Returns ``conflict``, ``unchanged`` or ``changed``. Raises AssertionError for a law that is broken; every other
    exception is a crash.
    """
    done = apply(path, content, patches)
    if any(isinstance(result.outcome, Conflict) for result in done.results):
        return "conflict"
    if not done.revisions:
        assert done.after == content
        return "unchanged"
    after = done.after
    assert after is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(after, path, "exec", dont_inherit=True)
    change = FileChange(path, content, after, tuple(done.revisions), "pkg")
    verify(Plan((change,), tuple(done.results), (), ()), tuple(patches))
    again = apply(path, after, patches)
    assert not again.revisions, "a second run changes something"
    assert all(isinstance(result.outcome, Satisfied) for result in again.results), "a second run is not satisfied"
    assert len(again.results) == len(done.results), "a second run finds other sites"
    undone = after
    for revision in reversed(done.revisions):
        undone = taken_back(undone, revision)
    assert undone == content, "undoing the recorded edits does not give the input back"
    return "changed"


def taken_back(after: bytes, revision: Revision) -> bytes:
    """Undo one revision by its regions alone: the old lines come back, all others are taken from the new text."""
    old, new = revision.before.splitlines(keepends=True), after.splitlines(keepends=True)
    mark = b"\xef\xbb\xbf"
    if old and new and old[0].startswith(mark) and new[0].startswith(mark):  # before the first line, whichever it is
        old[0], new[0] = old[0][3:], new[0][3:]
    else:
        mark = b""
    lines: list[bytes] = []
    at_old = at_new = 0
    for region in revision.regions:
        kept = region.start - 1 - at_old
        lines += new[at_new : at_new + kept] + old[region.start - 1 : region.stop - 1]
        at_old, at_new = region.stop - 1, at_new + kept + region.length
    return mark + b"".join(lines + new[at_new:])
