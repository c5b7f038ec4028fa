"""What is wrong with the lines of a ``.fernignore``, and the line that all readers understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..fern import fernignore
from .readers import OLDER, Index, LineReading, readings


class Problem(NamedTuple):
    """One thing that is wrong. ``fix`` are the lines to write instead, None where only a person can tell.

    ``line`` is 0 for what is about the file as a whole.
    """

    line: int
    text: str
    reason: str
    readings: tuple[LineReading, ...] = ()
    fix: tuple[str, ...] | None = None


def problems(ignore: fernignore.IgnoreFile, index: Index) -> Iterator[Problem]:
    """Yield what is wrong with each line; the index lists the files that may come, too."""
    if ignore.broken is not None:
        reason = "one of the two markers of sdkpatch's block is missing or doubled"
        yield Problem(ignore.broken, ignore.lines[ignore.broken - 1].strip(), reason)
    for number, raw in enumerate(ignore.lines, 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        found = readings(text, index)
        reason = _reason(text, found, index.files)
        if reason:
            yield Problem(number, text, reason, found, _fix(text, found, index))


def _reason(text: str, found: Sequence[LineReading], files: Sequence[str]) -> str:
    if abort := fernignore.aborts(text):
        return abort
    if any(reading.aborts for reading in found):
        return found[0].aborts
    protected = [reading.protects for reading in found]
    if frozenset().union(*protected) <= set(fernignore.MAY_COME):  # the older reader is from before they came
        protected = [reading.protects for reading in found if reading.reader != OLDER]
    if len(set(protected)) > 1:
        if "#" in text:
            return "a comment behind a path is part of the path for all readers but the local one"
        return "Fern's readers disagree about it"
    if not protected[0]:
        other = _other_case(text, files)
        return f"it protects nothing: the tree spells it {other}" if other else "it protects nothing: no such file"
    problem = fernignore.path_problem(text) if protected[-1] == found[-1].protects else ""
    return problem if problem and "/" not in problem.split()[-1] else ""


def _fix(text: str, found: Sequence[LineReading], index: Index) -> tuple[str, ...] | None:
    """Return lines on which all readers agree, and that protect what one of them took the line for."""
    path, mark, comment = text.partition("#")
    plain = path.strip()
    while plain.startswith("./"):
        plain = plain[2:]
    plain = plain.strip("/") if not plain.startswith("..") else plain
    plain = _other_case(plain, index.files) or plain
    if fernignore.path_problem(plain) or not _is_there(plain, index.files):
        return None
    return (*([f"# {comment.strip()}"] if mark and comment.strip() else []), plain)


def _is_there(path: str, files: Sequence[str]) -> bool:
    return any(each == path or each.startswith(f"{path}/") for each in files)


def _other_case(path: str, files: Sequence[str]) -> str:
    """Return a path of the tree that differs from ``path`` in case only, empty when there is none, or several."""
    known = {each[:at] for each in files for at, char in enumerate(each) if char == "/"} | set(files)
    found = [each for each in known if each.casefold() == path.casefold() and each != path]
    return found[0] if len(found) == 1 else ""
