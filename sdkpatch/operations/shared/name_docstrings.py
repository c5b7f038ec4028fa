"""Where docstrings name a type: ``name : type``, what is returned or raised, and code in the Examples section."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from ...python.source import Source, is_docstring

_TYPED = frozenset({"Parameters", "Other Parameters", "Attributes", "Keyword Arguments"})
_PLAIN = frozenset({"Returns", "Yields", "Raises", "Receives"})


def entries(
    source: Source, body: Sequence[ast.stmt], is_meant: bool, name: str, has: Callable[[str], bool]
) -> Iterator[tuple[int, int]]:
    """Yield line and offset of each place of a docstring that names a type, such as Fern writes them.

    ``is_meant`` tells that the name is bound around the docstring; code in Examples has an import of its own, and
    ``has`` tells whether it is meant in a module.
    """
    if not name or not body or not is_docstring(body[0]):
        return
    text, statement = source.text, body[0]
    section, indent = "", ""
    last = statement.end_lineno or statement.lineno
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
    is_own = False
    for line in range(statement.lineno, last + 1):
        content = text.line(line)
        if line < last and re.fullmatch(r"[ \t]*-{3,}[ \t]*", text.line(line + 1)):
            section, indent = content.strip(), text.indent(line)
            rest = text.content[text.start_of(line) : text.start_of(last + 1)]
            is_own = section == "Examples" and any(map(has, _modules(rest, name)))
            continue
        is_entry = content.startswith(indent) and not content[len(indent) : len(indent) + 1].isspace()
        start = 0
        if section == "Examples":
            if not (is_own or is_meant):
                continue
        elif section in _TYPED and is_entry and is_meant and " : " in content:
            start = content.index(" : ") + 3
        elif not (section in _PLAIN and is_entry and is_meant):
            continue
        for found in word.finditer(content, start):
            yield line, text.start_of(line) + found.start()


def modules_imported(source: Source, body: Sequence[ast.stmt]) -> Iterator[tuple[int, int, str]]:
    """Yield line, offset and name of each module that code in a docstring imports from."""
    if not body or not is_docstring(body[0]):
        return
    text, statement = source.text, body[0]
    start = text.start_of(statement.lineno)
    code = text.content[start : text.start_of((statement.end_lineno or statement.lineno) + 1)]
    for found in re.finditer(r"^[ \t]*from ([A-Za-z_][\w.]*) import\b", code, re.MULTILINE):
        yield text.line_at(start + found.start(1)), start + found.start(1), found[1]


def _modules(code: str, name: str) -> list[str]:
    """Return the modules that code imports a name from, on one line or within brackets."""
    word = rf"\b{re.escape(name)}\b"
    return re.findall(rf"\bfrom ([\w.]+) import (?:\([^)]*{word}|[^\n(]*{word})", code)
