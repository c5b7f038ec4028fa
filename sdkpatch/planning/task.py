"""The unit of planning: one step of one patch, and what planning one file gives."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Outcome, Region, Result, Revision, Site, Step


class Task(NamedTuple):
    """One step of one patch, with what identifies it in results; ``origin`` is the patch file as shown."""

    patch: str
    number: int
    step: Step
    origin: str
    used: tuple[str, int] = ("", 0)

    @property
    def place(self) -> Site:
        """Where the step stands: in its patch file, or for a recipe where a project file uses it."""
        path, line = self.used if self.used[0] else (self.origin, self.step.line)
        return Site(path=path, line=line, name=self.step.operation)

    @property
    def key(self) -> tuple[str, int]:
        """What tells the step from all others of a run."""
        return self.patch, self.number

    @property
    def label(self) -> str:
        """The step as a message names it."""
        return f"{self.patch} step {self.number} ({self.step.operation})"

    def result(self, site: Site, outcome: Outcome) -> Result:
        """Return what the step means for a site."""
        return Result(patch=self.patch, step=self.number, operation=self.step.operation, site=site, outcome=outcome)

    def owns(self, result: Result) -> bool:
        """Tell whether a result is of this step."""
        return result.patch == self.patch and result.step == self.number


class Left(NamedTuple):
    """The sites of a step that a run leaves in a file, where those are others than the step found; ``by`` says why."""

    sites: tuple[Site, ...]
    by: str


class FileResult:
    """What planning one file gave: results, the revisions that lead to its new bytes, and what later steps moved.

    ``made`` names the step of each revision: its patch, number and operation. ``unused`` are the names, each with its
    scope, whose imports went because nothing uses them any more: in the revisions from ``before_pruning`` on.
    """

    def __init__(self, path: str, before: bytes | None, package: str = "", sdk: str = "") -> None:
        self.path = path
        self.before = before
        self.package = package
        self.sdk = sdk
        self.after = before
        self.results: list[Result] = []
        self.revisions: list[Revision] = []
        self.left: dict[tuple[str, int], Left] = {}
        self.made: list[tuple[str, int, str]] = []
        self.unused: frozenset[tuple[str, str]] = frozenset()
        self.before_pruning = 0

    def revise(self, after: bytes | None, regions: tuple[Region, ...]) -> None:
        """Note what a step made of the file; None when it removed it."""
        self.revisions.append(Revision(before=self.after or b"", after=after or b"", regions=regions))
        self.after = after

    def keep_unused(self) -> None:
        """Bring back the imports that went because nothing uses them."""
        self.after = self.revisions[self.before_pruning].before
        del self.revisions[self.before_pruning :], self.made[self.before_pruning :]
        self.unused = frozenset()


WHOLE = frozenset({"(file)", "(link)"})
"""The names of sites that are a file or link as a whole."""


def file_site(path: str, line: int = 1) -> Site:
    return Site(path=path, line=line, name="(file)")
