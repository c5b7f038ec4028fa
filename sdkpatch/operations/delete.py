"""``delete``: remove code that matches a pattern, or what a selector names."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern import syntax
from ..pattern.find import Match, Narrowing, search
from ..pattern.match import TooExpensive
from ..pattern.nodes import Parameter, parameters
from ..pattern.selector import Target, module, select
from ..pattern.syntax import Pattern
from ..python import blocks as block_edits
from ..python import lists
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import conditions, element_removal
from .shared.element_removal import Standing
from .shared.rewriting import name_unnamed
from .shared.structural import Selectors, Structural, judged, pattern

_KINDS = ("statements", "except", "decorator", "item")


class Deletion(NamedTuple):
    """What to remove: matches of a pattern within scopes, or what has a name.

    ``element`` is the pattern as an expression, where it is one: then it is removed where it stands as an element.
    """

    names: tuple[str, ...]
    pattern: Pattern | None
    element: Pattern | None
    narrowing: Narrowing


class Delete(Structural[Deletion]):
    """The operation; see docs/operations/delete.md."""

    name = "delete"
    summary = "Remove functions, classes, fields or parameters by name, or code that matches a pattern."
    fields = (
        Field("name", Selectors(), "The functions, classes, fields or parameters to remove."),
        Field(
            "match",
            conditions.PATTERN,
            "Instead of `name`: the statements, element, except clause, decorator, argument or dict item to remove.",
        ),
        Field(
            "as",
            String(", ".join(syntax.KINDS), choices=syntax.KINDS),
            "What the pattern is, where it could be more than one of these.",
            default="",
        ),
        *conditions.FIELDS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Deletion:
        """Check that it is told what to remove, and from where."""
        given = [name for name in ("name", "match") if arguments[name]]
        parsed: Pattern | None = None
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either name or match")
        elif given == ["match"]:
            kinds = (str(arguments["as"]),) if arguments["as"] else _KINDS
            parsed = pattern(name_unnamed(str(arguments["match"])), (*key, "match"), report, kinds)
            if not arguments["within"] and not arguments.get("files"):
                hint = "without a place that must exist, code that moved away looks like code that was removed"
                report(key, found="match alone", expected="within or files beside it", hint=hint)
        names = arguments["name"]
        for name in names if isinstance(names, list) else ():
            if "#" in str(name).rpartition(".")[2].partition("(")[0]:
                hint = "another definition would then get this number: use a decorator such as @setter, or match"
                report((*key, "name"), found=f'"{name}"', expected="a name without a number", hint=hint)
        return Deletion(
            names=tuple(names) if isinstance(names, list) else (),
            pattern=parsed,
            element=_element(str(arguments["match"]), str(arguments["as"])) if parsed else None,
            narrowing=conditions.compile_narrowing(arguments, parsed.names if parsed else frozenset(), key, report),
        )

    def scopes(self, arguments: Deletion) -> Sequence[str]:
        """Return the selectors that the pattern is narrowed to."""
        return arguments.narrowing.within

    def selectors(self, arguments: Deletion) -> Sequence[str]:
        """Return what the names belong to: that must be there, they need not."""
        return tuple(dict.fromkeys(map(_owner, arguments.names)))

    def words(self, arguments: Deletion) -> Sequence[str]:
        """Return what names the place that a pattern is removed from: a file without the code is a site, too."""
        return () if arguments.names else sorted(conditions.words(arguments.narrowing))

    def sites(self, source: Source, arguments: Deletion) -> list[Judgement]:
        """Judge every place that must not hold the code any more."""
        try:
            if arguments.names:
                return [each for name in arguments.names for each in _by_name(source, name)]
            return _by_pattern(source, arguments)
        except TooExpensive:
            conflict = Conflict(
                reason="the pattern has too many ways to match in this file", hint="narrow it with within"
            )
            return [judged(source, module(source), conflict)]


def _element(code: str, kind: str) -> Pattern | None:
    """Return a pattern as an expression, where it is one and may be meant so."""
    if kind not in ("", "expression"):
        return None
    try:
        return syntax.parse(name_unnamed(code), ("expression",))
    except syntax.PatternProblem:
        return None


def _owner(name: str) -> str:
    """Return the selector of what something belongs to: the function of a parameter, the class of a method."""
    if name.endswith(")"):
        return name[: name.index("(")]
    return name.rpartition(".")[0] or "module"


def _by_name(source: Source, name: str) -> list[Judgement]:
    found: list[Judgement] = []
    doomed = select(source, (name,))
    for owner in select(source, (_owner(name),)):
        own = [each for each in doomed if each.owner is owner.node]
        if not own:
            found.append(judged(source, owner, Held()))
            continue
        found.append(judged(source, own[0]._replace(name=owner.name), ToDo(work=partial(_all, source, own))))
    return found


def _all(source: Source, doomed: Sequence[Target]) -> list[Edit]:
    edits: list[Edit] = []
    for block in {id(each.block): each.block for each in doomed if not isinstance(each.node, Parameter)}.values():
        nodes = [each.node for each in doomed if each.block is block]
        edits += _statements(source, block, [at for at, statement in enumerate(block) if statement in nodes])
    for each in doomed:
        if isinstance(each.node, Parameter):
            edits += remove_parameter(source, each.owner, each.node.arg)
    return edits


def _statements(source: Source, block: list[ast.stmt], places: Sequence[int]) -> list[Edit]:
    """Remove statements of one block, the string below a field with it; each run of neighbours in one edit."""
    top = block is source.tree.body
    wanted = set(places)
    for place in places:
        is_field = isinstance(block[place], ast.AnnAssign | ast.Assign)
        below = block[place + 1] if place + 1 < len(block) else None
        if is_field and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            wanted.add(place + 1)
    edits: list[Edit] = []
    first: int | None = None
    for place in range(len(block) + 1):
        if place in wanted:
            first = place if first is None else first
        elif first is not None:
            edits += block_edits.remove(source, block, first, place, top=top)
            first = None
    return edits


def remove_parameter(source: Source, function: ast.AST, name: str) -> list[Edit]:
    """Remove a parameter, and the bare star that is left without any behind it. Raises EditRefused."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    listed = lists.elements_of(source, function)
    known = parameters(function.args)
    if len(known) != len(listed.spans):
        raise EditRefused("the parameters cannot be told apart")
    place = next(index for index, each in enumerate(known) if each.arg == name)
    first = place
    alone = place + 1 == len(known) or known[place + 1].kind == "keywords"
    if place and known[place - 1].kind == "star" and alone:
        first -= 1
    last = place + 1
    if place == 0 and last < len(known) and known[last].kind == "slash":
        last += 1  # a slash needs a parameter in front of it
    return lists.remove(source, listed, first, last)


