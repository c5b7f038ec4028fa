"""``import.remove``: remove an import that nothing needs."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping
from functools import partial
from typing import NamedTuple

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern.selector import module
from ..python import import_lines, offered
from ..python.import_lines import bound_name
from ..python.scopes import Scopes
from ..python.source import Source
from ..schema.fields import Field, KeyPath, Mistakes
from .import_set import FoundImport, imports_of, is_import, taken_out
from .shared.structural import ImportList, Structural, judged, texts


class Unwanted(NamedTuple):
    """The imports that must not be there, one for each name."""

    codes: tuple[str, ...]


class ImportRemove(Structural[Unwanted]):
    """The operation; see docs/operations/import.remove.md."""

    name = "import.remove"
    summary = "Remove an import that nothing needs."
    fields = (Field("import", ImportList(), "The import to remove, such as `from ..core import x`.", True),)

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Unwanted:
        """Check that the step says which files."""
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["**/core/http_client.py"]')
        return Unwanted(codes=texts(arguments, "import"))

    def sites(self, source: Source, arguments: Unwanted) -> list[Judgement]:
        """Judge the module as a whole: once for each name."""
        wanted = [import_lines.parsed(code) for code in arguments.codes]
        found = [_found(source, each) for each in wanted]
        without = {id(each.node.names[each.at]) for some in found for each in some}
        doomed = [each for some in found for each in some]
        judgements: list[Judgement] = []
        for some, each in zip(found, wanted, strict=True):
            name = bound_name(each.names[0]).partition(".")[0]
            used = _use(source, name, without) if some else 0
            verdict: Held | ToDo | Conflict = Held()
            if used:
                reason = f"{name} is used on line {used}, and nothing else imports it"
                verdict = Conflict(reason=reason, hint="change that code in a step before")
            elif some:
                is_first = not any(isinstance(other.verdict, ToDo) for other in judgements)
                verdict = ToDo(work=partial(taken_out, source, doomed if is_first else []))
            judgements.append(judged(source, module(source), verdict))
        return judgements


def _found(source: Source, wanted: ast.Import | ast.ImportFrom) -> list[FoundImport]:
    return [each for each in imports_of(source, bound_name(wanted.names[0])) if is_import(each, wanted)]


def _use(source: Source, name: str, without: Container[int]) -> int:
    """Return the first line that would find nothing behind a name without those imports, or lists it; or 0."""
    was, now = Scopes(source.tree), Scopes(source.tree, without)
    known = {(use.name, use.line) for use in was.unbound}
    lines = [use.line for use in now.unbound if use.name == name and (name, use.line) not in known]
    lines += [use.line for key, use in now.builtins.items() if use.name == name and key not in was.builtins]
    if name not in now.bound and name in was.bound:
        lines += [line for listed, line in offered.listed(source.tree).items() if listed == name]
    return min(lines, default=0)
