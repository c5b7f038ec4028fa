"""``export.add``: export a name from packages, in whatever form their ``__init__.py`` has."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..fern.sdk_package import below
from ..model import Conflict, Expectation
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..python.import_lines import module_of
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Boolean, Field, KeyPath, ListOf, Mistakes, NumberOr, String
from ..tree import PlannedFiles, Tree
from .shared.exports import Init, Level, level
from .shared.paths import package
from .shared.structural import Structural, judged, texts

LEVELS = NumberOr(
    String(
        '"all", "nearest", "root" or a number',
        problem=lambda text: (
            "" if re.fullmatch(r"all|nearest|root|[1-9]\d{0,8}", text) else 'write "all", "nearest", "root" or 2'
        ),
    )
)
MODULE = Field(
    "module",
    String(
        "a module of the SDK's package, with dots",
        problem=lambda text: (
            "" if re.fullmatch(r"\w+(\.\w+)*", text) else 'such as "agent.v1.types.legacy", without the package itself'
        ),
    ),
    "The module that defines them, relative to the SDK's package, such as `agent.v1.types.legacy`.",
    True,
)
NAME = String("a name", problem=lambda text: "" if text.isidentifier() else "it is no name")


class NameList(NamedTuple):
    """One name, or an array of them."""

    label: str = "a name, or an array of them"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        if isinstance(value, list):
            return ListOf(NAME, least=1).check(value, key, report)
        return [NAME.check(value, key, report)]

    def schema(self) -> dict[str, object]:
        return {"anyOf": [NAME.schema(), ListOf(NAME, least=1).schema()]}


class Export(NamedTuple):
    """Names of a module of the SDK, the names they are exported as, and from how many packages.

    ``itself`` tells that the one name is the module's own: it is exported, nothing of it.
    """

    names: tuple[str, ...]
    module: str
    aliases: tuple[str, ...]
    levels: str
    itself: bool = False


class ExportAdd(Structural[Export]):
    """The operation; see docs/operations/export.add.md."""

    name = "export.add"
    summary = "Export a name from the packages above the module that defines it."
    files = ("**/__init__.py",)
    fields = (
        Field("name", NameList(), "The names to export, as the module has them.", True),
        MODULE,
        Field(
            "levels",
            LEVELS,
            "Which packages above the module export them. A number counts from the package that holds the module.",
            default="all",
        ),
        Field("as", NAME, "Another name to export it under. Lazy exports cannot have one.", default=""),
        Field(
            "itself", Boolean(), "Export the module itself. `name` is then the last part of `module`.", default=False
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Export:
        """Return the export."""
        names, module = texts(arguments, "name"), str(arguments["module"])
        alias = str(arguments["as"] or "")
        if alias and len(names) > 1:
            report((*key, "as"), found=f'"{alias}"', expected="one name in name, which it stands for")
        last = module.rpartition(".")[2]
        if arguments["itself"] and names != (last,):
            report((*key, "name"), found=", ".join(names), expected=f"the module's own name, {last}")
        return Export(
            names=names,
            module=module,
            aliases=(alias,) if alias else names,
            levels=str(arguments["levels"]),
            itself=bool(arguments["itself"]),
        )

    def sites(self, source: Source, arguments: Export) -> list[Judgement]:
        """Judge the module, if it is one of the packages asked for."""
        wanted = level(source, arguments.module, arguments.levels)
        if wanted is None:
            return []
        init = Init(source)
        verdicts = [
            _verdict(source, init, arguments, wanted, name, alias)
            for name, alias in zip(arguments.names, arguments.aliases, strict=False)
        ]
        lacking = [each for each in verdicts if isinstance(each, _Lacking)]
        judgements: list[Judgement] = []
        for alias, verdict in zip(arguments.aliases, verdicts, strict=False):
            todo = ToDo(work=partial(_added, init, lacking if lacking[:1] == [verdict] else []))
            shown = todo if isinstance(verdict, _Lacking) else verdict
            judgements.append(judged(source, module(source)._replace(name=alias), shown))
        return judgements

    def drift(self, tree: Tree, arguments: Export, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict when the module, or a package on the way to it, is not there."""
        lost = lost_package(tree, arguments, files)
        if lost is not None:
            return lost
        stem = below(package(tree), arguments.module.replace(".", "/"))
        found = next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in files), None)
        if found is None:
            return _lost(f"{stem}.py")
        code = files.read(found)
        absent = [] if is_itself(arguments, code) else [name for name in arguments.names if name.encode() not in code]
        if absent:
            return Conflict(reason=f"{found} has no {absent[0]}", hint="the generator moved or renamed it")
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


