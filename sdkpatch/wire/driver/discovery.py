"""Find root clients by what they take, whatever their names, and tell what channels are made with.

Fern's conventions: a root client takes ``httpx_client`` and makes itself a ``_client_wrapper``; a channel takes
``client_wrapper``.
"""

from __future__ import annotations

import dis
import functools
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Iterable
from typing import Any

from .failures import described


def roots(modules: list[str]) -> tuple[list[Any], dict[str, str]]:
    """Return the root clients that modules define, derived classes first, and the modules that do not import."""
    found, problems = _classes(modules)
    kinds = [kind for kind in found if "httpx_client" in parameters(kind)]
    return sorted(kinds, key=lambda kind: -len(kind.__mro__)), problems


def unimportable(modules: Iterable[str]) -> dict[str, str]:
    """Import modules, and return why some of them cannot be."""
    return _classes(sorted(modules))[1]


def channels(wanted: list[dict[str, Any]], kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return what is known of methods and functions that may open a WebSocket, and the modules that do not import.

    ``takes`` says what an object of the class is made with: ``wrapper`` for Fern's client wrapper, ``root`` for a root
    client, ``other`` for another class, ``nothing`` for a function.
    """
    found: list[dict[str, Any]] = []
    problems: dict[str, str] = {}
    for each in wanted:
        name = each["module"]
        try:
            module = importlib.import_module(name)
            kind = member(module, each["class"]) if each["class"] else None
            method = getattr(kind or module, each["method"])
        except (Exception, SystemExit) as error:
            if name not in sys.modules:
                problems[name] = described(error)
            continue
        inner = inspect.unwrap(method)
        found.append({**each, "is_async": _is_async(kind, inner), "takes": _takes(kind, kinds)})
    return found, problems


def member(module: Any, name: str) -> Any:
    """Return a class by its qualified name."""
    found = module
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _takes(kind: Any, kinds: list[Any]) -> str:
    if kind is None or not inspect.isclass(kind):
        return "nothing"
    if "client_wrapper" in parameters(kind):
        return "wrapper"
    return "root" if kind in kinds else "other"


def _is_async(kind: Any, inner: Any) -> bool:
    if inspect.isasyncgenfunction(inner) or inspect.iscoroutinefunction(inner):
        return True
    if inspect.isgeneratorfunction(inner) or kind is None or not inspect.isclass(kind):
        return False
    taken = parameters(kind)
    annotation = str(taken["client_wrapper"].annotation) if "client_wrapper" in taken else ""
    return "Async" in annotation or kind.__name__.startswith("Async")


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
            problems[name] = described(error)
            continue
        found += [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == name]
    return found, problems


@functools.lru_cache(maxsize=None)
def read_names(code: types.CodeType) -> frozenset[str]:
    """Return the local names that a function's code reads, in the functions inside it as well."""
    found: set[str] = set()
    for each in dis.get_instructions(code):
        if each.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE")):
            found |= set(each.argval) if isinstance(each.argval, tuple) else {each.argval}  # two at once from 3.13 on
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= read_names(constant)
    return frozenset(found)


def admits_text(annotation: Any) -> bool:
    """Tell whether a str is a value of an annotation."""
    if annotation in (str, typing.Any, inspect.Parameter.empty, None):
        return True
    if isinstance(annotation, str):  # unresolved
        return "str" in annotation and "Callable" not in annotation.split("str")[0]
    return any(admits_text(each) for each in typing.get_args(annotation)) and not _is_callable(annotation)


def _is_callable(annotation: Any) -> bool:
    return "Callable" in str(typing.get_origin(annotation))
