"""The statements on the way from a function's start to the call that opens a socket, and where code can go."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import cast

from .call import Unclear
from .recognise import Function, Handshake, Path, children
from .shapes import nodes

REGENERATE = "regenerate the file so that it holds generated code only, or leave it out of the step's files"
Located = tuple[Path, ast.stmt]

_SCOPES = {
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
}


def executed(function: Function, handshake: Handshake) -> Iterator[Located]:
    """Yield the statements that have run when the call is reached, outermost block first."""
    path = handshake.path[len(handshake.function_path) :]
    where: Path = handshake.function_path
    block: list[ast.stmt] = function.body
    while True:
        field, index = path[0]
        for number, statement in enumerate(block[:index]):
            yield (*where, (field, number)), statement
        if len(path) == 1:
            return
        statement = block[index]
        where = (*where, (field, index))
        for steps, inner in children(statement):
            length = len(steps)
            if path[1:length] == steps[:-1] and path[length][0] == steps[-1][0]:
                where = (*where, *steps[:-1])
                block = inner
                path = path[length:]
                break


def insertion_level(statements: Sequence[Located], handshake: Handshake) -> Located:
    """Return the outermost statement around the call that only ``try`` separates from it.

    A handler of that ``try`` puts ``dict(headers)`` into ``ApiError``: what is done before it cannot leak there.
    """
    function = handshake.function
    assert function is not None
    chain = around(function, handshake)
    path, statement = chain[-1]
    for outer_path, outer in reversed(chain[:-1]):
        step = handshake.path[len(outer_path)]
        is_first = all(
            len(where) <= len(outer_path) or where[: len(outer_path)] != outer_path for where, _ in statements
        )
        if type(outer).__name__ not in ("Try", "TryStar") or step[0] != "body" or not is_first:
            break
        path, statement = outer_path, outer
    return path, statement


def around(function: Function, handshake: Handshake) -> list[Located]:
    """Return the statements around the call, outermost first, the one that holds the call last."""
    chain: list[Located] = []
    block: list[ast.stmt] = function.body
    path = handshake.path
    at = len(handshake.function_path)
    while True:
        statement = block[path[at][1]]
        chain.append((path[: at + 1], statement))
        if at + 1 == len(path):
            return chain
        for steps, inner in children(statement):
            length = len(steps)
            if path[at + 1 : at + length] == steps[:-1] and path[at + length][0] == steps[-1][0]:
                block = inner
                at += length
                break


def loops_around(function: Function, handshake: Handshake) -> list[ast.stmt]:
    return [
        statement
        for _, statement in around(function, handshake)[:-1]
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While)
    ]


def all_statements(block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of every block below it."""
    for statement in block:
        yield statement
        for _, inner in children(statement):
            yield from all_statements(inner)


def handler_names(function: Function, handshake: Handshake) -> set[str]:
    """Return the names that the handlers of the ``try`` statements around the call read."""
    return {
        node.id
        for _, statement in around(function, handshake)[:-1]
        for handler in getattr(statement, "handlers", ())
        for node in nodes(handler)
        if isinstance(node, ast.Name)
    }


@lru_cache(maxsize=64)
def module_names(module: ast.Module) -> frozenset[str]:
    """Return the names bound at a module's top level; ``*`` is among them when a star import is."""
    names: set[str] = set()
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        else:
            names |= stored_names(statement)
    return frozenset(names)


def assigned_values(statements: Sequence[Located], name: str) -> list[ast.expr]:
    """Return the values that the statements assign to a name."""
    values: list[ast.expr] = []
    for statement in all_statements([statement for _, statement in statements]):
        if isinstance(statement, ast.Assign):
            targets: list[ast.expr] = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            continue
        if statement.value is not None:
            values += [statement.value for each in targets if isinstance(each, ast.Name) and each.id == name]
    return values


def parameter_names(function: Function) -> set[str]:
    """Return the names of a function's parameters, ``*`` and ``**`` included."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {each.arg for each in (*named, arguments.vararg, arguments.kwarg) if each is not None}


def bound_names(function: Function, statements: Sequence[Located]) -> frozenset[str]:
    """Return the names that are local to a function and bound when ``statements`` have run."""
    names = parameter_names(function)
    for _, statement in statements:
        names |= stored_names(statement)
    declared = (each for each in all_statements(function.body) if isinstance(each, ast.Global | ast.Nonlocal))
    return frozenset(names - {name for node in declared for name in node.names})


def stored_names(statement: ast.stmt) -> set[str]:
    """Return the names a statement binds where it stands: not those of functions, classes or comprehensions in it."""
    names: set[str] = set()
    stored: list[ast.Name] = []
    scopes: list[ast.AST] = []
    for node in nodes(statement):  # by exact type: this runs for every node before every handshake
        kind = type(node)
        if kind is ast.Name:
            if type(cast("ast.Name", node).ctx) is ast.Store:
                stored.append(cast("ast.Name", node))
        elif kind in _SCOPES:
            scopes.append(node)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
    hidden = {id(inner) for scope in scopes for inner in nodes(scope)} if stored else set()
    names |= {getattr(scope, "name", "") for scope in scopes} - {""}
    return names | {node.id for node in stored if id(node) not in hidden}


def all_names(function: Function, skip: set[int]) -> set[str]:
    """Return every name that occurs in a function, other than in the statements to skip."""
    names = parameter_names(function)
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if id(node) in skip:
            continue
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        pending.extend(ast.iter_child_nodes(node))
    return names


def free_name(name: str, taken: set[str]) -> str:
    candidates = [name, f"_{name}", *(f"_{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)


def request_options(roots: Sequence[ast.AST]) -> str:
    """Return the name of the request options whose additional_headers some code reads, or an empty string."""
    for root in roots:
        for node in nodes(root):
            match node:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value="additional_headers")):
                    return name
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="get"),
                    args=[ast.Constant(value="additional_headers"), *_],
                ):
                    return name
                case _:
                    pass
    return ""


def refuse_undefined(module: ast.Module, function: Function, roots: Sequence[ast.AST], known: frozenset[str]) -> None:
    """Raise Unclear when code on the way to the call uses a name that nothing binds.

    A line merge keeps a statement and loses its import: the module compiles, and fails when it connects. ``known``
    are the names of the module and the function.
    """
    used = {
        node.id: node.lineno
        for root in roots
        for node in nodes(root)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    unknown = used.keys() - known - set(dir(builtins))
    if not unknown or "*" in known:
        return
    # Rare enough to look at everything around that may bind it: closures, comprehensions, handlers.
    outermost = next(each for each in module.body if each.lineno <= function.lineno <= (each.end_lineno or 0))
    for node in nodes(outermost):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                unknown -= {name}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                unknown -= {name}
            case ast.alias():
                unknown -= {(node.asname or node.name).split(".")[0]}
            case _:
                pass
    if unknown:
        name = min(unknown, key=lambda name: (used[name], name))
        raise Unclear(f"line {used[name]} uses {name}, which nothing in the module binds", REGENERATE)
