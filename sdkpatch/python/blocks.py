"""Edit blocks of statements: insert, replace or remove whole lines, with the blank lines Python code has between."""

from __future__ import annotations

import ast
import difflib
import io
import textwrap
import tokenize
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ..errors import EditRefused
from .source import Block, Source, first_line, is_docstring, last_line
from .text import PRAGMA, Edit, Span, comments

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_ALIKE = 0.6
"""How much of two lines must be the same for a comment to stay behind the one that replaces the other."""


def reindent(code: str, indent: str) -> str:
    """Return code moved to ``indent``; the lines inside a string of several lines stay as they are."""
    code = textwrap.dedent(code).strip("\n")
    kept = inside_strings(code)
    lines = code.split("\n")
    return "\n".join(
        line if number in kept or not line.strip() else indent + line for number, line in enumerate(lines, 1)
    )


def dedent(code: str) -> str:
    """Take the indent of the first line off all lines, but for those inside a string of several lines."""
    kept = inside_strings(code)
    lines = code.split("\n")
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return "\n".join(line if number in kept else line.removeprefix(indent) for number, line in enumerate(lines, 1))


def inside_strings(code: str) -> frozenset[int]:
    """Return the lines that begin inside a string, docstrings left out: those move with their code."""
    found: set[int] = set()
    previous = tokenize.NEWLINE
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.STRING and token.end[0] > token.start[0]:
                is_docstring = previous in (tokenize.NEWLINE, tokenize.INDENT, tokenize.NL, tokenize.ENCODING)
                if not is_docstring:
                    found |= set(range(token.start[0] + 1, token.end[0] + 1))
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                previous = token.type
    except (tokenize.TokenError, SyntaxError):
        pass
    return frozenset(found)


def block_indent(source: Source, block: Block) -> str:
    """Return the indent of a block's statements. Raises EditRefused for a block on its header's line."""
    line = first_line(block[0])
    indent = source.text.indent(line)
    if len(indent.encode()) != block[0].col_offset and not getattr(block[0], "decorator_list", None):
        raise EditRefused("a block is on the line of its header, or a line holds more than one statement")
    return indent


def check_whole_lines(source: Source, statements: Sequence[ast.stmt]) -> None:
    """Raise EditRefused unless the statements have their lines to themselves."""
    text = source.text
    for statement in statements:
        start, stop = text.span(statement)
        before = text.content[text.start_of(statement.lineno) : start]
        after = text.content[stop : text.start_of(last_line(statement) + 1)].strip()
        if before.strip() or (after and not after.startswith("#")):
            raise EditRefused("a line holds more than one statement")


def insert(source: Source, block: Block, index: int, code: str, *, top: bool, with_below: bool = False) -> list[Edit]:
    """Return the edit that puts statements before the one at ``index``.

    They join the statement above, and the blank lines that are there come behind them; ``with_below`` has them join
    the one below. ``top`` tells that the block is a module's.
    """
    text = source.text
    statements = ast.parse(textwrap.dedent(code)).body
    if not block:
        at = len(text.content)
        lead = "" if not text.content or text.content.endswith("\n") else "\n"
        gap = 2 if isinstance(statements[0], _DEFINITIONS) else 1
        there = len(text.content) - len(text.content.rstrip("\n")) - 1
        lead += "\n" * max(0, gap - there) if text.content.strip() else ""
        return [Edit(at, at, lead + code.strip("\n") + "\n")]
    indent = block_indent(source, block)
    new = reindent(code, indent) + "\n"
    above = block[index - 1] if index else None
    below = block[index] if index < len(block) else None
    check_whole_lines(source, [each for each in (above, below) if each is not None])
    needed_above = _gap(source, above, statements[0], block, top) if above is not None else 0
    needed_below = _gap(source, statements[-1], below, block, top) if below is not None else 0
    if above is None or (with_below and below is not None):
        assert below is not None
        line = _above_comments(source, first_line(below)) if above is not None else first_line(below)
        there = _blank_above(source, line) if above is not None else needed_above
        new = "\n" * max(0, needed_above - there) + new + "\n" * needed_below
        return [Edit(text.start_of(line), text.start_of(line), new)]
    line = below_comments(source, last_line(above) + 1, indent)
    at = text.start_of(line)
    lead = "\n" if at == len(text.content) and not text.content.endswith("\n") else ""
    there = _blank_above(source, _above_comments(source, first_line(below))) if below is not None else 0
    new = lead + "\n" * needed_above + new + "\n" * max(0, needed_below - there)
    return [Edit(at, at, new)]


def _above_comments(source: Source, line: int) -> int:
    """Return the first line of the comments that stand directly above a line."""
    while line > 1 and source.text.line(line - 1).lstrip().startswith("#"):
        line -= 1
    return line


def below_comments(source: Source, line: int, indent: str) -> int:
    """Return the line behind the comments that stand from a line on and belong to the block above: they are deeper."""
    at = line
    while at <= source.text.lines and (not (text := source.text.line(at)).strip() or text.lstrip().startswith("#")):
        at += 1
        if text.strip() and len(source.text.indent(at - 1)) > len(indent):
            line = at
    return line


def _blank_above(source: Source, line: int) -> int:
    count = 0
    while line - count > 1 and not source.text.line(line - count - 1).strip():
        count += 1
    return count


