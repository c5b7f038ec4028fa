"""Faults at system calls: a process that dies at one, or whose disk fails there. Wraps ``os``, not our own code."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

WRITING = ("open", "write", "fsync", "chmod", "chown", "link", "replace", "unlink", "mkdir", "rmdir")
"""The system calls that change a disk, or wait for one, as ``os`` names them."""


class Fault(NamedTuple):
    """What happens at the call number ``at`` (from 1): death ``before``, ``torn`` or ``after`` it, an ``error``, or an
    ``interrupt`` by a person.

    A write that is torn puts half of its bytes on the disk. ``lasting`` errors go on at every later call. ``calls`` are
    the names of the calls that count.
    """

    at: int
    kind: str
    code: int = errno.ENOSPC
    lasting: bool = False
    calls: tuple[str, ...] = WRITING


class Ended(NamedTuple):
    """How the process ended: ``killed``, or by itself with an exit ``code``; 99 is an exception nobody expects.

    ``reached`` tells whether there was a call of that number.
    """

    killed: bool
    code: int
    reached: bool


def strike(fault: Fault, action: Callable[[], int]) -> Ended:
    """Run ``action`` in a forked process in which the fault happens, and return how that ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            _wrap(fault, partial(os.write, writer, b"!"))
            code = action()
        finally:
            os._exit(code)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    reached = bool(os.read(reader, 1))
    os.close(reader)
    killed = os.WIFSIGNALED(status)
    return Ended(killed, -1 if killed else os.WEXITSTATUS(status), reached)


def _wrap(fault: Fault, tell: Callable[[], object]) -> None:
    count = 0

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*arguments, **named)
            count += 1
            if count == fault.at:
                tell()
            if count == fault.at or (fault.lasting and count > fault.at):
                _happen(fault, name, real, arguments)
            return real(*arguments, **named)

        return call

    for name in fault.calls:
        setattr(os, name, wrapped(name, getattr(os, name)))


def _happen(fault: Fault, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Raise what the fault raises, or die."""
    if fault.kind == "error":
        path = arguments[0] if isinstance(arguments[0], str | os.PathLike) else None
        raise OSError(fault.code, os.strerror(fault.code), path)
    if fault.kind == "interrupt":
        raise KeyboardInterrupt
    try:
        if fault.kind == "torn" and name == "write":
            real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        elif fault.kind == "after":
            real(*arguments)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)
