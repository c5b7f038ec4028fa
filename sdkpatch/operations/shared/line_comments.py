"""Trailing comments of definitions and matching code: find them, take them apart, write them anew."""

from __future__ import annotations

import io
import re
import tokenize
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from ...errors import EditRefused
from ...model import Conflict
from ...operation import Held, Judgement, ToDo
from ...pattern import syntax
from ...pattern.find import Narrowing, search
from ...pattern.match import TooExpensive
from ...pattern.nodes import Parameter
from ...pattern.selector import Target, select
from ...pattern.syntax import Pattern
from ...python.source import Source
from ...python.text import Edit
from ...schema.fields import Field, KeyPath, Mistakes, String
from . import conditions
from .head_comments import HeadComments
from .rewriting import name_unnamed
from .structural import Selectors, Structural, at_line, judged, pattern, texts

_KINDS = ("expression", "statements", "except", "decorator", "item")
_CODES = re.compile(
    r"(?P<name>type:\s*ignore)(?:\[(?P<in_brackets>[^\]]*)\])?|"
    r"(?P<noqa>noqa)(?::\s*(?P<listed>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?"
)
_NEXT = re.compile(r"\s+#(?!\d)")
"""Where a comment begins behind another: ``#12`` is a reference within one."""


class Comment(NamedTuple):
    """The comment, without its hash, what must be there before (empty for anything), and the lines it belongs to."""

    text: str
    was: str
    targets: tuple[str, ...]
    pattern: Pattern | None
    narrowing: Narrowing


def one_line(arguments: Mapping[str, object], name: str, key: KeyPath, report: Mistakes) -> str:
    """Return a comment that a step names, without its hash."""
    text = str(arguments.get(name) or "").strip().removeprefix("#").strip()
    if "\n" in text or (not text and arguments.get(name) is not None):
        report((*key, name), found="several lines" if text else "no text", expected="one line")
    return text


COMMENT = Field("comment", String("one line", empty=False), "The comment, without `#`.", True)
PLACES = (
    Field(
        "target",
        Selectors(),
        "The definitions whose first line has the comment; `module` for the comments at the head of the file.",
    ),
    Field("match", conditions.PATTERN, "Instead of `target`: the code whose first line has the comment."),
    Field(
        "as",
        String(", ".join(syntax.KINDS), choices=syntax.KINDS),
        "What the pattern is, where it could be more than one of these.",
        default="",
    ),
    *conditions.FIELDS,
)


class LineComment(Structural[Comment], ABC):
    """An operation on trailing comments. Subclasses say what becomes of the comments of one line."""

    @abstractmethod
    def wanted(self, there: Sequence[str], arguments: Comment) -> Sequence[str] | Conflict:
        """Return the comments of a line as they shall be, from those that are there; equal means nothing to do."""

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Comment:
        """Check that it is told where the comment is."""
        given = [name for name in ("target", "match") if arguments[name]]
        parsed: Pattern | None = None
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either target or match")
        elif "module" in texts(arguments, "target") and not arguments.get("files"):
            report(key, found='"module" without files', expected="files that say which modules")
        elif given == ["match"]:
            kinds = (str(arguments["as"]),) if arguments["as"] else _KINDS
            parsed = pattern(name_unnamed(str(arguments["match"])), (*key, "match"), report, kinds)
        return Comment(
            text=one_line(arguments, "comment", key, report),
            was=one_line(arguments, "was", key, report),
            targets=texts(arguments, "target"),
            pattern=parsed,
            narrowing=conditions.compile_narrowing(arguments, parsed.names if parsed else frozenset(), key, report),
        )

    def selectors(self, arguments: Comment) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.targets

    def scopes(self, arguments: Comment) -> Sequence[str]:
        """Return the selectors that the pattern is narrowed to."""
        return arguments.narrowing.within

    def words(self, arguments: Comment) -> Sequence[str]:
        """Return what the pattern names."""
        if arguments.pattern is None:
            return ()
        return sorted(syntax.words(arguments.pattern) | conditions.words(arguments.narrowing))

    def sites(self, source: Source, arguments: Comment) -> list[Judgement]:
        """Judge the line of every definition or match."""
        comments = _Comments(source)
        if arguments.pattern is None:
            return [
                self._head(source, each, arguments)
                if each.kind == "module"
                else judged(source, each, self._verdict(comments, each.line, arguments))
                for each in select(source, arguments.targets)
                if not isinstance(each.node, Parameter) or each.node.node is not None
            ]
        try:
            matches = search(source, arguments.pattern, arguments.narrowing)
        except TooExpensive:
            conflict = Conflict(
                reason="the pattern has too many ways to match in this file", hint="narrow it with within"
            )
            return [at_line(source, 1, conflict)]
        lines = sorted({match.line for match in matches})
        return [at_line(source, line, self._verdict(comments, line, arguments)) for line in lines]

    def _head(self, source: Source, target: Target, arguments: Comment) -> Judgement:
        """Judge the lines of comment at the head of the module."""
        head = HeadComments(source)
        wanted = self.wanted(head.texts(), arguments)
        if isinstance(wanted, Conflict):
            return judged(source, target, wanted)
        is_held = list(wanted) == list(head.texts())
        return judged(source, target, Held() if is_held else ToDo(work=partial(head.edits, wanted)))

    def _verdict(self, comments: _Comments, line: int, arguments: Comment) -> Held | ToDo | Conflict:
        there = comments.of(line)
        wanted = self.wanted(there, arguments)
        if isinstance(wanted, Conflict):
            return wanted
        return Held() if list(wanted) == list(there) else ToDo(work=partial(comments.edits, line, wanted))


