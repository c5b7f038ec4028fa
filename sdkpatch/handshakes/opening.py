"""The call that opens the socket: its arguments, the support function in its place, and the handlers around it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ..errors import EditRefused
from ..python import lists
from ..python.source import same
from ..python.text import Edit
from .call import Unclear
from .place import HandshakePlace, calls_support
from .route import REGENERATE

REFUSED = "HandshakeRefused"
_STATUS_ERRORS = frozenset({"InvalidStatusCode", "InvalidStatus", "InvalidWebSocketStatus"})
STATUS_MODULES = ("core.websocket_compat", "websocket_compat", "websockets.exceptions")
"""Where the errors that generated handlers catch come from; the imports go when nothing uses them."""


def missing_keywords(place: HandshakePlace, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the arguments that the call does not have. Raises Unclear when it has another value for one."""
    lacking: list[tuple[str, str]] = []
    for name, code in wanted:
        there = place.keyword(name)
        if there is None:
            lacking.append((name, code))
        elif not same(there.value, ast.parse(code, mode="eval").body):
            found = ast.unparse(there.value)
            shown = found if len(found) <= 40 else "something else"
            hint = "two patches want different code here, or the patch changed: regenerate the SDK and apply again"
            raise Unclear(f"line {there.value.lineno} already passes {name}={shown}", hint)
    return lacking


def open_edits(
    place: HandshakePlace, keywords: Sequence[tuple[str, str]], *, opened: bool
) -> Callable[[], Sequence[Edit]] | None:
    """Return what makes the call's edits, None when nothing is to do. Raises Unclear."""
    handlers: list[Edit] = []
    is_moved = opened and not place.is_opened_by_support
    if opened:
        statement, _ = place.with_item
        if is_moved and calls_support(place.call):
            raise Unclear(f"line {place.call.lineno} opens the socket without a connect function (using)", REGENERATE)
        if len(place.call.args) > 1:
            raise Unclear("the call has more than one positional argument", "write them as keywords")
        if isinstance(statement, ast.AsyncWith) != place.is_async:
            raise Unclear("a sync with statement opens an async socket, or an async one a sync socket")
        handlers = _handler_edits(place)
    if not is_moved and not keywords and not handlers:
        return None
    return lambda: [*_call_edits(place, keywords, is_moved=is_moved), *handlers]


def _call_edits(place: HandshakePlace, keywords: Sequence[tuple[str, str]], *, is_moved: bool) -> list[Edit]:
    edits: list[Edit] = []
    added = dict(keywords)
    if is_moved:
        edits.append(place.replaced(place.call.func, "open_websocket_async" if place.is_async else "open_websocket"))
        header = place.keyword(place.headers_keyword)
        if header is not None and place.headers_keyword != "additional_headers":
            edits.append(place.replaced(header, f"additional_headers={place.source.text.segment(header.value)}"))
        added["using"] = place.source.text.segment(place.call.func)
    if not added:
        return edits
    listed = lists.elements_of(place.source, place.call)
    head = len(place.call.args) + 1
    rest = [keyword.arg or "" for keyword in place.call.keywords][1:]
    if len(listed.spans) != head + len(rest) or place.call.keywords[0].arg != place.headers_keyword:
        raise EditRefused("the call's first keyword argument is not its headers, so its order is not understood")
    at: dict[int, list[str]] = {}
    for name in sorted(added):
        at.setdefault(head + sum(other < name for other in rest), []).append(f"{name}={added[name]}")
    for index, codes in at.items():
        edits += lists.insert(place.source, listed, index, codes)
    return edits


def using(place: HandshakePlace) -> ast.expr:
    """Return the expression for the connect function of websockets that opens the socket."""
    keyword = place.keyword("using")
    return place.call.func if keyword is None else keyword.value


def catches_refusals(place: HandshakePlace) -> bool:
    """Tell whether a handler around the call is about a refused handshake."""
    names = [ast.unparse(node) for handler in place.handlers() for node in ast.walk(handler.type or ast.Pass())]
    return any(name.split(".")[-1] in {*_STATUS_ERRORS, REFUSED} for name in names)


def _handler_edits(place: HandshakePlace) -> list[Edit]:
    """Return the edits that let the handlers catch what the support function raises, and tell its cause."""
    edits: list[Edit] = []
    caught = [each for each in place.handlers() if each.type is not None and REFUSED in ast.unparse(each.type)]
    if len(caught) > 1:
        raise Unclear(f"lines {caught[0].lineno} and {caught[1].lineno} both catch a refused handshake", REGENERATE)
    for handler in place.handlers():
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
        stale = [kind for kind in kinds if ast.unparse(kind).split(".")[-1] in _STATUS_ERRORS]
        known = [kind for kind in kinds if ast.unparse(kind) == REFUSED]
        if not stale and not known:
            continue
        if handler.name is None or len(stale) + len(known) != 1:
            raise Unclear(
                f"line {handler.lineno} catches a refused handshake in a way that is not understood", REGENERATE
            )
        edits += [place.replaced(kind, REFUSED) for kind in stale]
        for statement in handler.body:
            for node in ast.walk(statement):
                edits += _status_edit(place, node, handler.name)
                if isinstance(node, ast.Raise) and node.exc is not None and node.cause is None:
                    stop = place.source.text.span(node)[1]
                    edits.append(Edit(stop, stop, f" from {handler.name}"))
    return edits


def _status_edit(place: HandshakePlace, node: ast.AST, name: str) -> list[Edit]:
    """Return the edit of one way to read the status of the exception that goes by ``name``."""
    match node:
        case ast.Call(func=ast.Name(id="get_status_code"), args=[ast.Name(id=found)]) if found == name:
            return [place.replaced(node, f"{name}.status_code")]
        case ast.Attribute(attr="status_code", value=ast.Attribute(attr="response", value=ast.Name(id=found))):
            return [place.replaced(node, f"{name}.status_code")] if found == name else []
        case _:
            return []
