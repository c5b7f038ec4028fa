"""A shell script as simple commands: words without quotes, comments, here-documents and line continuations.

``shlex`` reads one command line: it ends a word at a ``#`` within it, and knows neither line ends nor an apostrophe in
a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HERE = re.compile(r"<<-?[ \t]*(['\"]?)(\w+)\1[^\n]*\n(?:.*\n)*?[ \t]*\2[ \t]*(?=\n|$)")
_ENDS = frozenset(";&|()\n`")
_BEFORE = frozenset(
    ("!", "{", "if", "then", "elif", "else", "while", "until", "do", "exec", "time", "sudo", "env", "command", "nohup")
)
_SETTING = re.compile(r"[A-Za-z_]\w*=")


def commands(script: str) -> list[list[str]]:
    """Return the words of each command of a script, in order, without what only leads to it (``if``, ``A=b``)."""
    found: list[list[str]] = [[]]
    for word in _words(_HERE.sub("\n", _EXPRESSION.sub("EXPRESSION", script))):
        if word is None:
            found.append([])
        elif found[-1] or not (word in _BEFORE or _SETTING.match(word)):
            found[-1].append(word)
    return [each for each in found if each]


def _words(script: str) -> Iterator[str | None]:
    """Yield each word, and None where a command ends."""
    word: list[str] = []
    is_word = False
    at = 0
    while at < len(script):
        char = script[at]
        at += 1
        if char == "\\":
            if script[at : at + 1] not in ("\n", "\r"):
                word.append(script[at : at + 1])
                is_word = True
            at += 2 if script.startswith("\r\n", at) else 1
        elif char in "'\"":
            text, at = _quoted(script, at, char)
            word.append(text)
            is_word = True
        elif char == "#" and not is_word:
            end = script.find("\n", at)
            at = end if end >= 0 else len(script)
        elif char in _ENDS or char.isspace():
            if is_word:
                yield "".join(word)
            word, is_word = [], False
            if char in _ENDS:
                yield None
        else:
            word.append(char)
            is_word = True
    if is_word:
        yield "".join(word)


def _quoted(script: str, at: int, quote: str) -> tuple[str, int]:
    """Return the text up to the closing quote, and the place behind it."""
    text: list[str] = []
    while at < len(script) and script[at] != quote:
        if script[at] == "\\" and quote == '"':
            at += 1
        text.append(script[at : at + 1])
        at += 1
    return "".join(text), at + 1
