"""The processes that import the SDK, with a recorder each, and the channels that they find."""

from __future__ import annotations

import queue
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any, NamedTuple

from ..tree import Tree
from . import environments
from .channels import SocketCode, channel_of
from .child import Child, NoAnswer
from .observe import Observer
from .recorder import Recorder
from .recordings import Promised, Recording
from .values import Channel

_AT_ONCE = 4
"""Processes where servers that say nothing are tried: most of that time is spent waiting."""
Work = Sequence[tuple[Channel, Sequence[Promised]]]


class Options(NamedTuple):
    """``python`` is the interpreter that imports the SDK; ``seconds`` the longest that one opening may take.

    ``unseen`` are globs over what may open a socket without being proved.
    """

    python: str = sys.executable
    faults: bool = False
    seconds: float = 20
    is_installed: bool = False
    """Whether the interpreter has the SDK itself, and the tree is only looked at."""
    unseen: tuple[str, ...] = ()


class Stage:
    """A context manager over the processes; ``loaded`` is what the first of them says of the SDK.

    Raises UsageError when the interpreter lacks what the SDK depends on.
    """

    def __init__(self, tree: Tree, found: SocketCode, options: Options) -> None:
        self._tree, self._found, self._options = tree, found, options
        self._stack = ExitStack()
        self._first: Child | None = None
        self.loaded: Mapping[str, Any] = {}

    def __enter__(self) -> Stage:
        with ExitStack() as stack:  # closed here where the SDK cannot be loaded
            self._first = stack.enter_context(Child(self._options.python))
            self.loaded = load(self._first, self._tree, self._found, self._options)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def opened(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The methods that reflection found, by module and qualified name."""
        return methods(self.loaded)

    def observe(self, work: Work) -> dict[Channel, Recording]:
        """Open channels in all the ways that their promises ask for."""
        assert self._first is not None
        free: queue.SimpleQueue[Observer] = queue.SimpleQueue()
        free.put(self._observer(self._first))
        count = min(_AT_ONCE, len(work)) if self._options.faults else 1
        for _ in range(count - 1):
            child = self._stack.enter_context(Child(self._options.python))
            load(child, self._tree, self._found, self._options)
            free.put(self._observer(child))

        def observed(each: tuple[Channel, Sequence[Promised]]) -> tuple[Channel, Recording]:
            observer = free.get()
            try:
                return each[0], observer.observe(*each)
            finally:
                free.put(observer)

        with ThreadPoolExecutor(count) as pool:
            return dict(pool.map(observed, work))

    def _observer(self, child: Child) -> Observer:
        recorder = self._stack.enter_context(Recorder())
        elsewhere = self._stack.enter_context(Recorder())
        credentials, clients = self.loaded["credentials"], self.loaded["clients"]
        return Observer(child, recorder, elsewhere, self._options.seconds, self._options.faults, credentials, clients)


def methods(loaded: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return what was imported and can open a socket, by module and qualified name."""
    return {
        (each["module"], f"{each['class']}.{each['method']}" if each["class"] else each["method"]): each
        for each in loaded["methods"]
    }


def load(child: Child, tree: Tree, found: SocketCode, options: Options) -> dict[str, Any]:
    """Let the SDK be imported; return what it has. Raises UsageError when it cannot be."""
    order = {
        "path": [] if options.is_installed else list(found.packages.path),
        "packages": {} if options.is_installed else dict(found.packages.aliases),
        "roots": list(found.roots),
        "distributions": [] if options.is_installed else environments.distributions(tree, found),
        "channels": [
            {"module": each.module, "class": each.owner, "method": each.name}
            for each in found.openings.values()
            if each.is_public
        ],
    }
    try:
        loaded = child.load(order, 120)
    except NoAnswer as silence:
        loaded = {"problem": str(silence)}
    environments.check(loaded, tree, found, options.python)
    return loaded


def channels_of(found: SocketCode, opened: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[Channel]:
    """Return what Fern made as a channel, or stands in a client, in the order of files and lines.

    That is what can be opened with a root client alone; the rest of what reaches the library is used by these, or is
    looked at afterwards.
    """
    chosen = [
        channel_of(each, opened[key]["is_async"] if key in opened else None)
        for key, each in found.openings.items()
        if each.is_public and (_is_client(opened[key]) if key in opened else each.module in found.modules)
    ]
    return sorted(chosen)


def _is_client(method: Mapping[str, Any]) -> bool:
    return method["takes"] in ("wrapper", "root")
