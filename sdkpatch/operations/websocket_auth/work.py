"""What the judging half hands to the editing half: a description of one change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...handshakes.recognise import Path
from ...python.text import Edit


class Hoist(NamedTuple):
    """An argument of the call that is to become a local: its name, the assignment, and its keyword (may be empty)."""

    local: str
    code: str
    keyword: str


class Work(NamedTuple):
    """How a site is to be changed.

    ``insert_at`` is the statement the code goes before; ``before_block`` says that it is another step's code.
    ``remove`` are statements a line merge left behind, with their lines; ``call`` the statement that holds the call.
    ``taken_names`` cannot serve as new locals. ``needs_import`` says that ``urllib.parse`` is not imported,
    ``needs_code`` that more than the import is missing.
    """

    insert_at: Path
    insert_line: int
    before_block: bool
    remove: tuple[tuple[Path, int, int], ...]
    call: Path
    call_lines: tuple[int, int]
    url: str
    headers: str
    request_options: str
    hoists: tuple[Hoist, ...]
    taken_names: frozenset[str]
    indent: int
    needs_import: bool
    needs_code: bool = True


class OnTree:
    """The work of a site that is edited on the libcst tree: it has no edits of the text."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def __call__(self) -> Sequence[Edit]:
        """Return no edits."""
        return ()
