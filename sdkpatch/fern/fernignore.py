"""``.fernignore``: which lines protect a path for certain, which abort Fern, and the block sdkpatch owns.

Fern reads the file with four parsers that disagree about comments behind a path, ``!``, ``./``, ``**/``, trailing
slashes and case. They agree on one plain path per line, relative to the tree, with comments on their own lines; a
folder's path covers what is below it. So only such lines count as protection, and only such lines are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

BEGIN = "# sdkpatch: begin (this block is rewritten by sdkpatch apply)"
END = "# sdkpatch: end"
MAY_COME = (".fern/metadata.json", ".fern/replay.lock", ".fern/replay.yml", ".gitattributes")
"""Files that Fern writes itself, so that a line for one stands before the file does.

Its Replay lists the last three in ``.fernignore``, whether or not they are there yet: ``REPLAY_FERNIGNORE_ENTRIES`` in
github.com/fern-api/fern.
"""


def path_problem(path: str) -> str:
    """Return why Fern's parsers would not all take ``path`` as protection of that path, or an empty string."""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "an absolute path aborts Fern's generation"
    if ".." in path.split("/"):
        return "a path that leaves the tree aborts Fern's generation"
    if "#" in path:
        return "Fern's parsers disagree about # in a path"
    if path.startswith("!"):
        return "Fern's parsers disagree about !"
    if "\\" in path:
        return "write / between folders"
    if any(mark in path for mark in "*?[]{}"):
        return "Fern's parsers disagree about patterns: name each file or its folder"
    if path.startswith("./") or path.endswith("/") or "//" in path or "/./" in path:
        return "write the plain path, without ./ or a trailing /"
    if path != path.strip() or any(ord(char) < 32 for char in path) or not path:
        return "a path has no blanks around it and no control characters"
    return ""


def aborts(line: str) -> str:
    """Return why a line of an existing file makes Fern abort, or an empty string."""
    line = line.strip()
    if line.startswith("/") or re.match(r"[A-Za-z]:[\\/]", line):
        return "a line that starts with / aborts Fern's generation"
    if line.startswith("../"):
        return "a line that leaves the tree aborts Fern's generation"
    return ""


class IgnoreFile(NamedTuple):
    """A ``.fernignore`` taken apart. ``block`` is the half-open range of the lines sdkpatch owns, markers included.

    ``entries`` maps each path of the block to its reasons.
    """

    lines: tuple[str, ...]
    newline: str
    block: tuple[int, int] | None
    entries: Mapping[str, tuple[str, ...]]
    broken: int | None

    def protects(self, path: str) -> bool:
        """Tell whether a line outside the block protects ``path`` in every parser: the path or a folder above."""
        start, stop = self.block or (0, 0)
        parts = path.split("/")
        above = {"/".join(parts[: index + 1]) for index in range(len(parts))}
        outside = (*self.lines[:start], *self.lines[stop:])
        return any(line.rstrip("\r\n") in above for line in outside)


def read(text: str) -> IgnoreFile:
    """Take the text apart. ``broken`` is the 1-based line of a marker without its other half, if there is one."""
    lines = tuple(re.findall(r"[^\n]*\n|[^\n]+", text))
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    bare = [line.strip() for line in lines]
    begins = [index for index, line in enumerate(bare) if line == BEGIN]
    ends = [index for index, line in enumerate(bare) if line == END]
    if not begins and not ends:
        return IgnoreFile(lines=lines, newline=newline, block=None, entries={}, broken=None)
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        marker = min([*begins, *ends]) + 1
        return IgnoreFile(lines=lines, newline=newline, block=None, entries={}, broken=marker)
    entries: dict[str, tuple[str, ...]] = {}
    reasons: list[str] = []
    is_new = True
    for line in bare[begins[0] + 1 : ends[0]]:
        if line.startswith("#"):
            reasons = [*([] if is_new else reasons), line[1:].strip()]
            is_new = False
        elif line:
            entries[line] = tuple(reasons)
            is_new = True
    return IgnoreFile(lines=lines, newline=newline, block=(begins[0], ends[0] + 1), entries=entries, broken=None)


def one_line(reason: str) -> str:
    """Return a reason as it can stand in the block: one line, which is none of the markers."""
    text = "".join(char if char.isprintable() else " " for char in reason)
    text = " ".join(text.split())
    return f"- {text}" if f"# {text}" in (BEGIN, END) else text


def write_block(entries: Mapping[str, tuple[str, ...]], newline: str) -> list[str]:
    """Return the lines of the block, each with its line end: markers, and below reasons the paths that have them.

    All is sorted; paths without a reason come first.
    """
    lines = [BEGIN]
    for reasons in sorted(set(entries.values())):
        lines += [f"# {one_line(reason)}".rstrip() for reason in reasons]
        lines += sorted(path for path in entries if entries[path] == reasons)
    lines.append(END)
    return [line + newline for line in lines]
