"""``file.remove``: remove generated files, and folders with what the next generation adds to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..bounds import globs
from ..errors import EditRefused
from ..fern.sdk_package import below, inside, tell
from ..model import Conflict, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..schema.fields import Field, KeyPath, ListOf, Mistakes
from ..tree import Tree
from .shared import paths
from .shared.paths import BasedPath
from .shared.whole_file import WholeFile


class Removal(NamedTuple):
    """The files, folders and globs whose files must not be there."""

    places: tuple[BasedPath, ...]


class FileRemove(WholeFile[Removal]):
    """The operation; see docs/operations/file.remove.md."""

    name = "file.remove"
    summary = "Remove files and folders."
    files: tuple[str, ...] = ("**",)
    needs_file = False
    fields = (
        Field("paths", ListOf(paths.REMOVABLE, least=1), "What to remove: files, folders or globs.", True),
        paths.BASE,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Removal:
        """Return the paths."""
        given = arguments["paths"]
        base = str(arguments["base"])
        return Removal(
            places=tuple(BasedPath(path=str(each), base=base) for each in given) if isinstance(given, list) else ()
        )

    def paths(self, arguments: Removal, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the files, those of a folder or glob one by one; the path itself where there is nothing to remove.

        Raises EditRefused where the SDK's own package, or what sdkpatch needs, would go with them.
        """
        found: dict[str, None] = {}
        for place in arguments.places:
            path = paths.located(place, tree)
            found |= dict.fromkeys(_files(path, tree) or (path,))
        return tuple(found)

    def judge_file(
        self, path: str, content: bytes | None, arguments: Removal, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file: gone, or to be removed."""
        site = Site(path=path, line=1, name="file")
        if content is not None:
            return (Judgement(site=site, verdict=ToDo()),)
        other = paths.obstacle(path, tree) if tree else None
        verdict: Held | Conflict = other if other is not None else Held()
        return (Judgement(site=site, verdict=verdict),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Removal, style: Style
    ) -> tuple[None, tuple[Region, ...]]:
        """Return no content."""
        return None, (Region(start=1, stop=len((content or b"").splitlines()) + 1, length=0),)


_OWN = ("sdkpatch.toml", ".fernignore", "patches")
"""Without them the next run would remove nothing."""


def _files(path: str, tree: Tree) -> list[str]:
    """Return the files and links that a folder or glob names, none for the path of one file."""
    if tree.has(path):
        return []
    is_glob = "*" in path or "?" in path
    every = [*tree.files, *(link.path for link in tree.links)]
    found = [each for each in every if (globs.matches(each, (path,)) if is_glob else inside(path, each) is not None)]
    for root in tell(tree).left:
        if below(root, "__init__.py") in found:
            raise EditRefused(f"{path} would remove the SDK's own package")
    own = next((each for each in found if each.split("/")[0] in _OWN), None)
    if own is not None:
        raise EditRefused(f"{path} would remove {own}, which sdkpatch needs")
    return found
