"""The comments of a change: those its lines add, and those of matched code that a replacement would lose."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence
from functools import cached_property

from ..python.source import Source, first_line, last_line
from ..python.text import Edit, Text, comments
from .syntax import Pattern, variable


class Comments:
    """The comments of two patterns, told apart by their lines."""

    def __init__(self, before: Pattern, after: Pattern) -> None:
        self._before = before
        self._after = after

    @cached_property
    def _has_any(self) -> bool:
        return any("#" in each.text.content for each in (self._before, self._after))

    @cached_property
    def _lines(self) -> dict[int, str]:
        """The lines of the code after that are a comment alone and are not in the code before."""
        if not self._has_any:
            return {}
        old, new = ([*_alone(each.text)] for each in (self._before, self._after))
        left, right = [text for _, text in old], [text for _, text in new]
        matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
        return {
            new[index][0]: new[index][1]
            for tag, _, _, c, d in matcher.get_opcodes()
            if tag in ("insert", "replace")
            for index in range(c, d)
        }

    def around(self, statements: Sequence[ast.stmt]) -> tuple[int, int]:
        """Return the first line of statements of the code after, and the one behind the last, with added comments."""
        first, stop = first_line(statements[0]), last_line(statements[-1]) + 1
        if not self._lines:
            return first, stop
        column = len(self._after.text.indent(first))
        while first - 1 in self._lines and self._column(first - 1) == column:
            first -= 1
        while stop in self._lines and self._column(stop) >= column:
            stop += 1
        return first, stop

    def _column(self, line: int) -> int:
        return len(self._after.text.indent(line))

    def kept(
        self,
        source: Source,
        there: Sequence[ast.stmt],
        old: ast.stmt,
        new: ast.stmt,
        *,
        above: bool,
        below: bool,
    ) -> list[Edit]:
        """Return the edits that put the comments a change adds around the statements that ``new`` leaves there."""
        if not there or not self._has_any:
            return []
        text = source.text
        indent = text.indent(first_line(there[0]))
        edits: list[Edit] = []
        for line, added in (
            (first_line(there[0]), self._above(new) if above else ()),
            (last_line(there[-1]) + 1, self._below(new) if below else ()),
        ):
            code = "".join(f"{indent}{each}\n" for each in added)
            at = text.start_of(line)
            if at == len(text.content) and not text.content.endswith("\n"):
                code = "\n" + code.removesuffix("\n")
            edits += [Edit(at, at, code)] if added else []
        return edits if len(there) > 1 or variable(new) else [*self._behind(source, there[0], old, new), *edits]

    def _above(self, statement: ast.stmt) -> list[str]:
        """Return the added comments that stand directly above a statement of the code after."""
        first = self.around([statement])[0]
        return [self._lines[line] for line in range(first, first_line(statement))]

    def _below(self, statement: ast.stmt) -> list[str]:
        """Return the added comments that stand directly below a statement of the code after."""
        stop = self.around([statement])[1]
        column = self._column(first_line(statement))  # deeper ones belong to its block
        lines = range(last_line(statement) + 1, stop)
        return [self._lines[line] for line in lines if self._column(line) == column]

    def _behind(self, source: Source, target: ast.stmt, old: ast.stmt, new: ast.stmt) -> list[Edit]:
        """Return the edit that gives a simple statement the comment behind it that the change gives it."""
        if hasattr(target, "body"):
            return []
        was, wanted = _comment_behind(self._before.text, old), _comment_behind(self._after.text, new)
        if was == wanted:
            return []
        text = source.text
        there = _comment_behind(text, target)
        stop = text.start_of(last_line(target)) + len(text.line(last_line(target)))
        if not there:
            return [Edit(stop, stop, f"  {wanted}")] if wanted else []
        if there == was:
            start = stop - len(text.line(last_line(target))[_column_of(text, target) :].lstrip())
            start = text.span(target)[1] if not wanted else start
            return [Edit(start, stop, wanted)]
        return [Edit(stop, stop, f"  {wanted}")] if wanted and wanted not in there else []

    @property
    def named(self) -> list[str]:
        """The comments of the code before: a change that names them means them."""
        return [text for _, _, text in comments(self._before.text.content)] if self._has_any else []


def _column_of(text: Text, statement: ast.stmt) -> int:
    return text.span(statement)[1] - text.start_of(last_line(statement))


def _alone(text: Text) -> Iterator[tuple[int, str]]:
    for start, _, comment in comments(text.content):
        line = text.line_at(start)
        if text.line(line).lstrip().startswith("#"):
            yield line, comment


def _comment_behind(text: Text, statement: ast.stmt) -> str:
    line = last_line(statement)
    rest = text.line(line)[_column_of(text, statement) :].strip()
    return rest if rest.startswith("#") else ""
