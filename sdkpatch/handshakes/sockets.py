"""Generated socket clients: the loops that read messages, ``recv`` and ``_send_model``, and what they are to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict, Site
from ..operation import Held, ToDo
from ..pattern.selector import select
from ..python import blocks as block_edits
from ..python import import_lines
from ..python.source import Function, Source, is_docstring, same
from ..python.text import Edit
from .goals import Part, parsed
from .origins import literal
from .place import calls_support


class ReadingGoal(NamedTuple):
    """What is wanted of a socket client: where an iteration ends, and whether text that is no JSON passes."""

    terminator: str
    is_close_error: bool
    text: bool
    send_text: bool


class _Method(NamedTuple):
    name: str
    node: Function
    socket: str
    is_async: bool


Judged = tuple[Site, Held | ToDo | Conflict, frozenset[str]]


def judge(source: Source, wanted: ReadingGoal, within: Sequence[str]) -> Iterator[Judged]:
    """Judge the methods of every socket client of a module, with the support functions each one uses."""
    selected = {id(target.node) for target in select(source, within)} if within else set()
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and (socket := _socket(node)):
            methods = list(_methods(node, socket))
            if not within:
                yield from _lacking(source, node, [each.node.name for each in methods], wanted)
            for method in methods:
                if not within or id(method.node) in selected:
                    yield from _judged(source, method, wanted)


def _lacking(source: Source, node: ast.ClassDef, names: Sequence[str], wanted: ReadingGoal) -> Iterator[Judged]:
    """Yield the conflicts of a socket client without the methods that the step is about."""
    for name, is_wanted in (("recv", wanted.text), ("_send_model", wanted.send_text)):
        if is_wanted and name not in names:
            site = Site(path=source.path, line=node.lineno, name=node.name)
            hint = "the generator changed it, or a merge lost it: narrow the step with within, or regenerate the file"
            yield site, Conflict(reason=f"the socket client has no {name}", hint=hint), frozenset()


def _judged(source: Source, method: _Method, wanted: ReadingGoal) -> Iterator[Judged]:
    judge_one = {"recv": _recv, "_send_model": _send}.get(method.node.name, _loop)
    parts = judge_one(source, method, wanted)
    if parts is None:
        return
    flavour = "async" if method.is_async else "sync"
    site = Site(path=source.path, line=method.node.lineno, name=method.name, flavour=flavour)
    if isinstance(parts, Conflict):
        yield site, parts, frozenset()
    else:
        yield site, ToDo(work=partial(_edits, parts)) if parts else Held(), _functions(method, wanted)


def _edits(parts: Sequence[Part]) -> list[Edit]:
    return [edit for part in parts for edit in part.edits()]


def _functions(method: _Method, wanted: ReadingGoal) -> frozenset[str]:
    if method.node.name == "_send_model":
        return frozenset()
    text = {"is_plain_text"} if wanted.text else set()
    reads = {"read_messages_async" if method.is_async else "read_messages"}
    return frozenset(text if method.node.name == "recv" else text | reads)


def _methods(node: ast.ClassDef, socket: str) -> Iterator[_Method]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{node.name}.{each.name}"
            yield _Method(name=name, node=each, socket=socket, is_async=isinstance(each, ast.AsyncFunctionDef))


def _socket(node: ast.ClassDef) -> str:
    """Return ``self._websocket``: the attribute in which ``__init__`` keeps its ``websocket``."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            for statement in each.body:
                match statement:
                    case ast.Assign(targets=[ast.Attribute() as kept], value=ast.Name(id="websocket")):
                        return ast.unparse(kept)
                    case _:
                        pass
    return ""


def _loop(source: Source, method: _Method, wanted: ReadingGoal) -> list[Part] | Conflict | None:
    """Return what is to do to the loops over the socket in a method, None when it has none."""
    loops = [
        node
        for node in ast.walk(method.node)
        if isinstance(node, ast.For | ast.AsyncFor) and _iterates(node.iter, method.socket)
    ]
    if not loops:
        return None
    if len(loops) > 1:
        return _doubled(loops[0].lineno, loops[1].lineno)
    loop = loops[0]
    if not isinstance(loop.target, ast.Name):
        return Conflict(reason=f"line {loop.lineno} reads messages in a way that is not understood")
    read = _read(source, method, loop, wanted)
    passed = _passed(source, method, loop, loop.target.id) if wanted.text else []
    if isinstance(read, Conflict):
        return read
    return passed if isinstance(passed, Conflict) else [*read, *passed]


def _read(source: Source, method: _Method, loop: ast.For | ast.AsyncFor, wanted: ReadingGoal) -> list[Part] | Conflict:
    """Return what lets the loop read through the support module."""
    function = "read_messages_async" if isinstance(loop, ast.AsyncFor) else "read_messages"
    terminator = f", terminator={literal(wanted.terminator)}" if wanted.terminator else ""
    close = ", is_close_error=True" if wanted.is_close_error else ""
    code = f"{function}({method.socket}{terminator}{close})"
    if ast.unparse(loop.iter) == method.socket:
        start, stop = source.text.span(loop.iter)
        return [Part(partial(list, [Edit(start, stop, code)]))]
    if same(loop.iter, ast.parse(code, mode="eval").body):
        return []
    return Conflict(
        reason=f"line {loop.lineno} already reads messages through the support module in another way",
        hint="two patches want different code here, or the patch changed: regenerate the SDK and apply again",
    )


