"""``text.replace``: replace text in files of any kind, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .. import plain_text
from ..fields import REGEX, Count, Field, KeyPath, Report, Text
from ..model import Conflict, Region, Site
from ..operation import EditRefused, Held, Judgement, Style, ToDo
from ..regexes import Budget
from ..tree import Tree
from ..whole_file import WholeFile


class Replacing(NamedTuple):
    """Exact text, or a regular expression for whole lines, what to put there, and how often."""

    find: str
    line: str
    replace: str
    times: int


class TextReplace(WholeFile):
    """The operation; see docs/operations/text.replace.md."""

    name = "text.replace"
    summary = "Replace exact text, or whole lines, in any text file; counted."
    files: tuple[str, ...] = ()
    fields = (
        Field("find", Text("a text", empty=False), "The exact text; may be several lines."),
        Field("line", REGEX, "Instead: whole lines that match this regular expression."),
        Field("replace", Text("a text", empty=False), "What goes there; for line, a whole line.", True),
        Field("count", Count(), "How often it must be there in each file.", default=1),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Report) -> Replacing:
        """Check that it is told what to replace, and where."""
        given = [name for name in ("find", "line") if isinstance(arguments[name], str)]
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either find or line")
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["README.md"]')
        replace = str(arguments["replace"])
        if given == ["line"] and "\n" in replace.rstrip("\n"):
            report((*key, "replace"), found="several lines", expected="one line, as line is one")
        if arguments["find"] == replace:
            report((*key, "replace"), found="the text that is there", expected="another one")
        count = arguments["count"]
        return Replacing(
            find=str(arguments["find"] or ""),
            line=str(arguments["line"] or ""),
            replace=replace.rstrip("\n") if given == ["line"] else replace,
            times=count if isinstance(count, int) else 1,
        )

    def judge_file(
        self, path: str, content: bytes | None, arguments: object, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file by how often it has the one text and the other."""
        assert isinstance(arguments, Replacing)
        text = plain_text.read(content or b"")
        site = Site(path=path, line=1, name="file")
        if isinstance(text, Conflict):
            return (Judgement(site=site, verdict=text),)
        budget = Budget()
        old, new = _counts(text.content, arguments, budget)
        line = _line(text.content, arguments, budget)
        verdict: Held | ToDo | Conflict
        if old == 0 and new >= arguments.times:
            verdict = Held()
        elif old and old + new == arguments.times:
            verdict = ToDo(work=None)
        else:
            reason = (
                f"the text is there {_times(old)}, what replaces it {_times(new)}; expected {_times(arguments.times)}"
            )
            verdict = Conflict(reason=reason, hint="the file changed: bring the step up to date, or set count")
        return (Judgement(site=site._replace(line=line), verdict=verdict),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: object, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file with every occurrence replaced."""
        assert isinstance(arguments, Replacing)
        text = plain_text.read(content or b"")
        if isinstance(text, Conflict):
            raise EditRefused(text.reason)
        if arguments.line:
            budget = Budget()
            lines = [
                arguments.replace if budget.fullmatch(arguments.line, line) else line
                for line in text.content.split("\n")
            ]
            after = text.encoded("\n".join(lines))
        else:
            kept = [part.replace(arguments.find, arguments.replace) for part in text.content.split(arguments.replace)]
            after = text.encoded(arguments.replace.join(kept))
        return after, plain_text.regions(content or b"", after)


def _counts(content: str, arguments: Replacing, budget: Budget) -> tuple[int, int]:
    """Return how often the text to replace is there, and how often what replaces it."""
    if arguments.line:
        lines = content.split("\n")
        new = sum(line == arguments.replace for line in lines)
        return sum(line != arguments.replace and budget.fullmatch(arguments.line, line) for line in lines), new
    parts = content.split(arguments.replace)
    return sum(part.count(arguments.find) for part in parts), len(parts) - 1


def _line(content: str, arguments: Replacing, budget: Budget) -> int:
    """Return the first line that is about the replacement."""
    if arguments.line:
        lines = content.split("\n")
        for at, line in enumerate(lines, 1):
            if line == arguments.replace or budget.fullmatch(arguments.line, line):
                return at
        return 1
    places = [at for at in (content.find(arguments.find), content.find(arguments.replace)) if at >= 0]
    return content.count("\n", 0, min(places)) + 1 if places else 1


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times" if number else "nowhere"
