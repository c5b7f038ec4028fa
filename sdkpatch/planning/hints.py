"""What to tell a person whose step finds nothing: the names there are, near to what was asked for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..bounds import globs
from ..model import Conflict, Step
from ..pattern import selector
from ..python.parsing import parse
from ..python.source import Source
from ..tree import Tree

_CLOSE = 0.6
"""How alike two names must be: a letter or two of a short name, or a word of a long one."""
_CLOSE_PATH = 0.8
"""How alike two paths must be: they share more, such as ``client.py``."""
_MOST = 3
_DEFINITION = re.compile(
    rb"^([ \t]*)(?:(?:async[ \t]+)?(def|class)[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*(?::(?!=)|=(?!=)))", re.MULTILINE
)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_KEYWORDS = frozenset({"else", "try", "finally", "except", "lambda", "match", "case", "with"})


class _Named(NamedTuple):
    """Something with a qualified name, as its line looks; only parsing tells for sure."""

    name: str
    kind: str
    path: str


def no_file(tree: Tree, step: Step) -> str:
    """Return a hint with the path nearest to what ``files`` says, where no file is one that it names; else nothing."""
    if any(globs.matches(path, step.files) for path in tree.files):
        return ""
    wanted = re.sub(r"^(?:\*\*/)+", "", step.files[0]) if step.files else ""
    length = wanted.count("/") + 1
    tails = {path: "/".join(path.split("/")[-length:]) for path in tree.files}
    scores = {path: _alike(wanted, tail) for path, tail in tails.items()}
    best = min(scores, key=lambda path: (-scores[path], path), default="")
    found = f"**/{tails[best]}" if best and step.files[0].startswith("**/") else best
    near = f"; there is {found}" if best and scores[best] >= _CLOSE_PATH else ""
    return f"files matches no file of the tree{near}"


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


def near(tree: Tree, step: Step, wanted: str, kinds: Sequence[str] = ()) -> str:
    """Return a hint with the names nearest to a selector that names nothing, of the kinds that the place accepts."""
    plain, _, parameter = wanted.removesuffix(")").partition("(")
    there = list(_definitions(tree, step))
    inside = bool(parameter) or (bool(kinds) and set(kinds) <= {"parameter", "return"})
    functions = [each for each in there if each.kind == "function"]
    if inside:
        owners = [each for each in functions if selector.matches(plain, each.name)] or _ranked(plain, functions)
        names = _parameters(tree, owners)
        found = _closest(parameter, names) or names[:_MOST]
    else:
        found = _real(tree, _ranked(plain, [each for each in there if not kinds or each.kind in kinds]), kinds)
    if found:
        return "the generator renamed it? there is " + ", ".join(found)
    return "the generator moved or renamed it; look at files"


def missing(tree: Tree, step: Step, selectors: Sequence[str]) -> str:
    """Return the first of several selectors that no definition has the name of, an empty string where all have one."""
    plain = [each for each in selectors if each != "module"]
    names = {each.name for each in _definitions(tree, step)} if len(plain) > 1 else set()
    return next((each for each in plain if names and not any(_names(each, name) for name in names)), "")


def scope_hint(tree: Tree, step: Step, scopes: Sequence[str]) -> str:
    """Return a hint for the first selector of ``within`` that names nothing; empty when all name something."""
    plain = [each for each in scopes if each != "module"]
    names = {each.name for each in _definitions(tree, step)} if plain else set()
    if not names:
        return ""
    lost = next((each for each in plain if not any(_names(each, name) for name in names)), "")
    return f'within "{lost}" names nothing: {near(tree, step, lost)}' if lost else ""


def _names(wanted: str, name: str) -> bool:
    """Tell whether a selector names a definition, or a parameter or the return value of it."""
    return selector.matches(wanted.partition("(")[0], name)


def holding(tree: Tree, step: Step, words: Sequence[str]) -> str:
    """Return a hint about which names of a pattern are in which files, for one that matches nothing."""
    files = _files(tree, step)
    if not files:
        return "files matches no Python file of the tree"
    lacking, whole = set(words), list[str]()
    for path in files:
        code = tree.read(path)
        there = {word for word in words if word.encode() in code}
        lacking -= there
        if len(there) == len(words):
            whole.append(path)
    if lacking:
        close = [name for word in sorted(lacking) for name in _identifiers(tree, files, word)]
        more = f'; did you mean "{close[0]}"?' if close else ""
        return f"no file holds {', '.join(sorted(lacking))}{more}"
    if not whole:
        return f"no file holds all of {', '.join(sorted(words))}"
    return f"{whole[0]} holds the names of the pattern, and other code: compare the two"


def _files(tree: Tree, step: Step) -> list[str]:
    return [path for path in tree.files if path.endswith(".py") and globs.matches(path, step.files)]


def _definitions(tree: Tree, step: Step) -> Iterator[_Named]:
    """Yield what has a qualified name in the step's files, by the look of the lines: parsing takes longer."""
    for path in _files(tree, step):
        around: list[tuple[int, str, str]] = []
        for found in _DEFINITION.finditer(tree.read(path)):
            indent, kind, defined, assigned = found.groups()
            while around and around[-1][0] >= len(indent):
                around.pop()
            name = (defined or assigned).decode()
            if not kind and (name in _KEYWORDS or (around and around[-1][2] == "function") or (indent and not around)):
                continue
            word = "function" if kind == b"def" else "class" if kind else "field"
            qualified = f"{around[-1][1]}.{name}" if around else name
            yield _Named(name=qualified, kind=word, path=path)
            if kind:
                around.append((len(indent), qualified, word))


