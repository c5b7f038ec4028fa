"""Share work among processes that inherit what is already in memory."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

_FILES_PER_PROCESS = 5
"""Each further process imports libcst anew, in the time of some five files of Fern."""


def useful_jobs(files: int) -> int:
    """Return how many processes pay for editing ``files`` files; one where processes cannot be forked."""
    if sys.platform in ("win32", "darwin"):
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), files // _FILES_PER_PROCESS))


def in_processes(function: Callable[[_Item], _Done], items: Sequence[_Item], jobs: int) -> Iterator[_Done]:
    """Yield ``function(item)`` for every item, in order, computed by ``jobs`` processes, this one included.

    Items need not be picklable, results have to be. What a process cannot do, for want of memory or because
    ``function`` raises, is done here, where the exception belongs.
    """
    jobs = max(1, min(jobs, len(items)))
    if jobs == 1 or not hasattr(os, "fork"):
        yield from map(function, items)
        return
    shares = [items[start::jobs] for start in range(jobs)]
    children = [_start(function, share) for share in shares[1:]]
    results = [[function(item) for item in shares[0]]]
    for child, share in zip(children, shares[1:], strict=True):
        computed: list[_Done] | None = _collect(*child)
        results.append([function(item) for item in share] if computed is None else computed)
    for index in range(len(items)):
        yield results[index % jobs][index // jobs]


def _start(function: Callable[[_Item], _Done], share: Sequence[_Item]) -> tuple[int, int]:
    """Fork a process for a share; return its number and the pipe its results come through.

    ``multiprocessing`` does the same after an import that takes as long as editing two files.
    """
    source, sink = os.pipe()
    child = os.fork()
    if child:
        os.close(sink)
        return child, source
    status = 1
    try:
        computed = pickle.dumps([function(item) for item in share], pickle.HIGHEST_PROTOCOL)
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(computed)
        status = 0
    finally:
        os._exit(status)  # neither the parent's buffers nor its exception handlers are this process's


def _collect(child: int, source: int) -> Any:
    """Return what a process computed, or None when it failed."""
    with os.fdopen(source, "rb") as pipe:
        computed = pipe.read()
    _, status = os.waitpid(child, 0)
    return pickle.loads(computed) if status == 0 else None
