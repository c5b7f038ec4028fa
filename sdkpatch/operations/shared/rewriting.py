"""Judge code by two patterns, before and after: what is to be changed, what is so already, and what is neither."""

from __future__ import annotations

import ast
import copy
import difflib
import keyword
import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...pattern import form, syntax
from ...pattern.change import Change, pair
from ...pattern.equal import is_same
from ...pattern.find import Match, Narrowing, search, written
from ...pattern.match import Exact, Matcher, TooExpensive
from ...pattern.render import render_name
from ...pattern.selector import Target, select
from ...pattern.syntax import PLACEHOLDER, Pattern
from ...python.source import Source, same
from ...python.spans import Spans
from . import block_names, wider_imports
from .structural import at_line, judged

_NEUTRAL = frozenset({"self", "cls", "None", "True", "False", "typing", "Optional"})


class Rewrite(NamedTuple):
    """A change of code: patterns before and after, what each must be exact about, and where to look.

    ``context`` is the change with what differs left open: code that matches it and is in neither form has drifted.
    ``was`` is the whole code before, where a part of it is thrown away unseen. ``is_narrower`` tells that all code in
    the form before is in the form after, ``is_in_place`` that the forms differ in plain code alone, in the same places.
    """

    before: Pattern
    after: Pattern
    exact_before: Exact
    exact_after: Exact
    narrowing: Narrowing
    context: Pattern | None
    was: tuple[ast.stmt, ...]
    imports: tuple[str, ...]
    is_narrower: bool
    is_in_place: bool


def build(before: str, after: str, kinds: Sequence[str]) -> tuple[Pattern, Pattern]:
    """Parse two patterns as the first kind that both can be. Raises PatternProblem."""
    problem: syntax.PatternProblem | None = None
    for kind in kinds:
        try:
            old, new = syntax.parse(before, (kind,)), syntax.parse(after, (kind,))
        except syntax.PatternProblem as found:
            problem = problem or found
            continue
        if reason := form.check(old, new):
            raise syntax.PatternProblem(reason)
        if not syntax.is_specific(old):
            raise syntax.PatternProblem("it matches everything")
        if reason := syntax.adjacent(old):
            raise syntax.PatternProblem(reason)
        if form.are_alike(old, new):
            raise _nothing_to_do(old, new)
        return old, new
    try:
        syntax.parse(before, kinds)
        syntax.parse(after, kinds)
    except syntax.PatternProblem as found:
        problem = found
    assert problem is not None
    raise problem


def _nothing_to_do(old: Pattern, new: Pattern) -> syntax.PatternProblem:
    """Return the problem of a step that can never do anything."""
    if len(old.nodes) == len(new.nodes) and all(map(same, old.nodes, new.nodes)):
        hint = "comments are set by comment.add, and layout is no difference"
        return syntax.PatternProblem("before and after are the same code, so it can never do anything", hint=hint)
    hint = "add code that tells the two apart"
    return syntax.PatternProblem("all code in the form before is in the form after already", hint=hint)


def rewrite(
    before: Pattern,
    after: Pattern,
    narrowing: Narrowing,
    was: Sequence[ast.stmt] = (),
    imports: Sequence[str] = (),
    *,
    has_context: bool = False,
) -> Rewrite:
    """Return the change of two patterns; ``has_context`` tells that it was written with lines that stay."""
    exact_before, exact_after = pair(before, after)
    return Rewrite(
        before=before,
        after=after,
        exact_before=exact_before,
        exact_after=exact_after,
        narrowing=narrowing,
        context=_context(before, after) if has_context else None,
        was=tuple(was),
        imports=tuple(imports),
        is_narrower=form.is_narrower(before, after),
        is_in_place=form.is_in_place(before, after),
    )


def name_unnamed(code: str, start: int = 1) -> str:
    """Give a name to every ``$_`` and ``$$$``: code that stands before and after must be the same code."""
    numbers = iter(range(start, 10_000))
    code = re.sub(r"\$\$\$(?![A-Z])", lambda found: f"$$$SDKPATCH{next(numbers)}", code)
    return re.sub(r"(?<!\$)\$_(?![A-Za-z0-9_])", lambda found: f"$SDKPATCH{next(numbers)}", code)


