"""What of the code that can open a socket was run while channels were opened."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..tree import Tree
from .channels import SocketCode
from .reach import Reaching
from .recordings import Recording
from .references import Unit


class Coverage:
    """The lines on the stack when a connect function of websockets was called, and the functions that ran by then."""

    def __init__(self, tree: Tree, found: SocketCode) -> None:
        self._tree, self._found = tree, found
        self._lines: dict[str, set[int]] = {}
        self._ran: dict[str, set[int]] = {}

    def add(self, recordings: Iterable[Recording]) -> None:
        """Take the stacks of all openings."""
        for recording in recordings:
            for seen in recording.seen.values():
                if seen.handshakes:
                    for file, line in seen.reply.get("ran", ()):
                        self._ran.setdefault(file, set()).add(line)
                for connection in seen.reply.get("connections", ()):
                    for file, _, line in connection["stack"]:
                        self._lines.setdefault(file, set()).add(line)

    def has(self, unit: Unit) -> bool:
        """Tell whether code ran when a socket was opened; what binds a name did where a function did that uses it."""
        places = self._of(unit, self._lines) | self._of(unit, self._ran)
        if any(unit.line <= line <= unit.end for line in places):
            return True
        if unit.is_function:
            return False
        users = [each.unit for each in self._found.reaching.values() if each.unit.is_function]
        return any(
            self.has(user) for user in users if any(unit.last in reference.parts for reference in user.references)
        )

    def unreached(self, reaching: Reaching) -> list[int]:
        """Return the lines of calls of the library that were not reached, in code that was run."""
        lines = self._of(reaching.unit, self._lines)
        calls = [each.lines for each in reaching.direct if each.lines]
        return [first for first, last in calls if not any(first <= line <= last for line in lines)]

    def _of(self, unit: Unit, places: dict[str, set[int]]) -> set[int]:
        own = os.path.realpath(self._tree.root / unit.path)
        if own in places:
            return places[own]
        inner = "/" + unit.module.replace(".", "/")  # an installed package lies elsewhere
        end = f"{inner}/__init__.py" if unit.path.endswith("__init__.py") else f"{inner}.py"
        return {line for file, lines in places.items() if file.replace(os.sep, "/").endswith(end) for line in lines}
