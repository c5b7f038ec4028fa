"""Share work among processes that inherit what is already in memory, and that end with the process that made them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, NamedTuple, NoReturn, TypeVar

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

_FILES_PER_PROCESS = 5
"""Each further process costs the time of some five files of Fern."""

_ALONE = 0.05
"""Seconds that work is done in one process: what is done by then costs less than another process, and what all of it
needs (libcst) is imported once."""

_SHARE = 0.02
"""Seconds of work for which another process pays, once what it needs is imported."""

_MOST_PER_CORE = 4
"""More processes than this for each core only take memory, whatever ``--jobs`` says."""

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")


class _Worker(NamedTuple):
    """A forked process: ``results`` is read here, ``lifeline`` is never written to, its end tells that we ended."""

    process: int
    results: int
    lifeline: int


def useful_jobs(files: int) -> int:
    """Return how many processes pay for editing ``files`` files; one where processes cannot be forked."""
    return max(1, min(_cores(), files // _FILES_PER_PROCESS))


def _cores() -> int:
    """Return how many cores there are for us; one where processes cannot be forked."""
    return 1 if sys.platform in ("win32", "darwin") else len(os.sched_getaffinity(0))


def _nobody(done: int) -> None:
    """Nobody waits."""


def as_pays(
    function: Callable[[_Item], _Done], items: Sequence[_Item], jobs: int, told: Callable[[int], None] = _nobody
) -> Iterator[_Done]:
    """Yield ``function(item)`` for every item, in order, as ``in_processes`` does.

    Where ``jobs`` is not 1, the first items are computed alone; where it is 0, the time that they took tells how many
    processes pay for the others.
    """
    done, first, others = 0, 0.0, 0.0  # seconds: the first item may have imported what the others find
    while jobs != 1 and done < len(items) and first + others < _ALONE:
        begun = time.perf_counter()
        result = function(items[done])
        seconds = time.perf_counter() - begun
        first, others = (first, others + seconds) if done else (seconds, 0.0)
        done += 1
        yield result
        told(done)
    left = items[done:]
    if not jobs and left:
        each = others / (done - 1) if done > 1 else first
        jobs = min(_cores(), int(each * len(left) / _SHARE))
    yield from in_processes(function, left, jobs, lambda part: told(done + part))


def in_processes(
    function: Callable[[_Item], _Done], items: Sequence[_Item], jobs: int, told: Callable[[int], None] = _nobody
) -> Iterator[_Done]:
    """Yield ``function(item)`` for every item, in order, computed by ``jobs`` processes, this one included.

    Items need not be picklable, results have to be. What a process cannot do, because it could not be started, for
    want of memory or because ``function`` raises, is done here, where the exception belongs. However this process
    ends, no worker outlives it; when this raises, all of them are stopped first. ``told`` is called with the number of
    items that are done, as far as this process's own share tells.
    """
    jobs = max(1, min(jobs, len(items), _MOST_PER_CORE * (os.cpu_count() or 1)))
    if jobs == 1 or not hasattr(os, "fork"):
        for count, item in enumerate(items, 1):
            yield function(item)
            told(count)
        return
    import_module("pickle")  # so that the processes have it already
    shares = [items[start::jobs] for start in range(jobs)]
    workers: list[_Worker] = []
    try:
        with suppress(OSError):  # no more processes, or no more files: what was not started is done here
            for share in shares[1:]:
                _start(function, share, workers)
        results: list[list[_Done]] = [[]]
        for item in shares[0]:
            results[0].append(function(item))
            told(min(len(results[0]) * jobs, len(items)))
        for share in shares[1:]:
            computed: list[_Done] | None = _collect(workers) if workers else None
            results.append([function(item) for item in share] if computed is None else computed)
    finally:
        _stop(workers)
    for index in range(len(items)):
        yield results[index % jobs][index // jobs]


def _start(function: Callable[[_Item], _Done], share: Sequence[_Item], workers: list[_Worker]) -> None:
    """Fork a process for a share and add it to the workers. Raises OSError.

    The pools of ``multiprocessing`` and ``concurrent.futures`` want picklable items, take as long to import as two
    files to edit, and their workers wait for ever for a parent that was killed: each holds both ends of its queue.
    """
    source, sink = os.pipe()
    try:
        lifeline, our_end = os.pipe()
    except OSError:
        os.close(source)
        os.close(sink)
        raise
    try:
        with _undisturbed():
            process = os.fork()
            if process == 0:
                theirs = [source, our_end, *(end for each in workers for end in each[1:])]
                _work(function, share, sink, lifeline, theirs)
            workers.append(_Worker(process, source, our_end))
    except OSError:
        os.close(source)
        os.close(our_end)
        raise
    finally:
        os.close(sink)
        os.close(lifeline)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back, so that none finds a child that has our handlers, or one that nobody knows of."""
    held = [getattr(signal, name) for name in _STOPPING]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    function: Callable[[_Item], _Done], share: Sequence[_Item], sink: int, lifeline: int, theirs: Sequence[int]
) -> NoReturn:
    """Compute a share in a forked process, and end it. It keeps nothing open that somebody else waits for."""
    status = 1
    try:
        for end in theirs:
            os.close(end)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in {0, 1, 2} - {sink, lifeline}:
            os.dup2(nothing, standard)
        held = [getattr(signal, name) for name in _STOPPING]
        for each in held:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        _watch(lifeline)
        import pickle

        computed = [pickle.dumps(function(item), pickle.HIGHEST_PROTOCOL) for item in share]
        with os.fdopen(sink, "wb") as pipe:
            pipe.writelines(computed)
        status = 0
    finally:
        os._exit(status)  # neither the parent's buffers nor its exception handlers are this process's


def _watch(lifeline: int) -> None:
    """End this process when its parent does: then the pipe that only the parent could write to is at its end."""
    import threading

    def watch() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _collect(workers: list[_Worker]) -> Any:
    """Return what the first worker computed, or None when it failed; it is no worker any more."""
    import pickle

    computed: list[Any] = []
    with os.fdopen(workers[0].results, "rb", closefd=False) as pipe, suppress(EOFError, pickle.UnpicklingError):
        while True:
            computed.append(pickle.load(pipe))
    with _undisturbed():
        done = workers.pop(0)
        _, status = os.waitpid(done.process, 0)
    os.close(done.results)
    os.close(done.lifeline)
    return computed if status == 0 else None


def _stop(workers: Sequence[_Worker]) -> None:
    """Stop the workers whose results nobody wants any more; they only compute, so nothing is lost."""
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker.process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(worker.process, 0)
        os.close(worker.results)
        os.close(worker.lifeline)