def _by_pattern(source: Source, arguments: Deletion) -> list[Judgement]:
    assert arguments.pattern is not None
    is_statement = arguments.pattern.kind != "expression"
    matches = search(source, arguments.pattern, arguments.narrowing) if is_statement else []
    found = search(source, arguments.element, arguments.narrowing) if arguments.element else []
    scopes = select(source, arguments.narrowing.within) if arguments.narrowing.within else [module(source)]
    judgements: list[Judgement] = []
    for scope in scopes:
        own = _outermost([each for each in matches if _is_in(each, scope)])
        standing = element_removal.standing(source, [each for each in found if _is_in(each, scope)], own)
        judgements.append(judged(source, scope, _verdict(source, arguments.pattern, own, standing)))
    return judgements


def _verdict(source: Source, searched: Pattern, own: Sequence[Match], standing: Standing) -> Held | ToDo | Conflict:
    if standing.parts and searched.kind != "expression":
        places = len(standing.parts)
        reason = f"{places} {'place holds' if places == 1 else 'places hold'} the code as a part of something else"
        reason += f" (line {', '.join(element_removal.lines(standing.parts[:5]))}), neither a statement nor an element"
        hint = 'as = "expression" removes elements alone, as = "statements" statements alone; or narrow it with within'
        return Conflict(reason=reason, hint=hint)
    if not own and not standing.elements:
        return Held()

    def work() -> list[Edit]:
        return [*_matches(source, searched, own), *element_removal.removed(source, standing)]

    return ToDo(work=work)


def _outermost(matches: Sequence[Match]) -> list[Match]:
    """Leave out what goes with another match around it."""
    found: list[Match] = []
    for match in matches:  # outer ones come first
        if not found or not found[-1].contains(match):
            found.append(match)
    return found


def _is_in(match: Match, scope: Target) -> bool:
    node = scope.owner if isinstance(scope.node, Parameter) else scope.node
    if isinstance(node, ast.Module):
        return True
    first: int = min([getattr(node, "lineno", 1), *(each.lineno for each in getattr(node, "decorator_list", ()))])
    last: int = getattr(node, "end_lineno", first)
    return first <= match.line <= last


def _matches(source: Source, searched: Pattern, matches: Sequence[Match]) -> list[Edit]:
    edits: list[Edit] = []
    if searched.kind == "statements":
        for block in {id(each.block): each.block for each in matches}.values():
            places = [
                place for each in matches if each.block is block for place in range(each.at, each.at + len(each.nodes))
            ]
            edits += _statements(source, block, sorted(places))
        return edits
    for match in matches:
        edits += _one(source, searched.kind, match)
    return edits


def _one(source: Source, kind: str, match: Match) -> list[Edit]:
    """Remove what is no statement: with the line it has, or with its comma."""
    text = source.text
    node = match.nodes[0]
    if kind in ("decorator", "except"):
        stop = getattr(node, "end_lineno", match.line) + 1
        if kind == "except":
            stop = block_edits.below_comments(source, stop, text.indent(match.line))
        return [Edit(text.start_of(match.line), text.start_of(stop), "")]
    for parent in ast.walk(source.tree):
        if kind == "parameter" and isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            assert isinstance(node, Parameter)
            if any(each.node is node.node for each in parameters(parent.args)):
                return remove_parameter(source, parent, node.arg)
        is_call = kind == "keyword" and isinstance(parent, ast.Call | ast.ClassDef)
        if is_call or (kind == "item" and isinstance(parent, ast.Dict)):
            if isinstance(parent, ast.ClassDef) and not parent.keywords:
                continue
            listed = lists.elements_of(source, parent)
            places = [index for index, span in enumerate(listed.spans) if span == match.span]
            if places and isinstance(parent, ast.ClassDef) and len(listed.spans) == 1:
                return [Edit(listed.start - 1, listed.stop + 1, "")]
            if places:
                return lists.remove(source, listed, places[0], places[0] + 1)
    raise EditRefused("the code to remove is in a place that is not understood")
