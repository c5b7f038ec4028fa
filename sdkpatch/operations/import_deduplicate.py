"""``import.deduplicate``: remove imports that repeat one above them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..python import blocks as block_edits
from ..python import lists
from ..python.import_lines import bound_name, module_of
from ..python.offered import LAZY
from ..python.source import Block, Source, blocks
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.exports import Init
from .shared.structural import Structural, judged


def _keep_problem(text: str) -> str:
    is_module = re.fullmatch(r"\.*\w+(\.\w+)*|\.+", text)
    return "" if is_module else 'write "first", "last", or the module as the import has it'


class Deduplication(NamedTuple):
    """Which import of a name from two modules stays: ``first``, ``last``, a module, or empty for none."""

    keep: str


class ImportDeduplicate(Structural[Deduplication]):
    """The operation; see docs/operations/import.deduplicate.md."""

    name = "import.deduplicate"
    summary = "Remove imports that repeat an earlier import in the same block."
    fields: tuple[Field, ...] = (
        Field(
            "keep",
            String('"first", "last" or a module such as ".text_content"', problem=_keep_problem, empty=False),
            "Which import stays where a name is imported from two modules. Without it, such a name is a conflict.",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Deduplication:
        """Check that the step says which files."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/client.py"]')
        return Deduplication(keep=str(arguments["keep"] or ""))

    def sites(self, source: Source, arguments: Deduplication) -> list[Judgement]:
        """Judge the module as a whole."""
        doomed: list[_Bound] = []
        for block in blocks(source.tree):
            for name, bound in _bindings(block).items():
                kept = _kept(bound, arguments.keep)
                if isinstance(kept, Conflict):
                    return [judged(source, module(source)._replace(name=name), kept)]
                doomed += [each for each in bound if each is not kept]
        entries = _entries(source, arguments.keep)
        if isinstance(entries, Conflict):
            return [judged(source, module(source), entries)]
        verdict = ToDo(work=partial(_removal, source, doomed, entries)) if doomed or entries else Held()
        return [judged(source, module(source), verdict)]


class _Bound(NamedTuple):
    """One name of an import: the block it stands in, the statement, which of its names, and the module."""

    block: Block
    place: int
    at: int
    origin: tuple[str, str, str | None]

    @property
    def node(self) -> ast.Import | ast.ImportFrom:
        node = self.block[self.place]
        assert isinstance(node, ast.Import | ast.ImportFrom)
        return node

    @property
    def module(self) -> str:
        return module_of(self.node) if isinstance(self.node, ast.ImportFrom) else self.node.names[self.at].name


def _bindings(block: Block) -> dict[str, list[_Bound]]:
    """Return the names that a block imports more than once; ``import a.b`` and ``import a.c`` are none of them."""
    found: dict[str, list[_Bound]] = {}
    for place, statement in enumerate(block):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            origin = module_of(statement) if isinstance(statement, ast.ImportFrom) else "import"
            for at, alias in enumerate(statement.names):
                bound = _Bound(block=block, place=place, at=at, origin=(origin, alias.name, alias.asname))
                found.setdefault(bound_name(alias), []).append(bound)
    return {name: bound for name, bound in found.items() if len(bound) > 1 and name != "*"}


def _kept(bound: Sequence[_Bound], keep: str) -> _Bound | Conflict:
    """Return the one import of a name that stays, or why it cannot be told."""
    modules = dict.fromkeys(each.module for each in bound)
    if len({each.origin for each in bound}) == 1 or keep == "first":
        return bound[0]
    if keep == "last":
        return next(each for each in bound if each.origin == bound[-1].origin)
    named = [each for each in bound if each.module == keep]
    if named and len({each.origin for each in named}) == 1:
        return named[0]
    places = " and ".join(f"{each.module} (line {each.node.lineno})" for each in bound)
    name = bound_name(bound[0].node.names[bound[0].at])
    listed = ", ".join(f'"{each}"' for each in ("first", "last", *modules))
    return Conflict(reason=f"{name} is imported from {places}", hint=f"say in keep which import stays: {listed}")


def _entries(source: Source, keep: str) -> list[int] | Conflict:
    """Return which entries of the lazy dict repeat a name, but for the one that stays."""
    table = Init(source).lazy
    if not isinstance(table, ast.Dict):
        return []
    found: dict[str, list[tuple[int, str]]] = {}
    for index, (key, value) in enumerate(zip(table.keys, table.values, strict=True)):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
            found.setdefault(str(key.value), []).append((index, str(value.value)))
    doomed: list[int] = []
    for name, entries in found.items():
        modules = [module for _, module in entries]
        named = [index for index, module in entries if module == keep]
        places = {"first": entries[0][0], "last": entries[-1][0]}
        kept = entries[0][0] if len(set(modules)) == 1 else places.get(keep, named[0] if named else None)
        if kept is None:
            hint = 'say in keep which stays: "first", "last", ' + ", ".join(f'"{each}"' for each in modules)
            return Conflict(reason=f"{LAZY} has {name} from {' and '.join(modules)}", hint=hint)
        doomed += [index for index, _ in entries if index != kept]
    return sorted(doomed)


def _removal(source: Source, doomed: Sequence[_Bound], entries: Sequence[int]) -> list[Edit]:
    table = Init(source).lazy
    edits = lists.remove_each(source, lists.elements_of(source, table), entries) if table and entries else []
    for block in {id(each.block): each.block for each in doomed}.values():
        own = [each for each in doomed if each.block is block]
        places = {place: [each.at for each in own if each.place == place] for place in {each.place for each in own}}
        whole: list[int] = []
        for place, indexes in sorted(places.items()):
            statement = block[place]
            assert isinstance(statement, ast.Import | ast.ImportFrom)
            if len(indexes) == len(statement.names):
                whole.append(place)
            else:
                edits += lists.remove_each(source, lists.elements_of(source, statement), indexes)
        edits += block_edits.remove_each(source, block, whole, top=block is source.tree.body)
    return edits
