"""``module.add``: add functions, classes, constants or other statements to a module."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .. import members
from ..fields import Field, KeyPath, Report, Text
from ..operation import Judgement
from ..pattern.selector import module
from ..source import Block, Source, is_docstring
from ..structural import IMPORTS, Structural, judged, python, texts


class ModuleAddition(NamedTuple):
    """The statements and where they go: beside one of a name, behind the imports, or last."""

    code: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    at: str
    beside: str
    behind: bool
    imports: tuple[str, ...]

    def place(self, block: Block) -> int | str:
        """Return the index to insert at, or why there is none."""
        if self.beside:
            return members.place_of(block, self.beside, behind=self.behind)
        return behind_imports(block) if self.at == "imports" else len(block)


class ModuleAdd(Structural):
    """The operation; see docs/operations/module.add.md."""

    name = "module.add"
    summary = "Add functions, classes or constants to a module."
    fields = (
        Field("code", Text("Python", empty=False), "What to add.", True),
        Field(
            "at",
            Text('"imports" or "last"', choices=("imports", "last")),
            "Behind the imports, or last; default last for functions and classes, imports for the rest.",
        ),
        Field("before", Text("a name of the module", empty=False), "Instead: in front of what has this name."),
        Field("after", Text("a name of the module", empty=False), "Instead: behind what has this name."),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> ModuleAddition:
        """Parse the statements; files must say which modules."""
        code = textwrap.dedent(str(arguments["code"])).strip("\n")
        body = python(code, (*key, "code"), report, "statements")
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/core/http_client.py"]')
        if arguments["before"] and arguments["after"]:
            report(key, found="before and after", expected="one of the two")
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        usual = "last" if any(isinstance(each, definitions) for each in body) else "imports"
        return ModuleAddition(
            code=tuple(members.pieces(code, body)),
            body=tuple(body),
            at=str(arguments["at"] or usual),
            beside=str(arguments["before"] or arguments["after"] or ""),
            behind=not arguments["before"],
            imports=texts(arguments, "imports"),
        )

    def words(self, arguments: object) -> Sequence[str]:
        """Nothing: the step's files say it."""
        return ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge the module."""
        assert isinstance(arguments, ModuleAddition)
        block = source.tree.body
        place = arguments.place(block)
        verdict = members.verdict(source, block, arguments.code, arguments.body, place, top=True)
        return [judged(source, module(source), verdict)]


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
