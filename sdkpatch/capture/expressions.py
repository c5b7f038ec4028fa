"""The smallest expressions in which two statements differ, and the rewrites that say them."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .side import Side
from .written import is_plain


class ExpressionChange(NamedTuple):
    """An expression before and after, as the arguments ``match`` and ``replace``; ``kind`` is the argument ``as``."""

    match: str
    replace: str
    kind: str = ""


class _Pair(NamedTuple):
    """Two nodes that stand for each other, and those around them, innermost first."""

    old: ast.AST
    new: ast.AST
    around: tuple[tuple[ast.AST, ast.AST], ...]


def changes(old: Side, new: Side, one: ast.AST, other: ast.AST, width: int) -> list[ExpressionChange] | None:
    """Return a change for each smallest difference of two statements, None where they differ as a whole.

    ``width`` says how many nodes around a difference are part of its change.
    """
    pairs = list(_differing(one, other, ()))
    if any(pair.old is one for pair in pairs):
        return None
    found: list[ExpressionChange] = []
    for pair in pairs:
        made = _changes(old, new, pair, width)
        if made is None:
            return None
        found += [each for each in made if each not in found]
    return found


def _differing(old: ast.AST, new: ast.AST, around: tuple[tuple[ast.AST, ast.AST], ...]) -> Iterator[_Pair]:
    """Yield the innermost nodes that hold all of a difference."""
    if type(old) is not type(new):
        yield _Pair(old, new, around)
        return
    inner: list[_Pair] = []
    for left, right in _fields(old, new):
        if isinstance(left, ast.AST) and isinstance(right, ast.AST):
            inner += _differing(left, right, ((old, new), *around)) if ast.dump(left) != ast.dump(right) else ()
        elif left != right:
            yield _Pair(old, new, around)
            return
    if isinstance(old, ast.JoinedStr) and inner:
        yield _Pair(old, new, around)
        return
    yield from inner


def _fields(old: ast.AST, new: ast.AST) -> Iterator[tuple[object, object]]:
    """Yield the values of two nodes of one kind that stand for each other, lists of one length taken apart."""
    for name, left in ast.iter_fields(old):
        right = getattr(new, name)
        if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            yield from zip(left, right, strict=True)
        else:
            yield left, right


def _changes(old: Side, new: Side, pair: _Pair, width: int) -> list[ExpressionChange] | None:
    """Return the changes that say one difference."""
    chain = [(pair.old, pair.new), *pair.around]
    usable = [at for at, _ in enumerate(chain) if _is_usable([node for node, _ in chain], at)]
    if not usable:
        return None
    for at in usable[min(width, len(usable) - 1) :]:
        node, other = chain[at]
        if width == 0 and (parts := _elements(old, new, node, other)) is not None:
            return parts
        if at + 1 < len(chain) and width == 0 and (item := _item(old, new, chain[at], chain[at + 1])) is not None:
            return [item]
        whole = _whole(old, new, node, other)
        if whole is not None:
            return [whole]
    return None


def _is_usable(nodes: Sequence[ast.AST], at: int) -> bool:
    """Tell whether a node is one that a pattern can be: what stands between the brackets of a subscript is none."""
    is_inside = at + 1 < len(nodes) and isinstance(nodes[at + 1], ast.Subscript) and isinstance(nodes[at], ast.Tuple)
    return isinstance(nodes[at], ast.expr | ast.keyword) and not is_inside


def _whole(old: Side, new: Side, node: ast.AST, other: ast.AST) -> ExpressionChange | None:
    match, replace = old.segment(node), new.segment(other)
    if max(match.count("\n"), replace.count("\n")) > 8 or not is_plain(match, replace):
        return None
    is_bare = isinstance(node, ast.Constant | ast.Name) or isinstance(other, ast.Constant | ast.Name)
    kind = "keyword" if isinstance(node, ast.keyword) else "expression" if is_bare else ""
    return ExpressionChange(match, replace, kind)


def _item(
    old: Side, new: Side, pair: tuple[ast.AST, ast.AST], around: tuple[ast.AST, ast.AST]
) -> ExpressionChange | None:
    """Return the change of a value in a dict, with its key."""
    one, other = around
    if not isinstance(one, ast.Dict) or not isinstance(other, ast.Dict):
        return None
    at = next((at for at, each in enumerate(one.values) if each is pair[0]), None)
    if at is None:
        return None
    keys = one.keys[at], other.keys[at]
    if keys[0] is None or keys[1] is None or ast.dump(keys[0]) != ast.dump(keys[1]):
        return None
    name = old.segment(keys[0])
    values = old.segment(pair[0]), new.segment(pair[1])
    return ExpressionChange(f"{name}: {values[0]}", f"{name}: {values[1]}", "item") if is_plain(name, *values) else None


def _elements(old: Side, new: Side, node: ast.AST, other: ast.AST) -> list[ExpressionChange] | None:
    """Return the changes of the arguments, items or elements of one node, each told by what stands beside it."""
    left, right = _parts(old, node), _parts(new, other)
    if left is None or right is None or left.frame != right.frame:
        return None
    names = [ast.dump(each) for each in left.dumps], [ast.dump(each) for each in right.dumps]
    keys = [_joined(left, names[0]), _joined(right, names[1])]
    found: list[ExpressionChange] = []
    now = list(left.texts)
    shift = 0
    for tag, a, b, c, d in difflib.SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = now[a + shift : b + shift], right.texts[c:d]
        if not is_plain(*gone, *come):
            return None
        before = now[a + shift - 1] if a + shift else ""
        behind = now[b + shift] if b + shift < len(now) else ""
        found.append(_beside(left.frame, gone, come, before, behind, is_whole=len(now) <= 3, now=now, at=a + shift))
        now[a + shift : b + shift] = come
        shift += (d - c) - (b - a)
    return found or None


class _Parts(NamedTuple):
    """What stands between brackets: the text around it, the source of each part, and the nodes they are made of."""

    frame: tuple[str, str]
    texts: list[str]
    dumps: list[ast.AST]
    per: int


def _joined(parts: _Parts, names: Sequence[str]) -> list[str]:
    return ["\0".join(names[at : at + parts.per]) for at in range(0, len(names), parts.per)]


def _parts(side: Side, node: Any) -> _Parts | None:
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            nodes: list[ast.AST] = [*args, *keywords]
            return _Parts((f"{side.segment(func)}(", ")"), [side.segment(each) for each in nodes], nodes, 1)
        case ast.List(elts=elements):
            return _Parts(("[", "]"), [side.segment(each) for each in elements], list(elements), 1)
        case ast.Set(elts=elements):
            return _Parts(("{", "}"), [side.segment(each) for each in elements], list(elements), 1)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=elements)):
            return _Parts(
                (f"{side.segment(value)}[", "]"), [side.segment(each) for each in elements], list(elements), 1
            )
        case ast.Dict(keys=keys, values=values) if all(keys):
            texts = [
                f"{side.segment(key)}: {side.segment(each)}" for key, each in zip(keys, values, strict=True) if key
            ]
            both: list[ast.AST] = [each for pair in zip(keys, values, strict=True) for each in pair if each]
            return _Parts(("{", "}"), texts, both, 2)
        case _:
            return None


def _beside(
    frame: tuple[str, str],
    gone: Sequence[str],
    come: Sequence[str],
    before: str,
    behind: str,
    *,
    is_whole: bool,
    now: Sequence[str],
    at: int,
) -> ExpressionChange:
    """Return the change of a run of parts, told by itself or by the part beside it."""
    if is_whole:
        after = [*now[:at], *come, *now[at + len(gone) :]]
        return ExpressionChange(_framed(frame, now), _framed(frame, after))
    near = [before] if before and not gone else []
    far = [behind] if behind and not gone and not before else []
    head = ["$$$A"] if at - len(near) > 0 else []
    tail = ["$$$B"] if at + len(gone) + len(far) < len(now) else []
    old, new = [*head, *near, *gone, *far, *tail], [*head, *near, *come, *far, *tail]
    return ExpressionChange(_framed(frame, old), _framed(frame, new))


def _framed(frame: tuple[str, str], parts: Sequence[str]) -> str:
    return f"{frame[0]}{', '.join(parts)}{frame[1]}"
