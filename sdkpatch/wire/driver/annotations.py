"""What the annotations of a function or class stand for, also where they are imported for type checkers only."""

from __future__ import annotations

import ast
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
        return eval(annotation, dict(vars(module)) if module else {}, _Late(module))
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
        for node in ast.walk(_parsed(self._module)):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        source = importlib.import_module("." * node.level + (node.module or ""), _package(self._module))
                        return getattr(source, alias.name)
        raise KeyError(name)


_TREES: dict[str, ast.AST] = {}


def _parsed(module: Any) -> ast.AST:
    path = getattr(module, "__file__", None) or ""
    if path not in _TREES:
        with open(path, "rb") as source:
            _TREES[path] = ast.parse(source.read())
    return _TREES[path]


def _package(module: Any) -> str:
    return str(getattr(module, "__package__", None) or module.__name__.rpartition(".")[0])
