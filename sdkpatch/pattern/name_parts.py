"""Parts of names: ``${NAME}`` stands for one, and ``${NAME.pascal}`` for the same words written in another way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

_MARK = re.compile(r"_as_([a-z]+)_end_\Z")
_AS_IT_IS = "is"
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")


def words(text: str) -> list[str]:
    """Return the words of a name in lower case, however it is written: ``FinalizeTurn``, ``finalize_turn``."""
    return [each.lower() for each in _WORDS.findall(text)]


def _pascal(text: str) -> str:
    return "".join(each.capitalize() for each in words(text))


FILTERS: Mapping[str, Callable[[str], str]] = {
    "camel": lambda text: "".join([*words(text)[:1], *(each.capitalize() for each in words(text)[1:])]),
    "kebab": lambda text: "-".join(words(text)),
    "lower": str.lower,
    "pascal": _pascal,
    "snake": lambda text: "_".join(words(text)),
    "upper": lambda text: "_".join(words(text)).upper(),
}
"""How a name may be written, by the filter's name."""


def written_as(name: str, style: str) -> str:
    """Return how an identifier says a metavariable in braces, with a filter or none."""
    return f"{name}_as_{style or _AS_IT_IS}_end_"


def key(name: str) -> str:
    """Return what a metavariable is bound by: its name, behind which a filter stands: ``NAME.pascal``."""
    found = _MARK.search(name)
    if found is None:
        return name
    base = name[: found.start()]
    return base if found[1] == _AS_IT_IS else f"{base}.{found[1]}"


def base(key: str) -> str:
    """Return the metavariable's own name."""
    return key.partition(".")[0]


def text_of(bound: object) -> str | None:
    """Return the name or the text that a metavariable is bound to, None for other code."""
    if isinstance(bound, str):
        return bound
    return bound.id if isinstance(bound, ast.Name) else None


def agree(name: str, bound: object, others: Sequence[tuple[str, object]]) -> bool:
    """Tell whether what a metavariable is bound to, as ``name`` says, agrees with its other ways of being written."""
    for other, known in others:
        if base(other) != base(name) or other == name:
            continue
        one, two = text_of(bound), text_of(known)
        if one is None or two is None or not (_follows(name, one, two) and _follows(other, two, one)):
            return False
    return True


def _follows(name: str, text: str, other: str) -> bool:
    """Tell whether a text is what a filter makes of another one; without a filter they have to be the same words."""
    style = name.partition(".")[2]
    return text == FILTERS[style](other) if style else words(text) == words(other)


def filtered(name: str, bindings: Sequence[tuple[str, object]]) -> str | None:
    """Return a metavariable with a filter as it is written, from however it is bound; None where it is no name."""
    style = name.partition(".")[2]
    known = next((bound for other, bound in bindings if base(other) == base(name)), None)
    text = text_of(known)
    return FILTERS[style](text) if text is not None and style else text
