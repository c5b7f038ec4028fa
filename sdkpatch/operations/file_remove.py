"""``file.remove``: remove generated files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .. import paths
from ..fields import Field, KeyPath, ListOf, Report
from ..model import Conflict, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..paths import Place
from ..tree import Tree
from ..whole_file import WholeFile


class Removal(NamedTuple):
    """The files that must not be there."""

    places: tuple[Place, ...]


class FileRemove(WholeFile):
    """The operation; see docs/operations/file.remove.md."""

    name = "file.remove"
    summary = "Remove files."
    files: tuple[str, ...] = ("**",)
    fields = (
        Field("paths", ListOf(paths.PATH, least=1), "The files to remove.", True),
        paths.BASE,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Removal:
        """Return the paths."""
        given = arguments["paths"]
        base = str(arguments["base"])
        return Removal(
            places=tuple(Place(path=str(each), base=base) for each in given) if isinstance(given, list) else ()
        )

    def paths(self, arguments: object, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the paths."""
        assert isinstance(arguments, Removal)
        return tuple(paths.located(each, tree) for each in arguments.places)

    def judge_file(
        self, path: str, content: bytes | None, arguments: object, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file: gone, or to be removed."""
        site = Site(path=path, line=1, name="file")
        if content is not None:
            return (Judgement(site=site, verdict=ToDo(work=None)),)
        other = paths.obstacle(path, tree) if tree else None
        verdict: Held | Conflict = other if other is not None else Held()
        return (Judgement(site=site, verdict=verdict),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: object, style: Style
    ) -> tuple[None, tuple[Region, ...]]:
        """Return no content."""
        return None, (Region(start=1, stop=len((content or b"").splitlines()) + 1, length=0),)
