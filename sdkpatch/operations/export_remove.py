"""``export.remove``: take a name out of what packages export."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import partial

from ..model import Conflict, Expectation
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..python.source import Source
from ..schema.fields import Field, KeyPath, Mistakes
from ..tree import Tree
from .export_add import LEVELS, MODULE, Export, NameList, doubled, lost_package
from .shared.exports import Init, level
from .shared.structural import Structural, judged, texts


class ExportRemove(Structural[Export]):
    """The operation; see docs/operations/export.remove.md."""

    name = "export.remove"
    summary = "Take a name out of the exports of the packages above a module."
    files = ("**/__init__.py",)
    fields = (
        Field("name", NameList(), "The names to take out of the exports.", True),
        MODULE,
        Field(
            "levels",
            LEVELS,
            "Which packages above the module must not export them. A number counts from the package that "
            "holds the module.",
            default="all",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Export:
        """Return the export that must not be."""
        names = texts(arguments, "name")
        return Export(names=names, module=str(arguments["module"]), aliases=names, levels=str(arguments["levels"]))

    def sites(self, source: Source, arguments: Export) -> list[Judgement]:
        """Judge the module, if it is one of the packages asked for."""
        if level(source, arguments.module, arguments.levels) is None:
            return []
        init = Init(source)
        doomed = [name for name in arguments.names if _is_exported(init, name)]
        judgements: list[Judgement] = []
        for name in arguments.names:
            verdict: Held | ToDo | Conflict = Held()
            if init.is_doubled:
                verdict = doubled(init)
            elif name in doomed and init.is_beyond(name):
                reason = f"its __all__ has {name} in a place that is no list"
                verdict = Conflict(reason=reason, hint="take it out there with delete or rewrite in a step before")
            elif name in doomed:
                verdict = ToDo(work=partial(init.removal, doomed if name == doomed[0] else []))
            judgements.append(judged(source, module(source)._replace(name=name), verdict))
        return judgements

    def drift(self, tree: Tree, arguments: Export, expect: Expectation, files: Container[str]) -> Conflict | None:
        """Conflict when a package on the way to the module is not there; the module itself may be gone."""
        return lost_package(tree, arguments, files)


def _is_exported(init: Init, name: str) -> bool:
    return bool(
        init.imported(name) or init.lazily(name) or (init.has_all and init.listed(name)) or init.is_beyond(name)
    )
