"""Regular expressions of patches, searched for with bounded work: a patch may come from anybody.

``re`` has no limit, and an expression such as ``(a+)+b`` can take years. Steps are counted here, no time is taken: a
slow machine says what a fast one says.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .position_sets import Element

STEPS = 2_000_000
"""What all searches of one file may take together; a line of text takes a few."""
_LONGEST = 1000
"""Characters of an expression: what is longer is no expression that a person wrote."""
_TOGETHER = 4096
"""Characters of lines that are matched at once: fewer take longer by line, more take longer for a repetition."""


class TooSlow(Exception):
    """What a step looks for takes too many steps in a file; ``hint`` tells what would help."""

    reason = f"the regular expression takes more than {STEPS:,} steps in this file"
    hint = "write one with fewer ways to match, without a repetition within a repetition"

    def __str__(self) -> str:
        return self.reason


class Budget:
    """What is left for one file: ``left`` for regular expressions; ``steps`` are those that patterns took."""

    def __init__(self, left: int = STEPS) -> None:
        self.left = left
        self.steps = 0

    def search(self, expression: str, text: str) -> bool:
        """Tell whether an expression is found in a text. Raises TooSlow."""
        from .position_sets import Searched

        whole = Searched(text, self.spend)
        return _compiled(expression).reach(whole, whole.all, False) != 0

    def match_lines(self, expression: str | Element, lines: Iterable[str]) -> Iterator[bool]:
        """Tell of each line whether an expression matches it as a whole. Raises TooSlow."""
        from .position_sets import Searched

        compiled = _compiled(expression) if isinstance(expression, str) else expression
        for batch in _batches(lines):
            text = Searched("\n".join(batch), self.spend, by_line=True)
            found = compiled.reach(text, text.starts, False) & text.ends
            end = -1
            for line in batch:
                end += 1 + len(line)
                yield bool(found >> end & 1)

    def spend(self, steps: int) -> None:
        """Take steps from what is left. Raises TooSlow."""
        self.left -= steps
        if self.left < 0:
            raise TooSlow


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        if batch and size + len(line) >= _TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += 1 + len(line)
    if batch:
        yield batch


@lru_cache(maxsize=64)
def _compiled(expression: str) -> Element:
    from .position_sets import parsed

    return parsed(expression)


def problem(expression: str) -> str:
    """Return why a text is no regular expression that can be used, or an empty string."""
    from .position_sets import Unsupported

    if len(expression) > _LONGEST:
        return f"it has more than {_LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(expression)
        _compiled(expression)
    except re.error as error:
        return f"it is no regular expression: {error}"
    except Unsupported as unsupported:
        return f"it has {unsupported}, for which the work cannot be bounded"
    except Warning:
        return "it is no regular expression: write a bracket, or two of &, |, ~ or -, within a set with a backslash"
    except (RecursionError, OverflowError, MemoryError):
        return "it is no regular expression: it is nested too deeply, or counts too far"
    return ""
