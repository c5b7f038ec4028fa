"""Refuse what cannot be judged: code that deals with the credential by hand, and what a line merge tore apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ...handshakes.blocks import is_ours_alone, unbound_names
from ...handshakes.call import Unclear
from ...handshakes.recognise import Function, Handshake, own_expressions
from ...handshakes.route import (
    REGENERATE,
    Located,
    all_statements,
    around,
    executed,
    loops_around,
    parameter_names,
    stored_names,
)
from ...handshakes.shapes import nodes, recognise
from .arguments import Arguments

_RUNS_BEFORE = (ast.Try, ast.For, ast.AsyncFor, ast.While, *([ast.TryStar] if hasattr(ast, "TryStar") else []))
_EARLIER = {"handlers": ("body",), "orelse": ("body",), "finalbody": ("body", "handlers", "orelse")}
"""By the block of a ``try`` or loop that holds the call: the blocks that may have run before it."""


class HandEdits:
    """Looks for code that is neither generated nor inserted and deals with a header or parameter of the step."""

    def __init__(
        self, function: Function, handshake: Handshake, siblings: Sequence[Handshake], arguments: Arguments
    ) -> None:
        self._function = function
        self._handshake = handshake
        self._siblings = siblings
        self._headers = arguments.headers
        self._queries = {parameter for parameter, _ in arguments.query}

    def refuse(self, roots: Sequence[ast.AST], headers: str) -> None:
        """Raise Unclear at the first such place; ``headers`` is the local the headers are in, if there is one."""
        parameters = parameter_names(self._function) - {"self", "cls"}
        for root in roots:
            self._refuse_in(root, headers, parameters)

    def _refuse_in(self, root: ast.AST, headers: str, parameters: set[str]) -> None:
        if isinstance(root, ast.Expr) and isinstance(root.value, ast.Constant):
            return  # a docstring
        texts = [node for node in nodes(root) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        for node in texts:
            text = str(node.value)
            if not self._concerns(text):
                continue
            parent = _parent(root, node)
            if text.lower() in self._headers and (
                self._sets_header(node, parent, headers) or self._is_generated_pop(root, headers)
            ):
                continue
            if text in self._queries and _is_declared(node, parent, parameters):
                continue
            what = "header" if text.lower() in self._headers else "parameter"
            where = f" {text}" if text.lower() in self._headers or text in self._queries else " in the url"
            raise Unclear(f"line {node.lineno} already handles the {what}{where} by hand", REGENERATE)

    def _concerns(self, text: str) -> bool:
        """Tell whether a text is a header or a parameter of the step, or writes the parameter into a url."""
        if text.lower() in self._headers or text in self._queries:
            return True
        return "=" in text and any(re.search(rf"(?<![\w-]){re.escape(each)}=", text) for each in self._queries)

    @staticmethod
    def _sets_header(node: ast.Constant, parent: ast.AST | None, headers: str) -> bool:
        match parent:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                return name == headers or not headers
            case ast.Dict(keys=keys):
                return node in keys
            case _:
                return False

    def _is_generated_pop(self, statement: ast.AST, headers: str) -> bool:
        """Recognise ``headers.pop("Authorization", None)``, which Fern emits for a channel that wants no auth.

        The generator writes it into every copy of the channel; a merge leaves it in one. So all handshakes of this
        method name in the module must have it.
        """
        twins = [other for other in self._siblings if other.name.split(".")[-1] == self._handshake.name.split(".")[-1]]
        wanted = f"{headers}.pop('Authorization', None)"
        if not isinstance(statement, ast.Expr) or ast.unparse(statement) != wanted or len(twins) < 2:
            return False
        return all(
            twin.function is not None
            and any(isinstance(each, ast.Expr) and ast.unparse(each) == wanted for each in twin.function.body)
            for twin in twins
        )


def _parent(root: ast.AST, wanted: ast.AST) -> ast.AST | None:
    return next((node for node in nodes(root) if wanted in ast.iter_child_nodes(node)), None)


def _is_declared(node: ast.Constant, parent: ast.AST | None, parameters: set[str]) -> bool:
    """Recognise a query parameter that the method itself declares: its value comes from a parameter."""
    match parent:
        case ast.Call(func=ast.Attribute(attr="add" | "set"), args=[first, value]) if first is node:
            pass
        case ast.Dict(keys=keys, values=values) if node in keys:
            value = values[keys.index(node)]
        case _:
            return False
    return any(isinstance(part, ast.Name) and part.id in parameters for part in ast.walk(value))


def refuse_loops(
    function: Function, handshake: Handshake, statements: Sequence[Located], names: tuple[str, str]
) -> None:
    """Raise Unclear when a later part of a loop around the call changes what the next round would send."""
    loops = loops_around(function, handshake)
    seen = {id(node) for _, statement in statements for node in nodes(statement)} if loops else set()
    for loop in loops:
        for node in nodes(loop):
            if not isinstance(node, ast.Name) or id(node) in seen or isinstance(node.ctx, ast.Load):
                continue
            if node.id in names:
                raise Unclear(f"line {node.lineno} changes {node.id} for the next round of a loop")


def refuse_unseen(function: Function, handshake: Handshake, siblings: Sequence[Handshake], names: set[str]) -> None:
    """Raise Unclear when something around the call changes what reaches it and stands in no statement before it.

    That is a block of the same ``try`` or loop that has run, whole or in part, before the one with the call, and what
    a ``with``, ``if``, ``match`` or handler around the call binds.
    """
    for path, statement in around(function, handshake):
        step = handshake.path[len(path)][0] if len(path) < len(handshake.path) else ""
        earlier = _EARLIER.get(step, ()) if isinstance(statement, _RUNS_BEFORE) else ()
        for other in siblings:
            if other.path[: len(path)] == path and len(other.path) > len(path) and other.path[len(path)][0] in earlier:
                raise Unclear(f"line {other.line} opens a socket before, which may leave no credential for this one")
        for field in earlier:
            for part in getattr(statement, field):
                _refuse_mention(part, names, is_read_refused=True)
        if step or isinstance(statement, ast.With | ast.AsyncWith):
            _refuse_bindings(statement, step, names)


def _refuse_bindings(statement: ast.stmt, step: str, names: set[str]) -> None:
    """Raise Unclear when a statement around the call binds one of the names itself."""
    for expression in own_expressions(statement):
        _refuse_mention(expression, names, is_read_refused=False)
    patterns = [node for case in getattr(statement, "cases", ()) for node in nodes(case.pattern)]
    for node in (*patterns, *(getattr(statement, "handlers", ()) if step == "handlers" else ())):
        for name in (getattr(node, "name", None), getattr(node, "rest", None)):
            if name in names:
                raise Unclear(f"line {node.lineno} deals with {name} on a way to the call that is not followed")


def _refuse_mention(root: ast.AST, names: set[str], *, is_read_refused: bool) -> None:
    for node in nodes(root):
        if not isinstance(node, ast.Name) or node.id not in names:
            continue
        if is_read_refused or not isinstance(node.ctx, ast.Load):
            raise Unclear(f"line {node.lineno} deals with {node.id} on a way to the call that is not followed")


def refuse_pieces_elsewhere(function: Function, siblings: Sequence[Handshake]) -> None:
    """Raise Unclear when inserted code stands where it cannot be judged: behind the calls, or inside a statement."""
    on_the_way = {
        id(statement): statement
        for handshake in siblings
        if handshake.function is function
        for _, statement in executed(function, handshake)
    }
    known = set(on_the_way)
    for statement in on_the_way.values():
        if isinstance(statement, ast.If) and recognise(statement) is not None:
            known |= {id(inner) for inner in statement.body}
    for statement in all_statements(function.body):
        if id(statement) not in known and is_ours_alone(statement):
            line = statement.lineno
            raise Unclear(f"line {line} is part of a patched site and stands where it does nothing", REGENERATE)


def refuse_lost_names(
    remove: Sequence[Located], rest: Sequence[Located], groups: Sequence[Sequence[Located]], names: tuple[str, str]
) -> None:
    """Raise Unclear when code that stays uses a name that only the removed statements bind."""
    bound = {name for _, statement in remove for name in stored_names(statement)} - set(names)
    inside = {id(statement) for group in groups for _, statement in group}
    removed = {id(statement) for _, statement in remove}
    for group in groups:
        if id(group[0][1]) not in removed and (lost := unbound_names(group) & bound):
            line = group[0][1].lineno
            raise Unclear(f"line {line} uses {min(lost)}, which is part of a half patched site", REGENERATE)
    for _, statement in rest:
        for node in nodes(statement) if id(statement) not in inside else ():
            if isinstance(node, ast.Name) and node.id in bound:
                raise Unclear(f"line {node.lineno} uses {node.id}, which is part of a half patched site", REGENERATE)
    if remove and "" in names:
        raise Unclear("the site is half patched and its call takes no local variables", REGENERATE)
