"""The statements the judging half understands, written as Python with capitals for what varies.

This describes what the code must *be*; it knows nothing of the code that writes it (``snippet.py``), nor of layout.
A capital name stands for any name, a capital string for any string.
"""

from __future__ import annotations

import ast
from functools import cache, lru_cache

_SOURCES = {
    "caller": 'CALLER = (REQUEST or {}).get("additional_headers") or {}',
    "sent": "SENT = {NAME.lower(): VALUE for NAME, VALUE in [*HEADERS.items(), *CALLER.items()]}",
    "sent_alone": "SENT = {NAME.lower(): VALUE for NAME, VALUE in HEADERS.items()}",
    "key": 'KEY = SENT.get("HEADER")',
    "scheme": 'if KEY is not None and KEY.lower().startswith("PREFIX"):\n    KEY = KEY[len("PREFIX"):]',
    "keep": 'HEADERS = {NAME: VALUE for NAME, VALUE in HEADERS.items() if NAME.lower() != "HEADER"}',
    "drop": "HEADERS = {NAME: VALUE for NAME, VALUE in HEADERS.items() if NAME in CALLER}",
    "drop_all": "HEADERS = {}",
    "split": "SPLIT = urllib.parse.urlsplit(URL)",
    "send": (
        'if KEY is not None and "QUERY" not in urllib.parse.parse_qs(SPLIT.query, keep_blank_values=True):\n'
        '    PAIR = urllib.parse.urlencode({"QUERY": KEY})\n'
        '    SPLIT = SPLIT._replace(query=f"{SPLIT.query}&{PAIR}" if SPLIT.query else PAIR)'
    ),
    "join": "URL = SPLIT.geturl()",
    # what stands inside "send", torn out of it
    "pair": 'PAIR = urllib.parse.urlencode({"QUERY": KEY})',
    "extend": 'SPLIT = SPLIT._replace(query=f"{SPLIT.query}&{PAIR}" if SPLIT.query else PAIR)',
}


@cache
def _patterns() -> dict[object, list[tuple[str, ast.stmt]]]:
    patterns: dict[object, list[tuple[str, ast.stmt]]] = {}
    for name, source in _SOURCES.items():
        statement = ast.parse(source).body[0]
        patterns.setdefault(_kind(statement), []).append((name, statement))
    return patterns


def _kind(statement: ast.stmt) -> object:
    """Return what tells shapes apart fastest; statements of another kind need no closer look."""
    if not isinstance(statement, ast.Assign):
        return type(statement)
    match statement.value:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name
        case ast.DictComp(generators=[ast.comprehension(iter=pairs, ifs=conditions)]):
            return type(pairs), len(conditions)
        case value:
            return type(value)


@lru_cache(maxsize=1024)  # every site asks more than once about its statements
def recognise(statement: ast.stmt) -> tuple[str, dict[str, str]] | None:
    """Return the name of the shape a statement has and what its capitals stand for, or None."""
    for name, pattern in _patterns().get(_kind(statement), ()):
        bound: dict[str, str] = {}
        if _same(pattern, statement, bound):
            return name, bound
    return None


@lru_cache(maxsize=1024)
def nodes(root: ast.AST) -> tuple[ast.AST, ...]:
    """Return all nodes of a tree, as ``ast.walk`` does in more than twice the time, and remember them."""
    found = [root]
    for node in found:  # grows while it is walked
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return tuple(found)


def _same(pattern: object, node: object, bound: dict[str, str]) -> bool:
    match pattern, node:
        case ast.Name(id=wanted), ast.Name(id=found):
            return _fits(wanted, found, bound)
        case ast.Constant(value=str(wanted)), ast.Constant(value=str(found)):
            return _fits(wanted, found, bound)
        case ast.AST(), ast.AST():
            return type(pattern) is type(node) and all(
                _same(getattr(pattern, name, None), getattr(node, name, None), bound)
                for name in pattern._fields
                if name not in ("ctx", "type_comment", "kind")
            )
        case list(), list():
            return len(pattern) == len(node) and all(map(_same, pattern, node, [bound] * len(pattern)))
        case _:
            return type(pattern) is type(node) and pattern == node


def _fits(wanted: str, found: str, bound: dict[str, str]) -> bool:
    if not wanted.isupper():
        return wanted == found
    return bound.setdefault(wanted, found) == found
