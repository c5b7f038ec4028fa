"""Make one step of several that do the same at several places, where it then changes those places and no other."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from . import globbing
from .steps import Said, StepTable
from .trial import Trial, after

_SELECTORS = ("within", "class", "function", "target", "field", "parameter", "name")
"""The arguments that hold a selector, in the operations where they do."""
MOST_COUNTED = 100
"""More places that a wider step would change are not counted: that takes as long as a run over all of them."""
_CODE = ("change", "match", "replace", "code", "before", "after", "was", "body", "text", "annotation", "default")
_NO_SELECTOR = {"parameter": ("parameter.add", "parameter.rename"), "name": ("export.add", "export.remove")}


class Place(NamedTuple):
    """A step at one place: which of what was said it belongs to, and its number there."""

    said: int
    number: int
    path: str
    selectors: tuple[str, ...]
    step: StepTable


class General(NamedTuple):
    """One step for several places; ``others`` is how many more places a wider step would change, with that step."""

    step: StepTable
    places: tuple[Place, ...]
    others: int = 0
    wider: str = ""


def selector_of(step: StepTable) -> str:
    """Return the argument that holds a step's selector, an empty string where it has none."""
    return next((key for key in _SELECTORS if key in step and step["op"] not in _NO_SELECTOR.get(key, ())), "")


def groups(said: Sequence[Said]) -> list[list[Place]]:
    """Group the steps that are the same but for files, selectors and names."""
    found: dict[tuple[Any, ...], list[Place]] = {}
    for place in placed(said):
        found.setdefault(_shape(place.step, selector_of(place.step)), []).append(place)
    return [each for each in found.values() if len(each) > 1]


def placed(said: Sequence[Said]) -> Iterator[Place]:
    """Yield the steps that may stand for several places, each at its own."""
    for index, each in enumerate(said):
        for number, step in enumerate(each.steps):
            if list(step.get("files", ())) != [each.path] or step["op"].startswith(("toml.", "text.")):
                continue
            selector = selector_of(step)
            given = step.get(selector, ()) if selector else ()
            names = (given,) if isinstance(given, str) else tuple(given)
            yield Place(index, number, each.path, names, step)


def _shape(step: StepTable, selector: str) -> tuple[Any, ...]:
    """Return what steps have in common that may be one: their arguments, with names left open in code."""
    return tuple(
        (key, tuple(_kinds(value)) if key in _CODE and isinstance(value, str) else repr(value))
        for key, value in step.items()
        if key not in ("files", selector)
    )


def _kinds(code: str) -> Iterator[str]:
    for kind, text in _calm(code):
        yield "name" if kind == tokenize.NAME and text not in _KEYWORDS else text


_KEYWORDS = frozenset(
    {
        "def",
        "class",
        "if",
        "else",
        "for",
        "in",
        "is",
        "not",
        "None",
        "True",
        "False",
        "return",
        "raise",
        "with",
        "as",
        "try",
        "except",
        "and",
        "or",
        "import",
        "from",
        "self",
        "yield",
        "lambda",
        "while",
    }
)
_TOKEN = re.compile(r"\$+[A-Z_0-9]*|[A-Za-z_]\w*|\s+|.", re.DOTALL)


