"""``websocket.auth`` from headers into the query: code at each site, edited on the libcst tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...model import Conflict, Expectation, Region
from ...operation import Judgement, Style, ToDo
from ...python.source import Source
from ...python.text import Edit
from .arguments import Arguments
from .judge import judge
from .work import OnTree

if TYPE_CHECKING:
    import libcst

    from ...handshakes.promises import Promise
    from ...tree import PlannedFiles, Tree


class Inline:
    """The mechanism that needs nothing at run time."""

    edits_tree = True
    attributes: Sequence[str] = ()

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments

    @property
    def headers(self) -> frozenset[str]:
        """All headers that are taken, as written."""
        return frozenset(each.header for each in self._arguments.take)

    def needs(self) -> tuple[str, ...]:
        """Return no support module."""
        return ()

    def judge(self, source: Source) -> tuple[Judgement, ...]:
        """Judge every handshake of a module."""
        return judge(source, self._arguments)

    def edits(self, source: Source, todo: Sequence[ToDo]) -> Sequence[Edit]:
        """Return no edits: the tree is edited, not the text."""
        return ()

    def edit(
        self, module: libcst.Module, todo: Sequence[ToDo], style: Style, lines: Sequence[int]
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Insert the code at every site that is to do."""
        from .edit import edit

        works = [each.work.work for each in todo if isinstance(each.work, OnTree)]
        return edit(module, works, self._arguments, style, lines)

    def drift(self, tree: Tree, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Nothing beside the site is relied on."""
        return None

    def promises(self) -> tuple[Promise, ...]:
        """Each credential is in the query, and its header is gone."""
        from .promised import inline

        return inline(self._arguments)

    def bare(self) -> Iterator[tuple[str, str, str]]:
        """Yield all credentials: name, header, scheme."""
        yield from self._arguments.take
