"""What a run changes of the names of one file, as small values: most edits leave nothing to look up elsewhere."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator
from typing import NamedTuple

from ...python import offered
from ...python.name_outline import name_loss, outline
from ...python.scope import PARAMETER, TYPING
from ...python.scopes import Scopes, scopes_of
from ...python.source import Source
from . import margin


class Footprint(NamedTuple):
    """What a run does to the names of a file.

    ``is_quiet`` tells that the file asks for nothing that it did not ask for before, that each of its own names means
    what it meant, and that none comes too early: it is right as long as the other files have what they had. ``lost``
    are its names that are gone (each for type checkers, and for code that runs), ``moved`` all names of it that are
    gone, new or bound otherwise, ``asked`` those that it takes from modules that may be in the tree, ``*`` for all; it
    may have more names than that.
    """

    is_quiet: bool
    lost: frozenset[tuple[str, bool]]
    moved: frozenset[str]
    asked: frozenset[str]


def footprint(before: Source, after: Source, tops: Container[str] = ()) -> Footprint:
    """Return what became of the names of a file between two states of it.

    ``tops`` are the names of the tree's outermost packages.
    """
    loss = name_loss(before, after)
    if loss is not None:
        lost = frozenset((name, is_typing) for name in loss.imports for is_typing in (False, True))
        return Footprint(is_quiet=True, lost=lost, moved=loss.imports, asked=_asked_at_most(after))
    return by_scopes(before, after, tops)


def by_scopes(before: Source, after: Source, tops: Container[str] = ()) -> Footprint:
    """Return what became of the names of a file, each of them looked up."""
    was, now = before.once(scopes_of), after.once(scopes_of)
    outside = _Outside(frozenset(after.path.split("/")), tops)
    known = {each[:3] for each in was.imports}
    new = {each.name.partition(".")[0] for each in now.imports if each[:3] not in known and each.module in outside}
    is_quiet = (
        not _questions(after, now, outside) - _questions(before, was, outside)
        and new.isdisjoint(was.bound)
        and not any(each.source == "*" for each in (*was.imports, *now.imports))
        and now.builtins.keys().isdisjoint({*was.locals, *was.globals})
        and now.globals.keys().isdisjoint(was.locals)
        and not any(_too_early(after, now))
        and not _members(before, was) - _members(after, now)
        and all((each[0] or each[2]).decode() in outside for each in margin.new_imports(before.code, after.code))
    )
    offers = _offers(before, was), _offers(after, now)
    names = was.names(offered.lazy(before.tree)), now.names(offered.lazy(after.tree))
    moved = frozenset(name for name, _ in offers[0] ^ offers[1])
    return Footprint(is_quiet, frozenset(names[0] - names[1]), moved, frozenset(_asked(after, now)))


class _Outside(NamedTuple):
    """The modules that surely come with Python: no name of theirs is one of the tree's."""

    inside: frozenset[str]
    tops: Container[str]

    def __contains__(self, module: object) -> bool:
        first = str(module).partition(".")[0]
        return first in sys.stdlib_module_names and first not in self.inside and first not in self.tops


def _questions(source: Source, scopes: Scopes, outside: _Outside) -> Counter[object]:
    """Return what a file needs of the tree, each as often as it does."""
    found: Counter[object] = Counter((each.name, each.is_typing) for each in scopes.unbound)
    asking = (each for each in scopes.imports if each.scope or each.module not in outside)
    found.update((each.module, each.source, each.is_typing, each.is_guarded) for each in asking)
    through = ((each, use) for each, use in scopes.through if each.module not in outside)
    found.update((each[:3], use.path, use.is_typing) for each, use in through)
    found.update(("all", name) for name in offered.listed(source.tree))
    found.update(("lazy", name, module) for name, (module, _) in offered.lazy(source.tree).items())
    return found


def _asked(source: Source, scopes: Scopes) -> Iterator[str]:
    """Yield the names that a file takes from modules that may be in the tree, and those it says it has itself."""
    folders = set(source.path.split("/"))
    for each in scopes.imports:
        if each.module.startswith(".") or each.module.partition(".")[0] in folders:
            yield each.source or each.module.rpartition(".")[2]
    for each, use in scopes.through:
        if each.module.startswith(".") or each.module.partition(".")[0] in folders:
            yield from use.path
    yield from (*offered.listed(source.tree), *offered.lazy(source.tree))


def _asked_at_most(source: Source) -> frozenset[str]:
    """Return what ``_asked`` yields and more, told by the outline alone."""
    folders = set(source.path.split("/"))
    found, roots = {*offered.listed(source.tree), *offered.lazy(source.tree)}, set[str]()
    for node in source.index.of((ast.ImportFrom,)):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").partition(".")[0] in folders):
            found.update(alias.name for alias in node.names)
            roots.update(alias.asname or alias.name for alias in node.names)
    for node in source.index.of((ast.Import,)):
        for alias in node.names if isinstance(node, ast.Import) else ():
            if alias.name.partition(".")[0] in folders:
                found.add(alias.name.rpartition(".")[2])
                roots.add(alias.asname or alias.name.partition(".")[0])
    for path in {path for _, path in source.once(outline).reads}:
        root, *parts = path.split(".")
        found.update(parts if root in roots else ())
    return frozenset(found)


def _offers(source: Source, scopes: Scopes) -> set[tuple[str, object]]:
    """Return what a file's own names are bound to, as far as others can tell the difference."""
    found: set[tuple[str, object]] = {*scopes.bound.items()}
    found |= {(each.name, each[1:3]) for each in scopes.imports if not each.scope}
    found |= {(name, "all") for name in offered.listed(source.tree)}
    return found | {(name, module) for name, (module, _) in offered.lazy(source.tree).items()}


def _too_early(source: Source, scopes: Scopes) -> Iterator[str]:
    """Yield the names that may be used before anything binds them: not behind the line of the first that does."""
    starts = [start for start, _ in source.logical_lines]

    def statement(line: int) -> int:
        return starts[max(bisect_right(starts, line) - 1, 0)]

    for scope in scopes.scopes:
        for name, line, mode, _ in scope.loads:
            home = scopes.home(scope, name)
            if (
                home is None
                or mode & TYPING
                or home.kind not in ("module", "class", "function")
                or home.bound[name] & PARAMETER
            ):
                continue
            first = home.first[name]
            if (line <= first or statement(line) <= first) and scope.runs_in(home):
                yield name


def _members(source: Source, scopes: Scopes) -> Counter[tuple[str, str]]:
    """Return what classes have: what their bodies bind, what code in them sets on a name, and what they inherit from.

    Each as often as it does: one of two classes with the same name may lose a member that the other keeps.
    """
    found = Counter((each.name, name) for each in scopes.scopes if each.kind == "class" for name in each.bound)
    for node in source.index.of((ast.Attribute,)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            around = [each.name for each in source.index.parents(node) if isinstance(each, ast.ClassDef)]
            found[".".join(reversed(around)), node.attr] += 1
    for node in source.index.of((ast.ClassDef,)):
        if isinstance(node, ast.ClassDef):
            found.update((node.name, ast.unparse(base)) for base in node.bases)
    return found
