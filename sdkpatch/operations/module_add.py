"""``module.add``: add functions, classes, constants or other statements to a module."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..operation import Judgement
from ..pattern.selector import module
from ..python.source import Block, Source, is_docstring
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import block_names, declaration_addition
from .shared.structural import IMPORTS, Structural, judged


class ModuleAdd(Structural[declaration_addition.Addition]):
    """The operation; see docs/operations/module.add.md."""

    name = "module.add"
    summary = "Add functions, classes or constants to a module."
    fields = (
        Field("code", String("Python", empty=False), "What to add.", True),
        Field(
            "at",
            String('"imports" or "last"', choices=("imports", "last")),
            "Behind the imports and what the code needs, or last; default last for functions and classes.",
        ),
        Field("before", String("a name of the module", empty=False), "Instead: in front of what has this name."),
        Field("after", String("a name of the module", empty=False), "Instead: behind what has this name."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> declaration_addition.Addition:
        """Parse the statements; files must say which modules."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/core/http_client.py"]')
        added = declaration_addition.parse(arguments, key, report, "statements")
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        usual = "last" if any(isinstance(each, definitions) for each in added.body) else "imports"
        return added._replace(at=added.at or usual)

    def selectors(self, arguments: declaration_addition.Addition) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.classes

    def imports(self, arguments: declaration_addition.Addition) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: declaration_addition.Addition) -> list[Judgement]:
        """Judge the module."""
        block = source.tree.body
        place = _place(block, arguments)
        verdict = block_names.verdict(source, block, arguments.code, arguments.body, place, top=True)
        return [judged(source, module(source), verdict)]


def _place(block: Block, added: declaration_addition.Addition) -> int | str:
    """Return the index to insert at, or why there is none."""
    if added.beside:
        return block_names.place_of(block, added.beside, behind=added.behind)
    return max(behind_imports(block), _behind_needs(block, added)) if added.at == "imports" else len(block)


def _behind_needs(block: Block, added: declaration_addition.Addition) -> int:
    """Return the place behind all that binds what the code needs when the module is imported."""
    own = {name for each in added.body for name in block_names.names_of(each)}
    needed: set[str] = set()
    pending: list[ast.AST] = [*added.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):  # its body runs later
            pending += [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.Lambda):
            pending.append(node.args)
        else:
            needed |= {node.id} - own if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else set()
            pending += ast.iter_child_nodes(node)
    place = 0
    for index, statement in enumerate(block):
        if found := needed.intersection(block_names.names_of(statement)):
            needed -= found
            place = index + 1
    return place


def behind_imports(block: Block) -> int:
    """Return the place behind the last import of a module's head, guarded ones included."""
    place = 1 if block and is_docstring(block[0]) else 0
    for index, statement in enumerate(block):
        is_import = isinstance(statement, ast.Import | ast.ImportFrom)
        guarded = isinstance(statement, ast.If | ast.Try) and isinstance(statement.body[0], ast.Import | ast.ImportFrom)
        if is_import or guarded:
            place = index + 1
        elif index >= place + 3:
            break
    return place
