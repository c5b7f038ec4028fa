"""The unit of planning: one step of one patch."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Outcome, Result, Site, SiteKind, Step


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
        return Site(path=path, line=line, name=self.step.operation, kind=SiteKind.STEP)

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
