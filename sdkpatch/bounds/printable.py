"""Make text of others harmless where it is shown: it moves no cursor, forges no line, and commands no CI.

A runner of GitHub Actions takes a line that starts with ``::``, blanks before it left out, for a command, and ``##[``
anywhere in a line for an older form of one (src/Runner.Common/ActionCommand.cs of actions/runner).
"""

from __future__ import annotations


def printable(text: str, *, keep: str = "") -> str:
    """Return text as one line that can be shown; control characters but those of ``keep`` are escapes."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)
    if "##[" in text:
        text = text.replace("##[", "#\\x23[")
    bare = text.lstrip()
    if bare.startswith("::"):
        text = f"{text[: len(text) - len(bare)]}\\x3a{bare[1:]}"
    return text


def quoted(document: str) -> str:
    """Return a JSON document that means the same and commands nothing: the older form can only be within a string."""
    return document.replace("##[", "\\u0023#[")


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
