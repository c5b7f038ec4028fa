"""A progress bar on stderr for a person who waits longer than a second."""

from __future__ import annotations

import sys
import time
from types import TracebackType

import click


class Progress:
    """Told how many files, or other things, are done, shows a bar after a second where stderr is a terminal."""

    def __init__(self, things: str = "files") -> None:
        self._things = things
        self._start = time.monotonic()
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._start < 1:
            return
        filled = 30 * done // total
        self._shown = True
        click.echo(f"\r[{'#' * filled}{'-' * (30 - filled)}] {done}/{total} {self._things}", err=True, nl=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            click.echo("\r" + " " * 70 + "\r", err=True, nl=False)
