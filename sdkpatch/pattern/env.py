"""What the metavariables of a pattern stand for."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .name_parts import filtered

Bound = ast.AST | str | tuple[ast.AST, ...]
"""What a metavariable stands for: a node, a name or part of a string, or a run of nodes."""

Trace = tuple[int, Bound, "Trace | None"]


class Env(NamedTuple):
    """The bindings so far, and which node each node of the pattern stands for."""

    bindings: tuple[tuple[str, Bound], ...] = ()
    trace: Trace | None = None

    def get(self, name: str) -> Bound | None:
        """Return what a metavariable is bound to."""
        return next((bound for known, bound in self.bindings if known == name), None)

    def written(self, name: str) -> Bound | None:
        """Return what a metavariable is bound to, written as its filter says where it has one."""
        bound = self.get(name)
        return filtered(name, self.bindings) if bound is None else bound

    def target(self, node: ast.AST) -> Bound | None:
        """Return what a node of the pattern was matched with."""
        at = self.trace
        while at is not None:
            if at[0] == id(node):
                return at[1]
            at = at[2]
        return None

    def traced(self, node: ast.AST, bound: Bound) -> Env:
        return Env(self.bindings, (id(node), bound, self.trace))
