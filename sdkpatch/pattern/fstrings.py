"""Fit new code into the expressions of f-strings as Python before 3.12 reads them: other quotes, one line."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EditRefused
from ..python.source import Source
from ..python.spans import Spans
from ..python.text import Edit
from . import literals


def fitted(source: Source, edits: Sequence[Edit]) -> list[Edit]:
    r"""Return edits with the quotes that their places allow.

    An SDK runs on older Pythons than the one that patches it. Before 3.12 an expression in an f-string holds neither
    the quotes around it, nor ``\`` or ``#``, nor a line break between single quotes: https://peps.python.org/pep-0701/.
    Raises EditRefused where the code has such.
    """
    return [_fitted(source, each) if set(each.text) & set("\"'\\#\n") else each for each in edits]


def _fitted(source: Source, edit: Edit) -> Edit:
    strings = source.once(_spans).around((edit.start, edit.stop))
    around = [quote for span in sorted(strings) for quote in _quotes(source, span, edit)]
    if not around:
        return edit
    text = edit.text
    taken = {quote[0] for quote in around if quote in text}
    if len(taken) == 1:
        (mark,) = taken
        other = "'" if mark == '"' else '"'
        if other not in text and not any(quote[0] == other for quote in around):
            text = text.replace(mark, other)
            taken = set()
    is_short = any(len(quote) == 1 for quote in around)
    if taken or set("\\#") & set(text) or (is_short and "\n" in text):
        raise EditRefused("the change is inside an f-string, and needs quotes or characters that cannot stand there")
    return Edit(edit.start, edit.stop, text)


def _spans(source: Source) -> Spans:
    return Spans(source.f_strings)


def _quotes(source: Source, span: tuple[int, int], edit: Edit) -> list[str]:
    """Return the quotes around the expression of an f-string that an edit is in; none where it is in no expression."""
    if not span[0] < edit.start <= edit.stop < span[1]:
        return []
    return [
        part.quote
        for part in literals.parts(source.text.content, *span)
        for unit in part.units
        if unit.value is None and unit.start < edit.start <= edit.stop < unit.stop
    ]
