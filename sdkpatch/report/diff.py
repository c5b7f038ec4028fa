"""The unified diff of a planned change."""

from __future__ import annotations

from ..bounds.printable import printable
from ..model import FileChange


def unified(change: FileChange) -> list[str]:
    """Return the lines of the diff, without line ends, as ``git apply`` reads them.

    Control characters are escapes, but for tabs: a source that holds others is shown, and not applied.
    """
    import difflib

    old = [line.rstrip("\r") for line in (change.before or b"").decode("utf-8", "replace").split("\n")]
    new = [line.rstrip("\r") for line in (change.after or b"").decode("utf-8", "replace").split("\n")]
    origin = f"a/{change.path}" if change.before is not None else "/dev/null"
    target = f"b/{change.path}" if change.after is not None else "/dev/null"
    lines = difflib.unified_diff(_whole(old), _whole(new), printable(origin), printable(target), lineterm="")
    return [printable(line, keep="\t") for line in lines]


def _whole(lines: list[str]) -> list[str]:
    return lines[:-1] if lines and not lines[-1] else lines


def counts(change: FileChange) -> tuple[int, int]:
    """Return the number of lines added and removed."""
    lines = unified(change)[2:]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)
