"""``export.remove``: take a name out of what packages export."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import partial

from ..exports import Init, level
from ..fields import Field, KeyPath, Report
from ..model import Conflict, Expectation
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..source import Source
from ..structural import Structural, judged
from ..tree import Tree
from .export_add import LEVELS, MODULE, NAME, Export, doubled, lost_package, packages


class ExportRemove(Structural):
    """The operation; see docs/operations/export.remove.md."""

    name = "export.remove"
    summary = "Take a name out of the exports of the packages above a module."
    files = ("**/__init__.py",)
    fields = (
        Field("name", NAME, "The exported name.", True),
        Field("module", MODULE, 'The module that has it, below the SDK\'s package: "agent.v1.types.legacy".', True),
        Field("levels", LEVELS, "Which packages above the module must not export it.", default="all"),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Export:
        """Return the export that must not be."""
        name = str(arguments["name"])
        return Export(name=name, module=str(arguments["module"]), alias=name, levels=str(arguments["levels"]))

    def words(self, arguments: object) -> Sequence[str]:
        """Nothing: a package without the name is a site, too."""
        return ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge the module, if it is one of the packages asked for."""
        assert isinstance(arguments, Export)
        if level(source, arguments.module, arguments.levels) is None:
            return []
        init = Init(source)
        exported = init.imported(arguments.name) or init.lazily(arguments.name)
        exported_by_all = init.all is not None and init.listed(arguments.name)
        verdict: Held | ToDo | Conflict
        verdict = ToDo(work=partial(init.removal, arguments.name)) if exported or exported_by_all else Held()
        if init.is_doubled:
            verdict = doubled(init)
        return [judged(source, module(source)._replace(name=arguments.name), verdict)]

    def drift(self, tree: Tree, arguments: object, expect: Expectation, files: Container[str]) -> Conflict | None:
        """Conflict when a package on the way to the module is not there; the module itself may be gone."""
        assert isinstance(arguments, Export)
        return lost_package(tree, arguments, files)

    def files_for(self, arguments: object) -> tuple[str, ...]:
        """Return where the packages above the module are."""
        assert isinstance(arguments, Export)
        return packages(arguments)
