"""``websocket.auth``: send credentials of every generated handshake where the server reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...handshakes.prefilter import OnHandshakes
from ...model import Conflict, Expectation, Region
from ...operation import Judgement, Misfit, Style, ToDo
from ...python.source import Source
from ...schema.fields import KeyPath, Mistakes, did_you_mean
from . import arguments as declared
from .arguments import Arguments, Sending
from .mechanism import mechanism

if TYPE_CHECKING:
    import libcst

    from ...handshakes.promises import Promise
    from ...python.text import Edit
    from ...tree import PlannedFiles, Tree


class WebSocketAuth(OnHandshakes["Arguments | Sending"]):
    """The operation; see docs/operations/websocket.auth.md.

    From headers into the query it edits the libcst tree and needs nothing at run time; all else uses the support
    module.
    """

    name = "websocket.auth"
    summary = "Send the credentials of every WebSocket handshake in the place where the server reads them."
    fields = declared.FIELDS

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Arguments | Sending:
        """Return the checked arguments."""
        return declared.compile_arguments(arguments, key, report)

    def needs(self, arguments: Arguments | Sending) -> tuple[str, ...]:
        """Return the support module, which only the inline code does without."""
        return mechanism(arguments).needs()

    def edits_tree(self, arguments: Arguments | Sending) -> bool:
        """Tell whether the step is carried out by ``edit``, not by ``edits``."""
        return mechanism(arguments).edits_tree

    def judge(self, source: Source, arguments: Arguments | Sending) -> tuple[Judgement, ...]:
        """Judge every handshake of the module."""
        return mechanism(arguments).judge(source)

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: Arguments | Sending) -> Sequence[Edit]:
        """Return the edits of a step that is no inline one."""
        return mechanism(arguments).edits(source, todo)

    def edit(
        self,
        module: libcst.Module,
        todo: Sequence[ToDo],
        arguments: Arguments | Sending,
        style: Style,
        lines: Sequence[int],
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Insert the code at every site that is to do."""
        return mechanism(arguments).edit(module, todo, style, lines)

    def promises(self, arguments: Arguments | Sending) -> tuple[Promise, ...]:
        """Each credential goes where it is sent, and stands where it is taken from no more."""
        return mechanism(arguments).promises()

    def misfits(self, tree: Tree, arguments: Arguments | Sending) -> Sequence[Misfit]:
        """A scheme that the client wrapper writes before a credential, and that the step would send as a part of it."""
        from .misfits import misfits

        return tuple(misfits(tree, mechanism(arguments).bare()))

    def drift(
        self, tree: Tree, arguments: Arguments | Sending, expect: Expectation, files: PlannedFiles
    ) -> Conflict | None:
        """Conflict when no code of the SDK has what the step takes: the generator renamed it."""
        how = mechanism(arguments)
        if lost := how.drift(tree, expect, files):
            return lost
        if not expect.credential:
            return None
        wrappers = [path for path in tree.files if path.endswith("client_wrapper.py")]
        if not wrappers:
            return None
        near = b"\n".join(tree.read(path) for path in wrappers)
        for header in sorted(how.headers):
            if header.lower().encode() not in near.lower() and not _is_anywhere(tree, header.lower().encode()):
                return Conflict(
                    reason=f'no code of this SDK sets the header "{header}" that the step takes',
                    hint=_known_headers(tree, wrappers, header)
                    + ' If callers set it themselves: expect = { credential = "any" }',
                )
        for name in how.attributes:
            if not re.search(rf"(self\.|def ){name}\b".encode(), near):
                known = {found.decode() for found in re.findall(rb"(?:self\.|def )(\w*(?:key|token|secret)\w*)", near)}
                reason = f"the client wrapper has no attribute {name} that the step takes"
                return Conflict(reason=reason, hint=did_you_mean(name, known))
        return None


def _is_anywhere(tree: Tree, header: bytes) -> bool:
    return any(header in tree.read(path).lower() for path in tree.files if path.endswith(".py"))


def _known_headers(tree: Tree, wrappers: Sequence[str], wanted: str) -> str:
    """Name the headers the client wrapper sets, or the one that was probably meant."""
    known: set[str] = set()
    for path in wrappers:
        text = tree.read(path).decode("utf-8", "replace")
        known |= set(re.findall(r'headers\["([A-Za-z0-9-]+)"\]\s*=', text))
        known |= set(re.findall(r'^\s+"([A-Z][A-Za-z0-9-]*)":', text, re.MULTILINE))
    hint = did_you_mean(wanted, known)
    return (
        (hint if hint.endswith("?") else f"it sets: {hint.removeprefix('known: ')}.")
        if known
        else "the client wrapper sets no header."
    )