class _Comments:
    """The comments of a module by line, and the lines that end inside a string; read when they are asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._in_string: set[int] = set()

    @cached_property
    def _found(self) -> dict[int, tuple[int, str]]:
        found: dict[int, tuple[int, str]] = {}
        try:
            for token in tokenize.generate_tokens(io.StringIO(self._source.text.content).readline):
                if token.type == tokenize.COMMENT:
                    found[token.start[0]] = (token.start[1], token.string)
                elif token.end[0] > token.start[0]:
                    self._in_string |= set(range(token.start[0], token.end[0]))
        except (tokenize.TokenError, SyntaxError):
            pass  # ast has parsed the file: only what is behind the last statement is not seen
        return found

    def of(self, line: int) -> Sequence[str]:
        """Return the comments of a line, which may stand behind each other."""
        return taken_apart(self._found.get(line, (0, ""))[1])

    def edits(self, line: int, wanted: Sequence[str]) -> list[Edit]:
        """Return the edits that give the line these comments; what stays of them at the front keeps its layout."""
        whole = self._source.text.line(line)
        start = self._source.text.start_of(line)
        end = start + len(whole)
        column, written = self._found.get(line, (len(whole.rstrip()), ""))
        there = self.of(line)
        if not written and (line in self._in_string or whole.rstrip().endswith("\\")):
            raise EditRefused("the line goes on in a string or behind a backslash, where no comment can stand")
        if there and list(wanted[: len(there)]) == list(there):
            added = "".join(f"  # {each}" for each in wanted[len(there) :])
            return [Edit(start + len(whole.rstrip()), end, added)]
        code = whole[:column].rstrip()
        return [Edit(start + len(code), end, "".join(f"  # {each}" for each in wanted))]


def taken_apart(text: str) -> list[str]:
    """Return the comments that stand behind each other, each without its hash."""
    return [part.strip() for part in _NEXT.split(text.removeprefix("#")) if part.strip()]


def merged(there: Sequence[str], comment: str) -> Sequence[str]:
    """Return the comments with one more; the codes of ``type: ignore`` and ``noqa`` join those that are there."""
    if comment in there:
        return there
    new = _codes(comment)
    for index, each in enumerate(there):
        old = _codes(each)
        if new is None or old is None or old[0] != new[0]:
            continue
        if not old[1] or (new[1] and set(new[1]) <= set(old[1])):  # without codes it is about everything
            return there
        joined = _with_codes(new[0], sorted({*old[1], *new[1]}) if new[1] else [])
        return [*there[:index], joined, *there[index + 1 :]]
    return [*there, comment]


def without(there: Sequence[str], comment: str) -> Sequence[str]:
    """Return the comments without one; of ``type: ignore[a, b]`` the codes alone that it names go."""
    gone = _codes(comment)
    left: list[str] = []
    for each in there:
        codes = _codes(each)
        if each == comment or (gone and codes and codes[0] == gone[0] and not gone[1]):
            continue
        if gone and codes and codes[0] == gone[0] and codes[1]:
            rest = [code for code in codes[1] if code not in gone[1]]
            if rest != list(codes[1]):
                left += [_with_codes(codes[0], rest)] if rest else []
                continue
        left.append(each)
    return left


def _codes(comment: str) -> tuple[str, tuple[str, ...]] | None:
    """Return ``type: ignore`` or ``noqa`` and its codes, None for another comment."""
    found = _CODES.fullmatch(comment)
    if found is None:
        return None
    listed = re.split(r"[,\s]+", (found["in_brackets"] or found["listed"] or "").strip())
    return ("noqa" if found["noqa"] else "type: ignore"), tuple(code for code in listed if code)


def _with_codes(name: str, codes: Sequence[str]) -> str:
    if not codes:
        return name
    return f"noqa: {', '.join(codes)}" if name == "noqa" else f"{name}[{', '.join(codes)}]"
