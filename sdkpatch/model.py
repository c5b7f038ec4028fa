"""The values that pass between the stages: frozen, no behaviour beyond properties.

Lines are 1-based, columns 0-based (as in ``ast``), paths are POSIX and relative to the SDK tree.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias


class SiteKind(Enum):
    """What a site is: something with a name, the top level of a module, a whole file, a link, or a step of a patch."""

    NAMED = "named"
    MODULE = "module"
    FILE = "file"
    LINK = "link"
    STEP = "step"


class Site(NamedTuple):
    """One place in one file that a step is about.

    ``name`` is the qualified name (``ExternalSessionClient.connect``), ``flavour`` is ``sync``, ``async`` or empty.
    """

    path: str
    line: int
    name: str
    flavour: str = ""
    kind: SiteKind = SiteKind.NAMED

    @property
    def is_whole(self) -> bool:
        """Tell whether something is wrong with a file or link as a whole: no step looked into it."""
        return self.kind in (SiteKind.FILE, SiteKind.LINK)


class Applied(NamedTuple):
    """The site was changed by this run; ``detail`` says what was unusual about it, mostly nothing."""

    detail: str = ""


class Satisfied:
    """The goal held at the site already."""

    __slots__ = ()


class Conflict(NamedTuple):
    """The site cannot be judged or changed safely; nothing at all is written when a plan holds one.

    ``details`` are lines of code or of a diff that show it.
    """

    reason: str
    hint: str = ""
    details: tuple[str, ...] = ()


Outcome: TypeAlias = Applied | Satisfied | Conflict


class Result(NamedTuple):
    """What one step of one patch means for one site."""

    patch: str
    step: int
    operation: str
    site: Site
    outcome: Outcome


class Skipped(NamedTuple):
    """A patch that does not apply to this tree, with the reason that is shown."""

    patch: str
    reason: str


class Note(NamedTuple):
    """Something a person should know that neither changes nor stops anything.

    ``is_warning`` tells that a patch is to be changed; ``path`` is then its file.
    """

    path: str
    line: int
    text: str
    is_warning: bool = False


class Region(NamedTuple):
    """Lines ``start`` up to but not including ``stop`` of the old text became ``length`` lines of the new."""

    start: int
    stop: int
    length: int


class Revision(NamedTuple):
    """What one step made of one file; outside ``regions`` the two are the same bytes."""

    before: bytes
    after: bytes
    regions: tuple[Region, ...]

    def line_before(self, line: int) -> int:
        """Return where a line of ``after`` stood in ``before``: at its region's start when the region is new."""
        shift = 0
        for region in self.regions:
            start = region.start + shift
            if line < start:
                break
            if line < start + region.length:
                return region.start
            shift += region.length - (region.stop - region.start)
        return line - shift

    @property
    def stray_line(self) -> int | None:
        """The first line of ``before`` that changed although no region covers it; None when there is none."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        if old and new and old[0].startswith(BOM_UTF8) and new[0].startswith(BOM_UTF8):
            # It stands before the first line, whichever line that is.
            old[0], new[0] = old[0][len(BOM_UTF8) :], new[0][len(BOM_UTF8) :]
        at_old = at_new = 0
        for region in self.regions:
            kept = region.start - 1 - at_old
            if kept < 0 or old[at_old : at_old + kept] != new[at_new : at_new + kept]:
                return at_old + 1
            at_old, at_new = region.stop - 1, at_new + kept + region.length
        return None if old[at_old:] == new[at_new:] else at_old + 1


class Judged(NamedTuple):
    """What planning has found of the bytes ``after``: how many sites each step has there, all of them held.

    A step is named by its patch and number. ``compiles`` tells that Python has compiled these bytes.
    """

    after: bytes | None
    sites: Mapping[tuple[str, int], int]
    compiles: bool


class FileChange(NamedTuple):
    """The planned bytes of one file. ``before`` is None for a file that does not exist yet.

    ``after`` is None for a file that goes away, ``package`` the folder of the top-most package the file is in, and
    ``sdk`` that of the SDK's package. ``judged`` is what planning knows of some bytes, mostly of ``after``.
    """

    path: str
    before: bytes | None
    after: bytes | None
    revisions: tuple[Revision, ...]
    package: str = ""
    sdk: str = ""
    judged: Judged | None = None


class Expectation(NamedTuple):
    """How often a step must find its site: ``relation`` is one of ``=``, ``>=``, ``<=`` or ``any``.

    ``credential`` (only read by operations that take one) is False when the credential's source may be absent. ``at``
    are the places (FILES or FILES:SELECTOR) whose sites count, each of which must hold one; without it all sites count.
    """

    relation: str = ">="
    sites: int = 1
    credential: bool = True
    at: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "any" if self.relation == "any" else f"{self.relation}{self.sites}"


class Step(NamedTuple):
    """One ``[[step]]``: an operation with its checked arguments.

    ``arguments`` is the operation's own frozen value; ``line`` is the step's line in the patch file. ``leave`` are
    globs of files with sockets of their own that the step knowingly does not patch. ``text`` is the step as it was
    read, its parameters bound, empty for one that was not; what tells two steps apart stands in it.
    ``literals`` are the versions in what the step writes, parameters left out.
    """

    operation: str
    files: tuple[str, ...]
    arguments: object
    expect: Expectation
    line: int
    twins: bool = False
    leave: tuple[str, ...] = ()
    text: str = ""
    literals: tuple[str, ...] = ()


class Example(NamedTuple):
    """One ``[[example]]``: source before and after.

    ``before`` is None when there is no such file yet, ``after`` when nothing must change.
    """

    before: str | None
    after: str | None
    path: str


class Patch(NamedTuple):
    """One patch file, its parameters bound.

    ``origin`` is the file as shown to people; ``generator`` a PEP 440 specifier or empty; ``parameters`` the
    values used. ``used`` is the file and line that name a recipe, which has no file of its own; empty where none does.
    """

    id: str
    title: str
    why: str
    link: str
    origin: str
    generator: str
    freeze: bool
    steps: tuple[Step, ...]
    examples: tuple[Example, ...]
    parameters: Mapping[str, str | int | bool]
    used: tuple[str, int] = ("", 0)


class Plan(NamedTuple):
    """What a run would do: new bytes per file and what became of every site. Sorted by path, line, step.

    ``doubt`` says why a tree with conflicts may be the wrong one; it is said before them. ``surveyed`` has the steps,
    by patch and number, whose arguments hold what this tree says.
    """

    changes: tuple[FileChange, ...]
    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    doubt: str = ""
    surveyed: Mapping[tuple[str, int], Step] = {}

    @property
    def conflicts(self) -> tuple[Result, ...]:
        """The results that stop the run."""
        return tuple(result for result in self.results if isinstance(result.outcome, Conflict))
