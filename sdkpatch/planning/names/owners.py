"""Find the classes of a tree that have a member or inherit it, and the names by which files know them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ...errors import TreeError
from ...operation import MemberOwners
from ...tree import Tree
from .lost_members import class_of, classes_in, members
from .modules import Modules

_DEPTH = 20
"""Generations of classes, and bases above one, that are followed at most."""


def owners(tree: Tree, is_meant: Callable[[str], bool], old: str, new: str) -> MemberOwners:
    """Return the classes that are meant and have a member by its old or new name, and all that inherit from them."""
    modules = Modules(tree, {})
    roots = set(_roots(tree, modules, is_meant, {old, new}))
    found = set(roots)
    for _ in range(_DEPTH):
        more = set(_below(tree, modules, found)) - found
        if not more:
            break
        found |= more
    names = {(path, name) for path, name in _known(tree, modules, found, is_meant)}
    problems = tuple(each for owner in sorted(found) for each in _problems(modules, owner, found, old, new))
    return MemberOwners(classes=frozenset(found), names=frozenset(names | found), problems=problems)


def _files(tree: Tree, words: set[str]) -> Iterator[str]:
    wanted = [word.encode() for word in words]
    for path in tree.files:
        try:
            code = tree.read(path) if path.endswith(".py") else b""
        except TreeError:
            continue
        if any(word in code for word in wanted):
            yield path


def _roots(tree: Tree, modules: Modules, is_meant: Callable[[str], bool], names: set[str]) -> Iterator[tuple[str, str]]:
    for path in _files(tree, names):
        for name, node in classes_in(modules, path).items():
            if is_meant(name) and names & _fields(node):
                yield path, name


def _below(tree: Tree, modules: Modules, known: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the classes one of whose bases is known."""
    for path in _files(tree, {name for _, name in known}):
        for name, node in classes_in(modules, path).items():
            if any(_named(modules, path, base) in known for base in node.bases):
                yield path, name


def _named(modules: Modules, path: str, base: ast.expr) -> tuple[str, str] | None:
    base = base.value if isinstance(base, ast.Subscript) else base
    found = class_of(modules, path, ast.unparse(base))
    return (found.path, found.node.name) if found is not None else None


def _known(
    tree: Tree, modules: Modules, classes: set[tuple[str, str]], is_meant: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Yield the names that files import such a class by; a module that is not in the tree counts by the name."""
    for path in _files(tree, {name for _, name in classes}):
        module = modules.module(path)
        for target in modules.starred(path, module) if module is not None else ():
            for _, name in classes if target else ():
                found = class_of(modules, target, name)
                if found is not None and (found.path, found.node.name) in classes:
                    yield path, name
        for each in module.scopes.imports if module is not None else ():
            found = class_of(modules, path, each.name) if each.source else None
            if found is not None:
                if (found.path, found.node.name) in classes:
                    yield path, each.name
            elif each.source and not modules.target(path, each.module) and is_meant(each.source):
                yield path, each.name


def _problems(
    modules: Modules, owner: tuple[str, str], found: set[tuple[str, str]], old: str, new: str
) -> Iterator[tuple[str, str, str]]:
    """Yield why a class cannot have the member by its new name: it has such a one from elsewhere, or the old one."""
    path, name = owner
    node = classes_in(modules, path)[name]
    own = members(node)
    for above in _above(modules, path, node):
        base = classes_in(modules, above[0])[above[1]]
        other, theirs = f"{above[1]} in {above[0]}", members(base)
        if above in found and old in theirs and new in own and old not in own:
            yield path, name, f"it has {new}, and inherits {old}, which would have this name, from {other}"
        elif above not in found and old in own and new in theirs:
            yield path, name, f"it inherits {new} from {other}"
        elif above not in found and old in own and old in _fields(base):
            yield path, name, f"it inherits {old} from {other}, which the step does not name"


def _above(modules: Modules, path: str, node: ast.ClassDef, depth: int = _DEPTH) -> Iterator[tuple[str, str]]:
    """Yield the bases of a class that the tree has, and theirs."""
    for base in node.bases if depth else ():
        named = _named(modules, path, base)
        if named is not None:
            yield named
            yield from _above(modules, named[0], classes_in(modules, named[0])[named[1]], depth - 1)


def _fields(node: ast.ClassDef) -> set[str]:
    return {
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
