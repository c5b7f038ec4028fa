"""``import.set``: have a name imported from where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..python import blocks as block_edits
from ..python import import_lines, lists, pruning
from ..python.import_lines import bound_name, module_of
from ..python.source import Block, Source, blocks, same
from ..python.text import Edit
from ..schema.fields import Boolean, Field, KeyPath, Mistakes, String
from .shared import import_places
from .shared.exports import Init
from .shared.structural import ImportList, Structural, at_line, judged, texts

Import = ast.Import | ast.ImportFrom


class Wanted(NamedTuple):
    """The imports wanted, one for each name, and those before: none, or as many.

    ``is_listed`` tells that the step names the files that need them, ``is_lazy`` that a package whose exports are lazy
    gets them lazily. ``place`` is where they have to stand.
    """

    codes: tuple[str, ...]
    was: tuple[str, ...]
    is_listed: bool
    is_lazy: bool
    place: str = "sorted"


class FoundImport(NamedTuple):
    """One name of an import statement, and where the statement is."""

    node: Import
    at: int
    block: Block


class ImportSet(Structural[Wanted]):
    """The operation; see docs/operations/import.set.md."""

    name = "import.set"
    summary = "Import a name from the module that the step names, whatever module it is imported from now."
    fields = (
        Field("import", ImportList(), "The import to have, such as `from ..types.x import X`.", True),
        Field(
            "was",
            ImportList(),
            "The imports to replace, one for each import to have. Without it, whatever import binds the name "
            "is replaced.",
        ),
        Field(
            "lazy",
            Boolean(),
            "In a package with `_dynamic_imports`: import under `TYPE_CHECKING`, and list the name there. "
            "`false` imports at once.",
            default=True,
        ),
        Field(
            "at",
            String('"sorted", "type-checking" or "last"', choices=import_places.PLACES),
            "Where it stands: in sorted order, under `TYPE_CHECKING` only, or below all other imports of the module.",
            default="sorted",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Wanted:
        """Return the imports, and check that each of them has one before, or none has."""
        codes, was = texts(arguments, "import"), texts(arguments, "was")
        if was and len(was) != len(codes):
            report((*key, "was"), found=f"imports: {len(was)}", expected=f"one for each of the {len(codes)} of import")
        for code, before in zip(codes, was, strict=False):
            if same(import_lines.parsed(code), import_lines.parsed(before)):
                report((*key, "import"), found="the import that was says", expected="another one")
        is_listed = bool(arguments.get("files")) and not was
        return Wanted(
            codes=codes, was=was, is_listed=is_listed, is_lazy=bool(arguments["lazy"]), place=str(arguments["at"])
        )

    def words(self, arguments: Wanted) -> Sequence[str]:
        """Return the name, unless the step names the files or several names."""
        if arguments.is_listed or len(arguments.codes) != 1:
            return ()
        return (import_lines.parsed(arguments.codes[0]).names[0].name.split(".")[0],)

    def sites(self, source: Source, arguments: Wanted) -> list[Judgement]:
        """Judge every import of the names; a file that the step names and that has none lacks it."""
        before = arguments.was or ("",) * len(arguments.codes)
        if arguments.place != "sorted":
            found = [_placed(source, arguments, *pair) for pair in zip(arguments.codes, before, strict=False)]
            return [each for each in found if each is not None]
        init = Init(source) if arguments.is_lazy and source.path.endswith("__init__.py") else None
        judgements: list[Judgement] = []
        lacking: list[str] = []
        moves: list[tuple[FoundImport, str]] = []
        for code, was in zip(arguments.codes, before, strict=False):
            own = _judged(source, code, was, moves)
            if own and init is not None and _is_lazy(source, init, code):
                own = _lazily(source, init, code, own)
            elif not own and arguments.is_listed:
                lacking.append(code)
            judgements += own
        lazy = [code for code in lacking if init is not None and _is_lazy(source, init, code)]
        for code in lacking:
            verdict: ToDo | Conflict = ToDo(work=partial(_added, source, init, lacking if code == lacking[0] else ()))
            alias = import_lines.parsed(code).names[0]
            if code in lazy and bound_name(alias) != alias.name:
                reason = "exports are lazy here, and a lazy export cannot be renamed"
                verdict = Conflict(reason=reason, hint="lazy = false imports it at once")
            judgements.append(judged(source, module(source), verdict))
        return judgements


def _placed(source: Source, arguments: Wanted, code: str, replaced: str) -> Judgement | None:
    """Judge one name by where the module itself imports it; None where it does not, and need not."""
    wanted, place = import_lines.parsed(code), arguments.place
    was = import_lines.parsed(replaced) if replaced else None
    names = {bound_name(each.names[0]) for each in (wanted, was) if each is not None}
    own = import_places.blocks_of(source)
    found = [each for name in sorted(names) for each in imports_of(source, name) if any(each.block is b for b in own)]
    right = [each for each in found if is_import(each, wanted) and import_places.is_in_place(source, each.node, place)]
    others = [each for each in found if each not in right]
    strange = [each for each in others if was and not is_import(each, was) and not is_import(each, wanted)]
    line = min((each.node.lineno for each in found), default=1)
    if strange:
        reason = f"the name has another import: {ast.unparse(strange[0].node)}"
        return at_line(source, line, Conflict(reason=reason, hint="the generator changed it: bring was up to date"))
    if not found and not arguments.is_listed:
        return None
    if right and not others:
        return at_line(source, line, Held())
    # The new one comes first, and the others go in the next round: until then both are there.
    work = partial(taken_out, source, others) if right else partial(import_places.added, source, code, place)
    return at_line(source, line, ToDo(work=work))


def _added(source: Source, init: Init | None, codes: Sequence[str]) -> list[Edit]:
    """Return the edits that add imports: lazy ones below the guard and in the lazy dict, the others at the top."""
    if init is None:
        return import_lines.add(source, codes)
    lazy: dict[str, list[str]] = {}
    for code in codes:
        wanted = import_lines.parsed(code)
        if _is_lazy(source, init, code) and isinstance(wanted, ast.ImportFrom):
            lazy.setdefault(module_of(wanted), []).append(wanted.names[0].name)
    edits = import_lines.add(source, [code for code in codes if not _is_lazy(source, init, code)])
    for origin, names in lazy.items():
        edits += init.add_imports(origin, [(name, name) for name in names])
    entries = [(name, _origin(origin, name)) for origin, names in lazy.items() for name in names]
    entries = [(name, origin) for name, origin in entries if not init.lazily(name)]
    return edits + (init.add_lazily(entries) if entries else [])


def _origin(module: str, name: str) -> str:
    """Return what the lazy dict has for a name: a module below the package stands for itself."""
    return f".{name}" if module == "." else module


def _judged(source: Source, code: str, replaced: str, moves: list[tuple[FoundImport, str]]) -> list[Judgement]:
    """Judge every import of one name; ``moves`` takes those in that go elsewhere, all at once."""
    wanted = import_lines.parsed(code)
    was = import_lines.parsed(replaced) if replaced else None
    found = imports_of(source, bound_name(wanted.names[0]))
    if was is not None:
        found += [each for each in imports_of(source, bound_name(was.names[0])) if each not in found]
    right = [each for each in found if is_import(each, wanted)]
    wrong = [each for each in found if each not in right and (was is None or is_import(each, was))]
    judgements = [at_line(source, each.node.lineno, Held()) for each in right]
    for each in wrong:
        is_needed = not any(other.block is each.block for other in right)
        work: Callable[[], Sequence[Edit]] = partial(_replaced, source, each, code, is_needed)
        if each.block is source.tree.body and is_needed and not _is_in_place(source, each, code):
            moves.append((each, code))
            work = partial(_moved, source, moves if len(moves) == 1 else ())
        judgements.append(at_line(source, each.node.lineno, ToDo(work=work)))
    strange = [each for each in found if each not in right and each not in wrong]
    if strange and not right and not wrong:
        reason = f"the name has another import: {ast.unparse(strange[0].node)}"
        conflict = Conflict(reason=reason, hint="the generator changed it: bring was up to date")
        judgements.append(at_line(source, strange[0].node.lineno, conflict))
    return judgements


def _is_lazy(source: Source, init: Init, code: str) -> bool:
    """Tell whether a package gets an import lazily: a name of the SDK's own modules, where its exports are lazy."""
    wanted = import_lines.parsed(code)
    if init.lazy is None or init.guarded is None or not isinstance(wanted, ast.ImportFrom):
        return False
    return wanted.level > 0 or (wanted.module or "").partition(".")[0] == source.package.rpartition("/")[2]


