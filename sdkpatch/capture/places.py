"""Where each comment of a module stands: behind how much of the code, in which block, within brackets or not."""

from __future__ import annotations

import io
import keyword
import tokenize
from bisect import bisect_left
from collections.abc import Container, Sequence
from typing import NamedTuple

_NO_CODE = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_TEXT_STARTS = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START"))
_TEXT_ENDS = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END"))
"""Since Python 3.12 a formatted string is several tokens."""
_CLOSING = (")", "]", "}")


class CommentPlace(NamedTuple):
    """How many words and signs stand before a comment, how deep its block is, and whether it is within brackets.

    What a formatter may change does not count: line breaks, trailing commas, parentheses that only group.
    """

    words: int
    depth: int
    is_inside: bool


class SourceComment(NamedTuple):
    """A comment; ``is_alone`` tells that its line has no code."""

    line: int
    text: str
    is_alone: bool
    place: CommentPlace


class _Word(NamedTuple):
    """A token of code; ``is_first`` tells that a statement, or the head of one, begins with it."""

    text: str
    line: int
    depth: int
    is_first: bool
    is_text: bool


class _Remark(NamedTuple):
    """A comment and the number of tokens before it. ``depth`` is that of the block its column is in."""

    line: int
    text: str
    is_alone: bool
    at: int
    depth: int
    is_inside: bool


class Places:
    """The comments of a module, and how much code stands before each of its lines."""

    def __init__(self, content: str) -> None:
        self._words: list[_Word] = []
        self._remarks: list[_Remark] = []
        if "#" in content:
            self._read(content)
        self._lines = [each.line for each in self._words]
        self._before = [0]
        for counts in _counting(self._words, frozenset(each.at for each in self._remarks)):
            self._before.append(self._before[-1] + counts)

    def comments(self) -> list[SourceComment]:
        """Return the comments in source order."""
        found: list[SourceComment] = []
        for each in self._remarks:
            last = self._words[each.at - 1].depth if each.at else 0
            following = self._words[each.at].depth if each.at < len(self._words) else 0
            depth = following if following >= last else min(max(each.depth, following), last)
            place = CommentPlace(
                words=self._before[each.at + self._is_before_comma(each)],
                depth=depth if each.is_alone and not each.is_inside else 0,
                is_inside=each.is_alone and each.is_inside,
            )
            found.append(SourceComment(line=each.line, text=each.text, is_alone=each.is_alone, place=place))
        return found

    def start(self, line: int) -> CommentPlace:
        """Return the place above a line: how much code stands before it, and how deep the first code below is."""
        at = bisect_left(self._lines, line)
        depth = self._words[at].depth if at < len(self._words) else 0
        return CommentPlace(words=self._before[at], depth=depth, is_inside=False)

    def _is_before_comma(self, remark: _Remark) -> bool:
        """Tell whether a comma is all that separates a comment from the line it ends: formatters put it before."""
        if remark.is_alone or remark.at >= len(self._words):
            return False
        return self._words[remark.at].text == ","

    def _read(self, content: str) -> None:
        indents = [0]
        brackets = texts = 0
        is_first = True
        lines = content.split("\n")
        try:
            for token in tokenize.generate_tokens(io.StringIO(content).readline):
                line, column = token.start
                if token.type == tokenize.COMMENT:
                    depth = sum(each <= column for each in indents[1:])
                    is_alone = not lines[line - 1][:column].strip()
                    comment = token.string.rstrip()
                    self._remarks.append(_Remark(line, comment, is_alone, len(self._words), depth, brackets > 0))
                elif token.type == tokenize.INDENT:
                    indents.append(len(token.string))
                elif token.type == tokenize.DEDENT:
                    indents.pop()
                elif token.type == tokenize.NEWLINE:
                    is_first = True
                elif token.type in _TEXT_ENDS:
                    texts -= 1
                elif token.type not in _NO_CODE:
                    is_text = token.type == tokenize.STRING or token.type in _TEXT_STARTS
                    if not texts:
                        self._words.append(_Word(token.string, line, len(indents) - 1, is_first, is_text))
                        brackets += (token.string in ("(", "[", "{")) - (token.string in _CLOSING)
                        is_first = False
                    texts += token.type in _TEXT_STARTS
        except (tokenize.TokenError, SyntaxError):
            pass  # it ends inside a bracket or a block: what was read so far is right


def _counting(words: Sequence[_Word], commented: Container[int]) -> list[bool]:
    """Return for each token whether it counts: whether it is there in every layout of the same code.

    ``commented`` are the tokens with a comment before them. Strings that follow each other are one, unless a comment is
    between them: no formatter joins these.
    """
    found: list[bool] = []
    calls: list[bool] = []
    joined = _joined(words, commented)
    for at, word in enumerate(words):
        before = words[at - 1] if at and not word.is_first else None
        after = words[at + 1].text if at + 1 < len(words) and not words[at + 1].is_first else ""
        counts = True
        if word.text == "(":
            is_bare = after == ")" and at > 1 and words[at - 2].text == "class"
            calls.append(before is not None and _is_called(before) and not is_bare)
            counts = calls[-1]
        elif word.text == ")":
            counts = calls.pop() if calls else True
        elif word.text == ",":
            counts = bool(after) and after not in _CLOSING
        elif word.text == ";" or at in joined:
            counts = False
        found.append(counts)
    return found


def _joined(words: Sequence[_Word], commented: Container[int]) -> frozenset[int]:
    """Return the strings that are one with the string before them."""
    runs: list[list[int]] = []
    for at, word in enumerate(words):
        if word.is_text and not word.is_first and runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        elif word.is_text:
            runs.append([at])
    return frozenset(at for run in runs if not any(each in commented for each in run[1:]) for at in run[1:])


def _is_called(word: _Word) -> bool:
    """Tell whether a parenthesis behind this token holds arguments or parameters."""
    is_name = word.text.isidentifier() and not keyword.iskeyword(word.text)
    return is_name or word.is_text or word.text in (")", "]")
