"""The half of the proof that runs inside the SDK's interpreter: it imports the SDK and opens its channels.

Loaded from its folder by that interpreter, which need not have sdkpatch: Python 3.8, the standard library, and what the
SDK itself depends on. Orders come as lines of JSON on standard input, answers go out the same way.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Carry out orders until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)  # what the SDK prints is no answer
    from . import guard

    guard.install()
    from .session import Session

    session = Session()
    for line in sys.stdin:
        answers.write(json.dumps(_carried_out(session, json.loads(line))) + "\n")
        answers.flush()
    os._exit(0)  # nothing is left that the end of an interpreter would have to clear away


def _carried_out(session: Any, order: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(session, order["do"])(order)
        return answer
    except (Exception, SystemExit) as error:
        from .failures import described

        return {"problem": described(error)}
