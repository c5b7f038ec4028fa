"""Regular expressions of patches, searched for in bounded time: a patch may come from anybody.

``re`` has no limit, and an expression such as ``(a+)+b`` can take years; ``regex`` gives up when it is told to.
"""

from __future__ import annotations

import re
import time
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

SECONDS = 2.0
"""What all searches of one file may take together."""
_ESCAPED_OR_SET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_BRACE = re.compile(r"\{\d*,?\d*\}")
"""What is left of ``{`` after these is special for ``regex`` alone: ``a{e}`` means something like a."""
_LONGEST = 1000
"""Characters of an expression: what is longer is no expression that a person wrote."""


class TooSlow(Exception):
    """What a step looks for takes too long in a file; ``hint`` tells what would help."""

    reason = f"the regular expression takes more than {SECONDS:g} seconds in this file"
    hint = "write one with fewer ways to match, without a repetition within a repetition"

    def __str__(self) -> str:
        return self.reason


class Budget:
    """What is left for one file: seconds for regular expressions; ``steps`` are those that patterns took."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._left = seconds
        self.steps = 0

    def search(self, expression: str, text: str) -> bool:
        """Tell whether an expression is found in a text. Raises TooSlow."""
        return self._asked(expression, text, whole=False)

    def fullmatch(self, expression: str, text: str) -> bool:
        """Tell whether an expression matches a whole text. Raises TooSlow."""
        return self._asked(expression, text, whole=True)

    def _asked(self, expression: str, text: str, *, whole: bool) -> bool:
        compiled = _compiled(expression)
        start = time.monotonic()
        try:
            if self._left <= 0:
                raise TooSlow
            ask = compiled.fullmatch if whole else compiled.search
            return ask(text, timeout=self._left) is not None
        except TimeoutError as error:
            raise TooSlow from error
        finally:
            self._left -= time.monotonic() - start


@lru_cache(maxsize=64)
def _compiled(expression: str) -> regex.Pattern[str]:
    import regex

    return regex.compile(expression, regex.VERSION0)


def problem(expression: str) -> str:
    """Return why a text is no regular expression, or an empty string.

    It must be one of ``re``, and mean the same to ``regex``, which takes more for special than ``re`` does.
    """
    import regex

    if len(expression) > _LONGEST:
        return f"it has more than {_LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(expression)
        _compiled(expression)
    except (re.error, regex.error) as error:
        return f"it is no regular expression: {error}"
    except Warning:
        return "it is no regular expression: write a bracket, or two of &, |, ~ or -, within a set with a backslash"
    except (RecursionError, OverflowError, MemoryError):
        return "it is no regular expression: it is nested too deeply, or counts too far"
    if _BRACE.sub("", _ESCAPED_OR_SET.sub("", expression)).count("{"):
        return "it is no regular expression: write a brace that is none of a count with a backslash"
    return ""
