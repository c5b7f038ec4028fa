"""Put edits into a Python file: text at offsets, everything around it byte for byte as it was."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Region
from .layout import lay_out
from .source import Lines, Source
from .text import STRING, Edit, Text

_SINGLE = re.compile(r"([bBrRuU]{0,2})'((?:[^'\"\\\n]|\\[^'\"\n])*)'")
_PLACEHOLDERS = (b"_sdkpatch_one_", b"_sdkpatch_run_")
"""How patterns write metavariables; a file that holds one more than before was not written as meant."""


class _Group(NamedTuple):
    """Edits in one run of lines: ``first`` up to but not including ``stop``, 1-based."""

    first: int
    stop: int
    edits: tuple[Edit, ...]


def splice(source: Source, edits: Sequence[Edit], limit: int) -> tuple[bytes, tuple[Region, ...]]:
    """Return the file with the edits in it and the lines that changed.

    Logical lines an edit touches are laid out for ``limit`` columns, if they were so before. Raises EditRefused when
    two edits overlap or the file's encoding lacks a character.
    """
    text = source.text
    # Of insertions at one place, whole lines stand above what goes into the line.
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.stop, not edit.text.endswith("\n")))
    if overlap(ordered):
        raise EditRefused("two changes of this step overlap")
    groups = _grouped(source, ordered)
    raw = text.raw
    out: list[bytes] = []
    regions: list[Region] = []
    at = 1
    for group in groups:
        new = _new_lines(source, group, limit)
        out += raw[at - 1 : group.first - 1]
        out += [_encoded(text, line) for line in new]
        regions.append(Region(start=group.first, stop=group.stop, length=len(new)))
        at = group.stop
    out += raw[at - 1 :]
    if out and at > len(raw) and text.content and not text.content.endswith("\n"):
        _drop_final_newline(text, out, regions)
    after = text.mark + b"".join(out)
    for placeholder in _PLACEHOLDERS:
        if after.count(placeholder) > source.code.count(placeholder):
            raise EditRefused("a metavariable would be left in the code")
    return after, tuple(regions)


def overlap(edits: Sequence[Edit]) -> bool:
    """Tell whether any two of the edits, sorted by their offsets, change the same text."""
    return any(one.stop > other.start for one, other in pairwise(edits))


def _drop_final_newline(text: Text, out: list[bytes], regions: list[Region]) -> None:
    """Leave a file without a line end at its end, as it was; the line that is last now changes by that."""
    out[-1] = out[-1].removesuffix(text.newline)
    last = regions[-1]
    if last.length == 0 and last.start > 1:
        regions[-1] = Region(start=last.start - 1, stop=last.stop, length=1)


def _encoded(text: Text, line: str) -> bytes:
    try:
        return line.encode(text.encoding) + text.newline
    except UnicodeEncodeError as error:
        raise EditRefused(f"the file is {text.encoding}, which has no character for a part of the change") from error


def _grouped(source: Source, edits: Sequence[Edit]) -> list[_Group]:
    groups: list[_Group] = []
    for edit in edits:
        first, stop = _lines_of(source, edit)
        if groups and first < groups[-1].stop:
            last = groups.pop()
            groups.append(_Group(first=last.first, stop=max(last.stop, stop), edits=(*last.edits, edit)))
        else:
            groups.append(_Group(first=first, stop=stop, edits=(edit,)))
    return groups


def _lines_of(source: Source, edit: Edit) -> Lines:
    """Return the lines an edit changes, widened to whole logical lines."""
    text, logical = source.text, source.logical_lines
    first = text.line_at(edit.start)
    at_start = edit.start == text.start_of(first)
    whole = at_start and (not edit.text or edit.text.endswith("\n"))
    if whole and edit.start == edit.stop:
        return first, first
    last = text.line_at(edit.stop)
    if whole and edit.stop == text.start_of(last):
        return first, last
    if edit.start == len(text.content) and at_start:
        return first, first
    for start, stop in logical[bisect_left(source.once(_furthest), first) :]:
        if start > last:
            break
        if stop >= first:
            first, last = min(first, start), max(last, stop)
    return first, last + 1


def _furthest(source: Source) -> list[int]:
    """Return for each logical line the last line of it and those before it."""
    return [*accumulate((stop for _, stop in source.logical_lines), max)]


def _new_lines(source: Source, group: _Group, limit: int) -> list[str]:
    text = source.text
    start, stop = text.start_of(group.first), text.start_of(group.stop)
    old = text.content[start:stop]
    new, at = "", start
    for edit in group.edits:
        new += text.content[at : edit.start] + edit.text
        at = edit.stop
    new += text.content[at:stop]
    if not new:
        return []
    new = new.removesuffix("\n")
    laid = lay_out(new if "'" not in new or source.once(_has_single_quotes) else _double_quoted(new, old), limit)
    if laid != new and lay_out(old.removesuffix("\n"), limit) == old.removesuffix("\n"):
        new = laid
    return new.split("\n")


def _has_single_quotes(source: Source) -> bool:
    """Tell whether a file has strings in single quotes that ruff, left alone, would not have."""
    return any(found[0][0] == "'" and '"' not in found[0] for found in STRING.finditer(source.text.content))


def _double_quoted(new: str, old: str) -> str:
    """Write strings in single quotes as ruff does, where nothing in them needs the single ones."""
    lines = new.split("\n")
    depth = 0  # of f-strings, which are several tokens since Python 3.12; within them the quotes have to differ
    try:
        for token in tokenize.generate_tokens(io.StringIO(new).readline):
            kind = tokenize.tok_name[token.type]
            depth += kind.endswith("STRING_START") - kind.endswith("STRING_END")
            quoted = _SINGLE.fullmatch(token.string) if kind == "STRING" and not depth else None
            if quoted is not None and token.string not in old:
                row, (start, stop) = token.start[0] - 1, (token.start[1], token.end[1])
                lines[row] = f'{lines[row][:start]}{quoted[1]}"{quoted[2]}"{lines[row][stop:]}'
    except (tokenize.TokenError, SyntaxError):
        pass  # it begins or ends within a block: what was read so far is right
    return "\n".join(lines)