def tokens(code: str) -> list[tuple[int, str]]:
    """Return the words and signs of a pattern; what is in a string is not taken apart."""
    found: list[tuple[int, str]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                found.append((token.type, token.string))
    except (tokenize.TokenError, SyntaxError):
        found = []
    strings = [text for _, text in found]
    pieces: list[tuple[int, str]] = []
    rest = code
    for string in strings:
        if string not in rest:
            continue
        before, _, rest = rest.partition(string)
        pieces += [*_words(before), (tokenize.STRING, string)]
    return [*pieces, *_words(rest)]


def _words(text: str) -> list[tuple[int, str]]:
    return [
        (tokenize.NAME if re.fullmatch(r"[A-Za-z_]\w*", each) else tokenize.OP, each) for each in _TOKEN.findall(text)
    ]


class Generaliser:
    """Tries wider steps on the generated tree, widest first."""

    def __init__(self, trial: Trial, generated: Mapping[str, bytes | None]) -> None:
        self._trial = trial
        self._generated = generated

    def general(self, places: Sequence[Place], *, are_twins: bool = False) -> General | None:
        """Return one step for all places, None where no step changes them and nothing else.

        Where they ``are_twins``, the arguments of each are tried for all.
        """
        wanted = self._wanted(places)
        if wanted is None:
            return None
        others, wider = 0, ""
        for step in self._proposed(places, are_twins=are_twins):
            if not self._does(step, wanted):
                continue
            extra = self._extra(step, wanted, count=not wider)
            if not extra:
                return General(step, tuple(places), others, wider)
            if not wider:
                others, wider = extra, globbing.shown(step, selector_of(step))
        return None

    def _proposed(self, places: Sequence[Place], *, are_twins: bool) -> Iterator[StepTable]:
        """Yield steps for all places: with the names that differ left open, then as it was said of each of them."""
        base = opened(places)
        if base is not None:
            yield from self._wider(base, places)
        if are_twins:
            known = [] if base is None else [_arguments(base)]
            for one in _each(places):
                if _arguments(one) not in known:
                    known.append(_arguments(one))
                    yield from self._wider(one, places)

    def _does(self, step: StepTable, wanted: Mapping[str, bytes]) -> bool:
        """Tell whether a step makes of the files with the places what the single steps make of them."""
        return all(
            after(self._trial.file(path, self._generated[path], [step])) == made for path, made in wanted.items()
        )

    def _extra(self, step: StepTable, wanted: Mapping[str, bytes], *, count: bool) -> int:
        """Return how many sites a step would change in other files, the first few; without ``count`` of the first."""
        found = 0
        for each in self._trial.elsewhere(step, wanted):
            found += each
            if found > (MOST_COUNTED if count else 0):
                break
        return found

    def _wanted(self, places: Sequence[Place]) -> Mapping[str, bytes] | None:
        """Return what the single steps make of the generated files, None where one of them needs another first."""
        by_path: dict[str, list[StepTable]] = {}
        for place in places:
            by_path.setdefault(place.path, []).append(place.step)
        found: dict[str, bytes] = {}
        for path, steps in by_path.items():
            old = self._generated.get(path)
            made = after(self._trial.file(path, old, steps)) if old is not None else None
            if made is None or made == old:
                return None
            found[path] = made
        return found

    def _wider(self, base: StepTable, places: Sequence[Place]) -> Iterator[StepTable]:
        selector = selector_of(base)
        files = [place.path for place in places]
        names = [name for place in places for name in place.selectors]
        for glob in globbing.selectors(names) if selector else [None]:
            for pattern in globbing.files(files):
                step = {key: value for key, value in base.items() if key != "files"}
                ordered: dict[str, Any] = {"op": step.pop("op")}
                ordered |= {"files": pattern} if pattern else {}
                for key, value in step.items():
                    ordered[key] = glob if key == selector else value
                yield ordered


def _arguments(step: StepTable) -> StepTable:
    """Return what a step says besides of where it looks."""
    selector = selector_of(step)
    return {key: value for key, value in step.items() if key not in ("files", selector)}


def _each(places: Sequence[Place]) -> Iterator[StepTable]:
    """Yield the steps of places, first one with the lists of all of them: each place takes of those what it has."""
    first = places[0].step
    lists = [key for key, value in _arguments(first).items() if isinstance(value, list)]
    if lists and all(isinstance(place.step.get(key), list) for place in places for key in lists):
        yield {**first, **{key: list(dict.fromkeys(one for p in places for one in p.step[key])) for key in lists}}
    yield from (place.step for place in places)


def opened(places: Sequence[Place]) -> StepTable | None:
    """Return the step of the first place with the names that differ left open, None where they cannot be."""
    first = places[0].step
    if len({tuple(place.step) for place in places}) > 1:
        return None
    made: dict[str, Any] = dict(first)
    selector = selector_of(first)
    names: dict[tuple[str, ...], str] = {}
    for key in first:
        if key in (selector, "files") or key not in _CODE or not isinstance(first[key], str):
            continue
        texts = [str(place.step[key]) for place in places]
        if len(set(texts)) == 1:
            continue
        columns = [_calm(text) for text in texts]
        is_pattern = first["op"] in ("rewrite", "insert", "delete", "comment.add")
        if not is_pattern or len({len(each) for each in columns}) > 1:
            return None
        out = ""
        for column in zip(*columns, strict=True):
            values = tuple(text for _, text in column)
            if len(set(values)) == 1:
                out += values[0]
                continue
            if any(kind != tokenize.NAME for kind, _ in column):
                return None
            out += "$" + names.setdefault(values, f"NAME{len(names) + 1}" if names else "NAME")
        made[key] = out
    if names:
        made["where"] = {name: {"regex": "|".join(sorted(set(values)))} for values, name in names.items()}
    return made


def _calm(text: str) -> list[tuple[int, str]]:
    """Return the words of a pattern as they are for sync code: a pattern stands for its async twin as well."""
    return tokens(re.sub(r"\b(async|await) ", "", text))
