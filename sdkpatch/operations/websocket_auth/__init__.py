"""``websocket.auth``: send credentials of every generated handshake where the server reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ...handshakes.prefilter import opens_sockets, stray_sockets
from ...model import Conflict, Expectation, Note, Region
from ...operation import Judgement, Misfit, Style, ToDo, Usual
from ...python.source import Source
from ...schema.fields import KeyPath, Mistakes, did_you_mean
from . import arguments as declared
from .arguments import Arguments, Sending
from .judge import judge
from .work import OnTree

if TYPE_CHECKING:
    import libcst

    from ...handshakes.promises import Promise
    from ...python.text import Edit
    from ...tree import PlannedFiles, Tree
    from .sender import Sender


class WebSocketAuth(Usual["Arguments | Sending"]):
    """The operation; see docs/operations/websocket.auth.md.

    From headers into the query it edits the libcst tree and needs nothing at run time; all else is left to ``Sender``,
    which is loaded when a step asks for it.
    """

    name = "websocket.auth"
    summary = "Send the credentials of every WebSocket handshake in the place where the server reads them."
    fields = declared.FIELDS
    files = ("**/client.py", "**/raw_client.py")
    strays = True
    kinds: tuple[str, ...] = ()

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Arguments | Sending:
        """Return the checked arguments."""
        return declared.compile_arguments(arguments, key, report)

    def needs(self, arguments: Arguments | Sending) -> tuple[str, ...]:
        """Return the support module, which only the inline code does without."""
        return _sender().needs(arguments) if isinstance(arguments, Sending) else ()

    def selectors(self, arguments: Arguments | Sending) -> Sequence[str]:
        """Return what ``within`` names; handshakes are recognised by what they do."""
        return arguments.within if isinstance(arguments, Sending) else ()

    def scopes(self, arguments: Arguments | Sending) -> Sequence[str]:
        """Return what ``within`` names."""
        return self.selectors(arguments)

    def words(self, arguments: Arguments | Sending) -> Sequence[str]:
        """None: what opens a socket is imported under many names."""
        return ()

    def may_matter(self, code: bytes, arguments: Arguments | Sending) -> bool:
        """A file that opens a WebSocket names the library and one of its connect functions."""
        return opens_sockets(code)

    def stray(self, source: Source) -> tuple[Note, ...]:
        """Report what a file the step does not cover does with sockets, one note per file."""
        return stray_sockets(source)

    def edits_tree(self, arguments: Arguments | Sending) -> bool:
        """Tell whether the step is carried out by ``edit``, not by ``edits``."""
        return isinstance(arguments, Arguments)

    def judge(self, source: Source, arguments: Arguments | Sending) -> tuple[Judgement, ...]:
        """Judge every handshake of the module."""
        if isinstance(arguments, Arguments):
            return judge(source, arguments)
        return _sender().judge(source, arguments)

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: Arguments | Sending) -> Sequence[Edit]:
        """Return the edits of a step that is no inline one."""
        assert isinstance(arguments, Sending), "the others edit the tree"
        return _sender().edits(source, todo, arguments)

    def edit(
        self,
        module: libcst.Module,
        todo: Sequence[ToDo],
        arguments: Arguments | Sending,
        style: Style,
        lines: Sequence[int],
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Insert the code at every site that is to do."""
        from .edit import edit

        assert isinstance(arguments, Arguments), "the others edit the text"
        works = [each.work.work for each in todo if isinstance(each.work, OnTree)]
        return edit(module, works, arguments, style, lines)

    def promises(self, arguments: Arguments | Sending) -> tuple[Promise, ...]:
        """Each credential goes where it is sent, and stands where it is taken from no more."""
        from .promised import promised

        return promised(arguments)

    def misfits(self, tree: Tree, arguments: Arguments | Sending) -> Sequence[Misfit]:
        """A scheme that the client wrapper writes before a credential, and that the step would send as a part of it."""
        from .misfits import misfits

        return misfits(tree, arguments)

    def drift(
        self, tree: Tree, arguments: Arguments | Sending, expect: Expectation, files: PlannedFiles
    ) -> Conflict | None:
        """Conflict when no code of the SDK has what the step takes: the generator renamed it."""
        if isinstance(arguments, Sending) and (lost := _sender().drift(tree, arguments, expect, files)):
            return lost
        if not expect.credential:
            return None
        wrappers = [path for path in tree.files if path.endswith("client_wrapper.py")]
        if not wrappers:
            return None
        near = b"\n".join(tree.read(path) for path in wrappers)
        headers = {each.header for each in arguments.take} if isinstance(arguments, Arguments) else arguments.taken
        for header in sorted(headers):
            if header.lower().encode() not in near.lower() and not _is_anywhere(tree, header.lower().encode()):
                return Conflict(
                    reason=f'no code of this SDK sets the header "{header}" that the step takes',
                    hint=_known_headers(tree, wrappers, header)
                    + ' If callers set it themselves: expect = { credential = "any" }',
                )
        for name in arguments.attributes if isinstance(arguments, Sending) else ():
            if not re.search(rf"(self\.|def ){name}\b".encode(), near):
                known = {found.decode() for found in re.findall(rb"(?:self\.|def )(\w*(?:key|token|secret)\w*)", near)}
                reason = f"the client wrapper has no attribute {name} that the step takes"
                return Conflict(reason=reason, hint=did_you_mean(name, known))
        return None


@cache
def _sender() -> Sender:
    from .sender import Sender

    return Sender()


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