def _lazily(source: Source, init: Init, code: str, judgements: list[Judgement]) -> list[Judgement]:
    """Judge the import of a lazy package by the guard and the lazy dict together."""
    wanted = import_lines.parsed(code)
    assert isinstance(wanted, ast.ImportFrom) and isinstance(init.guarded, ast.If)
    name = bound_name(wanted.names[0])
    there = imports_of(source, name)
    is_guarded = all(each.block is init.guarded.body for each in there)
    if not is_guarded or not there or any(isinstance(each.verdict, Conflict) for each in judgements):
        return judgements  # what runs stays as it is
    origin = _origin(module_of(wanted), wanted.names[0].name)
    listed = init.lazily(name)
    if listed == [origin] or wanted.names[0].name != name:
        return judgements
    entry = partial(init.set_lazily, name, origin) if listed else partial(init.add_lazily, [(name, origin)])
    first = judgements[0].verdict
    inner = first.work if isinstance(first, ToDo) else ToDo().work
    return [judgements[0]._replace(verdict=ToDo(work=lambda: [*inner(), *entry()])), *judgements[1:]]


def imports_of(source: Source, name: str) -> list[FoundImport]:
    """Return every import that binds a name, at whatever depth."""
    return [
        FoundImport(node=statement, at=index, block=block)
        for block in blocks(source.tree)
        for statement in block
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for index, alias in enumerate(statement.names)
        if bound_name(alias) == name
    ]


