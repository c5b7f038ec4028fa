"""A process that has imported what is slow, and forks for every order: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(work: Callable[[dict[str, Any]], Any]) -> None:
    """Answer each order on standard input by what ``work`` returns in a process of its own.

    An order says in ``seconds`` how long it may take; what hangs or ends is answered by ``{"died": reason}``.
    Standard output belongs to the answers: whatever else is printed goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            os.setsid()
            _work(work, order, writing)
        os.close(writing)
        text = _read(reading, float(order["seconds"]))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answers.write((text or json.dumps({"died": f"hangs or ends: {status}"})) + "\n")
        answers.flush()


def _work(work: Callable[[dict[str, Any]], Any], order: dict[str, Any], writing: int) -> None:
    try:
        found = work(order)
    except BaseException as error:
        found = {"died": f"{type(error).__name__}: {error}"[:500]}
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(found))
    os._exit(0)


def _read(pipe: int, seconds: float) -> str:
    """Return all that comes through a pipe; an empty text when it takes too long."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    with os.fdopen(pipe, "rb", buffering=0) as source:
        while True:
            ready, _, _ = select.select([source], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return ""
            part = source.read(1 << 16)
            if not part:
                return b"".join(parts).decode()
            parts.append(part)
