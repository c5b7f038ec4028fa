"""``alias.add``: keep an old name alive for something that has a new one, in a module that is there or is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Conflict, Expectation, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..python import import_lines
from ..python.parsing import parse
from ..python.splice import splice
from ..schema.fields import Field, KeyPath, Mistakes, String
from ..tree import PlannedFiles, Tree
from .module_add import ModuleAdd
from .shared import paths
from .shared.declaration_addition import Addition
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
    summary = "Keep an old name importable after the generator has renamed it."
    files: tuple[str, ...] = ("**",)
    makes = True
    needs_file = False
    fields = (
        Field("path", paths.PATH, "The module that gets the old name. It is made if it is not there.", True),
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
            "The new name: `NewName` in the same module, or `.new_module.NewName`.",
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
        return (Judgement(site=site, verdict=_verdict(path, content, arguments, tree)),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Alias, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the module with the alias at its end; one that is made is an empty one before."""
        source = parse(path, content or b"")
        if isinstance(source, Conflict):
            raise EditRefused(source.reason)
        added = _addition(arguments)
        todo = [each.verdict for each in _ADD.judge(source, added) if isinstance(each.verdict, ToDo)]
        return splice(source, _ADD.edits(source, todo, added), style.line_length)


_ADD = ModuleAdd()


def _addition(alias: Alias) -> Addition:
    """Return the statement, as module.add would add it."""
    code = f"{alias.name} = {alias.target}"
    imports = (alias.statement,) if alias.statement else ()
    return Addition(within=(), code=(code,), body=tuple(ast.parse(code).body), at="last", imports=imports)


def _verdict(path: str, content: bytes | None, alias: Alias, tree: Tree | None) -> Held | ToDo | Conflict:
    if content is None and not alias.statement:
        hint = 'name the module that defines it: ".new_module.NewName"'
        return Conflict(reason=f"there is no such module that could define {alias.target}", hint=hint)
    if content is None and tree is not None and (obstacle := paths.obstacle(path, tree)):
        return obstacle
    source = parse(path, content or b"")
    if isinstance(source, Conflict):
        return source
    verdict = _ADD.judge(source, _addition(alias))[0].verdict
    if isinstance(verdict, Conflict) or alias.statement:
        return verdict
    if _names(source.tree).isdisjoint({alias.target, "*"}):
        hint = "the generator moved or renamed it: name it with its module"
        return Conflict(reason=f"the module has no {alias.target}", hint=hint)
    return verdict


def _names(tree: ast.Module) -> set[str]:
    """Return the names that a module mentions: whether one is bound where it is used, the proof of the plan tells."""
    return {getattr(node, field, "") for node in ast.walk(tree) for field in ("id", "name", "asname")}
