"""What runs in the interpreter of sdkpatch: its ``verify``, in a fork for each tree. No other part knows sdkpatch."""

from __future__ import annotations

import contextlib
import importlib
import io
from typing import Any

from reliability.mutants import forking

SLOW = (
    "sdkpatch.cli.verify",
    "sdkpatch.wire.asked",
    "sdkpatch.wire.stage",
    "sdkpatch.loading.patchfile",
    "sdkpatch.planning.plan",
)
"""Imported once, before the forks."""


def verify(order: dict[str, Any]) -> dict[str, Any]:
    """Run the command line of ``order`` and return its exit code and what it printed."""
    from sdkpatch.cli import main

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        code = main(order["arguments"])
    return {"code": int(code), "shown": shown.getvalue()}


if __name__ == "__main__":
    for name in SLOW:
        importlib.import_module(name)
    forking.serve(verify)
