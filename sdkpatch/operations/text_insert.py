"""``text.insert``: insert lines into files of any kind, beside a line or at an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..bounds.regexes import Budget
from ..errors import EditRefused
from ..model import Conflict, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..schema.fields import REGEX, Counted, Field, KeyPath, Mistakes, String, Times, times
from ..tree import Tree
from .shared import text_file
from .shared.whole_file import WholeFile


class Insertion(NamedTuple):
    """The lines, and the lines they stand beside as a regular expression, or the end of the file they go to.

    ``named`` are the step's files.
    """

    lines: tuple[str, ...]
    anchor: str
    behind: bool
    at: str
    times: Times
    named: tuple[str, ...]


class TextInsert(WholeFile[Insertion]):
    """The operation; see docs/operations/text.insert.md."""

    name = "text.insert"
    summary = "Insert lines into any text file, beside a given line or at the start or end."
    files: tuple[str, ...] = ()
    fields = (
        Field("text", String("a text", empty=False), "The lines to insert.", True),
        Field("before", REGEX, "Insert in front of each line that this matches as a whole."),
        Field("after", REGEX, "Insert behind each line that this matches as a whole."),
        Field(
            "at",
            String('"start" or "end"', choices=("start", "end")),
            "Instead of `before` or `after`: at the start or the end of the file.",
        ),
        Field("count", Counted(), "How many lines must match in each file.", default=1),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Insertion:
        """Check that it is told where the lines go."""
        given = [name for name in ("before", "after", "at") if isinstance(arguments[name], str)]
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="one of before, after and at")
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as [".gitignore"]')
        return Insertion(
            lines=tuple(str(arguments["text"]).removesuffix("\n").split("\n")),
            anchor=str(arguments["before"] or arguments["after"] or ""),
            behind=bool(arguments["after"]),
            at=str(arguments["at"] or ""),
            times=times(arguments["count"]) or Times(1, 1),
            named=text_file.named(arguments),
        )

    def judge_file(
        self, path: str, content: bytes | None, arguments: Insertion, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file: the lines are beside every anchor, beside none or some, or somewhere else."""
        text = text_file.read(content or b"")
        if isinstance(text, Conflict):
            return (Judgement(site=Site(path=path, line=1, name="file"), verdict=text),)
        lines = text.content.split("\n")
        places = _places(lines, arguments)
        if arguments.anchor and not places and text_file.is_no_site(path, arguments.times, arguments.named):
            return ()
        there = _occurrences(lines, arguments.lines)
        line = places[0] + 1 if places else there[0] + 1 if there else 1
        verdict = _verdict(arguments, lines, places, there)
        return (Judgement(site=Site(path=path, line=min(line, len(lines)), name="file"), verdict=verdict),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Insertion, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file with the lines in every place that lacks them."""
        text = text_file.read(content or b"")
        if isinstance(text, Conflict):
            raise EditRefused(text.reason)
        lines = text.content.split("\n")
        for place in reversed(_places(lines, arguments)):
            if not _is_there(lines, place, arguments):
                lines[place:place] = arguments.lines
        if arguments.anchor and any(Budget().match_lines(arguments.anchor, arguments.lines)):
            raise EditRefused("an inserted line matches the anchor, so each run would insert the text again")
        after = text.encoded("\n".join(lines))
        return after, text_file.regions(content or b"", after)


def _places(lines: Sequence[str], arguments: Insertion) -> list[int]:
    """Return the indexes to insert at."""
    if arguments.at == "start":
        return [0]
    if arguments.at == "end":
        return [len(lines) - 1 if lines[-1] == "" else len(lines)]
    matched = Budget().match_lines(arguments.anchor, lines)
    return [at + arguments.behind for at, is_anchor in enumerate(matched) if is_anchor]


def _occurrences(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    length = len(wanted)
    return [at for at in range(len(lines) - length + 1) if tuple(lines[at : at + length]) == tuple(wanted)]


def _is_there(lines: Sequence[str], place: int, arguments: Insertion) -> bool:
    length = len(arguments.lines)
    start = place if arguments.behind or arguments.at == "start" else place - length
    return start >= 0 and tuple(lines[start : start + length]) == arguments.lines


def _verdict(
    arguments: Insertion, lines: Sequence[str], places: Sequence[int], there: Sequence[int]
) -> Held | ToDo | Conflict:
    if arguments.at:
        return Held() if there else ToDo()
    if not arguments.times.holds(len(places)):
        expected = arguments.times.least if arguments.times.is_exact else arguments.times
        reason = f"{len(places)} lines match, expected {expected}"
        return Conflict(reason=reason, hint="the file changed: bring the anchor up to date, or set count")
    beside = [place for place in places if _is_there(lines, place, arguments)]
    if len(beside) == len(places):
        return Held()
    if len(there) > len(beside):
        return Conflict(reason="the lines are in another place of the file", hint="a merge may have moved them")
    return ToDo()
