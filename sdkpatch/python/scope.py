"""One scope of a module as it is filled: what it binds, what code in it reads, and what an import in it brings."""

from __future__ import annotations

from typing import NamedTuple

RUNTIME, PARAMETER, IMPORT, OTHER = 1, 2, 4, 8
"""What binds a name, as bits: code that runs (not a type checker alone), a parameter, an import, anything else."""

TYPING, ANNOTATION, GUARDED = 1, 2, 4
"""Where code stands, as bits: only a type checker reads it, strings in it are code, a handler catches what fails."""


class Use(NamedTuple):
    """Where code reads a name. ``scope`` is the qualified name of the definition around it, ``path`` the attributes
    read of it at once (``b``, ``c`` in ``a.b.c``); ``is_typing`` tells that only a type checker reads it."""

    name: str
    line: int
    scope: str
    path: tuple[str, ...] = ()
    is_typing: bool = False


class Imported(NamedTuple):
    """One name of an import. ``source`` is the name in ``module``, empty for ``import module``, ``*`` for all.

    ``module`` has its dots in front; ``is_guarded`` tells that code catches the error of a failed import.
    """

    name: str
    module: str
    source: str
    line: int
    scope: str
    is_typing: bool
    is_guarded: bool


class Scope:
    """One scope. ``kind`` is module, class, function, comprehension or types (that of type parameters).

    ``known`` has the numbers of the scopes that bind the names used here: scopes that hold each other would stay in
    memory until the interpreter looks for such circles.
    """

    __slots__ = (
        "bound", "deleted", "first", "globals", "kind", "known", "last", "loads", "name", "nonlocals", "number",
        "parent",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, parent: Scope | None, number: int = 0) -> None:
        self.number = number
        self.kind = kind
        self.name = name
        self.parent = parent
        self.bound: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.deleted: dict[str, int] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.loads: list[tuple[str, int, int, tuple[str, ...]]] = []
        self.known: dict[str, int] = {}

    def runs_in(self, other: Scope) -> bool:
        """Tell whether the code here runs as a part of another scope's, not when a function is called."""
        at: Scope | None = self
        while at is not None and at is not other and at.kind != "function":
            at = at.parent
        return at is other

    def bind(self, name: str, line: int, kind: int) -> None:
        self.bound[name] = self.bound.get(name, 0) | kind
        self.first[name] = min(self.first.get(name, line), line)
        self.last[name] = max(self.last.get(name, 0), line)
