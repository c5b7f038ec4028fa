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
from .channels import Found
from .child import Child, NoAnswer
from .observe import Observer
from .recorder import Recorder
from .recordings import Promised, Recording
from .values import Channel

_AT_ONCE = 4
"""Processes where servers that say nothing are tried: most of that time is spent waiting."""
Work = Sequence[tuple[Channel, Sequence[Promised]]]


class Options(NamedTuple):
    """``python`` is the interpreter that imports the SDK; ``seconds`` the longest that one opening may take."""

    python: str = sys.executable
    faults: bool = False
    seconds: float = 20
    is_installed: bool = False
    """Whether the interpreter has the SDK itself, and the tree is only looked at."""


class Stage:
    """A context manager over the processes; ``loaded`` is what the first of them says of the SDK.

    Raises UsageError when the interpreter lacks what the SDK depends on.
    """

    def __init__(self, tree: Tree, found: Found, options: Options) -> None:
        self._tree, self._found, self._options = tree, found, options
        self._stack = ExitStack()
        self._first: Child | None = None
        self.loaded: Mapping[str, Any] = {}

    def __enter__(self) -> Stage:
        self._first = self._stack.enter_context(Child(self._options.python))
        self.loaded = load(self._first, self._tree, self._found, self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def opened(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The methods that reflection found, by module and qualified name."""
        return {(each["module"], f"{each['class']}.{each['method']}"): each for each in self.loaded["methods"]}

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
        return Observer(child, recorder, elsewhere, self._options.seconds, self._options.faults)


def load(child: Child, tree: Tree, found: Found, options: Options) -> dict[str, Any]:
    """Let the SDK be imported; return what it has. Raises UsageError when it cannot be."""
    order = {
        "path": [] if options.is_installed else list(found.packages.path),
        "packages": {} if options.is_installed else dict(found.packages.aliases),
        "roots": list(found.roots),
        "channels": list(found.modules),
    }
    try:
        loaded = child.load(order, 120)
    except NoAnswer as silence:
        loaded = {"problem": str(silence)}
    environments.check(loaded, tree, found, options.python)
    return loaded


def channels_of(found: Found, opened: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[Channel]:
    """Return the channels of the code, and those that only reflection shows, in the order of files and lines."""
    known = {(each.module, each.name) for each in found.channels}
    more = [
        Channel(found.modules[module], each["line"], name, each["is_async"], module)
        for (module, name), each in opened.items()
        if (module, name) not in known
    ]
    first: dict[tuple[str, str], Channel] = {}
    for channel in sorted((*found.channels, *more)):
        first.setdefault((channel.module, channel.name), channel)
    return list(first.values())
