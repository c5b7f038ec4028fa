"""One generated handshake as the operations around it see it: its locals, its statements, its call, its handlers."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from ..model import Conflict, Site
from ..pattern.selector import Target
from ..python.source import Block, Source
from ..python.text import Edit
from .call import Unclear, headers_argument, refuse_pairs, url_argument
from .recognise import Function, Handshake, Path, children, dotted, find, named
from .route import (
    REGENERATE,
    Located,
    around,
    bound_names,
    executed,
    insertion_level,
    module_names,
    parameter_names,
    refuse_undefined,
    request_options,
    stored_names,
)
from .support import used

_BY_HAND = "change the code that opens the socket by hand, or leave the file out of the step's files"


class HandshakePlace:
    """A handshake whose url and headers are locals and whose socket is opened in a ``with`` statement.

    Raises Unclear for any other.
    """

    def __init__(self, source: Source, handshake: Handshake, siblings: Sequence[Handshake]) -> None:
        if handshake.problem:
            raise Unclear(handshake.problem, _BY_HAND)
        if handshake.function is None or handshake.call is None:
            raise Unclear("the socket is opened outside a function", _BY_HAND)
        if handshake.within:
            raise Unclear(f"the socket is opened inside a {handshake.within}", _BY_HAND)
        if sum(other.function is handshake.function for other in siblings) > 1:
            raise Unclear("the function opens more than one socket", _BY_HAND)
        self.source = source
        self.handshake = handshake
        self.siblings = siblings
        self.is_async = handshake.is_async
        self.function: Function = handshake.function
        self.call: ast.Call = handshake.call
        self.statements: list[Located] = list(executed(self.function, handshake))
        self.chain: list[Located] = around(self.function, handshake)
        self.level: Located = insertion_level(self.statements, handshake)
        known = bound_names(self.function, self.statements)
        self.url = _local(url_argument(self.call)[1], known, "url")
        self.headers_keyword, headers = headers_argument(self.call)
        self.headers = _local(headers, known, "headers")
        for _, statement in self.statements:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == self.headers:
                refuse_pairs(statement.value)
        for name in {self.url: None, self.headers: None}.keys() - parameter_names(self.function):
            _refuse_unbound(name, [statement for _, statement in self.statements])
        is_method = len(handshake.function_path) == 2  # a function in a method has self from around it
        if is_method and "self" not in parameter_names(self.function) and used(self.function, ("self",)):
            raise Unclear("the method uses self and has no such parameter", REGENERATE)
        # A lost import of the support module is repaired.
        refuse_undefined(source.tree, self.function, [self.function], module_names(source.tree) | FUNCTIONS)

    @property
    def name(self) -> str:
        """The qualified name of the function."""
        return self.handshake.name

    @cached_property
    def with_item(self) -> tuple[ast.With | ast.AsyncWith, str]:
        """The statement that opens the socket, and the name it gives the connection. Raises Unclear."""
        statement = self.chain[-1][1]
        if isinstance(statement, ast.With | ast.AsyncWith) and len(statement.items) == 1:
            item = statement.items[0]
            if item.context_expr is self.call and isinstance(item.optional_vars, ast.Name):
                return statement, item.optional_vars.id
        raise Unclear("the socket is not opened by its own with statement with an as clause", _BY_HAND)

    @cached_property
    def block(self) -> tuple[Block, int]:
        """The statements among which code goes, and the index it goes in front of."""
        path = self.level[0][len(self.handshake.function_path) :]
        return _block(self.function.body, path), path[-1][1]

    @cached_property
    def request(self) -> str:
        """The name of the request options, or an empty string when the caller's headers are not merged in."""
        return request_options([statement for _, statement in self.statements])

    @cached_property
    def wrapper(self) -> str:
        """The expression for the client wrapper, such as ``self._raw_client._client_wrapper``. Raises Unclear."""
        for _, statement in self.statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    parts = dotted(node.func.value)
                    if parts and parts[-1].endswith("client_wrapper"):
                        return ".".join(parts)
        raise Unclear("the function does not use a client wrapper, so it cannot take an attribute of it")

    @cached_property
    def target(self) -> Target:
        """The function as selectors see it."""
        return Target(
            kind="function", name=self.name, node=self.function, owner=self.source.tree, block=self.function.body
        )

    @property
    def is_opened_by_support(self) -> bool:
        """Tell whether the call goes through the support module: only there ``using`` holds a connect function."""
        return any(keyword.arg == "using" for keyword in self.call.keywords)

    def handlers(self) -> list[ast.ExceptHandler]:
        """Return the handlers of the ``try`` statements directly around the call."""
        return [handler for _, statement in self.chain[:-1] for handler in getattr(statement, "handlers", ())]

    def keyword(self, name: str) -> ast.keyword | None:
        """Return a keyword argument of the call."""
        return next((each for each in self.call.keywords if each.arg == name), None)

    def replaced(self, node: ast.AST, text: str) -> Edit:
        """Return the edit that puts text in the place of a node."""
        start, stop = self.source.text.span(node)
        return Edit(start, stop, text)


def _local(expression: ast.expr, known: frozenset[str], what: str) -> str:
    if isinstance(expression, ast.Name) and expression.id in known:
        return expression.id
    raise Unclear(f"the call does not take its {what} from a local variable", _BY_HAND)


def _refuse_unbound(name: str, statements: Sequence[ast.stmt]) -> None:
    """Raise Unclear when a merge lost the statement that a local begins with."""
    first = next((each for each in statements if name in stored_names(each)), None)
    if first is None:
        return
    for node in ast.walk(first):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            raise Unclear(f"line {node.lineno} uses {name} before anything binds it", REGENERATE)


def _block(block: Block, path: Path) -> Block:
    while len(path) > 1:
        statement = block[path[0][1]]
        for steps, inner in children(statement):
            length = len(steps)
            if path[1:length] == steps[:-1] and path[length][0] == steps[-1][0]:
                block, path = inner, path[length:]
                break
    return block


def places(source: Source, within: Sequence[str]) -> list[tuple[Site, HandshakePlace | Conflict]]:
    """Return every handshake of a module, or those in the functions that selectors name; a Conflict if unclear."""
    handshakes = find(source.tree, source.code)
    found: list[tuple[Site, HandshakePlace | Conflict]] = []
    for handshake in named(source, handshakes, within):
        site = handshake.site(source.path)
        try:
            found.append((site, HandshakePlace(source, handshake, handshakes)))
        except Unclear as unclear:
            found.append((site, Conflict(reason=unclear.reason, hint=unclear.hint)))
    return found


def calls_support(node: ast.AST, name: str = "") -> bool:
    """Tell whether an expression is a call of the support module, of its function ``name`` if one is given."""
    if isinstance(node, ast.Await):
        node = node.value
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id in (name, f"{name}_async") if name else node.func.id in FUNCTIONS)
    )


FUNCTIONS = frozenset(
    {
        *("first_value", "environment_value", "header_value", "wrapper_value", "wrapper_value_async"),
        *("fill_template", "basic_credentials", "json_text", "join_path", "join_query", "query_text", "add_query"),
        *("set_headers", "add_headers", "without_headers", "unique_headers", "add_cookies", "subprotocol_names"),
        *("HandshakeRefused", "open_websocket", "open_websocket_async", "log_in", "log_in_async"),
        *("read_messages", "read_messages_async", "is_plain_text"),
    }
)
"""What patched code uses of the support module."""
