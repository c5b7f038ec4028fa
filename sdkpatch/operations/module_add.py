"""``module.add``: add functions, classes, constants or other statements to a module."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..python.source import Block, is_docstring
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.block_names import DEFINITIONS, names_of
from .shared.declaration_addition import Addition, DeclarationAddition, parse
from .shared.structural import IMPORTS


class ModuleAdd(DeclarationAddition):
    """The operation; see docs/operations/module.add.md."""

    name = "module.add"
    summary = "Add functions, classes or constants to a module."
    fields = (
        Field("code", String("Python", empty=False), "The functions, classes or constants to add.", True),
        Field(
            "at",
            String('"imports" or "last"', choices=("imports", "last")),
            "Behind the imports and what the code needs (`imports`), or at the end (`last`). By default "
            "functions and classes go to the end, all else behind the imports.",
        ),
        Field(
            "before", String("a name of the module", empty=False), "Instead of `at`: in front of what has this name."
        ),
        Field("after", String("a name of the module", empty=False), "Instead of `at`: behind what has this name."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Addition:
        """Parse the statements; files must say which modules."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/core/http_client.py"]')
        added = parse(arguments, key, report, "statements")
        usual = "last" if any(isinstance(each, DEFINITIONS) for each in added.body) else "imports"
        return added._replace(at=added.at or usual)

    def place(self, block: Block, arguments: Addition) -> int:
        """Return the place behind the imports and what the code needs, or the last."""
        return max(behind_imports(block), _behind_needs(block, arguments)) if arguments.at == "imports" else len(block)


def _behind_needs(block: Block, added: Addition) -> int:
    """Return the place behind all that binds what the code needs when the module is imported."""
    own = {name for each in added.body for name in names_of(each)}
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
        if found := needed.intersection(names_of(statement)):
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
