"""Parse patterns: ``$NAME`` stands for one thing, ``$$$NAME`` for any number, ``$_`` and ``$$$`` have no name.

Metavariables become identifiers of their own, so that Python's own parser reads the pattern.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..nesting import is_too_deep
from ..text import Text
from .names import dotted
from .nodes import Item, Nodes, Parameter, parameters

ONE, RUN = "_sdkpatch_one_", "_sdkpatch_run_"
_VARIABLE = re.compile(r"\$\$\$([A-Z][A-Z0-9_]*)?|\$([A-Z][A-Z0-9_]*|_(?![A-Za-z0-9_]))")
PLACEHOLDER = re.compile(r"_sdkpatch_(one|run)_([A-Z][A-Z0-9_]*|_)")

ADDED_BODY = "SDKPATCHBODY"
"""The name of the run that a header alone is given as its block: before and after it is the same block."""

KINDS = ("expression", "statements", "except", "decorator", "item", "parameter", "keyword")
_WRAPPERS = {
    "except": ("try:\n    pass\n", ""),
    "decorator": ("", "\ndef f(): ..."),
    "item": ("{\n", "\n}"),
    "parameter": ("def f(\n", "\n): ..."),
    "keyword": ("f(\n", "\n)"),
}


_DEEPEST = 150
"""Levels of nesting."""


class PatternProblem(Exception):
    """A pattern that cannot be used; ``reason`` says why, ``line`` is its line in the pattern."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


class Pattern(NamedTuple):
    """A parsed pattern. ``nodes`` are what has to match, in order; ``text`` is the source their positions lead into.

    ``added_body`` tells that the pattern was a header and its block is anything.
    """

    kind: str
    nodes: tuple[ast.AST, ...]
    text: Text
    shape: Nodes
    added_body: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The named metavariables."""
        return frozenset(name for _, name in placeholders(self.text.content) if name != "_")


def placeholders(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind (``one`` or ``run``) and name of every metavariable in a pattern's text."""
    for found in PLACEHOLDER.finditer(text):
        yield found[1], found[2]


def parse(source: str, kinds: Sequence[str] = ("expression", "statements", *KINDS[2:5])) -> Pattern:
    """Parse a pattern as the first of ``kinds`` that it can be. Raises PatternProblem."""
    source = textwrap.dedent(source).strip("\n")
    if not source.strip():
        raise PatternProblem("an empty pattern")
    problem: SyntaxError | None = None
    for kind in kinds:
        for starred in ("{", "", "{("):
            try:
                return _checked(_parse_as(kind, _named(source, starred)))
            except SyntaxError as error:
                problem = problem or error
            except (ValueError, MemoryError, RecursionError):
                raise PatternProblem(
                    "it does not parse as Python: it is nested too deeply, or has a null byte"
                ) from None
    assert problem is not None
    line = max((problem.lineno or 1), 1)
    raise PatternProblem(f"it does not parse as Python: {problem.msg}", line)


def _checked(pattern: Pattern) -> Pattern:
    """Raise PatternProblem for a pattern deeper than any that a person writes: matching goes down with it."""
    if any(is_too_deep(node, _DEEPEST) for node in pattern.nodes):
        raise PatternProblem("it is nested too deeply")
    return pattern


def _named(source: str, starred: str) -> str:
    """Write metavariables as identifiers; a run in one of the brackets ``starred`` as ``**run``.

    In a dict a run can stand nowhere else, in a call behind a keyword argument.
    """
    out, at, stack = "", 0, [""]
    for found in _VARIABLE.finditer(source):
        for char in source[at : found.start()]:
            if char in "([{":
                stack.append(char)
            elif char in ")]}" and len(stack) > 1:
                stack.pop()
        out += source[at : found.start()]
        run = found[0].startswith("$$$")
        out += "**" if run and stack[-1] and stack[-1] in starred else ""
        out += (RUN if run else ONE) + (found[1] or found[2] or "_")
        at = found.end()
    return out + source[at:]