def _ranked(wanted: str, there: Sequence[_Named]) -> list[_Named]:
    """Return what comes nearest to a selector, best first: one part of it may be wrong, or a part is missing."""
    scores: dict[_Named, float] = {}
    parts = wanted.split(".")
    for each in there:
        names = each.name.split(".")
        if len(names) == len(parts):
            fits = [selector.matches(part, name) for part, name in zip(parts, names, strict=True)]
            wrong = [at for at, fit in enumerate(fits) if not fit]
            if len(wrong) == 1:
                whole = 0.8 * _alike(wanted, each.name) if "*" not in wanted else 0
                scores[each] = max(_alike(parts[wrong[0]], names[wrong[0]]), whole)
            elif wrong:
                scores[each] = min(_alike(parts[at], names[at]) for at in wrong) if len(wrong) < 3 else 0
        elif len(names) > len(parts):  # the class may be missing from the selector
            scores[each] = min(map(_alike, parts, names[-len(parts) :])) - 0.05
    least = max(_CLOSE, max(scores.values(), default=0) - 0.2)
    close = [each for each in scores if scores[each] >= least]
    return sorted(close, key=lambda each: (-scores[each], each.name, each.path))


def _alike(part: str, name: str) -> float:
    """Return how alike a part of a selector and a name are, 0 to 1; wildcards stand for anything."""
    plain = re.sub(r"[*?{},]", "", part).lower()
    name = name.lower()
    if plain != part.lower() and len(name) > len(plain):
        name = name[-len(plain) :] if part.startswith("*") else name[: len(plain)]
    matcher = difflib.SequenceMatcher(None, plain, name)
    if matcher.real_quick_ratio() < _CLOSE or matcher.quick_ratio() < _CLOSE:
        return 0
    return matcher.ratio()


def _real(tree: Tree, ranked: Iterable[_Named], kinds: Sequence[str]) -> list[str]:
    """Return the first names that parsing finds as well: a line of a docstring may look like a definition."""
    known: dict[str, set[str]] = {}
    found: list[str] = []
    for each in ranked:
        if each.path not in known:
            source = parse(each.path, tree.read(each.path))
            targets = [] if isinstance(source, Conflict) else selector.targets(source)
            known[each.path] = {target.name for target in targets if not kinds or target.kind in kinds}
        if each.name in known[each.path] and each.name not in found:
            found.append(each.name)
        if len(found) == _MOST:
            break
    return found


def _parameters(tree: Tree, owners: Sequence[_Named]) -> list[str]:
    """Return the qualified names of the parameters of functions; of more than a few, those of the first."""
    found: list[str] = []
    for each in owners[:_MOST]:
        source = parse(each.path, tree.read(each.path))
        targets = [] if isinstance(source, Conflict) else selector.targets(source)
        found += [target.name for target in targets if target.name.startswith(f"{each.name}(")]
    return list(dict.fromkeys(found))


def _closest(parameter: str, names: Sequence[str]) -> list[str]:
    if not parameter:
        return []
    scores = {name: _alike(parameter, name.removesuffix(")").partition("(")[2]) for name in names}
    return sorted((name for name in names if scores[name] >= _CLOSE), key=lambda name: -scores[name])[:_MOST]


def _identifiers(tree: Tree, files: Sequence[str], word: str) -> list[str]:
    """Return the name in the files that comes nearest to one that none of them holds."""
    if not word.isidentifier():
        return []
    there: set[bytes] = set()
    for path in files:
        there.update(_NAME.findall(tree.read(path)))
    size = len(word)
    alike = [name.decode("utf-8", "replace") for name in there if abs(len(name) - size) <= size // 2]
    return difflib.get_close_matches(word, sorted(alike), n=1, cutoff=0.75)


def _holding(tree: Tree, step: Step, words: Sequence[str]) -> Iterator[Source]:
    """Yield the files of a step that hold all the words."""
    for path in tree.files:
        if path.endswith(".py") and globs.matches(path, step.files):
            code = tree.read(path)
            source = parse(path, code) if all(word.encode() in code for word in words) else None
            if isinstance(source, Source):
                yield source
