"""``file.add``: add a file of the team's own to the SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model import Conflict, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..schema.fields import Boolean, Field, KeyPath, Mistakes, String
from ..tree import Tree
from .shared import paths
from .shared.paths import BasedPath
from .shared.whole_file import WholeFile


class FileAddition(NamedTuple):
    """The file and its content; ``replace`` tells that whatever is there gives way."""

    place: BasedPath
    content: str
    replace: bool


class FileAdd(WholeFile[FileAddition]):
    """The operation; see docs/operations/file.add.md."""

    name = "file.add"
    summary = "Add a file, from a text or a Jinja2 template."
    files: tuple[str, ...] = ("**",)
    makes = True
    needs_file = False
    reads = ("template",)
    fields = (
        Field("path", paths.PATH, "Where the file goes.", True),
        paths.BASE,
        Field("content", String("a text"), "The text of the file."),
        Field(
            "template",
            String("a file beside the patch"),
            "Instead of `content`: a Jinja2 template, rendered with the patch's parameters.",
        ),
        Field(
            "replace",
            Boolean(),
            "Replace a file that is there with other content. Otherwise such a file is a conflict.",
            default=False,
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> FileAddition:
        """Return the file; ``template`` holds its rendered text by now."""
        given = [name for name in ("content", "template") if arguments[name] is not None]
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either content or template")
        content = str(arguments[given[0]]) if given else ""
        return FileAddition(
            place=BasedPath(path=str(arguments["path"]), base=str(arguments["base"])),
            content=content,
            replace=bool(arguments["replace"]),
        )

    def paths(self, arguments: FileAddition, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the one path."""
        return (paths.located(arguments.place, tree),)

    def judge_file(
        self, path: str, content: bytes | None, arguments: FileAddition, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge the file: there, to be written, or in the way."""
        return (Judgement(site=Site(path=path, line=1, name="file"), verdict=_verdict(path, content, arguments, tree)),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: FileAddition, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file's content."""
        after = arguments.content.encode()
        old, new = (content or b"").count(b"\n") + 1, len(after.splitlines())
        return after, (Region(start=1, stop=old + 1, length=new),)


def _verdict(path: str, content: bytes | None, arguments: FileAddition, tree: Tree | None) -> Held | ToDo | Conflict:
    if content is None:
        return (paths.obstacle(path, tree) if tree else None) or ToDo()
    if content.replace(b"\r\n", b"\n") == arguments.content.encode():
        return Held()
    if arguments.replace:
        return ToDo()
    hint = "the generator emits it now, or the patch changed: remove the file, or set replace = true"
    return Conflict(reason="the file is there already, with other content", hint=hint)