class _Lacking(NamedTuple):
    """What a package lacks of one export: ``origin`` of the import, of the lazy dict, and the name for ``__all__``."""

    name: str
    alias: str
    imported: str
    lazily: str
    listed: bool


def is_itself(arguments: Export, code: bytes | None) -> bool:
    """Tell whether a module itself is exported: the step says so, or its file has no such name."""
    if arguments.itself or arguments.names != (arguments.module.rpartition(".")[2],):
        return arguments.itself
    return code is not None and arguments.names[0].encode() not in code


def _verdict(
    source: Source, init: Init, arguments: Export, wanted: Level, name: str, alias: str
) -> Held | _Lacking | Conflict:
    if init.is_doubled:
        return doubled(init)
    origins = _origins(source, arguments, wanted)
    lazily = init.lazily(alias)
    froms = [module_of(node) for node, _ in init.imported(alias)]
    known = {each for pair in origins for each in pair}
    if strange := [each for each in (*froms, *lazily) if each not in known]:
        return Conflict(
            reason=f"it exports {alias} from {strange[0]} already",
            hint="the generator emits that name now, or a merge left it: remove one of the two",
        )
    if init.lazy is not None and alias != name:
        hint = "alias.add makes a module with the other name; export that one"
        return Conflict(reason="exports are lazy here, and a lazy export cannot be renamed", hint=hint)
    if init.has_all and not init.all:
        hint = "export the name in an insert step that adds a statement after it"
        return Conflict(reason="its __all__ is not a written-out list", hint=hint)
    origin, entry = next((pair for pair in origins if pair[0] in froms or pair[1] in lazily), origins[0])
    lacking = _Lacking(
        name=alias if wanted.is_exported else name,
        alias=alias,
        imported="" if froms else origin,
        lazily=entry if init.lazy is not None and not lazily else "",
        listed=init.listed(alias),
    )
    return Held() if not lacking.imported and not lacking.lazily and lacking.listed else lacking


def _origins(source: Source, arguments: Export, wanted: Level) -> list[tuple[str, str]]:
    """Return the modules that the import and the lazy dict may name: of the module itself, or of a name in it."""
    plain = (wanted.origin, wanted.origin)
    last = arguments.module.rpartition(".")[2]
    if arguments.names != (last,) or (wanted.is_exported and wanted.origin != f".{last}"):
        return [plain]
    above = wanted.origin.removesuffix(last).removesuffix(".") or "."
    itself = (above, wanted.origin)
    stem = f"{source.path.rpartition('/')[0]}{wanted.origin.replace('.', '/')}"
    code = next((found for end in (".py", "/__init__.py") if (found := source.beside(stem + end)) is not None), None)
    return [itself, plain] if is_itself(arguments, code) else [plain, itself]


def _added(init: Init, lacking: Sequence[_Lacking]) -> list[Edit]:
    """Return the edits that export names: one for each place."""
    edits: list[Edit] = []
    for origin in dict.fromkeys(each.imported for each in lacking if each.imported):
        edits += init.add_imports(origin, [(each.name, each.alias) for each in lacking if each.imported == origin])
    entries = [(each.alias, each.lazily) for each in lacking if each.lazily]
    edits += init.add_lazily(entries) if entries else []
    names = [each.alias for each in lacking if not each.listed]
    return edits + (init.add_listed(names) if names else [])
