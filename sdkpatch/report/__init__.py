"""Render what a run did: one module per format, listed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple

from ..model import Applied, Conflict, Outcome, Plan, Satisfied


class Run(NamedTuple):
    """A finished run: its plan, what it was asked for (``apply``, ``check`` or ``diff``), and whether it wrote.

    ``tree`` is the directory as shown to people; ``verbosity`` is -1 (quiet), 0 or 1. ``base`` is the tree's path in
    the repository it is in.
    """

    plan: Plan
    mode: str
    written: bool
    tree: str
    verbosity: int = 0
    base: str = ""

    def count(self, kind: type[Applied] | type[Satisfied] | type[Conflict]) -> int:
        """Return the number of sites with this outcome."""
        return sum(isinstance(result.outcome, kind) for result in self.plan.results)


def outcome_word(outcome: Outcome) -> str:
    """Return the one word for an outcome: applied, satisfied or conflict."""
    return type(outcome).__name__.lower()


def _module(name: str) -> Callable[[Run], str]:
    """Return what renders a format; its module is imported when it is first asked for."""

    def render(run: Run) -> str:
        text: str = import_module(f".{name}", __name__).render(run)
        return text

    return render


REPORTERS: Mapping[str, Callable[[Run], str]] = {
    name: _module(name) for name in ("github", "json", "markdown", "sarif", "text")
}
