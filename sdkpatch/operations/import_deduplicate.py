"""``import.deduplicate``: remove imports that repeat one above them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from .. import block_edits, lists
from ..fields import Field, KeyPath, Report
from ..import_lines import module_of
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..source import Block, Source, blocks
from ..structural import Structural, judged
from ..text import Edit


class Deduplication(NamedTuple):
    """No arguments: ``files`` says which modules."""

    is_asked: bool = True


class ImportDeduplicate(Structural):
    """The operation; see docs/operations/import.deduplicate.md."""

    name = "import.deduplicate"
    summary = "Remove imports that repeat one above them in the same block."
    fields: tuple[Field, ...] = ()

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Deduplication:
        """Check that the step says which files."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/client.py"]')
        return Deduplication()

    def words(self, arguments: object) -> Sequence[str]:
        """Nothing: a file without duplicates is a site, too."""
        return ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge the module as a whole."""
        repeated = [each for block in blocks(source.tree) for each in _repeated(block)]
        verdict = ToDo(work=partial(_removal, source, repeated)) if repeated else Held()
        return [judged(source, module(source), verdict)]


class _Repeated(NamedTuple):
    """A statement of a block and which of its names repeat an import above."""

    block: Block
    place: int
    names: tuple[int, ...]


def _repeated(block: Block) -> list[_Repeated]:
    known: set[tuple[str, str, str | None]] = set()
    found: list[_Repeated] = []
    for place, statement in enumerate(block):
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        origin = module_of(statement) if isinstance(statement, ast.ImportFrom) else "import"
        again: list[int] = []
        for index, alias in enumerate(statement.names):
            key = (origin, alias.name, alias.asname)
            if key in known:
                again.append(index)
            known.add(key)
        if again:
            found.append(_Repeated(block=block, place=place, names=tuple(again)))
    return found


def _removal(source: Source, repeated: Sequence[_Repeated]) -> list[Edit]:
    edits: list[Edit] = []
    for each in repeated:
        statement = each.block[each.place]
        assert isinstance(statement, ast.Import | ast.ImportFrom)
        if len(each.names) == len(statement.names):
            start, stop = each.place, each.place + 1
            edits += block_edits.remove(source, each.block, start, stop, top=each.block is source.tree.body)
            continue
        listed = lists.elements_of(source, statement)
        edits += lists.remove_each(source, listed, each.names)
    return edits
