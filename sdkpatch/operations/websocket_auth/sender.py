"""``websocket.auth`` through the support module: judged and edited as the rest of the handshake family is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...errors import EditRefused
from ...handshakes import support
from ...handshakes.call import Unclear
from ...handshakes.goals import Want, names, verdict
from ...handshakes.operation import HandshakeOperation
from ...handshakes.place import HandshakePlace
from ...handshakes.recognise import SUPPORT_MODULE, Handshake
from ...model import Conflict, Expectation, Region
from ...operation import Held, Judgement, Style, ToDo
from ...python.source import Source
from ...python.text import Edit
from .arguments import Sending
from .sending import want

if TYPE_CHECKING:
    import libcst

    from ...handshakes.promises import Promise
    from ...tree import PlannedFiles, Tree


class Sender(HandshakeOperation[Sending]):
    """Credentials from anywhere to anywhere."""

    def want(self, place: HandshakePlace, arguments: Sending) -> Want:
        """Return what the step wants of a handshake."""
        return want(place, arguments)


_SENDER = Sender()


class Through:
    """The mechanism that goes through the support module."""

    edits_tree = False

    def __init__(self, arguments: Sending) -> None:
        self._arguments = arguments

    @property
    def headers(self) -> frozenset[str]:
        """The headers, as written, that are the only place a credential is taken from."""
        return self._arguments.taken

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes of the client wrapper that are taken."""
        return self._arguments.attributes

    def needs(self) -> tuple[str, ...]:
        """Return the support module."""
        return _SENDER.needs(self._arguments)

    def judge(self, source: Source) -> tuple[Judgement, ...]:
        """Judge every handshake of a module."""
        return _SENDER.judge(source, self._arguments)

    def edits(self, source: Source, todo: Sequence[ToDo]) -> Sequence[Edit]:
        """Return the edits of the sites and of the imports."""
        return _SENDER.edits(source, todo, self._arguments)

    def edit(
        self, module: libcst.Module, todo: Sequence[ToDo], style: Style, lines: Sequence[int]
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Change nothing: the text is edited, not the tree."""
        return module, ()

    def drift(self, tree: Tree, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict when the SDK has no error class that a refused handshake could become."""
        return _SENDER.drift(tree, self._arguments, expect, files)

    def promises(self) -> tuple[Promise, ...]:
        """Each credential goes where it is sent."""
        from .promised import through

        return through(self._arguments)

    def bare(self) -> Iterator[tuple[str, str, str]]:
        """Yield the credentials that are sent without what stands around them in their header: name, header, scheme.

        A header that is sent on whole, under another name, keeps its scheme.
        """
        sent = self._arguments.bare_names
        for name, origin in self._arguments.take:
            if origin.header and name in sent:
                yield name, origin.header, origin.scheme


def holds(source: Source, handshake: Handshake, siblings: Sequence[Handshake], sending: Sending) -> bool:
    """Tell whether a handshake has all that a step writes with the support module, its imports included."""
    try:
        place = HandshakePlace(source, handshake, siblings)
        wanted = want(place, sending)
        module = support.module_path(source, SUPPORT_MODULE)
        used = names(place, wanted)
        is_whole = not support.missing(source, used, module) and not support.foreign(source, used, module)
        return is_whole and isinstance(verdict(place, wanted), Held)
    except (Unclear, EditRefused):
        return False
