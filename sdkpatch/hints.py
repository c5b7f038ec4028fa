"""What to tell a person whose step finds nothing: the names there are, near to what was asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from . import globs
from .model import Conflict, Step
from .pattern import selector
from .source import Source
from .task import parse
from .tree import Tree

_FILES = 40
"""How many files are looked through for names: enough for those that hold a word of the selector."""


def unmatched(selectors: Sequence[str], names: Sequence[str]) -> str:
    """Return the first selector that matches none of the names, or an empty string."""
    wanted = (each for each in selectors if each != "module")
    return next((each for each in wanted if not any(selector.matches(each, name) for name in names)), "")


def lost_scope(tree: Tree, step: Step, scopes: Sequence[str], names: Sequence[str]) -> str:
    """Return the first selector that names nothing in the step's files, or an empty string; ``names`` are of sites."""
    for wanted in scopes:
        is_told_by_name = not set(wanted) & set("#@")
        if wanted == "module" or (is_told_by_name and any(selector.matches(wanted, name) for name in names)):
            continue
        if not any(selector.select(source, (wanted,)) for source in _holding(tree, step, selector.words(wanted))):
            return wanted
    return ""


def near(tree: Tree, step: Step, wanted: str) -> str:
    """Return a hint with the names nearest to a selector that names nothing."""
    names = _names(tree, step, selector.words(wanted))
    close = difflib.get_close_matches(wanted.replace("*", ""), names, n=3, cutoff=0.5)
    if close:
        return "the generator renamed it? there is " + ", ".join(close)
    return "the generator moved or renamed it; look at files"


def holding(tree: Tree, step: Step, words: Sequence[str]) -> str:
    """Return a hint about which names of a pattern are in which files, for one that matches nothing."""
    files = [path for path in tree.files if path.endswith(".py") and globs.matches(path, step.files)]
    if not files:
        return "no Python file of the tree is one that files names"
    lacking, whole = set(words), list[str]()
    for path in files:
        code = tree.read(path)
        there = {word for word in words if word.encode() in code}
        lacking -= there
        if len(there) == len(words):
            whole.append(path)
    if lacking:
        return f"no file holds {', '.join(sorted(lacking))}"
    if not whole:
        return f"no file holds all of {', '.join(sorted(words))}"
    return f"{whole[0]} holds the names of the pattern, and other code: compare the two"


def _names(tree: Tree, step: Step, words: Sequence[str]) -> list[str]:
    found: set[str] = set()
    read = 0
    for path in tree.files:
        if not path.endswith(".py") or not globs.matches(path, step.files):
            continue
        code = tree.read(path)
        if not any(word.encode() in code for word in words):
            continue
        read += 1
        source = parse(path, code)
        if not isinstance(source, Conflict):
            found |= {target.name for target in selector.targets(source)}
        if read == _FILES:
            break
    return sorted(found)


def _holding(tree: Tree, step: Step, words: Sequence[str]) -> Iterator[Source]:
    """Yield the files of a step that hold all the words."""
    for path in tree.files:
        if path.endswith(".py") and globs.matches(path, step.files):
            code = tree.read(path)
            source = parse(path, code) if all(word.encode() in code for word in words) else None
            if isinstance(source, Source):
                yield source
