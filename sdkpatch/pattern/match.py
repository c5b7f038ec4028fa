"""Match a pattern against syntax trees: one way per metavariable, tried in order, with a bound on the work."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from ..bounds.regexes import TooSlow
from ..python.index import dotted
from ..python.source import Source, docstring_text, is_docstring
from .env import Bound, Env
from .equal import compared, split
from .name_parts import agree, base, key
from .names import Imports
from .nodes import Item, Nodes, Parameter
from .syntax import PLACEHOLDER, Pattern, variable

_BUDGET = 2_000_000
"""Nodes visited or compared per file; a real pattern needs a few thousand on a large file."""


class TooExpensive(TooSlow):
    """The pattern has too many ways to match in this file."""

    reason = "the pattern has too many ways to match in this file"
    hint = "narrow it with within, or name more of the code around the metavariables"


class Exact(NamedTuple):
    """What absence in a pattern forbids, by node: see ``pair`` in ``change``.

    ``fields`` holds (node, field) pairs that must agree even where the pattern says nothing; ``forbidden`` the
    decorators that must not be there.
    """

    fields: frozenset[tuple[int, str]] = frozenset()
    forbidden: tuple[tuple[int, tuple[ast.AST, ...]], ...] = ()


ANYTHING = Exact()
"""Nothing must be exact: what a pattern does not say, it does not ask."""


class Matcher:
    """Matches nodes of one pattern with nodes of one module."""

    def __init__(self, source: Source, pattern: Pattern, exact: Exact = ANYTHING) -> None:
        self._header = pattern.nodes[-1] if pattern.added_body else None
        self._imports = Imports(source)
        self._shape = pattern.shape
        self._nodes = Nodes()
        self._exact = exact
        self._budget = source.budget
        self._repeated = _repeated(pattern.nodes)

    def node(self, pattern: ast.AST, target: ast.AST, env: Env) -> Iterator[Env]:
        """Yield every way in which ``target`` is ``pattern``."""
        self._spend(1)
        placeholder = pattern_variable(pattern)
        if placeholder and placeholder[0] == "one":
            bound = _unwrapped(pattern, target)
            if bound is not None and (extended := self._bind(env, placeholder[1], bound)):
                yield extended.traced(pattern, target)
            return
        if isinstance(target, ast.Await) and isinstance(pattern, ast.Call):
            yield from self.node(pattern, target.value, env)  # the async twin of a call
            return
        env = env.traced(pattern, target)
        leaf = self._leaf(pattern, target, env)
        if leaf is not None:
            yield from leaf
        elif _is_comparable(pattern, target):
            left, right = self._shape.fields(pattern), self._nodes.fields(target)
            yield from self._fields(pattern, [*zip(left, right, strict=True)], env)

    def _certain(self, pattern: object, target: object, env: Env) -> Env | None:
        """Match what can be matched in one way only, as ``node`` does, without a generator for each node.

        None where it does not match, ``env`` itself where there may be several ways.
        """
        if isinstance(pattern, _OPERATORS):
            if not isinstance(target, ast.AST) or type(pattern) is not type(target):
                return None
            return env.traced(pattern, target)
        if not (isinstance(pattern, ast.expr) and isinstance(target, ast.expr)):
            return env
        placeholder = pattern_variable(pattern)
        wanted = _fixed_path(pattern)
        if not wanted and (placeholder is None or placeholder[0] == "run"):
            return env
        self._spend(1)
        if placeholder is None:
            path = dotted(target)
            return env.traced(pattern, target) if path and self._imports.means(path, wanted) else None
        bound = _unwrapped(pattern, target)
        extended = None if bound is None else self._bind(env, placeholder[1], bound)
        return None if extended is None else extended.traced(pattern, target)

    def _leaf(self, pattern: ast.AST, target: ast.AST, env: Env) -> Iterator[Env] | None:
        """Match what is compared by its text: docstrings, dotted names and strings; None for all else."""
        if isinstance(pattern, ast.stmt) and is_docstring(pattern):
            if isinstance(target, ast.stmt) and is_docstring(target):  # its indent is no difference
                assert isinstance(pattern, ast.Expr) and isinstance(target, ast.Expr)
                env = env.traced(pattern.value, target.value)
                return self._string(docstring_text(pattern), docstring_text(target), env)
            return iter(())
        if isinstance(target, ast.Name | ast.Attribute) and (wanted := _fixed_path(pattern)):
            path = dotted(target)
            return iter((env,) if path and self._imports.means(path, wanted) else ())
        if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str):
            return self._text(pattern.value, target, env)
        return None

    def _fields(
        self, node: ast.AST, pairs: Sequence[tuple[tuple[str, object], tuple[str, object]]], env: Env
    ) -> Iterator[Env]:
        for index, ((field, pattern), (_, target)) in enumerate(pairs):
            if field != "decorators" and _is_one_expression(pattern) and isinstance(target, list) and len(target) == 1:
                pattern, target = pattern[0], target[0]
            certain = self._certain(pattern, target, env)
            if certain is None:
                return
            if certain is not env:
                env = certain
                continue
            for found in self._field(node, field, pattern, target, env):
                yield from self._fields(node, pairs[index + 1 :], found)
            return
        yield env

    def _field(self, node: ast.AST, field: str, pattern: object, target: object, env: Env) -> Iterator[Env]:
        exact = (id(node), field) in self._exact.fields
        if not pattern and (
            (field in ("is_async", "returns") and not exact) or (field in BRANCHES and node is self._header)
        ):
            yield env  # what a pattern does not say: also what follows the block of a header alone
        elif isinstance(pattern, list) and isinstance(target, list):
            yield from self._list(node, field, pattern, target, env)
        elif isinstance(pattern, ast.AST):
            if isinstance(target, ast.AST):
                yield from self.node(pattern, target, env)
        elif isinstance(pattern, str) and PLACEHOLDER.search(pattern):
            if isinstance(target, str) and (extended := self._parts(pattern, target, env)):
                yield extended
        elif pattern == target and type(pattern) is type(target):
            yield env

    def _list(
        self, node: ast.AST, field: str, pattern: list[ast.AST], target: list[ast.AST], env: Env
    ) -> Iterator[Env]:
        if field == "decorators":
            if not any(self._is_forbidden(node, each) for each in target):
                yield from self._decorators(pattern, target, env)
            return
        if not all(isinstance(each, ast.AST) for each in (*pattern, *target)):  # the names of a global statement
            if pattern == target:
                yield env
            return
        if field == "body" and (id(node), field) not in self._exact.fields:
            target = target[docstring_offset(node, pattern, target) :]
        yield from self.sequence(*self._keywords_in_order(field, pattern, target), env)

    def _is_forbidden(self, node: ast.AST, decorator: ast.AST) -> bool:
        forbidden = next((nodes for key, nodes in self._exact.forbidden if key == id(node)), ())
        return any(True for each in forbidden for _ in self.node(each, decorator, Env()))

    def _decorators(self, patterns: Sequence[ast.AST], targets: Sequence[ast.AST], env: Env) -> Iterator[Env]:
        """Decorators a pattern does not name may stand among those it names."""
        if not patterns:
            yield env
            return
        if _is_run(patterns[0]):
            yield from self.sequence(patterns, targets, env)
            return
        for index, target in enumerate(targets):
            for found in self.node(patterns[0], target, env):
                yield from self._decorators(patterns[1:], targets[index + 1 :], found)

    def _keywords_in_order(
        self, field: str, patterns: list[ast.AST], targets: list[ast.AST]
    ) -> tuple[list[ast.AST], list[ast.AST]]:
        """Bring the keyword arguments of a call into the pattern's order: theirs says nothing."""
        if field not in ("arguments", "bases"):
            return patterns, targets
        wanted = [each.arg for each in patterns if isinstance(each, ast.keyword) and each.arg]
        named = {each.arg: each for each in targets if isinstance(each, ast.keyword) and each.arg in wanted}
        if not named:
            return patterns, targets
        rest = [each for each in targets if each not in named.values()]
        first = [each for each in patterns if isinstance(each, ast.keyword) and each.arg in wanted]
        others = [each for each in patterns if each not in first]
        return [*others, *first], [*rest, *(named[each.arg] for each in first if each.arg in named)]

    def sequence(self, patterns: Sequence[ast.AST], targets: Sequence[ast.AST], env: Env) -> Iterator[Env]:
        """Yield every way in which all of ``targets`` is all of ``patterns``."""
        for found, _ in self._from(_Walk(patterns, targets, True, {}), 0, 0, env):
            yield found

    def prefix(
        self, patterns: Sequence[ast.AST], targets: Sequence[ast.AST], env: Env, start: int = 0
    ) -> Iterator[tuple[Env, int]]:
        """Yield every way in which ``targets`` from ``start`` begin with ``patterns``, and how many that takes."""
        for found, stop in self._from(_Walk(patterns, targets, False, {}), 0, start, env):
            yield found, stop - start

    def _from(self, walk: _Walk, at: int, start: int, env: Env) -> Iterator[tuple[Env, int]]:
        """Yield every way for the patterns from ``at`` and the targets from ``start``, and where it ends.

        What failed once is not tried again: it fails again where no metavariable that stands twice is bound otherwise.
        """
        self._spend(1)
        if at == len(walk.patterns):
            if not walk.whole or start == len(walk.targets):
                yield env, start
            return
        # A run that failed from one place on has tried all the places behind it, too.
        is_open = at + 1 < len(walk.patterns) and self._is_open(walk.patterns[at])
        known = at, 0 if is_open else start, self._context(env)
        failed = walk.failed.get(known)
        if failed is not None and start >= failed[0]:
            return
        found_any = False
        for matched, stop in self._first_of(walk, at, start, env):
            for found in self._from(walk, at + 1, stop, matched):
                found_any = True
                yield found
        if not found_any:
            # The bindings are kept, so that none of them leaves its id to another.
            walk.failed[known] = start, [bound for name, bound in env.bindings if base(name) in self._repeated]

    def _first_of(self, walk: _Walk, at: int, start: int, env: Env) -> Iterator[tuple[Env, int]]:
        """Yield every way in which one pattern of a sequence takes targets from ``start`` on, and where it ends."""
        pattern, targets = walk.patterns[at], walk.targets
        if _is_run(pattern):
            placeholder = pattern_variable(pattern)
            assert placeholder is not None
            known = env.get(placeholder[1])
            stops: Sequence[int] = range(start, len(targets) + 1)
            if isinstance(known, tuple):  # only as many as it stands for elsewhere
                stops = stops[len(known) : len(known) + 1]
            elif at + 1 == len(walk.patterns):
                stops = stops[-1:]
            for stop in stops:
                self._spend(1 + (stop - start) // 16)
                run = tuple(targets[start:stop])
                if extended := self._bind(env, placeholder[1], run):
                    yield extended.traced(pattern, run), stop
        elif start < len(targets):
            for matched in self.node(pattern, targets[start], env):
                yield matched, start + 1

    def _is_open(self, pattern: ast.AST) -> bool:
        """Tell whether a pattern is a run that nothing else in the pattern decides."""
        placeholder = pattern_variable(pattern)
        return placeholder is not None and placeholder[0] == "run" and placeholder[1] not in self._repeated

    def _context(self, env: Env) -> tuple[int, ...]:
        """Return what decides, beside the place, whether the rest of a sequence can match."""
        return tuple(id(bound) for name, bound in env.bindings if base(name) in self._repeated)

    def _spend(self, steps: int) -> None:
        self._budget.steps += steps
        if self._budget.steps > _BUDGET:
            raise TooExpensive

    def _text(self, pattern: str, target: ast.AST, env: Env) -> Iterator[Env]:
        """Match the text of a string, parts of which may be metavariables."""
        if not isinstance(target, ast.Constant) or not isinstance(target.value, str):
            return
        yield from self._string(pattern, target.value, env)

    def _string(self, pattern: str, text: str, env: Env) -> Iterator[Env]:
        if not PLACEHOLDER.search(pattern):
            if pattern == text:
                yield env
        elif bound := self._parts(pattern, text, env):
            yield bound

    def _parts(self, pattern: str, text: str, env: Env) -> Env | None:
        """Bind the metavariables in a text or a dotted name to parts of another."""
        names = [key(found[2]) for found in PLACEHOLDER.finditer(pattern)]
        parts = split(pattern, text)
        bound: Env | None = env if parts is not None else None
        for name, part in zip(names, parts or (), strict=False):
            bound = self._bind(bound, name, part) if bound else None
        return bound

    def _bind(self, env: Env, name: str, bound: Bound) -> Env | None:
        """Bind a metavariable; None when it is bound to other code already."""
        if name == "_":
            return env
        known = env.get(name)
        if known is None:
            if not agree(name, bound, env.bindings):
                return None
            return Env((*env.bindings, (name, bound)), env.trace)
        return env if self._is_same(known, bound) else None

    def _is_same(self, left: Bound, right: Bound) -> bool:
        """Compare as ``is_same``; every node that is compared counts."""
        for same in compared(left, right):
            self._spend(1)
            if not same:
                return False
        return True


BRANCHES = ("orelse", "finalbody", "handlers")


def docstring_offset(node: ast.AST, pattern: Sequence[object], target: Sequence[object]) -> int:
    """Return 1 when a definition has a docstring that the pattern of its body does not speak of."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or len(target) < 2:
        return 0
    first, other = pattern[0], target[0]
    assert isinstance(first, ast.stmt) and isinstance(other, ast.stmt)
    return int(is_docstring(other) and not is_docstring(first))


class _Walk(NamedTuple):
    """A sequence of patterns on its way along targets; ``whole`` tells that it has to reach their end."""

    patterns: Sequence[ast.AST]
    targets: Sequence[ast.AST]
    whole: bool
    failed: dict[tuple[int, int, tuple[int, ...]], tuple[int, list[Bound]]]


_OPERATORS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)

pattern_variable = lru_cache(maxsize=1024)(variable)
"""As ``variable``, for nodes of patterns: every site asks for the same ones."""


@lru_cache(maxsize=1024)
def _fixed_path(pattern: ast.AST) -> str:
    """Return the dotted name that a node of a pattern is, with no metavariable in it; an empty string for any other."""
    path = dotted(pattern)
    return "" if PLACEHOLDER.search(path) else path


@lru_cache(maxsize=256)
def _repeated(nodes: tuple[ast.AST, ...]) -> frozenset[str]:
    """Return the metavariables that stand in a pattern more than once."""
    found = Counter(
        name
        for root in nodes
        for node in ast.walk(root)
        for _, value in ast.iter_fields(node)
        if isinstance(value, str)
        for name in (base(key(found[2])) for found in PLACEHOLDER.finditer(value))
    )
    return frozenset(name for name, count in found.items() if count > 1)


def _unwrapped(pattern: ast.AST, target: ast.AST) -> Bound | None:
    """Return what a metavariable in this place binds, or None when it cannot stand there.

    One thing is no run: where the target is a pattern itself, see ``is_narrower`` in ``form``.
    """
    if (found := variable(target)) is not None and found[0] == "run":
        return None
    if isinstance(pattern, ast.Expr):
        return target if isinstance(target, ast.stmt) else None
    if isinstance(pattern, ast.alias):
        return target if isinstance(target, ast.alias) else None
    if isinstance(pattern, Parameter):
        return target if isinstance(target, Parameter) and target.kind not in ("star", "slash") else None
    if isinstance(pattern, ast.expr):
        return target if isinstance(target, ast.expr) else None
    return target


TWINS = ((ast.FunctionDef, ast.AsyncFunctionDef), (ast.With, ast.AsyncWith), (ast.For, ast.AsyncFor))
"""A pattern in sync form stands for its async twin too."""


def _is_run(node: ast.AST) -> bool:
    """Tell whether a node of a pattern is a run."""
    placeholder = pattern_variable(node)
    return placeholder is not None and placeholder[0] == "run"


def _is_one_expression(pattern: object) -> TypeGuard[list[ast.expr]]:
    """Tell whether a list of a pattern has one expression that is no run."""
    if not isinstance(pattern, list) or len(pattern) != 1 or not isinstance(pattern[0], ast.expr):
        return False
    return not _is_run(pattern[0])


def _is_comparable(pattern: ast.AST, target: ast.AST) -> bool:
    for plain, twin in TWINS:
        if type(pattern) is plain:
            return isinstance(target, plain | twin)
    if isinstance(pattern, Item) and isinstance(target, Item):
        return (pattern.key is None) == (target.key is None)
    return type(pattern) is type(target)
