"""What may be wanted of a handshake, whether it is so, and the edits that make it so.

Every operation on handshakes says what it wants in these terms; none knows what the others do, and still they end in
the same code in whatever order they come.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, ToDo
from ..python import blocks as block_edits
from ..python.source import Block, same
from ..python.text import Edit
from .blocks import blocks
from .call import Unclear
from .opening import REFUSED, catches_refusals, missing_keywords, open_edits
from .place import FUNCTIONS, HandshakePlace, calls_support
from .route import REGENERATE
from .support import used

_RANKS = {
    "first_value": 0,
    "environment_value": 0,
    "header_value": 0,
    "wrapper_value": 0,
    "wrapper_value_async": 0,
    "without_headers": 1,
    "unique_headers": 2,
    "add_headers": 3,
    "set_headers": 4,
    "add_cookies": 5,
    "add_query": 6,
}
"""The functions that statements before the call go through, in the order they run: what is taken, then what is sent."""


class Part(NamedTuple):
    """One more thing that is to do: the edits, and what the code they write uses of the support module."""

    edits: Callable[[], Sequence[Edit]]
    functions: frozenset[str] = frozenset()


class Want(NamedTuple):
    """What an operation wants of one handshake.

    ``statements`` run before the socket is opened, ``greetings`` first thing after; ``keywords`` are arguments of the
    call; ``opened`` asks that the support module opens the socket; ``parts`` are what else is still to do;
    ``functions`` is what other code that holds already uses of the support module.
    """

    statements: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    opened: bool = False
    greetings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    functions: frozenset[str] = frozenset()


def verdict(place: HandshakePlace, want: Want) -> Held | ToDo | Conflict:
    """Judge a handshake as a whole: half of it is work to do."""
    try:
        work = [*want.parts]
        if lacking := _missing_statements(place, want.statements):
            work.append(Part(lambda: _statement_edits(place, lacking)))
        keywords = missing_keywords(place, want.keywords)
        opening = open_edits(place, keywords, opened=want.opened)
        if opening is not None:
            work.append(Part(opening))
        if greetings := _missing_greetings(place, want.greetings):
            work.append(Part(lambda: _greeting_edits(place, greetings)))
    except Unclear as unclear:
        return Conflict(reason=unclear.reason, hint=unclear.hint)
    return ToDo(work=lambda: [edit for part in work for edit in part.edits()]) if work else Held()


def names(place: HandshakePlace, want: Want) -> set[str]:
    """Return what the code that is wanted uses of the support module."""
    codes = [*want.statements, *want.greetings, *(code for _, code in want.keywords)]
    found = {name for code in codes for name in used(ast.parse(code), FUNCTIONS)} | want.functions
    found |= {name for part in want.parts for name in part.functions}
    if want.opened:
        found.add("open_websocket_async" if place.is_async else "open_websocket")
        found |= {REFUSED} if catches_refusals(place) else set()
    return found


def _function(statement: ast.stmt) -> str:
    """Return the support function that a statement's value comes from, or an empty string."""
    if not isinstance(statement, ast.Assign) or not calls_support(statement.value):
        return ""
    value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
    assert isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    return value.func.id


def _topics(statement: ast.stmt) -> set[tuple[str, str]]:
    """Return what a statement is about, such as the header it sets: two that share it cannot both be right."""
    assert isinstance(statement, ast.Assign)
    target, function = ast.unparse(statement.targets[0]), _function(statement)
    if _RANKS.get(function) == 0:
        return {("local", target)}
    kind = {"set_headers": "header", "add_headers": "header", "add_cookies": "cookie", "add_query": "query"}
    if function not in kind:
        return set()
    return {
        (kind[function], key.value.lower() if function != "add_query" else key.value)
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def parsed(code: str) -> ast.stmt:
    """Parse one statement."""
    return ast.parse(code).body[0]


def _run(place: HandshakePlace) -> tuple[Block, int]:
    """Return the support statements directly before the call, and the index behind them."""
    block, end = place.block
    inline = {id(statement) for group in blocks(place.statements) for _, statement in group}
    while end and id(block[end - 1]) in inline:
        end -= 1
    start = end
    while start and _function(block[start - 1]) in _RANKS:
        start -= 1
    return block[start:end], end


def _missing_statements(place: HandshakePlace, wanted: Sequence[str]) -> list[str]:
    """Return the statements that are not there yet. Raises Unclear for what contradicts them."""
    if not wanted:
        return []
    run, _ = _run(place)
    inside = {id(each) for each in run}
    ours = [each for _, each in place.statements if _function(each) in _RANKS]
    for statement in ours:
        if id(statement) not in inside:
            raise Unclear(f"line {statement.lineno} is part of a patch, but other code follows it", REGENERATE)
    if [_key(each) for each in run] != sorted(_key(each) for each in run):
        raise Unclear(f"the patched statements from line {run[0].lineno} on are out of order", REGENERATE)
    lacking: list[str] = []
    nodes = [parsed(code) for code in wanted]
    for code, node in zip(wanted, nodes, strict=True):
        there = [each for each in run if same(each, node)]
        if len(there) > 1:
            raise Unclear(f"lines {there[0].lineno} and {there[1].lineno} both hold the same patch part", REGENERATE)
        if there:
            continue
        lacking.append(code)
        for other in run:
            if _topics(other) & _topics(node) and not any(same(other, each) for each in nodes):
                shown = min(name for _, name in _topics(other) & _topics(node))
                hint = "two patches want different code here, or the patch changed: regenerate the SDK and apply again"
                raise Unclear(f"line {other.lineno} already handles {shown} in another way", hint)
    return lacking


def _key(statement: ast.stmt) -> tuple[int, str]:
    return _RANKS[_function(statement)], ast.unparse(statement)


def _statement_edits(place: HandshakePlace, lacking: Sequence[str]) -> list[Edit]:
    run, end = _run(place)
    block, _ = place.block
    start = end - len(run)
    at: dict[int, list[str]] = {}
    for code in sorted(lacking, key=lambda code: _key(parsed(code))):
        index = start + sum(_key(each) < _key(parsed(code)) for each in run)
        at.setdefault(index, []).append(code)
    edits: list[Edit] = []
    for index, codes in at.items():
        edits += block_edits.insert(place.source, block, index, "\n".join(codes), top=False)
    return edits


def _greetings(place: HandshakePlace) -> list[ast.stmt]:
    body = place.with_item[0].body
    count = 0
    while count < len(body) and _function(body[count]).startswith("log_in"):
        count += 1
    return body[:count]


def _is_first(statement: ast.stmt) -> tuple[bool, str]:
    code = ast.unparse(statement)
    return "is_first=True" not in code, code


def _missing_greetings(place: HandshakePlace, wanted: Sequence[str]) -> list[str]:
    if not wanted:
        return []
    there = _greetings(place)
    lacking = [code for code in wanted if not any(same(each, parsed(code)) for each in there)]
    for each in lacking:
        if clash := [other for other in there if _is_first(other)[0] == _is_first(parsed(each))[0]]:
            hint = "two patches want different first messages, or the patch changed: regenerate the SDK and apply again"
            raise Unclear(f"line {clash[0].lineno} already reads the first messages in another way", hint)
    return lacking


def _greeting_edits(place: HandshakePlace, lacking: Sequence[str]) -> list[Edit]:
    body = place.with_item[0].body
    there = _greetings(place)
    edits: list[Edit] = []
    for code in sorted(lacking, key=lambda code: _is_first(parsed(code))):
        index = sum(_is_first(each) < _is_first(parsed(code)) for each in there)
        edits += block_edits.insert(place.source, body, index, code, top=False)
    return edits
