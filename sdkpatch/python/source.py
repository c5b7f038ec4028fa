"""A Python file as the judging half sees it: bytes, syntax tree, and what can be looked up in both."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from ..bounds.regexes import Budget
from .index import NodeIndex
from .text import Text

Lines = tuple[int, int]
Block = list[ast.stmt]
Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = ("body", "orelse", "finalbody")
COMPOUND = frozenset(kind for kind in ast.stmt.__subclasses__() if {"body", "cases"} & set(kind._fields))
"""The kinds of statements that have blocks."""
_Derived = TypeVar("_Derived")


class Source:
    """A parsed file. ``package`` is the folder of the top-most package it is in, empty when it is in none.

    ``sdk`` is the folder of the SDK's package, empty where it cannot be told. ``.`` stands for the tree itself.
    ``beside`` returns the bytes of another file of the tree as they are on disk, None where there is none, or where the
    tree is not known. ``late`` has modules whose imports must stand below what binds some names, and the names. Both
    may decide how an edit is made, never whether a goal holds.
    """

    late: Mapping[str, frozenset[str]] = {}

    def __init__(
        self,
        path: str,
        code: bytes,
        tree: ast.Module,
        package: str = "",
        sdk: str = "",
        beside: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        self.beside = beside
        self.path = path
        self.code = code
        self.tree = tree
        self.package = package
        self.sdk = sdk
        self._derived: dict[Callable[[Source], Any], Any] = {}

    def once(self, derive: Callable[[Source], _Derived]) -> _Derived:
        """Return what a function tells of this file, which is asked once; it must not hold the file itself."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        found: _Derived = self._derived[derive]
        return found

    @cached_property
    def index(self) -> NodeIndex:
        """The nodes of the module."""
        return NodeIndex(self.tree)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Every list of statements, outer ones first."""
        return tuple(blocks(self.tree))

    @cached_property
    def text(self) -> Text:
        """The decoded text that the positions of ``tree`` lead into."""
        return Text(self.code)

    @cached_property
    def budget(self) -> Budget:
        """The time that regular expressions may take in this file."""
        return Budget()

    @cached_property
    def logical_lines(self) -> tuple[Lines, ...]:
        """First and last line of every simple statement, decorator and header of a compound statement, in order."""
        found: list[Lines] = []
        for block in self.blocks:
            for statement in block:
                if type(statement) not in COMPOUND:
                    found.append((statement.lineno, last_line(statement)))
                    continue
                decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
                found += [(each.lineno, each.end_lineno or each.lineno) for each in decorators]
                found.append((statement.lineno, self.header_end(statement)))
        return tuple(sorted(found))

    @cached_property
    def f_strings(self) -> tuple[tuple[int, int], ...]:
        """The spans of all f-strings, each with the literals it is concatenated of."""
        return tuple(sorted({self.text.span(each) for each in self.index.of((ast.JoinedStr,))}))

    def header_end(self, statement: ast.stmt) -> int:
        """Return the last line of a statement's header; of the whole statement when it has no block."""
        end = statement.end_lineno or statement.lineno
        body: Block | None = getattr(statement, "body", None)
        if isinstance(statement, ast.Match):
            below = statement.cases[0].pattern.lineno
        elif body:
            below = first_line(body[0])
        else:
            return end
        while below > statement.lineno + 1 and _is_between(self.text.line(below - 1)):
            below -= 1
        return max(below - 1, statement.lineno)


def _is_between(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def blocks(tree: ast.AST) -> Iterator[Block]:
    """Yield every list of statements below a node, outer ones first."""
    for field in BLOCKS:
        block = getattr(tree, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
            for statement in block:
                if type(statement) in COMPOUND:
                    yield from blocks(statement)
    for part in (*getattr(tree, "handlers", ()), *getattr(tree, "cases", ())):
        yield from blocks(part)


def first_line(statement: ast.stmt) -> int:
    """Return the line a statement begins on, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(statement: ast.stmt) -> int:
    """Return the line a statement ends on."""
    return statement.end_lineno or statement.lineno


def is_docstring(statement: ast.stmt) -> bool:
    """Tell whether a statement is a bare string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def same(left: ast.AST, right: ast.AST) -> bool:
    """Compare two nodes as code: formatting, quotes, comments and redundant parentheses are no difference.

    Nor is the indent of a docstring, which its text contains.
    """
    return type(left) is type(right) and _dumped(left) == _dumped(right)


def _dumped(node: ast.AST) -> str:
    if any(isinstance(each, ast.stmt) and is_docstring(each) for each in ast.walk(node)):
        node = _Docstrings().visit(copy.deepcopy(node))
    return ast.dump(node)


class _Docstrings(ast.NodeTransformer):
    """Takes the indent off every bare string."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        if is_docstring(node):
            return ast.Expr(value=ast.Constant(value=docstring_text(node)))
        return node


def docstring_text(statement: ast.stmt) -> str:
    """Return the text of a bare string without its indent."""
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return inspect.cleandoc(str(statement.value.value))
