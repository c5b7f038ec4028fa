"""Remove expressions that stand as elements: of a list, tuple, set or subscript, or of a union written with ``|``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...errors import EditRefused
from ...pattern.find import Match
from ...pattern.nodes import elements, span_in
from ...python import lists
from ...python.index import dotted
from ...python.source import Source
from ...python.text import Edit

Container = ast.List | ast.Tuple | ast.Set | ast.Subscript | ast.BinOp | ast.ClassDef
_SIGN = re.compile(r"((?:[^|#]|#[^\n]*)*)\|")
_ALTERNATIVES = ("Union", "Literal", "Tuple", "tuple")
"""Types whose brackets hold any number of elements: a Dict without its key, or a Callable, is none."""


class Standing(NamedTuple):
    """Matches of an expression by where they stand: as elements, with what holds each, or as a part of other code."""

    elements: list[tuple[Match, Container]]
    parts: list[Match]


def standing(source: Source, matches: Sequence[Match], taken: Sequence[Match]) -> Standing:
    """Tell where matches stand; those within ``taken``, or within another match, are left out."""
    holders: dict[int, Container] = {}
    bracketed: set[int] = set()  # tuples between the brackets of a subscript
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            bracketed.add(id(node.slice))
        if isinstance(node, Container) and id(node) not in bracketed:
            for element in _elements(node):
                holders[id(element)] = node
    found = Standing([], [])
    reached = 0  # outer ones come first, so what ends before this lies within one that was seen
    for match in sorted([*taken, *matches], key=lambda each: (each.span[0], -each.span[1])):
        if match.span[1] <= reached:
            continue
        reached = match.span[1]
        if match in taken:
            continue
        holder = holders.get(id(match.nodes[0]))
        if holder is None:
            found.parts.append(match)
        else:
            found.elements.append((match, holder))
    return found


def _elements(node: ast.AST) -> Sequence[ast.expr]:
    """Return what could be taken out of a node."""
    match node:
        case ast.Subscript():
            return elements(node) if dotted(node.value).rpartition(".")[2] in _ALTERNATIVES else ()
        case ast.ClassDef():
            return node.bases
        case ast.List() | ast.Tuple():
            return node.elts if isinstance(node.ctx, ast.Load) else ()
        case ast.Set():
            return node.elts
        case ast.BinOp(op=ast.BitOr()):
            return node.left, node.right
        case _:
            return ()


def removed(source: Source, found: Standing) -> list[Edit]:
    """Return the edits that take the elements out. Raises EditRefused where nothing would be left."""
    edits: list[Edit] = []
    for holder in {id(each): each for _, each in found.elements}.values():
        nodes = [match.nodes[0] for match, other in found.elements if other is holder]
        edits += _taken_out(source, holder, nodes)
    return edits


def _taken_out(source: Source, holder: Container, nodes: Sequence[ast.AST]) -> list[Edit]:
    known = _elements(holder)
    places = [index for index, each in enumerate(known) if any(each is node for node in nodes)]
    left = [each for each in known if not any(each is node for node in nodes)]
    if not left and not isinstance(holder, ast.List | ast.ClassDef):
        raise EditRefused("nothing would be left of what holds the element; remove that as a whole")
    if isinstance(holder, ast.BinOp):
        return _operand(source, holder, is_left=left[0] is holder.right)
    if isinstance(holder, ast.ClassDef):
        return _bases(source, holder, nodes)
    inner = holder.slice if isinstance(holder, ast.Subscript) else holder
    listed = lists.elements_of(source, holder)
    if len(listed.spans) != len(known):
        raise EditRefused("the elements of the list cannot be told apart")
    edits = lists.remove_each(source, listed, places)
    is_tuple = isinstance(inner, ast.Tuple) and not isinstance(holder, ast.Subscript)
    if is_tuple and len(left) == 1:
        return lists.tuple_of_one(source, listed, next(n for n in range(len(known)) if n not in places), edits)
    return edits


def _operand(source: Source, holder: ast.BinOp, *, is_left: bool) -> list[Edit]:
    """Take an operand of ``a | b`` out with the sign beside it; the other may lose parts of its own meanwhile."""
    content = source.text.content
    start, stop = source.text.span(holder)
    middle, right = source.text.span(holder.left)[1], source.text.span(holder.right)[0]
    sign = _SIGN.match(content, middle, right)
    assert sign is not None
    at = sign.end(1)
    if is_left:
        return [Edit(start, at + 1 + len(content[at + 1 :]) - len(content[at + 1 :].lstrip()), "")]
    return [Edit(at if "#" in content[middle:at] else middle + len(content[middle:at].rstrip()), stop, "")]


def _bases(source: Source, holder: ast.ClassDef, nodes: Sequence[ast.AST]) -> list[Edit]:
    """Take bases of a class out, with the brackets where they are the only ones."""
    listed = lists.elements_of(source, holder)
    spans = [span_in(source.text, node) for node in nodes]
    places = [index for index, span in enumerate(listed.spans) if span in spans]
    if len(places) != len(spans):
        raise EditRefused("the bases of the class cannot be told apart")
    if len(places) == len(listed.spans):
        return [Edit(listed.start - 1, listed.stop + 1, "")]
    return lists.remove_each(source, listed, places)


def lines(matches: Sequence[Match]) -> Iterator[str]:
    """Yield the lines of matches, for a message."""
    yield from (str(line) for line in sorted({match.line for match in matches}))