def is_import(found: FoundImport, wanted: Import) -> bool:
    """Tell whether one name of a statement is imported as wanted."""
    alias, other = found.node.names[found.at], wanted.names[0]
    if type(found.node) is not type(wanted) or (alias.name, alias.asname) != (other.name, other.asname):
        return False
    if isinstance(found.node, ast.ImportFrom) and isinstance(wanted, ast.ImportFrom):
        return module_of(found.node) == module_of(wanted)
    return True


def taken_out(source: Source, found: Sequence[FoundImport]) -> list[Edit]:
    """Return the edits that take names out of their imports: all of one statement in one edit."""
    edits: list[Edit] = []
    whole: dict[int, tuple[Block, list[int]]] = {}
    for node in {id(each.node): each.node for each in found}.values():
        own = [each for each in found if each.node is node]
        if len(own) < len(node.names):
            edits += lists.remove_each(source, lists.elements_of(source, node), [each.at for each in own])
            continue
        block = own[0].block
        place = next(index for index, each in enumerate(block) if each is node)
        whole.setdefault(id(block), (block, []))[1].append(place)
    return edits + [edit for block, places in whole.values() for edit in pruning.statements(source, block, places)]


def _is_in_place(source: Source, found: FoundImport, code: str) -> bool:
    """Tell whether the new import may stand where the old one stands, at the module's top."""
    return len(found.node.names) == 1 and _stays_sorted(source, found, code)


def _moved(source: Source, moves: Sequence[tuple[FoundImport, str]]) -> list[Edit]:
    """Return the edits that take names out of their imports and import them from elsewhere."""
    return [*taken_out(source, [found for found, _ in moves]), *import_lines.add(source, [code for _, code in moves])]


def _replaced(source: Source, found: FoundImport, code: str, is_needed: bool) -> list[Edit]:
    if not is_needed:
        return taken_out(source, [found])
    if len(found.node.names) == 1:
        return block_edits.replace(source, [found.node], code)
    place = next(index for index, each in enumerate(found.block) if each is found.node)
    return [*taken_out(source, [found]), *block_edits.insert(source, found.block, place, code, top=False)]


def _stays_sorted(source: Source, found: FoundImport, code: str) -> bool:
    """Tell whether the new import may stand where the old one stands."""
    if import_lines.module_name(import_lines.parsed(code)) in source.late:
        return False
    own = list(import_lines.at_top(source))
    place = next(index for index, each in enumerate(own) if each is found.node)
    key = import_lines.sort_key(import_lines.parsed(code))
    before = [import_lines.sort_key(each) for each in own[:place]]
    after = [import_lines.sort_key(each) for each in own[place + 1 :]]
    if any(import_lines.module_name(each) == import_lines.module_name(import_lines.parsed(code)) for each in own):
        return False
    return all(each < key for each in before[-1:]) and all(key < each for each in after[:1])
