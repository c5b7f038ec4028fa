"""Share work among processes that inherit what is already in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

_FILES_PER_PROCESS = 5
"""Each further process imports libcst anew, in the time of some five files."""


def useful_jobs(files: int) -> int:
    """Return how many processes pay for editing ``files`` files; one where processes cannot be forked."""
    if sys.platform in ("win32", "darwin"):
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), files // _FILES_PER_PROCESS))


def in_processes(function: Callable[[_Item], _Done], items: Sequence[_Item], jobs: int) -> Iterator[_Done]:
    """Yield ``function(item)`` for every item, in order, computed by ``jobs`` processes, this one included.

    Items need not be picklable, results have to be. An exception in a process is raised here.
    """
    jobs = max(1, min(jobs, len(items)))
    if jobs == 1 or not hasattr(os, "fork"):
        yield from map(function, items)
        return
    import multiprocessing

    context = multiprocessing.get_context("fork")
    shares = [items[start::jobs] for start in range(jobs)]
    receivers = []
    for share in shares[1:]:
        receiver, sender = context.Pipe(duplex=False)
        context.Process(target=_compute, args=(function, share, sender), daemon=True).start()
        sender.close()
        receivers.append(receiver)
    results: list[list[_Done]] = [[function(item) for item in shares[0]]]
    for receiver in receivers:
        computed, error = receiver.recv()
        if error is not None:
            raise error
        results.append(computed)
    for index in range(len(items)):
        yield results[index % jobs][index // jobs]


def _compute(function: Callable[[_Item], _Done], share: Sequence[_Item], sender: object) -> None:
    """Run in the child: send the results, or the exception that stopped them."""
    from multiprocessing.connection import Connection

    assert isinstance(sender, Connection)
    try:
        sender.send(([function(item) for item in share], None))
    except Exception as error:
        sender.send(([], error))
