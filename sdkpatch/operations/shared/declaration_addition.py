"""Add statements to the bodies of modules and classes: what ``field.add``, ``class.add`` and ``module.add`` share.

``insert`` with ``at``, and ``alias.add``, go the same way.
"""

from __future__ import annotations

import ast
import textwrap
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...pattern.selector import Target, module, select
from ...python import blocks as block_edits
from ...python.index import dotted
from ...python.source import Block, Source, is_docstring
from ...python.text import Edit
from ...schema.fields import KeyPath, Mistakes
from . import block_names
from .structural import Structural, judged, python, texts


class Addition(NamedTuple):
    """Statements to add, as text and as trees; the member they go beside, or where else; and their imports.

    ``within`` are the selectors of the classes that get them, none for a module.
    """

    within: tuple[str, ...]
    code: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    at: str
    beside: str = ""
    behind: bool = False
    imports: tuple[str, ...] = ()


def parse(arguments: Mapping[str, object], key: KeyPath, report: Mistakes, what: str, within: str = "") -> Addition:
    """Parse the fields of an operation that adds; ``what`` names the code, ``within`` the field of its selectors."""
    code = textwrap.dedent(str(arguments["code"])).strip("\n")
    body = python(code, (*key, "code"), report, what)
    if arguments["before"] and arguments["after"]:
        report(key, found="before and after", expected="one of the two")
    return Addition(
        within=texts(arguments, within) if within else (),
        code=tuple(_pieces(code, body)),
        body=tuple(body),
        at=str(arguments.get("at") or ""),
        beside=str(arguments["before"] or arguments["after"] or ""),
        behind=not arguments["before"],
        imports=texts(arguments, "imports"),
    )


class DeclarationAddition(Structural[Addition]):
    """Adds statements to modules or classes, beside a member that the step names, or at the operation's place."""

    @abstractmethod
    def place(self, block: Block, arguments: Addition) -> int:
        """Return the index to insert at where the step names no member."""

    def selectors(self, arguments: Addition) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.within

    def imports(self, arguments: Addition) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: Addition) -> list[Judgement]:
        """Judge the module, or every class."""
        found: list[Judgement] = []
        for target in select(source, arguments.within) if arguments.within else [module(source)]:
            if isinstance(target.node, ast.ClassDef | ast.Module):
                block = target.node.body
                place = _beside(block, arguments) if arguments.beside else self.place(block, arguments)
                found.append(judged(source, target, verdict(source, target, arguments, place)))
        return found


def verdict(source: Source, target: Target, added: Addition, place: int | None) -> Held | ToDo | Conflict:
    """Judge whether a module or class holds the statements; ``place`` is the index to insert at, None for none."""
    assert isinstance(target.node, ast.ClassDef | ast.Module)
    block = target.node.body
    lacking, conflict = block_names.missing(block, added.body)
    if conflict is not None:
        return conflict
    if not lacking:
        return Held()
    if place is None:
        reason = f"there is no {added.beside} to put it beside"
        return Conflict(reason=reason, hint="name another member in before or after, or leave it out")
    if isinstance(target.node, ast.ClassDef) and (conflict := _of_a_typed_dict(target.node, added.body)):
        return conflict
    return ToDo(work=partial(edits, source, block, added, lacking, place, top=target.kind == "module"))


def edits(
    source: Source, block: Block, added: Addition, lacking: Sequence[int], place: int, *, top: bool
) -> list[Edit]:
    """Return the edit that puts those statements which the block lacks before the one at ``place``."""
    lines: list[str] = []
    for above, index in zip([lacking[0], *lacking], lacking, strict=False):
        written = len(added.code[index]) - len(added.code[index].lstrip("\n"))
        if lines:
            needed = any(isinstance(added.body[each], block_names.DEFINITIONS) for each in (above, index))
            lines += [""] * max(2 * needed if top else needed, min(written, 2 if top else 1))
        lines.append(added.code[index].strip("\n"))
    return block_edits.insert(source, block, place, "\n".join(lines), top=top)


def _pieces(code: str, body: Sequence[ast.stmt]) -> list[str]:
    """Return the source of each statement, with the comments and blank lines above it."""
    lines = code.split("\n")
    ends = [0, *(each.end_lineno or each.lineno for each in body[:-1]), len(lines)]
    return ["\n".join(lines[start:stop]) for start, stop in pairwise(ends)]


def _beside(block: Block, added: Addition) -> int | None:
    """Return the index beside the statement that binds the member's name, None where none does."""
    for index, statement in enumerate(block):
        if added.beside in block_names.names_of(statement):
            return _behind(block, index) if added.behind else index
    return None


def last_field(block: Block) -> int:
    """Return the place behind the last field and the string below it; behind the docstring when there is none."""
    place = 1 if is_docstring(block[0]) else 0
    for index, statement in enumerate(block):
        is_field = isinstance(statement, ast.AnnAssign | ast.Assign)
        if is_field and block_names.names_of(statement) != ("model_config",):
            place = _behind(block, index)
    return place


def first(block: Block) -> int:
    """Return the place behind the docstring, and behind what has to be first in a module."""
    place = 1 if block and is_docstring(block[0]) else 0
    while place < len(block) and isinstance(node := block[place], ast.ImportFrom) and node.module == "__future__":
        place += 1
    return place


def _behind(block: Block, index: int) -> int:
    """Return the place behind a statement, and behind the string below a field, which belongs to it."""
    is_field = isinstance(block[index], ast.AnnAssign | ast.Assign)
    return index + (2 if is_field and index + 1 < len(block) and is_docstring(block[index + 1]) else 1)


def _of_a_typed_dict(target: ast.ClassDef, body: Sequence[ast.stmt]) -> Conflict | None:
    """Return the conflict of a field with a default: https://peps.python.org/pep-0589/#class-based-syntax."""
    if not any(dotted(base).endswith("TypedDict") for base in target.bases):
        return None
    for each in body:
        names = block_names.names_of(each)
        if names and isinstance(each, ast.Assign | ast.AnnAssign) and each.value is not None:
            reason = f"{names[0]} has a default, and the fields of a TypedDict have none"
            hint = "give the TypedDict a step of its own, with typing_extensions.NotRequired[...]"
            return Conflict(reason=reason, hint=hint)
    return None
