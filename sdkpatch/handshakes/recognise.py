"""Find every place of a module that opens a WebSocket with the ``websockets`` library, by what it calls.

Names are resolved through imports, aliases and assignments, never by spelling: Fern writes
``websockets_sync_client.connect(…)`` and ``websockets_client_connect(…)`` today, wrote ``websockets.connect(…)``
before, names the method after the specification from generator 4.60 on, and an SDK may have a subpackage of its own
that is called ``websockets``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..model import Site
from ..python.source import Source

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Step: TypeAlias = tuple[str, int]
Path: TypeAlias = tuple[Step, ...]
"""From the module to a statement: ``(("body", 4), ("body", 1), ("handlers", 0), ("body", 2))``."""

SUPPORT_MODULE = "sdkpatch_websocket"
"""The module in ``core`` through which patched handshakes open their socket; ``using=`` has the library's function."""

# https://websockets.readthedocs.io/en/stable/reference/index.html, and the legacy modules up to release 16
_CONNECTS = {
    "websockets.connect": True,
    "websockets.client.connect": True,
    "websockets.legacy.client.connect": True,
    "websockets.legacy.client.Connect": True,
    "websockets.asyncio.client.connect": True,
    "websockets.sync.client.connect": False,
    f"{SUPPORT_MODULE}.open_websocket": False,
    f"{SUPPORT_MODULE}.open_websocket_async": True,
}
_OTHERS = {
    "websockets.unix_connect": True,
    "websockets.legacy.client.unix_connect": True,
    "websockets.asyncio.client.unix_connect": True,
    "websockets.sync.client.unix_connect": False,
}
_MODULES = frozenset(
    {
        "websockets",
        "websockets.asyncio",
        "websockets.asyncio.client",
        "websockets.client",
        "websockets.legacy",
        "websockets.legacy.client",
        "websockets.sync",
        "websockets.sync.client",
    }
)
"""The modules that a connect function can be fetched from."""
_PASSED_MODULE = "the websockets module is passed on as a value, so its calls cannot be found"
_BLOCKS = ("body", "orelse", "finalbody")


class Handshake(NamedTuple):
    """One place that opens a WebSocket.

    ``path`` leads to the statement that holds the call, ``function_path`` to the innermost function around it.
    ``call`` is None where the connect function is passed on instead of called. ``within`` names an expression the
    call stands in that may run it never or many times (``lambda``, ``comprehension``, ``conditional expression``).
    """

    name: str
    line: int
    is_async: bool
    path: Path
    function_path: Path
    function: Function | None
    call: ast.Call | None
    within: str = ""
    problem: str = ""

    def site(self, path: str) -> Site:
        """Return what a report calls the handshake of a file."""
        return Site(path=path, line=self.line, name=self.name, flavour="async" if self.is_async else "sync")


def find(module: ast.Module, code: bytes) -> tuple[Handshake, ...]:
    """Return the handshakes of a module in source order. ``code`` is the module's source, used to skip functions."""
    imported = _module_names(module)
    pattern = b"|".join(re.escape(name.encode()) for name in sorted({*imported, "websockets"}))
    if b"\r" in code:
        code = code.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = sorted({code.count(b"\n", 0, found.start()) + 1 for found in re.finditer(pattern, code)})
    found = _Finder(lines)
    found.block(module.body, "body", (), _Scope(name="", function=None, path=(), names=imported))
    return tuple(sorted(found.handshakes, key=lambda handshake: handshake.line))


def named(source: Source, handshakes: Sequence[Handshake], within: Sequence[str]) -> Sequence[Handshake]:
    """Return the handshakes in the functions that selectors name, all where there is no selector."""
    if not within:
        return handshakes
    from ..pattern.selector import select

    wanted = {id(target.node) for target in select(source, within)}
    return [each for each in handshakes if id(each.function) in wanted]


def imported_connects(module: ast.Module) -> tuple[str, ...]:
    """Return the names at a module's top level that stand for a connect function, sorted."""
    return tuple(sorted(name for name, meaning in _module_names(module).items() if meaning in _CONNECTS))


