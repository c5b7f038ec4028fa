"""What SIGINT and SIGTERM do to a command: no traceback at any time, and nothing half done that cannot be undone."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # as typing has it, whose import would keep Ctrl-C waiting at start-up
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

INTERRUPTED = 130
TERMINATED = 143
_MESSAGES = {INTERRUPTED: b"interrupted\n", TERMINATED: b"terminated\n"}


class Terminated(KeyboardInterrupt):
    """SIGTERM came. It ends a run as Ctrl-C does: what was begun is taken back, then the process ends."""


class Stopping:
    """Answers SIGINT and SIGTERM: the first ends the command by an exception, one more ends the process at once.

    Before ``raises`` is set, at start-up, there is nothing to take back, and a signal ends the process at once. So
    does one that comes after the first: what a commit began by then is in its journal. Once ``is_over`` is set the
    exit code is known, and signals change nothing.
    """

    def __init__(self) -> None:
        self.raises = False
        self.is_over = False
        sys.unraisablehook = _unraisable
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as behind & in a script
                signal.signal(number, self._answer)

    def _answer(self, number: int, frame: FrameType | None) -> None:
        if self.is_over:
            return
        code = 128 + number
        if not self.raises:
            end_at_once(code)
        self.raises = False
        raise Terminated if code == TERMINATED else KeyboardInterrupt


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    """End the process for a signal that came while Python ran a finalizer, where it drops exceptions."""
    if issubclass(found.exc_type, KeyboardInterrupt):
        end_at_once(TERMINATED if issubclass(found.exc_type, Terminated) else INTERRUPTED)
    sys.__unraisablehook__(found)


def end_at_once(code: int) -> NoReturn:
    """Say why the process ends, and end it."""
    try:
        os.write(2, _MESSAGES[code])
    finally:
        os._exit(code)
