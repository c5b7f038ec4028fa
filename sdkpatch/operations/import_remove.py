"""``import.remove``: remove an import that nothing needs."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from .. import import_lines
from ..fields import Field, KeyPath, Report
from ..import_lines import bound_name
from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..source import Source
from ..structural import IMPORT, Structural, judged
from ..text import Edit
from .import_set import Found, imports_of, is_import, removed


class Unwanted(NamedTuple):
    """The import that must not be there."""

    code: str


class ImportRemove(Structural):
    """The operation; see docs/operations/import.remove.md."""

    name = "import.remove"
    summary = "Remove an import that nothing needs."
    fields = (Field("import", IMPORT, 'The import to remove: "from ..core import x".', True),)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Unwanted:
        """Check that the step says which files."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/core/http_client.py"]')
        return Unwanted(code=str(arguments["import"]))

    def words(self, arguments: object) -> Sequence[str]:
        """Nothing: a file without the import is a site, too."""
        return ()

    def sites(self, source: Source, arguments: object) -> list[Judgement]:
        """Judge the module as a whole."""
        assert isinstance(arguments, Unwanted)
        wanted = import_lines.parsed(arguments.code)
        name = bound_name(wanted.names[0]).split(".")[0]
        found = [each for each in imports_of(source, bound_name(wanted.names[0])) if is_import(each, wanted)]
        if not found:
            return [judged(source, module(source), Held())]
        others = [each for each in imports_of(source, name) if each not in found]
        used = None if others else _use(source.tree, name)
        if used:
            reason = f"{name} is used on line {used}, and nothing else imports it"
            return [judged(source, module(source), Conflict(reason=reason, hint="change that code in a step before"))]
        return [judged(source, module(source), ToDo(work=partial(_all, source, found)))]


def _all(source: Source, found: Sequence[Found]) -> list[Edit]:
    return [edit for each in found for edit in removed(source, each)]


def _use(tree: ast.Module, name: str) -> int:
    """Return the line that reads a name or exports it, or 0."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            return node.lineno
        if isinstance(node, ast.Constant) and node.value == name:
            return node.lineno
    return 0
