"""What the annotations of a function or class stand for, also where they are imported for type checkers only."""

from __future__ import annotations

import ast
import functools
import importlib
import sys
import typing
from collections.abc import Mapping
from typing import Any, Dict


def hints(owner: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return annotations by name; one that cannot be resolved is left out."""
    module = sys.modules.get(getattr(owner, "__module__", "") or "")
    found: dict[str, Any] = {}
    for name, annotation in names.items():
        resolved = resolve(annotation, module)
        if resolved is not None:
            found[name] = resolved
    return found


def resolve(annotation: Any, module: Any) -> Any | None:
    """Return what an annotation, or the text of one, stands for in a module; None when it cannot be told."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, vars(module) if module else {}, _Late(module))
    except Exception:  # a name of a library that is there for type checkers only
        return None


class _Late(Dict[str, Any]):
    """Names that a module imports under ``if typing.TYPE_CHECKING``, imported when they are asked for."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        self._module = module

    def __missing__(self, name: str) -> Any:
        if self._module is None or hasattr(self._module, name):
            raise KeyError(name)
        source, own = _imported(self._module)[name]
        return getattr(importlib.import_module(source, _package(self._module)), own)


@functools.lru_cache(maxsize=None)
def _imported(module: Any) -> Mapping[str, tuple[str, str]]:
    """Return what a module imports from others, wherever it does: the module, and the name there, by the own name."""
    found: dict[str, tuple[str, str]] = {}
    with open(getattr(module, "__file__", None) or "", "rb") as source:
        tree = ast.parse(source.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, ("." * node.level + (node.module or ""), alias.name))
    return found


def _package(module: Any) -> str:
    return str(getattr(module, "__package__", None) or module.__name__.rpartition(".")[0])
