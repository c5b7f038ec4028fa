"""How a step of ``websocket.auth`` is carried out: code at each site, or calls of the support module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from ...model import Conflict, Expectation, Region
from ...operation import Judgement, Style, ToDo
from ...python.source import Source
from ...python.text import Edit
from .arguments import Arguments, Sending

if TYPE_CHECKING:
    import libcst

    from ...handshakes.promises import Promise
    from ...tree import PlannedFiles, Tree


class Mechanism(Protocol):
    """One way to carry out a step, with the step's arguments."""

    @property
    def edits_tree(self) -> bool:
        """Tell whether ``edit`` carries out the step, not ``edits``."""

    @property
    def headers(self) -> frozenset[str]:
        """The headers, as written, that credentials can come from alone."""

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes of the client wrapper that credentials come from."""

    def needs(self) -> tuple[str, ...]:
        """Return the support modules that patched code may import."""

    def judge(self, source: Source) -> tuple[Judgement, ...]:
        """Judge every handshake of a module."""

    def edits(self, source: Source, todo: Sequence[ToDo]) -> Sequence[Edit]:
        """Return the edits of the text."""

    def edit(
        self, module: libcst.Module, todo: Sequence[ToDo], style: Style, lines: Sequence[int]
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Change the sites on the libcst tree."""

    def drift(self, tree: Tree, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Say whether the tree lacks what the mechanism itself relies on."""

    def promises(self) -> tuple[Promise, ...]:
        """Return what the step promises of the wire."""

    def bare(self) -> Iterator[tuple[str, str, str]]:
        """Yield the credentials that are sent without what stands around them in their header: name, header, scheme."""


def mechanism(arguments: Arguments | Sending) -> Mechanism:
    """Return how a step is carried out; what the support module takes is imported when a step asks for it."""
    if isinstance(arguments, Arguments):
        from .inline import Inline

        return Inline(arguments)
    from .sender import Through

    return Through(arguments)
