"""Write the code of a pattern with its metavariables replaced by what they are bound to."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from functools import lru_cache

from ..errors import EditRefused
from ..python.blocks import dedent, reindent
from ..python.source import Source
from ..python.text import STRING
from .env import Bound, Env
from .find import span_of, written
from .name_parts import key
from .nodes import span_in
from .syntax import DEFAULT, PLACEHOLDER, Pattern, variable

_COMMENTS_BEFORE = re.compile(r"([(\[{,])((?:\s*#[^\n]*\n)+)\s*\Z")
_PREFIX = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{1,2}\Z")
_NEAR = 1000
"""Characters in front of a run within which comments belong to it."""
_COMMENTS_BEHIND = re.compile(r"(,?(?:\s*#[^\n]*)*)\s*[)\]}]")
_LOOSE = (
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Lambda, ast.Await, ast.NamedExpr, ast.Yield,
    ast.YieldFrom,
)  # fmt: skip
_TIGHT = (ast.Attribute, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Await, ast.Starred)


def is_loose(node: ast.AST) -> bool:
    """Tell whether an expression needs parentheses beside an operator, a dot or a call."""
    return isinstance(node, (*_LOOSE, ast.Tuple))


def binds_tightly(parent: ast.AST | None, node: ast.AST) -> bool:
    """Tell whether an expression that stands directly below ``parent`` must hold together by itself."""
    if isinstance(parent, ast.Call):
        return parent.func is node
    if isinstance(parent, ast.Subscript):
        return parent.value is node
    return isinstance(parent, _TIGHT)


def render(source: Source, pattern: Pattern, node: ast.AST, env: Env) -> str:
    """Return the code of one node of a pattern that is no statement."""
    text = pattern.text
    start, stop = span_in(text, node)
    return _fill(source, text.content[start:stop], env, _tight_names(node))


def render_statements(
    source: Source, pattern: Pattern, statements: Sequence[ast.stmt], env: Env, lines_of: tuple[int, int]
) -> str:
    """Return the code of consecutive statements of a pattern, dedented; comments between them are part of it.

    ``lines_of`` are the lines to take, the first and the one behind the last: of the statements, and of comments
    around them.
    """
    text = pattern.text
    code = textwrap.dedent(text.content[text.start_of(lines_of[0]) : text.start_of(lines_of[1])]).rstrip("\n")
    lines: list[str] = []
    for line in code.split("\n"):
        found = PLACEHOLDER.fullmatch(line.strip().removeprefix("@"))
        bound = env.get(found[2]) if found else None
        if found and bound is not None and not _is_expression(bound):
            if block := _lines(source, bound):
                lines.append(reindent(block, line[: len(line) - len(line.lstrip())]))
        else:
            lines.append(line)
    tight = frozenset[str]().union(*(_tight_names(statement) for statement in statements))
    return _fill(source, "\n".join(lines), env, tight)


def _is_expression(bound: Bound) -> bool:
    return isinstance(bound, str | ast.expr) and not isinstance(bound, ast.stmt)


def _lines(source: Source, bound: Bound) -> str:
    """Return whole lines of the source: statements, or decorators, with the comments between them."""
    nodes = bound if isinstance(bound, tuple) else (bound,)
    if not nodes or isinstance(nodes, str):
        return ""
    text = source.text
    first, last = nodes[0], nodes[-1]
    assert isinstance(first, ast.AST) and isinstance(last, ast.AST)
    start = text.line_at(span_of(source, first)[0])
    stop = text.line_at(span_of(source, last)[1])
    return dedent(text.content[text.start_of(start) : text.start_of(stop + 1)].rstrip("\n"))


@lru_cache(maxsize=256)
def _tight_names(node: ast.AST) -> frozenset[str]:
    """Return the metavariables that stand where a loose expression needs parentheses."""
    return frozenset(
        name[1]
        for parent in ast.walk(node)
        for child in ast.iter_child_nodes(parent)
        if (name := variable(child)) and binds_tightly(parent, child)
    )


def _fill(source: Source, code: str, env: Env, tight: frozenset[str]) -> str:
    code = _without_empty_runs(code.replace(f"={DEFAULT}", ""), env)
    strings = list(STRING.finditer(code))

    def value(found: re.Match[str]) -> str:
        bound = env.written(key(found[2]))
        if bound is None:
            raise EditRefused("the code after has a part that nothing stands for")
        around = next((each for each in strings if each.start() < found.start() < each.end()), None)
        if isinstance(bound, str) and around is not None:
            prefix = _PREFIX.search(code, 0, around.start())
            return _escaped(bound, prefix[0].lower() if prefix else "", around[0])
        shown = written(source, bound)
        if isinstance(bound, tuple) and bound:
            shown = _with_surroundings(source, bound, shown, code[: found.start()], code[found.end() :])
        is_number = isinstance(bound, ast.Constant) and isinstance(bound.value, int) and code[found.end() :][:1] == "."
        is_apart = key(found[2]) in tight and isinstance(bound, ast.AST) and is_loose(bound)
        return f"({shown})" if is_apart or is_number else shown

    return PLACEHOLDER.sub(value, code)


def _with_surroundings(source: Source, run: Sequence[ast.AST], shown: str, before: str, after: str) -> str:
    """Return the code of a run with the comments and the last comma that its brackets hold beside it.

    Only where it stands beside brackets again: ``before`` and ``after`` are the code around it there.
    """
    content = source.text.content
    start, stop = span_of(source, run[0])[0], span_of(source, run[-1])[1]
    above = _COMMENTS_BEFORE.search(content[max(0, start - _NEAR) : start])
    if above and before.rstrip().endswith("," if above[1] == "," else ("(", "[", "{")):
        shown = above[2] + shown
    below = _COMMENTS_BEHIND.match(content, stop)
    if below and after.lstrip()[:1] in (")", "]", "}"):
        shown += below[1] + ("\n" if "#" in below[1] else "")
    return shown


def render_name(name: str, env: Env) -> str:
    """Return an identifier of a pattern, parts of which may be metavariables. Raises EditRefused."""

    def value(found: re.Match[str]) -> str:
        bound = env.written(key(found[2]))
        if not isinstance(bound, str):
            raise EditRefused("the name after has a part that no name stands for")
        return bound

    return PLACEHOLDER.sub(value, name)


def _escaped(text: str, prefix: str, literal: str) -> str:
    """Write a part of a string's value as it stands in a literal. Raises EditRefused where it cannot."""
    quote = literal[:3] if literal[:3] in ('"""', "'''") else literal[:1]
    if "f" in prefix:
        text = text.replace("{", "{{").replace("}", "}}")
    if "r" in prefix:
        if quote in text or text.endswith(("\\", quote[0])) or not text.isprintable():
            raise EditRefused("the change puts text into a raw string that it cannot hold; leave the r out")
        return text
    if "b" in prefix and not text.isascii():
        raise EditRefused("the change puts text into bytes that they cannot hold")
    escaped = text.replace("\\", "\\\\") if text.isprintable() else text.encode("unicode_escape").decode()
    return escaped.replace(quote[0], "\\" + quote[0])


def _without_empty_runs(code: str, env: Env) -> str:
    """Drop runs that are bound to nothing, with the comma that goes with each."""
    for found in reversed(list(PLACEHOLDER.finditer(code))):
        if found[1] != "run" or env.get(found[2]) != ():
            continue
        before, after = code[: found.start()].removesuffix("**"), code[found.end() :]
        if (stripped := after.lstrip()).startswith(","):
            after = stripped[1:].lstrip()
        elif (stripped := before.rstrip()).endswith(","):
            before = stripped[:-1]
        code = before + after
    return code.replace("**_sdkpatch_run_", "_sdkpatch_run_")
