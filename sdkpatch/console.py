"""The process of the command line, from its first line to its last: ``sdkpatch`` and ``python -m sdkpatch`` start here.

It imports nothing slow, so that Ctrl-C is answered from the first milliseconds on.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # as typing has it, whose import would keep Ctrl-C waiting
if TYPE_CHECKING:
    from types import TracebackType


_OBJECTS_PER_COLLECTION = 1_000_000
"""Modules and syntax trees are many objects and little garbage: to collect as often as usual costs a fifth of a run."""


def run() -> None:
    """Run the command line, and end the process with its exit code."""
    sys.excepthook = _uncaught
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    from .stopping import INTERRUPTED, TERMINATED, Stopping, Terminated, end_at_once

    stopping = Stopping()
    _keep_standard_streams()
    code = 0
    try:
        from .cli import main

        stopping.raises = True
        code = main()
        stopping.is_over = True
    except KeyboardInterrupt as stopped:  # it came while another end was being shown
        end_at_once(TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED)
    _drop_what_cannot_be_shown()
    gc.freeze()  # the interpreter collects once more at its end, which finds nothing and takes a tenth of a run
    sys.exit(code)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Answer Ctrl-C until ``Stopping`` does."""
    if issubclass(kind, KeyboardInterrupt):
        os.write(2, b"interrupted\n")
        os._exit(130)
    sys.__excepthook__(kind, error, trace)


def _drop_what_cannot_be_shown() -> None:
    """Send what a full disk or a closed pipe did not take to /dev/null.

    Else the interpreter tries again at its end, and makes the exit code 120.
    """
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, stream.fileno())
                os.close(nothing)


def _keep_standard_streams() -> None:
    """Put /dev/null where the caller closed a standard stream.

    Else a file that is opened later gets its number, and messages go into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(descriptor)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", errors="backslashreplace"))