def _gap(source: Source, above: ast.stmt, below: ast.stmt, block: Block, top: bool) -> int:
    """Return how many blank lines belong between two statements."""
    if isinstance(above, _DEFINITIONS) or isinstance(below, _DEFINITIONS):
        return 2 if top else 1
    if _imports(above) and _imports(below):
        return 0
    if top and _imports(above) != _imports(below):
        return 1
    if is_docstring(above) and (above is not block[0] or is_of_class(source, block)):
        return 1  # the string below a field, or that of a class
    return _usual_gap(source, block)


def is_of_class(source: Source, block: Block) -> bool:
    """Tell whether a block is the body of a class."""
    return any(node.body is block for node in source.index.of((ast.ClassDef,)) if isinstance(node, ast.ClassDef))


def _imports(statement: ast.stmt) -> bool:
    """Tell whether a statement imports, or guards an import."""
    inner = statement.body[0] if isinstance(statement, ast.If | ast.Try) else statement
    return isinstance(inner, ast.Import | ast.ImportFrom)


def _usual_gap(source: Source, block: Block) -> int:
    """Return the blank lines between the simple statements of a block, as most of them have it."""
    gaps = [
        first_line(right) - last_line(left) - 1
        for left, right in pairwise(block)
        if not isinstance(left, _DEFINITIONS) and not isinstance(right, _DEFINITIONS)
    ]
    if isinstance(block[0], ast.Expr) and gaps:
        gaps = gaps[1:]
    return 1 if gaps and sum(gap > 0 for gap in gaps) * 2 > len(gaps) else 0


def replace(
    source: Source,
    statements: Sequence[ast.stmt],
    code: str,
    *,
    named: Sequence[str] | None = None,
    gone: Sequence[Span] = (),
) -> list[Edit]:
    """Return the edit that puts ``code`` in the place of consecutive statements; a comment behind the last stays.

    ``named`` are the comments that the change speaks of, and ``gone`` is code that it throws away: all other comments
    within the statements stay as well. None lets go what is within.
    """
    check_whole_lines(source, statements)
    text = source.text
    first = first_line(statements[0])
    indent = text.indent(first)
    start, stop = text.start_of(first), text.span(statements[-1])[1]
    end = text.start_of(text.line_at(stop)) + len(text.line(text.line_at(stop)))
    new = reindent(code, indent)
    there = Counter(comment for _, _, comment in comments(new))
    lost = []
    for at, _, comment in comments(text.content[start:end]):
        if there[comment]:
            there[comment] -= 1
        elif start + at >= stop or not (
            named is None or comment in named or any(one <= start + at < other for one, other in gone)
        ):
            lost.append(comment)
    if not lost and text.content[stop:end].strip():
        return [Edit(start, end, new)]
    if lost == [text.content[stop:end].strip()] and "\n" not in new:
        return [Edit(start, stop, new)]
    return [Edit(start, end, _with_comments(new, indent, lost, text.content[start:end]))]


def _with_comments(code: str, indent: str, lost: Sequence[str], old: str) -> str:
    """Put the comments of replaced code behind the line most like their own, or above it all."""
    lines = code.split("\n")
    taken = {code[:at].count("\n") for at, _, _ in comments(code)} | {each - 2 for each in inside_strings(code)}
    free = [number for number, line in enumerate(lines) if number not in taken and line.strip()]
    above: list[str] = []
    for comment in lost:
        own = next(line for line in old.split("\n") if comment in line).partition(comment)[0].strip()
        if own and not any(char.isalnum() for char in own):  # the brackets that close what stands above
            own = " ".join(old.partition(comment)[0].split())
        ratios = {n: difflib.SequenceMatcher(a=own, b=lines[n].strip(), autojunk=False).ratio() for n in free}
        best = max(free, key=lambda number: ratios[number], default=None)
        if own and best is not None and ratios[best] >= _ALIKE:
            lines[best] += f"  {comment}"
            free.remove(best)
        elif own and PRAGMA.match(comment) and free:
            lines[free[0]] += f"  {comment}"
            free.pop(0)
        else:
            above.append(indent + comment)
    return "\n".join([*above, *lines])


def remove(source: Source, block: Block, first: int, last: int, *, top: bool) -> list[Edit]:
    """Return the edit that removes the statements ``first`` up to ``last`` of a block, comments above them included."""
    text = source.text
    check_whole_lines(source, block[first:last])
    start = first_line(block[0]) if top and first == 0 else _above_comments(source, first_line(block[first]))
    stop = below_comments(source, last_line(block[last - 1]) + 1, text.indent(first_line(block[first])))
    if first == 0 and last == len(block) and not top:
        indent = block_indent(source, block)
        return [Edit(text.start_of(start), text.start_of(stop), f"{indent}pass\n")]
    above = _blank_above(source, start)
    if last == len(block):
        start -= above
    else:  # of the blank lines above and below, the larger gap stays
        comments = _above_comments(source, first_line(block[last]))
        below = max(0, comments - stop)
        if first == 0 or below <= above:
            stop += below
        else:
            start -= above
    return [Edit(text.start_of(start), text.start_of(stop), "")]


def remove_each(source: Source, block: Block, places: Sequence[int], *, top: bool) -> list[Edit]:
    """Return the edits that remove several statements of a block, each run of neighbours in one."""
    edits: list[Edit] = []
    first: int | None = None
    for place in range(len(block) + 1):
        if place in places:
            first = place if first is None else first
        elif first is not None:
            edits += remove(source, block, first, place, top=top)
            first = None
    return edits