def _passed(source: Source, method: _Method, loop: ast.For | ast.AsyncFor, message: str) -> list[Part] | Conflict:
    """Return what lets the loop pass text on."""
    passing = _passing(method, loop, message)
    if passing is None:
        return Conflict(reason=f"line {loop.lineno} reads messages and neither yields nor emits them")
    if torn := _torn(loop.body, passing):
        return torn
    if same(loop.body[0], parsed(passing)):
        return []
    return [Part(partial(block_edits.insert, source, loop.body, 0, passing, top=False))]


def _torn(block: Sequence[ast.stmt], code: str) -> Conflict | None:
    """Return the conflict of a condition that stands among statements twice, or with other code below it."""
    wanted = parsed(code)
    assert isinstance(wanted, ast.If)
    there = [each for each in block if isinstance(each, ast.If) and same(each.test, wanted.test)]
    if len(there) > 1:
        return _doubled(there[0].lineno, there[1].lineno)
    if there and not same(there[0], wanted):
        reason = f"line {there[0].lineno} is part of a patch, but the code around it differs"
        return Conflict(reason=reason, hint="a merge broke it, or the patch changed: regenerate the file")
    return None


def _doubled(first: int, second: int) -> Conflict:
    reason = f"lines {first} and {second} both hold the same part of a patch, or of the generated code"
    return Conflict(reason=reason, hint="a merge doubled it: regenerate the file, and apply again")


def _iterates(node: ast.expr, socket: str) -> bool:
    if calls_support(node, "read_messages"):
        assert isinstance(node, ast.Call)
        node = node.args[0]
    return ast.unparse(node) == socket


def _passing(method: _Method, loop: ast.For | ast.AsyncFor, message: str) -> str | None:
    """Return the code that passes a text on as the loop passes on what it parsed."""
    if any(isinstance(node, ast.Yield) for node in ast.walk(loop)):
        return f"if is_plain_text({message}):\n    yield {message}\n    continue"
    for node in ast.walk(loop):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr.startswith("_emit") and len(node.args) == 2 and "MESSAGE" in ast.unparse(node.args[0]):
            waiting = "await " if node.func.attr.endswith("async") else ""
            emit = f"{waiting}{ast.unparse(node.func)}({ast.unparse(node.args[0])}, {message})"
            return f"if is_plain_text({message}):\n    {emit}\n    continue"
    return None


def _recv(source: Source, method: _Method, wanted: ReadingGoal) -> list[Part] | Conflict | None:
    """Return what lets ``recv`` pass text on."""
    if not wanted.text:
        return None
    waiting = "await " if method.is_async else ""
    received = f"{waiting}{method.socket}.recv()"
    body = method.node.body
    typed = _annotated(source, method)
    reads = [node.lineno for node in ast.walk(method.node) if isinstance(node, ast.expr) and _is(node, received)]
    if len(reads) > 1:
        return _doubled(*reads[:2])
    for index, statement in enumerate(body):
        found = next((node for node in ast.walk(statement) if _is(node, received)), None)
        if found is None:
            continue
        if isinstance(statement, ast.Assign) and statement.value is found and len(statement.targets) == 1:
            name = ast.unparse(statement.targets[0])
            passing = f"if is_plain_text({name}):\n    return {name}"
            if torn := _torn(body, passing):
                return torn
            if index + 1 < len(body) and same(body[index + 1], parsed(passing)):
                if len(body) == index + 2:
                    return Conflict(reason=f"line {body[-1].lineno} ends recv: code that parses messages is lost")
                return typed
            return [*typed, Part(partial(block_edits.insert, source, body, index + 1, passing, top=False))]
        start, stop = source.text.span(found)
        code = f"data = {received}\nif is_plain_text(data):\n    return data"
        return [
            *typed,
            Part(partial(block_edits.insert, source, body, index, code, top=False)),
            Part(partial(list, [Edit(start, stop, "data")])),
        ]
    return Conflict(reason="recv does not read from the socket in a way that is understood")


def _annotated(source: Source, method: _Method) -> list[Part]:
    """Return what adds ``str`` to what ``recv`` is annotated to return."""
    returns = method.node.returns
    if returns is None:
        return []
    if ast.unparse(returns).startswith("typing.Union[") and ast.unparse(returns).endswith(", str]"):
        return []
    start, stop = source.text.span(returns)
    imports = import_lines.add(source, ["import typing"])
    return [Part(partial(list, [*imports, Edit(start, start, "typing.Union["), Edit(stop, stop, ", str]")]))]


def _is(node: ast.AST, code: str) -> bool:
    return isinstance(node, ast.Await | ast.Call) and ast.unparse(node) == code


def _send(source: Source, method: _Method, wanted: ReadingGoal) -> list[Part] | Conflict | None:
    """Return what lets ``_send_model`` send a plain text as it is."""
    if not wanted.send_text:
        return None
    arguments = method.node.args
    if len(arguments.args) != 2 or arguments.kwonlyargs:
        return Conflict(reason="_send_model does not take exactly one message")
    name = arguments.args[1].arg
    waiting = "await " if method.is_async else ""
    code = f"if isinstance({name}, str):\n    {waiting}{method.socket}.send({name})\n    return"
    body = method.node.body
    first = 1 if is_docstring(body[0]) else 0
    if torn := _torn(body, code):
        return torn
    if same(body[first], parsed(code)):
        return []
    return [Part(partial(block_edits.insert, source, body, first, code, top=False))]
