"""Match ``*``, ``?`` and ``**`` in time that grows with pattern times text, whatever the pattern.

Regular expressions backtrack: eight stars and a name made for them take longer than anybody waits. Few wildcards cannot
do that, and are matched by an expression, which is faster; more are matched by following all ways at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?)")


@lru_cache(maxsize=512)
def matcher(pattern: str, separator: str = "/") -> Callable[[str], bool]:
    """Return what tells whether a whole text matches.

    ``*`` and ``?`` stay between separators. Where the separator is ``/``, ``**`` crosses them, and ``**/`` stands for
    any number of folders, none included; elsewhere they are two stars. All else stands for itself.
    """
    pieces = [piece for piece in _WILDCARD.split(pattern) if piece]
    if separator != "/":
        pieces = [part for piece in pieces for part in (piece if piece in ("**/", "**") else (piece,))]
    if pieces.count("*") <= 2 and pieces.count("**/") + pieces.count("**") <= 1:
        compiled = re.compile("".join(_expression(piece, separator) for piece in pieces), re.DOTALL)
        return lambda text: compiled.fullmatch(text) is not None
    states = _states(pieces)
    return lambda text: _follow(states, text, separator)


def _expression(piece: str, separator: str) -> str:
    inside = f"[^{re.escape(separator)}]"
    match piece:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return f"{inside}*"
        case "?":
            return inside
        case _:
            return re.escape(piece)


def _states(pieces: Sequence[str]) -> tuple[str, ...]:
    """Return one state for each character or wildcard; ``**/`` takes two: between folders, and within a name."""
    states: list[str] = []
    for piece in pieces:
        if piece == "**/":
            states += ["folders", "folder"]
        elif piece in ("**", "*", "?"):
            states.append({"**": "all", "*": "many", "?": "one"}[piece])
        else:
            states += piece
    return tuple(states)


def _follow(states: Sequence[str], text: str, separator: str) -> bool:
    """Keep every state that the text so far can lead to."""
    current = _rested(states, {0})
    for char in text:
        reached: set[int] = set()
        for at in current:
            if at < len(states):
                reached |= _step(states[at], at, char, separator)
        if not reached:
            return False
        current = _rested(states, reached)
    return len(states) in current


def _step(state: str, at: int, char: str, separator: str) -> set[int]:
    is_inside = char != separator
    match state:
        case "all":
            return {at}
        case "many":
            return {at} if is_inside else set()
        case "one":
            return {at + 1} if is_inside else set()
        case "folders":
            return {at + 1} if is_inside else set()
        case "folder":
            return {at} if is_inside else {at - 1}
        case _:
            return {at + 1} if char == state else set()


def _rested(states: Sequence[str], reached: set[int]) -> set[int]:
    """Add the states that are reached without another character."""
    found: set[int] = set()
    pending = list(reached)
    while pending:
        at = pending.pop()
        if at in found:
            continue
        found.add(at)
        if at < len(states) and states[at] in ("all", "many"):
            pending.append(at + 1)
        elif at < len(states) and states[at] == "folders":
            pending.append(at + 2)
    return found