def children(statement: ast.stmt) -> Iterator[tuple[Path, list[ast.stmt]]]:
    """Yield the blocks of a compound statement with the steps that lead to them, less the last step's index."""
    for name in _BLOCKS:
        block = getattr(statement, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield ((name, -1),), block
    for index, handler in enumerate(getattr(statement, "handlers", ())):
        yield (("handlers", index), ("body", -1)), handler.body
    for index, case in enumerate(getattr(statement, "cases", ())):
        yield (("cases", index), ("body", -1)), case.body


def dotted(node: ast.expr) -> list[str]:
    """Return ``["a", "b", "c"]`` for the expression ``a.b.c``, an empty list for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    parts.append(node.id)
    return parts[::-1]


def _imports(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield each local name that an import binds with what it stands for; what is not websockets' is ``""``."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.asname:
                yield alias.asname, alias.name if alias.name.split(".")[0] == "websockets" else ""
            else:
                top = alias.name.split(".")[0]
                yield top, top if top == "websockets" else ""
    elif isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        if statement.level and module.split(".")[-1] == SUPPORT_MODULE:
            yield from ((alias.asname or alias.name, f"{SUPPORT_MODULE}.{alias.name}") for alias in statement.names)
            return
        ours = statement.level == 0 and module.split(".")[0] == "websockets"
        for alias in statement.names:
            if alias.name == "*":
                yield from ((("connect", f"{module}.connect"),) if ours else ())
            else:
                yield alias.asname or alias.name, f"{module}.{alias.name}" if ours else ""


def _resolve(node: ast.expr, names: Mapping[str, str]) -> str:
    """Return the full dotted name an expression stands for when it leads into websockets, else an empty string."""
    parts = dotted(node)
    base = names.get(parts[0], "") if parts else ""
    return ".".join([base, *parts[1:]]) if base else ""


def _support(node: ast.Call) -> str:
    """Return the support function that patched code calls by its own name, although a merge lost its import."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    is_opening = f"{SUPPORT_MODULE}.{name}" in _CONNECTS and any(keyword.arg == "using" for keyword in node.keywords)
    return f"{SUPPORT_MODULE}.{name}" if is_opening else ""


def _imported_by_call(node: ast.Call) -> str:
    """Return the module of websockets that ``importlib.import_module("…")`` or ``__import__("…")`` imports."""
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if name in _MODULES:
            called = dotted(function)
            return name if called and called[-1] in ("import_module", "__import__") else ""
        case _:
            return ""


def _bind(statement: ast.stmt, names: dict[str, str]) -> None:
    """Bring ``names`` up to date with what one statement binds, its blocks included (not those of functions)."""
    for name, meaning in _imports(statement):
        # try: from websockets.legacy… except ImportError: from websockets… binds one name twice
        names[name] = meaning or (names.get(name, "") if isinstance(statement, ast.ImportFrom) else "")
        if not meaning and isinstance(statement, ast.ImportFrom) and statement.level:
            names[name] = ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            meaning = _resolve(statement.value, names)
            if meaning or not isinstance(statement.value, ast.Constant):
                names[target.id] = meaning
    elif isinstance(statement, Function | ast.ClassDef):
        names[statement.name] = ""
        return
    for _, block in children(statement):
        for inner in block:
            _bind(inner, names)


def _module_names(module: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for statement in module.body:
        _bind(statement, names)
    return {name: meaning for name, meaning in names.items() if meaning}


class _Scope(NamedTuple):
    name: str
    function: Function | None
    path: Path
    names: Mapping[str, str]
    has_own_names: bool = False

    def inner(self, node: Function | ast.ClassDef, path: Path) -> _Scope:
        name = f"{self.name}.{node.name}" if self.name else node.name
        if isinstance(node, ast.ClassDef):
            return self._replace(name=name)
        names = dict(self.names)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            names.pop(argument.arg, None)
        for statement in node.body:
            _bind(statement, names)
        own = {key: meaning for key, meaning in names.items() if meaning}
        return _Scope(name, node, path, own, has_own_names=not own.keys() <= self.names.keys())


def _surroundings(node: ast.AST, within: str) -> str:
    """Return what may run the parts of an expression never or many times; ``within`` is what is around it."""
    match node:
        case ast.Lambda():
            return "lambda"
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return "comprehension"
        case ast.IfExp() | ast.BoolOp():
            return within or "conditional expression"
        case _:
            return within


class _Finder:
    """Walks statements with their path; looks into expressions only where a name of websockets stands near."""

    def __init__(self, lines: list[int]) -> None:
        self._lines = lines
        self.handshakes: list[Handshake] = []

    def block(self, statements: list[ast.stmt], field: str, prefix: Path, scope: _Scope) -> None:
        for index, statement in enumerate(statements):
            path = (*prefix, (field, index))
            if not scope.has_own_names and not self._is_near(statement):
                continue
            inner = scope
            if isinstance(statement, Function | ast.ClassDef):
                inner = scope.inner(statement, path)
            self._expressions(statement, path, scope)
            for steps, block in children(statement):
                self.block(block, steps[-1][0], (*path, *steps[:-1]), inner)

    def _is_near(self, statement: ast.stmt) -> bool:
        import bisect

        first = bisect.bisect_left(self._lines, statement.lineno)
        return first < len(self._lines) and self._lines[first] <= (statement.end_lineno or statement.lineno)

    def _expressions(self, statement: ast.stmt, path: Path, scope: _Scope) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return
        if isinstance(statement, ast.Assign) and _resolve(statement.value, scope.names):
            return
        pending: list[tuple[ast.AST, str]] = [(node, "") for node in own_expressions(statement)]
        while pending:
            node, within = pending.pop()
            if isinstance(node, ast.Call) and (target := _resolve(node.func, scope.names) or _support(node)):
                self._called(node, target, path, scope, within)
                known = "using" if target.startswith(SUPPORT_MODULE) else ""
                pending += [(argument, within) for argument in node.args]
                pending += [(keyword, within) for keyword in node.keywords if not known or keyword.arg != known]
            elif not self._passed(node, path, scope):
                within = _surroundings(node, within)
                pending += [(child, within) for child in ast.iter_child_nodes(node)]

    def _passed(self, node: ast.AST, path: Path, scope: _Scope) -> bool:
        """Note a connect function or module of websockets that is used as a value; tell whether a node names any."""
        if isinstance(node, ast.Call) and (module := _imported_by_call(node)):
            self._add(node, module, path, scope, call=None, problem=_PASSED_MODULE)
            return True
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return False
        target = _resolve(node, scope.names)
        if target in _CONNECTS or target in _OTHERS:
            problem = "the connect function is passed on as a value, so its arguments cannot be found"
            self._add(node, target, path, scope, call=None, problem=problem)
        elif target in _MODULES:
            self._add(node, target, path, scope, call=None, problem=_PASSED_MODULE)
        return bool(target)

    def _called(self, node: ast.Call, target: str, path: Path, scope: _Scope, within: str) -> None:
        if target in _CONNECTS:
            self._add(node, target, path, scope, call=node, within=within)
        elif target in _OTHERS:
            problem = f"{target} opens a socket on a path, not on a url"
            self._add(node, target, path, scope, call=node, problem=problem)

    def _add(
        self,
        node: ast.expr,
        target: str,
        path: Path,
        scope: _Scope,
        *,
        call: ast.Call | None,
        within: str = "",
        problem: str = "",
    ) -> None:
        handshake = Handshake(
            name=scope.name or "module",
            line=node.lineno,
            is_async={**_CONNECTS, **_OTHERS}.get(target, "sync" not in target.split(".")),
            path=path,
            function_path=scope.path,
            function=scope.function,
            call=call,
            within=within,
            problem=problem,
        )
        self.handshakes.append(handshake)


def own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of a statement, without its blocks, annotations and decorators."""
    for name, value in ast.iter_fields(statement):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.expr | ast.withitem | ast.keyword):
                yield item
            elif isinstance(item, ast.match_case) and item.guard:
                yield item.guard
            elif isinstance(item, ast.ExceptHandler) and item.type:
                yield item.type
    if isinstance(statement, Function):
        yield from (default for default in (*statement.args.defaults, *statement.args.kw_defaults) if default)
