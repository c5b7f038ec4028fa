"""``fernignore.protect``: list paths in ``.fernignore`` so that Fern's regeneration keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..fern import fernignore
from ..model import Conflict, Region, Site, SiteKind
from ..operation import Held, Judgement, Style, ToDo
from ..schema.fields import Field, KeyPath, ListOf, Mistakes, String, describe
from ..tree import Tree
from .shared.whole_file import WholeFile

FERNIGNORE = ".fernignore"


def _reason_problem(text: str) -> str:
    return "a reason is one line" if "\n" in text or "\r" in text else ""


class Protection(NamedTuple):
    """Paths to list, each with the same reason."""

    paths: tuple[str, ...]
    reason: str


class FernignoreProtect(WholeFile[Protection]):
    """The operation; see docs/operations/fernignore.protect.md."""

    name = "fernignore.protect"
    summary = "List paths in .fernignore so that regeneration keeps them."
    fields = (
        Field(
            "paths",
            ListOf(String("a plain path relative to the SDK tree", problem=fernignore.path_problem), least=1),
            "The files and folders to keep: plain paths relative to the SDK tree. A folder covers what is below it.",
            required=True,
        ),
        Field(
            "reason",
            String("one line", problem=_reason_problem, empty=False),
            "Why they are kept: one line, written above the paths.",
            required=True,
        ),
    )
    files = (FERNIGNORE,)
    needs_file = False

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Protection:
        """Return the checked arguments."""
        paths = arguments["paths"]
        assert isinstance(paths, list)
        for index, path in enumerate(paths):
            if path in paths[:index]:
                report((*key, "paths", index), found=f"{describe(path)} again", expected="each path once")
        return Protection(paths=tuple(paths), reason=fernignore.one_line(str(arguments["reason"])))

    def paths(self, arguments: Protection, files: Sequence[str], tree: Tree) -> Sequence[str]:
        """Return the one file of that name that Fern reads."""
        return (FERNIGNORE,)

    def judge_file(
        self, path: str, content: bytes | None, arguments: Protection, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge each path: protected already, or to be listed; a line that aborts Fern is a conflict."""
        try:
            text = (content or b"").decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = (content or b"").count(b"\n", 0, error.start) + 1
            site = Site(path=FERNIGNORE, line=line, name="(file)", kind=SiteKind.FILE)
            return (Judgement(site=site, verdict=Conflict(reason="the file is not UTF-8")),)
        ignore = fernignore.read(text)
        if ignore.broken is not None:
            hint = "remove what is left of the block; sdkpatch writes it anew"
            site = Site(path=FERNIGNORE, line=ignore.broken, name="(file)", kind=SiteKind.FILE)
            verdict = Conflict(reason="one of the two markers of sdkpatch's block is missing or doubled", hint=hint)
            return (Judgement(site=site, verdict=verdict),)
        for number, entry in enumerate(ignore.lines, 1):
            if reason := fernignore.aborts(entry):
                site = Site(path=FERNIGNORE, line=number, name=entry.strip())
                hint = "write the path relative to the SDK tree"
                return (Judgement(site=site, verdict=Conflict(reason=reason, hint=hint)),)
        return tuple(self._judge_path(path, ignore, arguments.reason, tree) for path in arguments.paths)

    def _judge_path(self, path: str, ignore: fernignore.IgnoreFile, reason: str, tree: Tree | None) -> Judgement:
        held = ignore.protects(path) or reason in ignore.entries.get(path, ())
        line = next((number for number, text in enumerate(ignore.lines, 1) if text.strip() == path), 1)
        site = Site(path=FERNIGNORE, line=line, name=path)
        return Judgement(site=site, verdict=Held() if held else ToDo(detail=_missing(path, tree) if tree else ""))

    def edit_file(
        self, path: str, content: bytes | None, arguments: Protection, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file with the block brought up to date; every byte outside the block stays."""
        raw = content or b""
        mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
        ignore = fernignore.read(raw.decode("utf-8-sig"))
        entries = dict(ignore.entries)
        for path in arguments.paths:
            if not ignore.protects(path):
                entries[path] = tuple(sorted({*entries.get(path, ()), arguments.reason}))
        block = fernignore.write_block(entries, ignore.newline)
        lines = list(ignore.lines)
        if ignore.block is not None:
            start, stop = ignore.block
            lines[start:stop] = block
            region = Region(start=start + 1, stop=stop + 1, length=len(block))
        else:
            open_end = bool(lines) and not lines[-1].endswith("\n")
            gap = ([ignore.newline] if open_end else []) + ([ignore.newline] if lines else [])
            start = len(lines) + 1
            region = Region(start=start, stop=start, length=len(block) + bool(lines))
            if open_end:
                region = Region(start=start - 1, stop=start, length=len(block) + 2)
            lines += gap + block
        return mark + "".join(lines).encode(), (region,)


def _missing(path: str, tree: Tree) -> str:
    """Say that a path protects nothing yet, or nothing because of its case; empty when the tree has it."""
    links = [link.path for link in tree.links]
    if tree.has(path) or path in tree.folders or path in links:
        return ""
    others = (*tree.spellings.get(path.casefold(), ()), *links, *tree.folders)
    other = sorted(name for name in others if name.casefold() == path.casefold())
    return f"the tree spells it {other[0]}" if other else "the tree has no such path yet"
