"""The base of the operations on handshakes: they say what they want of each, the rest is the same for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Conflict, Expectation
from ..operation import Held, Judgement, ToDo
from ..operations.shared.structural import Structural
from ..python.source import Source
from ..python.text import Edit
from ..tree import PlannedFiles, Tree
from . import support
from .call import Unclear
from .goals import Want, names, verdict
from .opening import STATUS_MODULES
from .place import HandshakePlace, places
from .prefilter import N, OnHandshakes
from .recognise import SUPPORT_MODULE


class JudgedHandshakes(NamedTuple):
    """The judged sites of a module, and what their code uses of the support module."""

    judgements: list[Judgement]
    names: frozenset[str]


class HandshakeOperation(OnHandshakes[N], Structural[N]):
    """An operation on every handshake of a module. Subclasses define ``want``."""

    @abstractmethod
    def want(self, place: HandshakePlace, arguments: N) -> Want:
        """Return what the arguments want of a handshake. Raises Unclear, or EditRefused."""

    def needs(self, arguments: N) -> tuple[str, ...]:
        """Return the support modules that the patched code may import from."""
        return (SUPPORT_MODULE,)

    def sites(self, source: Source, arguments: N) -> list[Judgement]:
        """Judge every handshake."""
        return self.found(source, arguments).judgements

    def judge(self, source: Source, arguments: N) -> tuple[Judgement, ...]:
        """Judge every handshake, and the imports: a lost one is work of the first site."""
        found = self.found(source, arguments)
        judged = sorted(found.judgements, key=lambda each: each.site.line)
        if found.names and all(isinstance(each.verdict, Held) for each in judged):
            module = support.module_path(source, SUPPORT_MODULE)
            untidy = support.missing(source, found.names, module) or support.is_untidy(source, module)
            if untidy or self._unused(source, found.names):
                judged[0] = judged[0]._replace(verdict=ToDo(detail="imports corrected"))
        return tuple(judged)

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: N) -> Sequence[Edit]:
        """Return the edits of the sites and of the imports."""
        found = self.found(source, arguments)
        module = support.module_path(source, SUPPORT_MODULE)
        imports = support.imports(source, found.names, module) if found.names else []
        return [*imports, *self._unused(source, found.names), *super().edits(source, todo, arguments)]

    def drift(self, tree: Tree, arguments: N, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict when the SDK has no error class that a refused handshake could become."""
        if any(path.endswith("core/api_error.py") for path in tree.files):
            return None
        return Conflict(reason="the SDK has no core/api_error.py, which the support module builds on")

    def _unused(self, source: Source, used: frozenset[str]) -> list[Edit]:
        modules = STATUS_MODULES if used & {"open_websocket", "open_websocket_async"} else ()
        return support.unused_imports(source, (*modules, "urllib.parse")) if used else []

    def found(self, source: Source, arguments: N) -> JudgedHandshakes:
        """Judge every handshake of a module."""
        judgements: list[Judgement] = []
        used: set[str] = set()
        for site, place in places(source, arguments.within):
            found: Held | ToDo | Conflict
            if isinstance(place, Conflict):
                found = place
            else:
                try:
                    want = self.want(place, arguments)
                    found = _own_names(source, names(place, want)) or verdict(place, want)
                    used |= names(place, want)
                except Unclear as unclear:
                    found = Conflict(reason=unclear.reason, hint=unclear.hint)
                except EditRefused as refused:
                    found = Conflict(reason=refused.reason)
            judgements.append(Judgement(site=site, verdict=found))
        return JudgedHandshakes(judgements, frozenset(used))


def _own_names(source: Source, wanted: set[str]) -> Conflict | None:
    """Return the conflict of a file that means something else by a name of the support module."""
    clash = support.foreign(source, wanted, support.module_path(source, SUPPORT_MODULE)) if wanted else ""
    return Conflict(reason=f"the file has its own {clash}, a name that patched code uses") if clash else None
