"""``import.set``: have a name imported from where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from .. import block_edits, import_lines, lists
from ..fields import Field, KeyPath, Report
from ..import_lines import bound_name, module_of
from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..source import Block, Source, blocks, same
from ..structural import IMPORT, Structural, at_line, judged
from ..text import Edit

Import = ast.Import | ast.ImportFrom


class Wanted(NamedTuple):
    """The import wanted and the one before; ``is_listed`` tells that the step names the files that need it."""

    code: str
    was: str
    is_listed: bool


class Found(NamedTuple):
    """One name of an import statement, and where the statement is."""

    node: Import
    at: int
    block: Block


class ImportSet(Structural):
    """The operation; see docs/operations/import.set.md."""

    name = "import.set"
    summary = "Have a name imported from where it belongs, whatever imports it now."
    fields = (
        Field("import", IMPORT, 'The import wanted: "from ..types.x import X".', True),
        Field("was", IMPORT, "The import it replaces; without it, whatever import binds the name."),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Wanted:
        """Return the two imports."""
        code, was = str(arguments["import"]), str(arguments["was"] or "")
        if was and same(import_lines.parsed(code), import_lines.parsed(was)):
            report((*key, "import"), found="the import that was says", expected="another one")
        return Wanted(code=code, was=was, is_listed=bool(arguments.get("files")) and not was)

    def words(self, arguments: object) -> Sequence[str]:
        """Return the name, unless the step names the files."""
        assert isinstance(arguments, Wanted)
        return () if arguments.is_listed else (import_lines.parsed(arguments.code).names[0].name.split(".")[0],)

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge every import of the name; a file that the step names and that has none lacks it."""
        assert isinstance(arguments, Wanted)
        wanted = import_lines.parsed(arguments.code)
        was = import_lines.parsed(arguments.was) if arguments.was else None
        found = imports_of(source, bound_name(wanted.names[0]))
        if was is not None:
            found += [each for each in imports_of(source, bound_name(was.names[0])) if each not in found]
        right = [each for each in found if is_import(each, wanted)]
        wrong = [each for each in found if each not in right and (was is None or is_import(each, was))]
        judgements = [at_line(source, each.node.lineno, Held()) for each in right]
        for each in wrong:
            is_needed = not any(other.block is each.block for other in right)
            work = partial(_replaced, source, each, arguments.code, is_needed)
            judgements.append(at_line(source, each.node.lineno, ToDo(work=work)))
        strange = [each for each in found if each not in right and each not in wrong]
        if strange and not right and not wrong:
            reason = f"the name is imported otherwise: {ast.unparse(strange[0].node)}"
            conflict = Conflict(reason=reason, hint="the generator changed it: bring was up to date")
            judgements.append(at_line(source, strange[0].node.lineno, conflict))
        if not found and arguments.is_listed:
            todo = ToDo(work=partial(import_lines.add, source, [arguments.code]))
            judgements.append(judged(source, module(source), todo))
        return judgements


def imports_of(source: Source, name: str) -> list[Found]:
    """Return every import that binds a name, at whatever depth."""
    return [
        Found(node=statement, at=index, block=block)
        for block in blocks(source.tree)
        for statement in block
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for index, alias in enumerate(statement.names)
        if bound_name(alias) == name
    ]


def is_import(found: Found, wanted: Import) -> bool:
    """Tell whether one name of a statement is imported as wanted."""
    alias, other = found.node.names[found.at], wanted.names[0]
    if type(found.node) is not type(wanted) or (alias.name, alias.asname) != (other.name, other.asname):
        return False
    if isinstance(found.node, ast.ImportFrom) and isinstance(wanted, ast.ImportFrom):
        return module_of(found.node) == module_of(wanted)
    return True


def removed(source: Source, found: Found) -> list[Edit]:
    """Return the edits that take one name out of an import, or the whole statement with its last name."""
    if len(found.node.names) > 1:
        listed = lists.elements_of(source, found.node)
        return lists.remove(source, listed, found.at, found.at + 1)
    place = next(index for index, each in enumerate(found.block) if each is found.node)
    return block_edits.remove(source, found.block, place, place + 1, top=found.block is source.tree.body)


def _replaced(source: Source, found: Found, code: str, is_needed: bool) -> list[Edit]:
    is_top = found.block is source.tree.body
    if not is_needed:
        return removed(source, found)
    if len(found.node.names) == 1 and (not is_top or _stays_sorted(source, found, code)):
        return block_edits.replace(source, [found.node], code)
    if is_top:
        return [*removed(source, found), *import_lines.add(source, [code])]
    place = next(index for index, each in enumerate(found.block) if each is found.node)
    return [*removed(source, found), *block_edits.insert(source, found.block, place, code, top=False)]


def _stays_sorted(source: Source, found: Found, code: str) -> bool:
    """Tell whether the new import may stand where the old one stands."""
    own = list(import_lines.at_top(source))
    place = next(index for index, each in enumerate(own) if each is found.node)
    key = import_lines.sort_key(import_lines.parsed(code))
    before = [import_lines.sort_key(each) for each in own[:place]]
    after = [import_lines.sort_key(each) for each in own[place + 1 :]]
    if any(import_lines.module_name(each) == import_lines.module_name(import_lines.parsed(code)) for each in own):
        return False
    return all(each < key for each in before[-1:]) and all(key < each for each in after[:1])
