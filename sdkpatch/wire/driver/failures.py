"""What an exception says to people and to logs."""

from __future__ import annotations

import traceback
from typing import Any


def described(error: BaseException) -> str:
    """Return an exception as one line: its type and the first line of its text."""
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def failure_of(error: BaseException) -> dict[str, Any]:
    """Return all that a person or a log could see of an exception and of those it came from."""
    chain: list[BaseException] = []
    pending: BaseException | None = error
    while pending is not None and pending not in chain:
        chain.append(pending)
        pending = pending.__cause__ or pending.__context__
    kinds = [f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__]
    parts = ["".join(traceback.format_exception(type(error), error, error.__traceback__))]
    parts += [repr(vars(each)) for each in chain]
    return {
        "type": type(error).__name__,
        "text": described(error),
        "is_api_error": any(kind.endswith("core.api_error.ApiError") for kind in kinds),
        "status": getattr(error, "status_code", None),
        "seen": "\n".join(parts),
        "kept": repr(vars(error)),
    }
