"""``comment.add``: put a trailing comment on the line of a definition, or of code that matches a pattern."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..errors import EditRefused
from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern import syntax
from ..pattern.find import Narrowing, search
from ..pattern.match import TooExpensive
from ..pattern.nodes import Parameter
from ..pattern.selector import select
from ..pattern.syntax import Pattern
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared import conditions
from .shared.rewriting import name_unnamed
from .shared.structural import Selectors, Structural, at_line, judged, pattern, texts

_KINDS = ("expression", "statements", "except", "decorator", "item")


class Comment(NamedTuple):
    """The comment, without its hash, and the lines it belongs to."""

    text: str
    targets: tuple[str, ...]
    pattern: Pattern | None
    narrowing: Narrowing


class CommentAdd(Structural[Comment]):
    """The operation; see docs/operations/comment.add.md."""

    name = "comment.add"
    summary = "Put a trailing comment on the line of a definition or of matching code."
    fields = (
        Field("comment", String("one line", empty=False), "The comment, without `#`.", True),
        Field("target", Selectors(), "The definitions whose first line gets the comment."),
        Field("match", conditions.PATTERN, "Instead of `target`: the code whose first line gets the comment."),
        Field(
            "as",
            String(", ".join(syntax.KINDS), choices=syntax.KINDS),
            "What the pattern is, where it could be more than one of these.",
            default="",
        ),
        *conditions.FIELDS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Comment:
        """Check that it is told where the comment goes."""
        text = str(arguments["comment"]).strip().removeprefix("#").strip()
        if "\n" in text or not text:
            report((*key, "comment"), found="several lines" if text else "no text", expected="one line")
        given = [name for name in ("target", "match") if arguments[name]]
        parsed: Pattern | None = None
        if len(given) != 1:
            report(key, found=" and ".join(given) or "nothing", expected="either target or match")
        elif given == ["match"]:
            kinds = (str(arguments["as"]),) if arguments["as"] else _KINDS
            parsed = pattern(name_unnamed(str(arguments["match"])), (*key, "match"), report, kinds)
        return Comment(
            text=text,
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
                judged(source, each, comments.verdict(each.line, arguments.text))
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
        return [at_line(source, line, comments.verdict(line, arguments.text)) for line in lines]


class _Comments:
    """The comments of a module by line, and the lines that end inside a string."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[int, str] = {}
        self._in_string: set[int] = set()
        try:
            for token in tokenize.generate_tokens(io.StringIO(source.text.content).readline):
                if token.type == tokenize.COMMENT:
                    self._found[token.start[0]] = token.string
                elif token.end[0] > token.start[0]:
                    self._in_string |= set(range(token.start[0], token.end[0]))
        except (tokenize.TokenError, SyntaxError):
            pass  # ast has parsed the file: only what is behind the last statement is not seen

    def verdict(self, line: int, comment: str) -> Held | ToDo:
        """Judge one line; the comment may be one of several behind each other."""
        there = [part.strip() for part in self._found.get(line, "").split("#")]
        if comment in there:
            return Held()
        return ToDo(work=partial(self._edits, line, comment))

    def _edits(self, line: int, comment: str) -> list[Edit]:
        content = self._source.text.line(line).rstrip()
        if line in self._in_string or content.endswith("\\"):
            raise EditRefused("the line goes on in a string or behind a backslash, where no comment can stand")
        start = self._source.text.start_of(line)
        return [Edit(start + len(content), start + len(self._source.text.line(line)), f"  # {comment}")]
