"""The comments at the head of a module: the lines of comment above its docstring and its first statement."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...python.source import Source
from ...python.text import Edit

_SYSTEM = re.compile(r"#!|#.*?coding[:=]")
"""What the system reads, and no person: a shebang, the encoding."""


class HeadComments:
    """The lines of comment at the head of a module, and the edits that change them."""

    def __init__(self, source: Source) -> None:
        self._text = source.text
        self.lines: dict[int, str] = {}
        """The comments by their lines, each without its hash."""
        self._first = 1
        for line in range(1, source.text.lines + 1):
            written = source.text.line(line).strip()
            if written and not written.startswith("#"):
                break
            if _SYSTEM.match(written) and line <= 2:
                self._first = line + 1
            elif written:
                self.lines[line] = written.lstrip("#").strip()

    def texts(self) -> Sequence[str]:
        """Return the comments, each without its hash."""
        return list(self.lines.values())

    def edits(self, wanted: Sequence[str]) -> list[Edit]:
        """Return the edits that give the head these comments: what goes makes room for what comes."""
        left = list(wanted)
        gone: list[int] = []
        for line, text in self.lines.items():
            if text in left:
                left.remove(text)
            else:
                gone.append(line)
        added = "".join(f"# {text}\n" for text in left)
        at = gone[0] if gone else max(self.lines, default=self._first - 1) + 1
        edits = [Edit(self._start(line), self._start(self._end(line, wanted)), "") for line in gone]
        if not added:
            return edits
        if not self.lines and self._text.line(at).strip():
            added += "\n"
        start = self._start(at)
        rest = [each for each in edits if each.start != start]
        return [Edit(start, edits[0].stop if gone else start, added), *rest]

    def _start(self, line: int) -> int:
        return self._text.start_of(line)

    def _end(self, line: int, wanted: Sequence[str]) -> int:
        """Return the line behind a comment that goes, and behind the empty lines below where none is left."""
        end = line + 1
        while not wanted and end < self._text.lines and not self._text.line(end).strip():
            end += 1
        return end
