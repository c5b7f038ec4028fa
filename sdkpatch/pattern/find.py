"""Find what a pattern stands for in a module: everywhere, or in what selectors and other patterns narrow it to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..python.source import Block, Source, blocks, first_line
from ..python.spans import Spans
from ..python.text import Span
from .env import Bound, Env
from .match import ANYTHING, TWINS, Exact, Matcher
from .nodes import Item, Parameter, parameters, span_in
from .selector import Target, select
from .syntax import Pattern, variable

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Match(NamedTuple):
    """One place where a pattern matched: the nodes it covers, and for statements the block they are in."""

    env: Env
    nodes: tuple[ast.AST, ...]
    span: Span
    line: int
    block: Block
    at: int

    def contains(self, other: Match) -> bool:
        """Tell whether another match lies within this one."""
        return self.span[0] <= other.span[0] and other.span[1] <= self.span[1]


class Condition(NamedTuple):
    """What a metavariable must be: a regular expression over its source, or a pattern."""

    regex: str = ""
    pattern: Pattern | None = None


class Narrowing(NamedTuple):
    """Where a pattern is looked for, and what else must hold of a match.

    ``is_required`` tells that each selector of ``within`` that is no glob must hold a match.
    """

    within: tuple[str, ...] = ()
    inside: Pattern | None = None
    not_inside: Pattern | None = None
    has: Pattern | None = None
    not_has: Pattern | None = None
    where: Mapping[str, Condition] = {}
    is_required: bool = True


def find(source: Source, pattern: Pattern, exact: Exact = ANYTHING, root: ast.AST | None = None) -> list[Match]:
    """Return the matches of a pattern below ``root`` (the module), in source order, outer ones first."""
    matcher = Matcher(source, pattern, exact)
    tree = root or source.tree
    if pattern.kind == "statements":
        found = list(_statements(source, pattern, matcher, tree))
    else:
        found = list(_single(source, pattern, matcher, tree))
    return sorted(found, key=lambda match: (match.span[0], -match.span[1]))


def _statements(source: Source, pattern: Pattern, matcher: Matcher, tree: ast.AST) -> Iterator[Match]:
    anchored = variable(pattern.nodes[0])
    from_start = anchored is not None and anchored[0] == "run"
    kinds = () if anchored else _twins(pattern.nodes[0])
    roots: list[Block] = [[tree]] if isinstance(tree, ast.stmt) else []
    for block in (*roots, *(source.blocks if tree is source.tree else blocks(tree))):
        index = 0
        while index < len(block):
            if kinds and type(block[index]) not in kinds:
                index += 1
                continue
            matched = next(iter(matcher.prefix(pattern.nodes, block, Env(), index)), None)
            if matched is None or matched[1] == 0:
                index += 1
                if from_start:
                    break
                continue
            env, used = matched
            nodes = tuple(block[index : index + used])
            start = source.text.start_of(first_line(nodes[0]))
            stop = source.text.span(nodes[-1])[1]
            yield Match(env=env, nodes=nodes, span=(start, stop), line=nodes[0].lineno, block=block, at=index)
            index += used
            if from_start:
                break


def _twins(node: ast.AST) -> tuple[type[ast.AST], ...]:
    """Return the kinds of statements that a statement of a pattern stands for: the sync form for the async one too."""
    return next((both for both in TWINS if type(node) is both[0]), (type(node),))


def _single(source: Source, pattern: Pattern, matcher: Matcher, tree: ast.AST) -> Iterator[Match]:
    node = pattern.nodes[0]
    for candidate in _candidates(source, pattern.kind, node, tree):
        env = next(matcher.node(node, candidate, Env()), None)
        if env is not None:
            span = span_of(source, candidate)
            line = source.text.line_at(span[0])
            yield Match(env=env, nodes=(candidate,), span=span, line=line, block=[], at=0)


def _candidates(source: Source, kind: str, node: ast.AST, tree: ast.AST) -> Iterator[ast.AST]:
    if isinstance(tree, Parameter):
        for part in filter(None, (tree.annotation, tree.default)):
            yield from _candidates(source, kind, node, part)
        return
    for each in source.index.of(_holders(kind, node), tree):
        match each:
            case _ if kind in ("expression", "except"):
                yield each
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if kind == "decorator":
                yield from each.decorator_list
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from parameters(each.args)
            case ast.Call() | ast.ClassDef():
                yield from each.keywords
            case ast.Dict():
                yield from (Item(key, value) for key, value in zip(each.keys, each.values, strict=True))
            case _:
                pass


def _holders(kind: str, node: ast.AST) -> Sequence[type[ast.AST]]:
    """Return the kinds of nodes that a pattern of this kind matches, or matches a part of."""
    match kind:
        case "expression":
            return (ast.Name, ast.Attribute) if isinstance(node, ast.Name | ast.Attribute) else (type(node),)
        case "except":
            return (ast.ExceptHandler,)
        case "decorator":
            return _DEFINITIONS
        case "parameter":
            return _FUNCTIONS
        case "keyword":
            return (ast.Call, ast.ClassDef)
        case _:
            return (ast.Dict,)


def span_of(source: Source, node: ast.AST) -> Span:
    """Return the offsets of any node a pattern can match; a definition begins with its decorators."""
    text = source.text
    if isinstance(node, ast.stmt) and first_line(node) != node.lineno:
        first = first_line(node)
        return text.start_of(first) + len(text.indent(first)), text.span(node)[1]
    return span_in(text, node)


def search(source: Source, pattern: Pattern, narrowing: Narrowing, exact: Exact = ANYTHING) -> list[Match]:
    """Return the matches that the narrowing lets through."""
    if narrowing.within:
        scopes = select(source, narrowing.within)
        found = _apart(match for scope in scopes for match in _in_scope(source, pattern, exact, scope))
    else:
        found = find(source, pattern, exact)
    for wanted, other in ((True, narrowing.inside), (False, narrowing.not_inside)):
        if other is not None:
            around = Spans(each.span for each in find(source, other))
            found = [each for each in found if any(span != each.span for span in around.around(each.span)) is wanted]
    for wanted, other in ((True, narrowing.has), (False, narrowing.not_has)):
        if other is not None:
            parts = Spans(each.span for each in find(source, other))
            found = [each for each in found if any(True for _ in parts.within(each.span)) is wanted]
    return [each for each in found if _conditions_hold(source, each.env, narrowing.where)]


def _in_scope(source: Source, pattern: Pattern, exact: Exact, scope: Target) -> Iterator[Match]:
    """Find within what a selector names: the definition itself included, what encloses it not."""
    if scope.kind == "parameter":
        assert isinstance(scope.node, Parameter)
        if pattern.kind == "parameter":
            matcher = Matcher(source, pattern, exact)
            env = next(matcher.node(pattern.nodes[0], scope.node, Env()), None)
            if env is not None:
                span = span_of(source, scope.node)
                line = source.text.line_at(span[0])
                yield Match(env=env, nodes=(scope.node,), span=span, line=line, block=[], at=0)
            return
        yield from find(source, pattern, exact, scope.node)
    elif scope.kind == "return":
        returns = getattr(scope.node, "returns", None)
        yield from find(source, pattern, exact, returns) if returns is not None else ()
    else:
        block = scope.block
        for match in find(source, pattern, exact, scope.node):
            if match.nodes == (scope.node,) and scope.node in block:
                yield match._replace(block=block, at=block.index(scope.node))
            else:
                yield match


def _apart(matches: Iterator[Match]) -> list[Match]:
    found: dict[Span, Match] = {}
    for match in matches:
        found.setdefault(match.span, match)
    return sorted(found.values(), key=lambda match: (match.span[0], -match.span[1]))


def _conditions_hold(source: Source, env: Env, where: Mapping[str, Condition]) -> bool:
    for name, condition in where.items():
        bound = env.get(name)
        if bound is None:
            continue
        if condition.regex and not source.budget.search(condition.regex, written(source, bound)):
            return False
        if condition.pattern is not None:
            if not isinstance(bound, ast.AST):
                return False
            if next(Matcher(source, condition.pattern).node(condition.pattern.nodes[0], bound, Env()), None) is None:
                return False
    return True


def written(source: Source, bound: Bound) -> str:
    """Return the source of what a metavariable is bound to."""
    if isinstance(bound, str):
        return bound
    if isinstance(bound, tuple):
        if not bound:
            return ""
        return source.text.content[span_of(source, bound[0])[0] : span_of(source, bound[-1])[1]]
    start, stop = span_of(source, bound)
    return source.text.content[start:stop]
