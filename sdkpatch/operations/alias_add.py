"""``alias.add``: keep an old name alive for something that has a new one, in a module that is there or is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Conflict, Expectation, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..python import blocks as block_edits
from ..python import import_lines
from ..python.layout import lay_out
from ..python.source import Source
from ..python.splice import splice
from ..schema.fields import Field, KeyPath, Mistakes, String
from ..tree import PlannedFiles, Tree
from .shared import block_names, paths
from .shared.paths import BasedPath
from .shared.whole_file import WholeFile

_TARGET = re.compile(r"(?P<module>\.*[A-Za-z_][\w.]*)\.(?P<name>[A-Za-z_]\w*)|(?P<own>[A-Za-z_]\w*)")


class Alias(NamedTuple):
    """The old name, the new one, and the import that brings it, empty when the module defines it."""

    place: BasedPath
    name: str
    target: str
    statement: str


class AliasAdd(WholeFile[Alias]):
    """The operation; see docs/operations/alias.add.md."""

    name = "alias.add"
    summary = "Keep an old name alive for something that has a new one."
    files: tuple[str, ...] = ("**",)
    makes = True
    needs_file = False
    fields = (
        Field("path", paths.PATH, "The module that shall have the old name; made if it is not there.", True),
        paths.BASE,
        Field(
            "name",
            String("a name", problem=lambda text: "" if text.isidentifier() else "it is no name"),
            "The old name.",
            True,
        ),
        Field(
            "target",
            String(
                "a name, or a module and a name",
                problem=lambda text: "" if _TARGET.fullmatch(text) else 'such as ".new.NewName"',
            ),
            'The new one: "NewName" in the same module, or ".new_module.NewName".',
            True,
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Alias:
        """Split the target."""
        path = str(arguments["path"])
        if not path.endswith(".py"):
            report((*key, "path"), found=path, expected="a Python module")
        found = _TARGET.fullmatch(str(arguments["target"]))
        assert found is not None
        target = found["name"] or found["own"]
        if target == arguments["name"]:
            report((*key, "target"), found=target, expected="another name than the old one")
        return Alias(
            place=BasedPath(path=path, base=str(arguments["base"])),
            name=str(arguments["name"]),
            target=target,
            statement=f"from {found['module']} import {target}" if found["module"] else "",
        )

    def paths(self, arguments: Alias, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the one module."""
        return (paths.located(arguments.place, tree),)

    def drift(self, tree: Tree, arguments: Alias, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict when the module that the new name comes from is not there, or has no such name."""
        node = import_lines.parsed(arguments.statement) if arguments.statement else None
        if not isinstance(node, ast.ImportFrom) or not node.level:
            return None
        folders = paths.located(arguments.place, tree).split("/")[: -node.level]
        stem = "/".join([*folders, *(node.module or "").split(".")])
        found = next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in files), None)
        hint = "the generator moved or renamed it: bring target up to date"
        if found is None:
            return Conflict(reason=f"there is no {stem}.py, which the new name comes from", hint=hint)
        if arguments.target.encode() not in files.read(found):
            return Conflict(reason=f"{found} has no {arguments.target}", hint=hint)
        return None

    def judge_file(
        self, path: str, content: bytes | None, arguments: Alias, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge the module: it has the alias, lacks it, or has something else of that name."""
        site = Site(path=path, line=1, name=arguments.name)
        if content is None:
            verdict: Held | ToDo | Conflict = (paths.obstacle(path, tree) if tree else None) or ToDo(work=None)
            if not arguments.statement:
                hint = 'without the module it must be imported: ".new_module.NewName"'
                verdict = Conflict(reason=f"there is no such module that could define {arguments.target}", hint=hint)
            return (Judgement(site=site, verdict=verdict),)
        try:
            source = Source(path=path, code=content, tree=ast.parse(content))
        except (SyntaxError, ValueError) as error:
            return (Judgement(site=site, verdict=Conflict(reason=f"the file does not parse: {error}")),)
        lacking, conflict = block_names.missing(source.tree.body, [_assignment(arguments)])
        if conflict is not None:
            return (Judgement(site=site, verdict=conflict),)
        if arguments.statement:
            lost = import_lines.missing(source, [arguments.statement])
            return (Judgement(site=site, verdict=ToDo(work=None) if lacking or lost else Held()),)
        known = {name for statement in source.tree.body for name in block_names.names_of(statement)}
        if arguments.target not in known:
            reason = f"the module has no {arguments.target}"
            hint = "the generator moved or renamed it: name it with its module"
            return (Judgement(site=site, verdict=Conflict(reason=reason, hint=hint)),)
        return (Judgement(site=site, verdict=ToDo(work=None) if lacking else Held()),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Alias, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the module with the alias at its end."""
        code = f"{arguments.name} = {arguments.target}"
        if content is None:
            lines = lay_out(f"{arguments.statement}\n\n{code}\n", style.line_length)
            return lines.encode(), (Region(start=1, stop=1, length=lines.count("\n")),)
        try:
            source = Source(path=path, code=content, tree=ast.parse(content))
        except (SyntaxError, ValueError) as error:
            raise EditRefused(f"the file does not parse: {error}") from error
        edits = import_lines.add(source, [arguments.statement] if arguments.statement else [])
        body = source.tree.body
        if block_names.missing(body, [_assignment(arguments)])[0]:
            edits = [*edits, *block_edits.insert(source, body, len(body), code, top=True)]
        return splice(source, edits, style.line_length)


def _assignment(arguments: Alias) -> ast.stmt:
    return ast.parse(f"{arguments.name} = {arguments.target}").body[0]