def has_context(change: str) -> bool:
    """Tell whether a change written as a diff has a line that stays and names something."""
    kept = [re.sub(r"\$+\w*", "", line) for line in change.split("\n") if line[:1] not in ("-", "+")]
    words = {word for line in kept for word in re.findall(r"[A-Za-z_]\w*", line)}
    return bool(words - _NEUTRAL - set(keyword.kwlist))


def judge(source: Source, arguments: Rewrite) -> list[Judgement]:
    """Judge every place in a module where the change is to be made or has been made."""
    try:
        return list(_judge(source, arguments))
    except TooExpensive:
        hint = "narrow it with within, or name more of the code around the metavariables"
        return [at_line(source, 1, Conflict(reason="the pattern has too many ways to match in this file", hint=hint))]


def _judge(source: Source, arguments: Rewrite) -> Iterator[Judgement]:
    old = search(source, arguments.before, arguments.narrowing, arguments.exact_before)
    new = search(source, arguments.after, arguments.narrowing, arguments.exact_after)
    for reading in wider_imports.readings(source, arguments.before, arguments.after):
        known = {each.span for each in (*old, *new)}
        new += [
            each
            for each in search(source, reading, arguments.narrowing, arguments.exact_after)
            if each.span not in known
        ]
    held, todo = _told_apart(arguments, old, new)
    yield from (at_line(source, each.line, _held(source, arguments, each)) for each in held)
    in_blocks = [each for each in held if each.block]
    for each in todo:
        left = [other for other in in_blocks if _follow(each, other) and _binds_alike(each, other)]
        verdict = _both_left(left[0]) if left else _verdict(source, arguments, each)
        yield at_line(source, each.line, verdict)
    yield from _drifted(source, arguments, [*held, *todo])


