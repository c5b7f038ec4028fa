"""What the operations on whole files share."""

from __future__ import annotations

from collections.abc import Sequence

from ...bounds import globs
from ...model import Conflict, Expectation
from ...operation import A, Usual
from ...tree import PlannedFiles, Tree


class WholeFile(Usual[A]):
    """An operation on files that the step's globs name, if it says nothing else."""

    makes = False
    needs_file = True

    def paths(self, arguments: A, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the files of the tree that the step names."""
        return tuple(path for path in tree.files if globs.matches(path, files))

    def drift(self, tree: Tree, arguments: A, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Nothing outside the file decides."""
        return None
