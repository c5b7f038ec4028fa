"""``resource.remove``: remove a resource: its folder, its clients, what exports it, its docs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..errors import EditRefused, TreeError
from ..fern.sdk_package import below, inside
from ..model import Conflict, Expectation, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..python.parsing import parse
from ..python.source import Source
from ..python.splice import splice
from ..schema.fields import Field, KeyPath, Mistakes, String
from ..tree import PlannedFiles, Tree
from .shared import paths
from .shared.name_elsewhere import strings_elsewhere
from .shared.naming import NameSurvey, Naming
from .shared.near_resources import misspelt
from .shared.resource_removal import ResourcePlace, exported, mentions, removal
from .shared.whole_file import WholeFile
from .shared.written_sections import without_sections

_RESOURCE = String(
    "a resource, with dots",
    problem=lambda text: "" if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", text) else 'such as "voices.samples"',
)
_CLIENTS = ("client.py", "base_client.py", "raw_client.py")
_DOCS = ("reference.md", "README.md")


class Resource(NamedTuple):
    """A resource by its dotted name. What is read of the tree: its folder, the SDK's package, and what exports it.

    ``exports`` are the names that each ``__init__.py`` above takes from it.
    """

    name: str
    package: str = ""
    folder: str = ""
    exports: Mapping[str, tuple[str, ...]] = {}


class ResourceRemove(WholeFile[Resource]):
    """The operation; see docs/operations/resource.remove.md."""

    name = "resource.remove"
    summary = "Remove a resource: its folder, its property on the clients, what exports it, and its docs."
    files: tuple[str, ...] = ("**",)
    needs_file = False
    fields = (Field("resource", _RESOURCE, "The resource as users reach it from the client: `voices.samples`.", True),)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Resource:
        """Return the resource."""
        return Resource(name=str(arguments["resource"]))

    def read(self, arguments: Resource, tree: Tree) -> Resource:
        """Return the resource with its folder and what exports it. Raises EditRefused."""
        package = paths.package(tree)
        folder = below(package, arguments.name.replace(".", "/"))
        if tree.has(f"{folder}.py"):
            raise EditRefused(f"{folder}.py is a module, not the folder of a resource")
        above = folder.rpartition("/")[0]
        if not any(tree.has(f"{above}/{name}".lstrip("/")) for name in ("__init__.py", *_CLIENTS)):
            raise EditRefused(f"there is no resource above {arguments.name}: {above or '.'} has no client")
        return arguments._replace(package=package, folder=folder, exports=_exports(tree, package, folder))

    def paths(self, arguments: Resource, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the files of the folder, the clients and packages above it, Fern's test of it, and the docs."""
        folder = arguments.folder
        own = [path for path in tree.files if inside(folder, path) is not None]
        above = folder.rpartition("/")[0]
        users = [f"{above}/{name}".lstrip("/") for name in _CLIENTS]
        users += _packages(arguments.package, folder)
        test = f"tests/wire/test_{arguments.name.replace('.', '_')}.py"
        others = [each for each in (*users, test, *_DOCS) if tree.has(each)]
        return tuple(dict.fromkeys([*(own or [folder]), *others]))

    def drift(self, tree: Tree, arguments: Resource, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict where a string still names the resource, or where it is not there and its name looks misspelt."""
        is_there = any(inside(arguments.folder, path) is not None for path in tree.files)
        near = "" if is_there or expect.relation == "any" else misspelt(tree, arguments.folder)
        if near:
            above, dot, last = arguments.name.rpartition(".")
            reason = f"there is no resource {arguments.name}, and {above}{dot}{near} looks like it"
            hint = f'did you mean "{above}{dot}{near}"? If {last} is gone, say so: expect = {{ sites = "any" }}'
            return Conflict(reason=reason, hint=hint)
        top = (arguments.package.rpartition("/")[2], arguments.package)
        stems = (arguments.folder, f"{arguments.folder} without")
        survey = NameSurvey(defining="", offers=frozenset(), tops=(top,), stems=stems)
        return strings_elsewhere(Naming(old="", new="", survey=survey), tree, files)

    def judge_file(
        self, path: str, content: bytes | None, arguments: Resource, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file: it is gone, or says nothing of the resource."""
        site = Site(path=path, line=1, name=arguments.name)
        if content is None:
            return (Judgement(site=site, verdict=Held()),)
        if self._goes(path, arguments):
            return (Judgement(site=site, verdict=ToDo()),)
        if not path.endswith(".py"):
            is_there = without_sections(content, arguments.name) != content
            return (Judgement(site=site, verdict=ToDo() if is_there else Held()),)
        source = parse(path, content, arguments.package, arguments.package)
        if isinstance(source, Conflict):
            return (Judgement(site=site, verdict=source),)
        lines = mentions(source, _removal(arguments))
        verdict = ToDo() if lines else Held()
        return (Judgement(site=site._replace(line=min(lines, default=1)), verdict=verdict),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Resource, style: Style
    ) -> tuple[bytes | None, tuple[Region, ...]]:
        """Return the file without the resource, or no file."""
        before = content or b""
        if self._goes(path, arguments):
            return None, (Region(start=1, stop=len(before.splitlines()) + 1, length=0),)
        if not path.endswith(".py"):
            after = without_sections(before, arguments.name)
            return after, (Region(1, len(before.splitlines()) + 1, len(after.splitlines())),)
        return _edited(path, before, arguments, style)

    def _goes(self, path: str, arguments: Resource) -> bool:
        return inside(arguments.folder, path) is not None or path.startswith("tests/wire/")


def _edited(path: str, content: bytes, arguments: Resource, style: Style) -> tuple[bytes, tuple[Region, ...]]:
    source = parse(path, content, arguments.package, arguments.package)
    if isinstance(source, Conflict):
        raise EditRefused(source.reason)
    return splice(source, removal(source, _removal(arguments)), style.line_length)


def _removal(arguments: Resource) -> ResourcePlace:
    return ResourcePlace(folder=arguments.folder, package=arguments.package, exports=arguments.exports)


def _packages(package: str, folder: str) -> list[str]:
    """Return the ``__init__.py`` of each package above a folder, the nearest first."""
    found: list[str] = []
    while folder != package and "/" in folder:
        folder = folder.rpartition("/")[0]
        found.append(f"{folder}/__init__.py")
    return found if folder == package else [*found, "__init__.py"]


def _exports(tree: Tree, package: str, folder: str) -> dict[str, tuple[str, ...]]:
    """Return the names that each package above takes from the folder, directly or from a package between."""
    found: dict[str, tuple[str, ...]] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for path in _packages(package, folder):
        try:
            source = parse(path, tree.read(path), package, package)
        except TreeError:  # there is none
            continue
        if isinstance(source, Source):
            found[path] = tuple(sorted(exported(source, folder, origins)))
            origins[path.removesuffix("__init__.py").rstrip("/")] = found[path]
    return found
