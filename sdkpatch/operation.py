"""What an operation is: the two halves that judge and edit, and the values between them.

Judging works on ``ast`` and finds by itself whether the goal holds, so that judging the result proves the edit.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from .model import Conflict, Expectation, Note, Region, Site
from .python.source import Source
from .python.text import Edit
from .schema.fields import Field, KeyPath, Mistakes

if TYPE_CHECKING:
    import libcst

    from .tree import PlannedFiles, Tree


A = TypeVar("A")
"""The frozen arguments of an operation: what its ``compile`` returns, and all its other methods take."""


class Held:
    """The goal holds at the site."""

    __slots__ = ()


def _no_edits() -> Sequence[Edit]:
    """A whole file is rewritten by its operation, a handshake on the libcst tree."""
    return ()


class ToDo(NamedTuple):
    """The site is to be changed; ``work`` makes the edits of the text, ``detail`` says what is unusual about it."""

    work: Callable[[], Sequence[Edit]] = _no_edits
    detail: str = ""


class Judgement(NamedTuple):
    """What judging found at one site."""

    site: Site
    verdict: Held | ToDo | Conflict


class Style(NamedTuple):
    """How inserted code has to look; ``line_length`` is counted in characters."""

    line_length: int = 120


class Operation(Protocol[A]):
    """Every operation: its name in ``op = "…"``, one sentence, its arguments, and the files it looks at."""

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def fields(self) -> tuple[Field, ...]: ...

    @property
    def files(self) -> tuple[str, ...]: ...

    @property
    def strays(self) -> bool:
        """Tell whether it looks at files the step does not cover, too."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The arguments that name a file beside the patch, whose text they stand for."""

    def files_for(self, arguments: A) -> tuple[str, ...]:
        """Return the files it looks at where a step says nothing."""

    def needs(self, arguments: A) -> tuple[str, ...]:
        """Return the names of the support modules that patched code may import from."""

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> A | None:
        """Return the operation's frozen arguments; report what the fields alone could not see."""

    def drift(self, tree: Tree, arguments: A, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Say whether the tree still holds what the step relies on; asked once, when the step has a site.

        ``files`` are those there will be when the run is done.
        """


class Usual(ABC, Generic[A]):
    """What most operations say of themselves: they stray to no other file, and need nothing beside the patch."""

    strays = False
    reads: tuple[str, ...] = ()
    files: tuple[str, ...] = ("**/*.py",)

    def files_for(self, arguments: A) -> tuple[str, ...]:
        """Return the operation's own files, whatever the arguments."""
        return self.files

    def needs(self, arguments: A) -> tuple[str, ...]:
        """Return no support module."""
        return ()


class PythonOperation(Operation[A], Protocol[A]):
    """An operation on Python modules."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What its selectors may name: the kinds of a selector's Target, none for all."""

    def selectors(self, arguments: A) -> Sequence[str]:
        """Return the selectors that each must name a site."""

    def scopes(self, arguments: A) -> Sequence[str]:
        """Return the selectors that each must name something, with a site in it or without."""

    def words(self, arguments: A) -> Sequence[str]:
        """Return pieces of text without which a file has no site, as far as they can be told."""

    def may_matter(self, code: bytes, arguments: A) -> bool:
        """Tell from a file's bytes whether it can have a site at all; no other file is parsed."""

    def judge(self, source: Source, arguments: A) -> tuple[Judgement, ...]:
        """Find the sites of a module and judge each, in source order."""

    def stray(self, source: Source) -> tuple[Note, ...]:
        """Report code of the operation's kind in a file the step does not cover."""


class CstOperation(PythonOperation[A], Protocol[A]):
    """An operation that edits the libcst tree of a module, for some of its arguments at least."""

    def edits_tree(self, arguments: A) -> bool:
        """Tell whether ``edit`` carries out a step; if not, the operation is a SpliceOperation as well."""

    def edit(
        self, module: libcst.Module, todo: Sequence[ToDo], arguments: A, style: Style, lines: Sequence[int]
    ) -> tuple[libcst.Module, tuple[Region, ...]]:
        """Change the sites that are to do. Raises EditRefused where the code cannot take the edit.

        ``lines`` holds the first line of every top-level statement, for the regions.
        """


class SpliceOperation(PythonOperation[A], Protocol[A]):
    """An operation that edits the text of a module at positions of ``ast``."""

    def edits(self, source: Source, todo: Sequence[ToDo], arguments: A) -> Sequence[Edit]:
        """Return edits for at least one of the sites that are to do; it is asked again until none is left.

        Raises EditRefused where the code cannot take the edit.
        """


class FileOperation(Operation[A], Protocol[A]):
    """An operation on whole files of the tree.

    ``makes`` tells that it makes files that are not there; ``needs_file`` that it has no site where there is no file.
    """

    @property
    def makes(self) -> bool: ...

    @property
    def needs_file(self) -> bool: ...

    def paths(self, arguments: A, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the files it is about, whether or not they exist; ``files`` are the step's globs."""

    def judge_file(self, path: str, content: bytes | None, arguments: A, tree: Tree | None) -> tuple[Judgement, ...]:
        """Judge each thing the arguments ask of a file; ``content`` is None when there is no such file.

        ``tree`` is None when a planned file is judged again: it is there for details only.
        """

    def edit_file(
        self, path: str, content: bytes | None, arguments: A, style: Style
    ) -> tuple[bytes | None, tuple[Region, ...]]:
        """Return the content in which all of it holds, None for no file. Raises EditRefused."""


class Misfit(NamedTuple):
    """An argument that is wrong for the SDK at hand; ``key`` is its path in the step."""

    key: KeyPath
    found: str
    expected: str
    hint: str


@runtime_checkable
class Fitting(Protocol):
    """An operation some of whose arguments have to agree with what the SDK's code does."""

    def misfits(self, tree: Tree, arguments: Any) -> Sequence[Misfit]:
        """Return the arguments that are wrong for this tree: a person has to change the patch."""


class Renamed(NamedTuple):
    """A definition that gets another name: the module that has it, before and after, and its names.

    ``name`` and ``new_name`` are those of a module where ``name`` is empty; modules are relative to the SDK's package.
    """

    module: str
    new_module: str
    name: str
    new_name: str
    keeps_alias: bool


@runtime_checkable
class Surveying(Protocol):
    """An operation that has to know which files of a tree have a name before it looks at any of them."""

    def renamed(self, arguments: Any) -> Renamed:
        """Return which definition gets which name."""

    def surveyed(
        self,
        arguments: Any,
        defining: str,
        offers: frozenset[tuple[str, str]],
        tops: tuple[tuple[str, str], ...],
        stems: tuple[str, str],
    ) -> Any:
        """Return the arguments with what the tree says, each path as it will be.

        ``defining`` is the file that has the definition, ``offers`` are the files that have it and its name there,
        ``tops`` the outermost packages by name, ``stems`` the module's path without its ending before and after.
        """


@runtime_checkable
class Reading(Protocol):
    """An operation that has to read other files of a tree before it looks at any."""

    def read(self, arguments: Any, tree: Tree) -> Any:
        """Return the arguments with what the tree says. Raises EditRefused."""


class MemberOwners(NamedTuple):
    """The classes that have a member or inherit it, each as its file and its name there.

    ``names`` are those by which files know such a class; ``problems`` has for a class the reason that its member cannot
    get another name.
    """

    classes: frozenset[tuple[str, str]]
    names: frozenset[tuple[str, str]]
    problems: tuple[tuple[str, str, str], ...] = ()


@runtime_checkable
class Inheriting(Protocol):
    """An operation on a member of classes that other classes of the tree inherit."""

    def member(self, arguments: Any) -> tuple[Callable[[str], bool], str, str]:
        """Return what tells whether a class is meant, the member's name and its new one."""

    def inherited(self, arguments: Any, owners: MemberOwners) -> Any:
        """Return the arguments with the classes that have the member."""