def _told_apart(arguments: Rewrite, old: Sequence[Match], new: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """Return which matches are in the form after, and which are to be changed: of both forms the narrower decides."""
    if not old or not new:
        return list(new), list(old)
    if arguments.is_narrower or arguments.is_in_place:
        there, in_blocks = {each.span for each in old}, [each for each in old if each.block]
        new = [each for each in new if each.span not in there and not any(_is_one_place(each, it) for it in in_blocks)]
    if arguments.is_narrower:  # what is in the form after within the form before, or around it, is a site of its own
        return list(new), list(old)
    spans = {each.span for each in new}
    left = [each for each in old if each.span not in spans]
    by_span, around = {each.span: each for each in left}, Spans(each.span for each in left)
    outer = ((each, [by_span[span] for span in around.around(each.span) if span != each.span]) for each in new)
    held = [each for each, those in outer if all(_is_bound(each, it) for it in those)]
    by_span, around = {each.span: each for each in held}, Spans(each.span for each in held)
    outer = ((each, [by_span[span] for span in around.around(each.span)]) for each in left)
    return held, [each for each, those in outer if all(_is_bound(each, it) for it in those)]


def _is_bound(one: Match, other: Match) -> bool:
    """Tell whether a match of one expression is in code that a metavariable of another match stands for."""
    if one.block or len(one.nodes) != 1:
        return False
    bound = (each for _, value in other.env.bindings for each in (value if isinstance(value, tuple) else (value,)))
    roots = (each for each in bound if isinstance(each, ast.AST))
    return any(node is one.nodes[0] for root in roots for node in ast.walk(root))


def _is_one_place(one: Match, other: Match) -> bool:
    return one.span == other.span or (bool(one.block) and one.block is other.block and _overlap(one, other))


def _follow(one: Match, other: Match) -> bool:
    """Tell whether two matches of statements stand one behind the other."""
    if not one.block or one.block is not other.block:
        return False
    return one.at + len(one.nodes) == other.at or other.at + len(other.nodes) == one.at


def _binds_alike(one: Match, other: Match) -> bool:
    theirs = dict(other.env.bindings)
    return all(name not in theirs or is_same(bound, theirs[name]) for name, bound in one.env.bindings)


def _both_left(other: Match) -> Conflict:
    reason = f"the form before and the form after follow each other (line {other.line})"
    return Conflict(reason=reason, hint="a merge left both: remove the form before")


def _held(source: Source, arguments: Rewrite, match: Match) -> Held | Conflict:
    """Judge a place in the form after: what the change added may be there twice, one behind the other."""
    added = _added(arguments)
    beside = [*match.block[match.at - 1 : match.at], *match.block[match.at + len(match.nodes) :][:1]]
    if not added or not match.block:
        return Held()
    matcher = Matcher(source, arguments.after, arguments.exact_after)
    for node in added:
        for statement in beside:
            if next(matcher.node(node, statement, match.env), None) is not None:
                reason = f"what the change adds is there twice: again on line {statement.lineno}"
                return Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
    return Held()


def _added(arguments: Rewrite) -> list[ast.AST]:
    """Return the statements that the change adds to those that were there."""
    before, after = arguments.before.nodes, arguments.after.nodes
    if arguments.after.kind != "statements" or len(after) <= len(before):
        return []
    old = {ast.dump(node) for node in before}
    return [node for node in after if ast.dump(node) not in old and not syntax.variable(node)]


def _overlap(one: Match, other: Match) -> bool:
    return one.contains(other) or other.contains(one)


def _verdict(source: Source, arguments: Rewrite, match: Match) -> ToDo | Conflict:
    if arguments.was and not _is_code(match.nodes, arguments.was):
        details = difference(arguments.was, [node for node in match.nodes if isinstance(node, ast.stmt)])
        reason = "the generator changed the code that this step replaces"
        return Conflict(reason=reason, hint="read the difference, bring was and the change up to date", details=details)
    elsewhere = _added_elsewhere(source, arguments, match)
    if elsewhere:
        reason = f"what the change adds is on line {elsewhere} already, in another place"
        return Conflict(reason=reason, hint="a merge may have moved it: remove it there, or mend it by hand")
    if clash := _taken(source, arguments, match):
        return clash
    return ToDo(work=Change(source, arguments.before, arguments.after, match).edits)


def _is_code(nodes: Sequence[ast.AST], was: Sequence[ast.stmt]) -> bool:
    return len(nodes) == len(was) and all(same(left, right) for left, right in zip(nodes, was, strict=True))


def difference(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[str, ...]:
    """Return the difference of two pieces of code, as the lines of a unified diff without its header."""
    left, right = (ast.unparse(ast.Module(body=list(code), type_ignores=[])).split("\n") for code in (old, new))
    lines = difflib.unified_diff(left, right, "the code when the patch was written", "generated now", "", "", 2, "")
    return tuple(lines)


def _added_elsewhere(source: Source, arguments: Rewrite, match: Match) -> int:
    """Return the line in the same block of a statement that the change would add once more, or 0."""
    matcher = Matcher(source, arguments.after, arguments.exact_after)
    for node in _added(arguments):
        for statement in match.block:
            is_there = wider_imports.is_within(node, statement)
            is_there = is_there or next(matcher.node(node, statement, match.env), None) is not None
            if is_there and statement not in match.nodes:
                return statement.lineno
    return 0


def _taken(source: Source, arguments: Rewrite, match: Match) -> Conflict | None:
    """Return the conflict of a statement that the change adds, and whose name the block has already."""
    stays = len(arguments.after.nodes) == len(arguments.before.nodes) + len(_added(arguments))
    for node in _added(arguments):
        named = copy.copy(node)
        if isinstance(named, block_names.DEFINITIONS):
            named.name = render_name(named.name, match.env)
        gone = () if stays else match.nodes
        if isinstance(named, ast.stmt) and (taken := block_names.taken(source, match.block, named, gone)):
            return taken
    return None


def _drifted(source: Source, arguments: Rewrite, known: Sequence[Match]) -> Iterator[Judgement]:
    hint = "the generator changed it: look at the code and bring the patch up to date"
    if arguments.context is not None:
        there = Spans(each.span for each in known)
        for match in search(source, arguments.context, arguments.narrowing):
            if not any(True for _ in chain(there.around(match.span), there.within(match.span))):
                reason = "the code around it is there, but neither the form before nor the form after"
                yield at_line(source, match.line, Conflict(reason=reason, hint=hint, details=_shown(source, match)))
    exact = [each for each in arguments.narrowing.within if not set(each) & set("*?{")]
    for target in select(source, exact) if exact and arguments.narrowing.is_required else ():
        if not any(_lies_in(source, each, target) for each in known) and target.kind != "module":
            yield judged(
                source, target, Conflict(reason="it has neither the form before nor the form after", hint=hint)
            )


def _shown(source: Source, match: Match) -> tuple[str, ...]:
    lines = textwrap.dedent(written(source, match.nodes)).split("\n")
    return tuple(lines[:6] + ["..."] * (len(lines) > 6))


def _lies_in(source: Source, match: Match, target: Target) -> bool:
    node = target.node if target.kind != "parameter" else target.owner
    first: int = min([getattr(node, "lineno", 1), *(each.lineno for each in getattr(node, "decorator_list", ()))])
    last: int = getattr(node, "end_lineno", match.line)
    return first <= match.line <= last


def _context(before: Pattern, after: Pattern) -> Pattern | None:
    """Return the pattern before with everything that differs left open; None when nothing tells it apart then."""
    if len(before.nodes) != len(after.nodes):
        return None
    opened = [_opened(copy.deepcopy(old), new) for old, new in zip(before.nodes, after.nodes, strict=True)]
    if any(node is None for node in opened):
        return None
    nodes = tuple(node for node in opened if node is not None)
    found = {
        word
        for root in nodes
        for node in ast.walk(root)
        for field in ("id", "attr", "name", "arg")
        if isinstance(word := getattr(node, field, None), str) and not PLACEHOLDER.search(word)
    }
    context = before._replace(nodes=nodes, shape=type(before.shape)())
    return context if found - _NEUTRAL and not all(map(syntax.variable, nodes)) else None


def _opened(old: ast.AST, new: ast.AST) -> ast.AST | None:
    """Return ``old`` with a placeholder wherever ``new`` differs, or None when it differs as a whole."""
    if ast.dump(old) == ast.dump(new):
        return old
    if type(old) is not type(new) or syntax.variable(old) or syntax.variable(new):
        return None
    for field in old._fields:
        left, right = getattr(old, field, None), getattr(new, field, None)
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return None
            parts = [_part(one, other) for one, other in zip(left, right, strict=True)]
            if any(part is None and one is not None for part, one in zip(parts, left, strict=True)):
                return None
            setattr(old, field, parts)
        elif isinstance(left, ast.AST) and isinstance(right, ast.AST):
            part = _part(left, right)
            if part is None:
                return None
            setattr(old, field, part)
        elif left != right:
            return None
    return old


def _part(old: object, new: object) -> object:
    if not isinstance(old, ast.AST) or not isinstance(new, ast.AST):
        return old if old == new else None
    part = _opened(old, new)
    if part is None and isinstance(old, ast.expr):
        return ast.copy_location(ast.Name(id=f"{syntax.ONE}_", ctx=ast.Load()), old)
    return part


def has_dropped_run(before: Pattern, after: Pattern) -> bool:
    """Tell whether a run of statements that is matched unseen is gone after."""
    runs = {name for node in _statement_runs(before) if (name := node) not in after.names and name != "_"}
    unnamed = sum(name == "_" for name in _statement_runs(before)) > sum(name == "_" for name in _statement_runs(after))
    return bool(runs) or unnamed


def _statement_runs(pattern: Pattern) -> list[str]:
    found = []
    for root in pattern.nodes:
        for node in ast.walk(root):
            placeholder = syntax.variable(node) if isinstance(node, ast.Expr) else None
            if placeholder and placeholder[0] == "run":
                found.append(placeholder[1])
    return found
