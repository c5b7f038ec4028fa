"""``text.replace``: replace text in files of any kind, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..bounds import regexes
from ..bounds.regexes import Budget
from ..errors import EditRefused
from ..model import Conflict, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..schema.fields import REGEX, Counted, Field, KeyPath, Mistakes, String, Times, often, times
from ..tree import Tree
from .shared import text_file
from .shared.whole_file import WholeFile

if TYPE_CHECKING:
    from ..bounds.line_rewrites import LineRewrite

_GONE = "\x00"
"""Stands for deleted text while it is worked on: no text file holds one."""


class Replacing(NamedTuple):
    """Exact text, or a regular expression for whole lines, what to put there, and how often.

    ``lines`` makes the new lines, None where text is replaced or lines are deleted. ``deletes`` tells that nothing is
    put there; ``named`` are the step's files.
    """

    find: str
    line: str
    lines: LineRewrite | None
    replace: str
    times: Times
    deletes: bool
    named: tuple[str, ...]


class TextReplace(WholeFile[Replacing]):
    """The operation; see docs/operations/text.replace.md."""

    name = "text.replace"
    summary = "Replace exact text, or whole lines, in any text file."
    files: tuple[str, ...] = ()
    fields = (
        Field("find", String("a text", empty=False), "The exact text to replace. It may have several lines."),
        Field("line", REGEX, "Instead of `find`: replace the lines that this matches as a whole."),
        Field(
            "replace",
            String("a text"),
            "The new text; with `line`, one line, in which `\\1` is its first group. An empty text deletes.",
            True,
        ),
        Field(
            "count",
            Counted(),
            "How often each file must have the old and the new text, both counted together.",
            default=1,
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Replacing:
        """Check that it is told what to replace, and where."""
        given = [name for name in ("find", "line") if isinstance(arguments[name], str)]
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either find or line")
        if not arguments.get("files"):
            report(key, found="no files", expected='files, such as ["README.md"]')
        replace = str(arguments["replace"])
        if given == ["line"] and "\n" in replace.rstrip("\n"):
            report((*key, "replace"), found="several lines", expected="one line, as line is one")
        lines: LineRewrite | None = None
        if given == ["line"] and replace and not regexes.problem(str(arguments["line"])):
            from ..bounds import line_rewrites

            if reason := line_rewrites.problem(str(arguments["line"]), replace):
                report((*key, "replace"), found=f'"{replace}"', expected="groups of the expression", hint=reason)
            else:
                lines = line_rewrites.LineRewrite(str(arguments["line"]), replace.rstrip("\n"))
        if arguments["find"] == replace:
            report((*key, "replace"), found="the text that is there", expected="another one")
        return Replacing(
            find=str(arguments["find"] or ""),
            line=str(arguments["line"] or ""),
            lines=lines,
            replace=replace.rstrip("\n") if given == ["line"] else replace,
            times=times(arguments["count"]) or Times(1, 1),
            deletes=not replace,
            named=text_file.named(arguments),
        )

    def judge_file(
        self, path: str, content: bytes | None, arguments: Replacing, tree: Tree | None
    ) -> tuple[Judgement, ...]:
        """Judge one file by how often it has the one text and the other."""
        text = text_file.read(content or b"")
        site = Site(path=path, line=1, name="file")
        if isinstance(text, Conflict):
            return (Judgement(site=site, verdict=text),)
        budget = Budget()
        old, new = _counts(text.content, arguments, budget)
        line = _line(text.content, arguments, budget)
        is_without = not old and not new and not arguments.deletes
        if is_without and text_file.is_no_site(path, arguments.times, arguments.named):
            return ()
        return (Judgement(site=site._replace(line=line), verdict=_verdict(arguments, old, new)),)

    def edit_file(
        self, path: str, content: bytes | None, arguments: Replacing, style: Style
    ) -> tuple[bytes, tuple[Region, ...]]:
        """Return the file with every occurrence replaced."""
        text = text_file.read(content or b"")
        if isinstance(text, Conflict):
            raise EditRefused(text.reason)
        changed = _deleted(text.content, arguments) if arguments.deletes else _replaced(text.content, arguments)
        if _counts(changed, arguments, Budget())[0]:
            raise EditRefused("the result contains the text to replace again")
        after = text.encoded(changed)
        return after, text_file.regions(content or b"", after)


def _verdict(arguments: Replacing, old: int, new: int) -> Held | ToDo | Conflict:
    if arguments.deletes:  # what is gone cannot be told from what never was
        if old == 0 or arguments.times.holds(old):
            return ToDo() if old else Held()
        reason = f"the text is there {often(old)}; expected {arguments.times}"
        return Conflict(reason=reason, hint="the file changed: bring the step up to date, or set count")
    if old == 0 and new >= arguments.times.least:
        return Held()
    if old and arguments.times.holds(old + new):
        return ToDo()
    reason = f"the text is there {often(old)}, the new text {often(new)}; expected {arguments.times} in all"
    return Conflict(reason=reason, hint="the file changed: bring the step up to date, or set count")


def _replaced(content: str, arguments: Replacing) -> str:
    if arguments.lines is not None:
        lines = content.split("\n")
        states = arguments.lines.states(lines, Budget())
        return "\n".join(line if new is None else new for line, new in zip(lines, states, strict=True))
    if arguments.replace in arguments.find:
        return content.replace(arguments.find, arguments.replace)
    kept = [part.replace(arguments.find, arguments.replace) for part in content.split(arguments.replace)]
    return arguments.replace.join(kept)


def _deleted(content: str, arguments: Replacing) -> str:
    """Return the content without the text; a line that had nothing else but blanks goes as a whole."""
    if arguments.line:
        lines, end = _lines(content)
        matched = Budget().match_lines(arguments.line, lines)
        return "\n".join([*(line for line, is_old in zip(lines, matched, strict=True) if not is_old), *end])
    lines = content.replace(arguments.find, _GONE).split("\n")
    last = len(lines) - 1
    kept: list[str] = []
    for at, line in enumerate(lines):
        left = line.replace(_GONE, "")
        is_end = at == last and arguments.find.endswith("\n")  # the line feed before it belongs to the line above
        if _GONE not in line or left.strip() or is_end:
            kept.append(left)
    return "\n".join(kept)


def _lines(content: str) -> tuple[list[str], list[str]]:
    """Return the lines, and the empty text that stands behind the last line feed."""
    lines = content.split("\n")
    return (lines[:-1], [""]) if lines[-1] == "" else (lines, [])


def _counts(content: str, arguments: Replacing, budget: Budget) -> tuple[int, int]:
    """Return how often the text to replace is there, and how often what replaces it."""
    if arguments.deletes:
        found = sum(budget.match_lines(arguments.line, _lines(content)[0])) if arguments.line else 0
        return found or (content.count(arguments.find) if arguments.find else 0), 0
    if arguments.lines is not None:
        lines = content.split("\n")
        states = arguments.lines.states(lines, budget)
        done = [new == line for line, new in zip(lines, states, strict=True) if new is not None]
        return done.count(False), done.count(True)
    if arguments.replace in arguments.find:  # the new text within the old one is not there yet
        parts = content.split(arguments.find)
        return len(parts) - 1, sum(part.count(arguments.replace) for part in parts)
    parts = content.split(arguments.replace)
    return sum(part.count(arguments.find) for part in parts), len(parts) - 1


def _line(content: str, arguments: Replacing, budget: Budget) -> int:
    """Return the first line that is about the replacement."""
    if arguments.line:
        lines = content.split("\n")
        if arguments.lines is not None:
            found = [new is not None for new in arguments.lines.states(lines, budget)]
        else:
            found = [*budget.match_lines(arguments.line, lines)]
        return next((at for at, is_about in enumerate(found, 1) if is_about), 1)
    places = [at for at in map(content.find, filter(None, (arguments.find, arguments.replace))) if at >= 0]
    return content.count("\n", 0, min(places)) + 1 if places else 1
