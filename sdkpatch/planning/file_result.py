"""What planning one file gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..model import Judged, Region, Result, Revision, Site, SiteKind

if TYPE_CHECKING:
    from .names.footprint import Footprint


class Left(NamedTuple):
    """The sites of a step that a run leaves in a file, where those are others than the step found; ``by`` says why."""

    sites: tuple[Site, ...]
    by: str


class FileResult:
    """What planning one file gave: results, the revisions that lead to its new bytes, and what later steps moved.

    ``made`` names the step of each revision: its patch, number and operation. ``unused`` are the names, each with its
    scope, whose imports went because nothing uses them any more: in the revisions from ``before_pruning`` on. ``names``
    is what became of its names, None where that is not known, ``judged`` what of the new bytes needs no other proof.
    ``is_by_itself`` tells that no other file was read to judge or edit this one.
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
        self.names: Footprint | None = None
        self.judged: Judged | None = None
        self.is_by_itself = True

    def revise(self, after: bytes | None, regions: tuple[Region, ...]) -> None:
        """Note what a step made of the file; None when it removed it."""
        self.revisions.append(Revision(before=self.after or b"", after=after or b"", regions=regions))
        self.after = after

    def keep_unused(self) -> None:
        """Bring back the imports that went because nothing uses them."""
        self.after = self.revisions[self.before_pruning].before
        del self.revisions[self.before_pruning :], self.made[self.before_pruning :]
        self.unused = frozenset()
        self.names = None


def file_site(path: str, line: int = 1) -> Site:
    """Return the site that is a file as a whole; ``line`` is where it cannot be read."""
    return Site(path=path, line=line, name="(file)", kind=SiteKind.FILE)
