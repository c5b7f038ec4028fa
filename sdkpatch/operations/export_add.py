"""``export.add``: export a name from packages, in whatever form their ``__init__.py`` has."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..exports import Init, Level, level
from ..fields import Field, KeyPath, NumberOr, Report, Text
from ..import_lines import module_of
from ..model import Conflict, Expectation
from ..operation import Held, Judgement, ToDo
from ..paths import package
from ..pattern.selector import module
from ..sdk_package import below
from ..source import Source
from ..structural import Structural, judged
from ..text import Edit
from ..tree import PlannedFiles, Tree

LEVELS = NumberOr(
    Text(
        '"all", "nearest", "root" or a number',
        problem=lambda text: (
            "" if re.fullmatch(r"all|nearest|root|[1-9]\d{0,8}", text) else 'write "all", "nearest", "root" or 2'
        ),
    )
)
MODULE = Text(
    "a module of the SDK's package, with dots",
    problem=lambda text: (
        "" if re.fullmatch(r"\w+(\.\w+)*", text) else 'such as "agent.v1.types.legacy", without the package itself'
    ),
)
NAME = Text("a name", problem=lambda text: "" if text.isidentifier() else "it is no name")


class Export(NamedTuple):
    """A name of a module of the SDK, the name it is exported as, and from how many packages."""

    name: str
    module: str
    alias: str
    levels: str


class ExportAdd(Structural):
    """The operation; see docs/operations/export.add.md."""

    name = "export.add"
    summary = "Export a name from the packages above the module that defines it."
    files = ("**/__init__.py",)
    fields = (
        Field("name", NAME, "The name, as the module has it.", True),
        Field("module", MODULE, 'The module that has it, below the SDK\'s package: "agent.v1.types.legacy".', True),
        Field("levels", LEVELS, "Which packages above the module export it.", default="all"),
        Field("as", NAME, "Another name to export it under; not where exports are lazy.", default=""),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Export:
        """Return the export."""
        return Export(
            name=str(arguments["name"]),
            module=str(arguments["module"]),
            alias=str(arguments["as"] or arguments["name"]),
            levels=str(arguments["levels"]),
        )

    def words(self, arguments: object) -> Sequence[str]:
        """Nothing: an empty ``__init__.py`` is a site, too."""
        return ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge the module, if it is one of the packages asked for."""
        assert isinstance(arguments, Export)
        wanted = level(source, arguments.module, arguments.levels)
        if wanted is None:
            return []
        target = module(source)._replace(name=arguments.alias)
        return [judged(source, target, _verdict(source, arguments, wanted))]

    def files_for(self, arguments: object) -> tuple[str, ...]:
        """Return where the packages above the module are; which of them are asked for, judging tells."""
        assert isinstance(arguments, Export)
        return packages(arguments)

    def drift(self, tree: Tree, arguments: object, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict when the module, or a package on the way to it, is not there."""
        assert isinstance(arguments, Export)
        lost = lost_package(tree, arguments, files)
        if lost is not None:
            return lost
        stem = below(package(tree), arguments.module.replace(".", "/"))
        found = next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in files), None)
        if found is None:
            return _lost(f"{stem}.py")
        if arguments.name.encode() not in files.read(found):
            return Conflict(reason=f"{found} has no {arguments.name}", hint="the generator moved or renamed it")
        return None


def lost_package(tree: Tree, arguments: Export, files: Container[str]) -> Conflict | None:
    """Return the conflict of a package above the module that is not there."""
    parts = arguments.module.split(".")
    inits = [below(package(tree), "/".join([*parts[:length], "__init__.py"])) for length in range(1, len(parts))]
    lost = [path for path in inits if path not in files]
    return _lost(lost[0]) if lost else None


def _lost(path: str) -> Conflict:
    hint = "the generator moved it, or it was never there: look at module"
    return Conflict(reason=f"there is no {path}, which the export goes through", hint=hint)


def doubled(init: Init) -> Conflict:
    """Return the conflict of a module with two lists of its exports."""
    return Conflict(reason=f"{init.is_doubled} is assigned twice", hint="a merge doubled it: remove one of the two")


def packages(arguments: Export) -> tuple[str, ...]:
    """Return globs for the ``__init__.py`` of every package above a module, the SDK's own included."""
    parts = arguments.module.split(".")
    inner = ["/".join(parts[:length]) for length in range(1, len(parts))]
    return ("__init__.py", "*/__init__.py", "*/*/__init__.py", *(f"**/{folder}/__init__.py" for folder in inner))


def _verdict(source: Source, arguments: Export, wanted: Level) -> Held | ToDo | Conflict:
    init = Init(source)
    if init.is_doubled:
        return doubled(init)
    origin = wanted.origin
    name = arguments.alias if wanted.is_exported else arguments.name
    other = [node for node, _ in init.imported(arguments.alias) if module_of(node) != origin]
    lazily = init.lazily(arguments.alias)
    if other or any(each != origin for each in lazily):
        found = module_of(other[0]) if other else next(each for each in lazily if each != origin)
        reason = f"it exports {arguments.alias} from {found} already"
        return Conflict(
            reason=reason, hint="the generator emits that name now, or a merge left it: remove one of the two"
        )
    if init.lazy is not None and arguments.alias != arguments.name:
        hint = "alias.add makes a module with the other name; export that one"
        return Conflict(reason="exports are lazy here, and a lazy export keeps its name", hint=hint)
    work: list[partial[list[Edit]]] = []
    if not init.imported(arguments.alias):
        work.append(partial(init.add_import, origin, name, arguments.alias))
    if init.lazy is not None and not lazily:
        work.append(partial(init.add_lazily, origin, arguments.alias))
    if not init.listed(arguments.alias):
        work.append(partial(init.add_listed, arguments.alias))
    return ToDo(work=lambda: [edit for part in work for edit in part()]) if work else Held()