def _parse_as(kind: str, source: str) -> Pattern:
    before, after = _WRAPPERS.get(kind, ("", ""))
    if kind == "decorator" and not source.startswith("@"):
        raise SyntaxError("not a decorator")
    added = False
    try:
        text = before + source + after
        tree = ast.parse(text)
    except SyntaxError:
        if kind not in ("statements", "except") or not source.rstrip().endswith(":"):
            raise
        added = True
        last = source.rstrip().split("\n")[-1]
        indent = " " * (len(last) - len(last.lstrip()) if not last.lstrip().startswith(")") else 0)
        text = f"{before}{source}\n{indent}    {RUN}{ADDED_BODY}"
        tree = ast.parse(text)
    nodes = _nodes(kind, tree)
    return Pattern(kind=kind, nodes=tuple(nodes), text=Text(text.encode()), shape=Nodes(), added_body=added)


def _nodes(kind: str, tree: ast.Module) -> Sequence[ast.AST]:
    statement = tree.body[0] if tree.body else None
    match kind, statement:
        case "expression", ast.Expr(value=value) if len(tree.body) == 1 and not _is_text(value):
            return [value]
        case "statements", ast.stmt():
            return tree.body
        case "except", ast.Try(handlers=handlers) if len(tree.body) == 1 and handlers:
            return handlers
        case "decorator", ast.FunctionDef(decorator_list=decorators) if len(tree.body) == 1:
            return decorators
        case "item", ast.Expr(value=ast.Dict(keys=keys, values=values)) if keys:
            return [Item(key, value) for key, value in zip(keys, values, strict=True)]
        case "parameter", ast.FunctionDef(args=arguments):
            return parameters(arguments)
        case "keyword", ast.Expr(value=ast.Call(keywords=keywords, args=[])):
            return keywords
        case _:
            raise SyntaxError(f"it cannot be read as {kind}")


def _is_text(value: ast.expr) -> bool:
    """Tell a docstring from a string in an expression: the indent of its lines is no part of it."""
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and "\n" in value.value


def split_change(change: str) -> tuple[str, str]:
    """Return the code before and after of a pattern written as a diff. Raises PatternProblem."""
    before: list[str] = []
    after: list[str] = []
    for number, line in enumerate(change.strip("\n").split("\n"), 1):
        mark, rest = line[:1], line[2:]
        if line.rstrip() in ("", "-", "+"):
            rest = ""
        elif line[1:2] != " " or mark not in "-+ ":
            raise PatternProblem('a line that starts with neither "- ", "+ " nor two blanks', number)
        if mark != "+":
            before.append(rest)
        if mark != "-":
            after.append(rest)
    if before == after:
        raise PatternProblem('no line with "- " or "+ "')
    return "\n".join(before), "\n".join(after)


def _only_name(node: object) -> object:
    """Return the one name that a node consists of, or None."""
    match node:
        case str():
            return node
        case ast.Name(id=name) | ast.Expr(value=ast.Name(id=name)) | ast.arg(arg=name, annotation=None):
            return name
        case Parameter(kind="plain", arg=name, annotation=None, default=None) | ast.alias(name=name, asname=None):
            return name
        case Item(key=None, value=ast.Name(id=name)):
            return name
        case ast.keyword(arg=None, value=ast.Name(id=name)):
            return name if name.startswith(RUN) else None
        case _:
            return None


def variable(node: object) -> tuple[str, str] | None:
    """Return kind and name when a node, or a name in it, is nothing but a metavariable."""
    name = _only_name(node)
    found = PLACEHOLDER.fullmatch(name) if isinstance(name, str) else None
    return (found[1], found[2]) if found else None


def words(pattern: Pattern) -> frozenset[str]:
    """Return identifiers that a file must contain to match.

    Of a dotted name only the last: what is in front of it may be in a relative import, or in none.
    """
    return frozenset(word for root in pattern.nodes for word in _words(root) if not PLACEHOLDER.search(word))


def _words(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "name", "arg", "asname"):
        word = getattr(node, field, None)
        if isinstance(word, str) and word:
            yield word.rpartition(".")[2]
    path = dotted(node)
    if path and not PLACEHOLDER.search(path):
        return
    for child in ast.iter_child_nodes(node):
        yield from _words(child)


def is_specific(pattern: Pattern) -> bool:
    """Tell whether a pattern holds anything but metavariables."""
    return not all(variable(node) for node in pattern.nodes)
