"""Find root clients and channels by what they take and do, whatever their names.

Fern's conventions: a root client takes ``httpx_client`` and makes itself a ``_client_wrapper``; a channel takes
``client_wrapper`` and has a method that is a context manager and opens a WebSocket.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

_SUPPORT = ("open_websocket", "open_websocket_async")


def roots(modules: list[str]) -> tuple[list[Any], dict[str, str]]:
    """Return the root clients that modules define, derived classes first, and the modules that do not import."""
    found, problems = _classes(modules)
    kinds = [kind for kind in found if "httpx_client" in parameters(kind)]
    return sorted(kinds, key=lambda kind: -len(kind.__mro__)), problems


def channels(modules: list[str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the methods of channels that open a WebSocket, and the modules that do not import."""
    found, problems = _classes(modules)
    methods: list[dict[str, Any]] = []
    for kind in found:
        if "client_wrapper" not in parameters(kind):
            continue
        for name, method in vars(kind).items():
            inner = inspect.unwrap(method) if inspect.isfunction(method) else None
            if inner is not None and _is_context_manager(method, inner) and _opens_socket(inner):
                methods.append(
                    {
                        "module": kind.__module__,
                        "class": kind.__qualname__,
                        "method": name,
                        "is_async": inspect.isasyncgenfunction(inner),
                        "line": inner.__code__.co_firstlineno,
                    }
                )
    return methods, problems


def parameters(kind: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters of a class; those of its bases as well, where it passes on what it does not know."""
    found: dict[str, inspect.Parameter] = {}
    for base in kind.__mro__:
        start = vars(base).get("__init__")
        if not inspect.isfunction(start):
            continue
        own = inspect.signature(start).parameters.values()
        for each in list(own)[1:]:
            if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
                found.setdefault(each.name, each)
        if not any(each.kind is each.VAR_KEYWORD for each in own):
            break
    return found


def _classes(modules: list[str]) -> tuple[list[Any], dict[str, str]]:
    found: list[Any] = []
    problems: dict[str, str] = {}
    for name in modules:
        try:
            module = importlib.import_module(name)
        except (Exception, SystemExit) as error:
            from .calls import described

            problems[name] = described(error)
            continue
        found += [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == name]
    return found, problems


def _is_context_manager(method: Any, inner: Any) -> bool:
    is_wrapped = method is not inner
    return is_wrapped and (inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner))


def _opens_socket(function: Any) -> bool:
    scope = function.__globals__
    for name in _names(function.__code__):
        thing = scope.get(name)
        if isinstance(thing, types.ModuleType):
            found = _is_library(thing.__name__)
        elif callable(thing):
            is_own = _is_library(str(getattr(thing, "__module__", ""))) and not _is_error(thing)
            found = is_own or getattr(thing, "__name__", "") in _SUPPORT
        else:
            found = name.startswith("websockets.")
        if found:
            return True
    return False


def _is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def _is_library(name: str) -> bool:
    return name.split(".")[0] == "websockets" and name != "websockets.exceptions"


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _names(each)


def read_names(code: types.CodeType) -> set[str]:
    """Return the local names that a function's code reads, in the functions inside it as well."""
    found: set[str] = set()
    for each in dis.get_instructions(code):
        if each.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")):
            found |= set(each.argval) if isinstance(each.argval, tuple) else {each.argval}  # two at once from 3.13 on
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= read_names(constant)
    return found


def admits_text(annotation: Any) -> bool:
    """Tell whether a str is a value of an annotation."""
    if annotation in (str, typing.Any, inspect.Parameter.empty, None):
        return True
    if isinstance(annotation, str):  # unresolved
        return "str" in annotation and "Callable" not in annotation.split("str")[0]
    return any(admits_text(each) for each in typing.get_args(annotation)) and not _is_callable(annotation)


def _is_callable(annotation: Any) -> bool:
    return "Callable" in str(typing.get_origin(annotation))
