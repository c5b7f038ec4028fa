"""One side of a hand edit: a module's statements, each with the lines and comments that belong to it."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from ..operations.shared.head_comments import HeadComments
from ..pattern.selector import Target, targets
from ..python.source import Block, Source, docstring_text, first_line, is_docstring, last_line
from .places import CommentPlace, Places, SourceComment

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


class BlockItem(NamedTuple):
    """What stands in a block as one thing: a statement, or a field with the string that documents it."""

    statements: tuple[ast.stmt, ...]
    first: int
    last: int

    @property
    def head(self) -> ast.stmt:
        """The statement, or the field."""
        return self.statements[0]


class Side:
    """A parsed module, and what can be told of each of its statements."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._keys: dict[int, tuple[BlockItem, str]] = {}

    @cached_property
    def _places(self) -> Places:
        return Places(self.source.text.content)

    @cached_property
    def comments(self) -> dict[int, SourceComment]:
        """The comments of the module by their lines."""
        return {each.line: each for each in self._places.comments()}

    @cached_property
    def head(self) -> HeadComments:
        """The lines of comment above the module's docstring and its first statement."""
        return HeadComments(self.source)

    @cached_property
    def selectors(self) -> dict[int, str]:
        """The shortest selector of every definition and field that names it alone, by the id of its node."""
        named: dict[str, list[Target]] = {}
        for target in targets(self.source):
            if target.kind in ("class", "function", "field"):
                named.setdefault(target.name, []).append(target)
        found: dict[int, str] = {}
        for target in targets(self.source):  # outer ones first, so that what they are called is known
            if target.kind not in ("class", "function", "field"):
                continue
            name = target.name
            outer = found.get(id(target.owner))
            if outer is not None and "." in name:
                name = f"{outer}.{name.rpartition('.')[2]}"
            found[id(target.node)] = name + _mark(target, named[target.name])
        return found

    def items(self, block: Block) -> list[BlockItem]:
        """Return what stands in a block, each with the comments above it; the last with those below."""
        found: list[BlockItem] = []
        previous = self._above(block)
        for at, statement in enumerate(block):
            if found and is_docstring(statement) and at and isinstance(found[-1].head, ast.AnnAssign | ast.Assign):
                found[-1] = found[-1]._replace(statements=(*found[-1].statements, statement), last=last_line(statement))
            else:
                first = first_line(statement)
                above = [
                    line for line in range(previous + 1, first) if self._is_alone(line) and line not in self.head.lines
                ]
                found.append(BlockItem((statement,), above[0] if above else first, last_line(statement)))
            previous = last_line(statement)
        if found:
            column = block[0].col_offset
            below = previous
            line = previous + 1
            while line <= self.source.text.lines and (not self.source.text.line(line).strip() or self._is_alone(line)):
                if self._is_alone(line) and len(self.source.text.indent(line)) >= column:
                    below = line
                elif self._is_alone(line):
                    break
                line += 1
            found[-1] = found[-1]._replace(last=below)
        return found

    def _is_alone(self, line: int) -> bool:
        return line in self.comments and self.comments[line].is_alone

    def _above(self, block: Block) -> int:
        """Return the line above a block's first statement and the comments that lead to it."""
        line = first_line(block[0]) - 1 if block else 0
        while line > 0 and (self._is_alone(line) or not self.source.text.line(line).strip()):
            line -= 1
        return line

    @cached_property
    def _lines(self) -> list[int]:
        return sorted(self.comments)

    def said(self, first: int, last: int, block: int = 0) -> tuple[str, ...]:
        """Return the comments on some lines, and how much code stands before each from the first line on.

        ``block`` is a line of the block that their depth is told from, by default the first one.
        """
        found = self.commented(first, last)
        return tuple(f"{self.placed(each.line, first, block or first)} {each.text}" for each in found)

    def commented(self, first: int, last: int) -> list[SourceComment]:
        """Return the comments on some lines."""
        lines = self._lines[bisect_left(self._lines, first) : bisect_right(self._lines, last)]
        return [self.comments[line] for line in lines]

    def placed(self, line: int, first: int, block: int) -> CommentPlace:
        """Return where the comment on a line stands: behind the code from ``first`` on, in the block of a line."""
        place = self.comments[line].place
        depth = place.depth - self._places.start(block).depth if place.depth else 0
        return place._replace(words=place.words - self._places.start(first).words, depth=depth)

    def key(self, item: BlockItem) -> str:
        """Return what two items must have in common to be the same code with the same comments."""
        known = self._keys.get(id(item.head))
        if known is None or known[0] != item:
            known = item, "\n".join((*map(dumped, item.statements), *self.said(item.first, item.last)))
            self._keys[id(item.head)] = known
        return known[1]

    def code(self, items: Sequence[BlockItem]) -> str:
        """Return the source of items that follow each other, its indent taken off."""
        if not items:
            return ""
        text, first = self.source.text, items[0].first
        kept = inside(items)
        lines = [text.line(line) for line in range(first, items[-1].last + 1)]
        lines = [line if at + 1 in kept else line.rstrip() for at, line in enumerate(lines)]
        return unindented(lines, items[0].head.col_offset, kept)

    def segment(self, node: ast.AST) -> str:
        """Return the source of an expression."""
        return self.source.text.segment(node)


def inside(items: Sequence[BlockItem]) -> frozenset[int]:
    """Return the offsets of lines, from the first, that begin inside a string: their blanks are the string's."""
    found: set[int] = set()
    for item in items:
        for node in (node for statement in item.statements for node in ast.walk(statement)):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
            if isinstance(node, ast.expr) and (is_text or isinstance(node, ast.JoinedStr)):
                last = node.end_lineno or node.lineno
                found.update(line - items[0].first for line in range(node.lineno + 1, last + 1))
    return frozenset(found)


def unindented(lines: Sequence[str], column: int, kept: frozenset[int] = frozenset()) -> str:
    """Return lines without the indent of their block; those within a string lose no more than blanks."""
    return "\n".join(line[min(column, len(line) - len(line.lstrip(" "))) :] for line in lines)


def dumped(node: ast.AST) -> str:
    """Return a node as text that is equal for equal code; the indent of docstrings is none of it."""
    text = ast.dump(node)
    for each in ast.walk(node):
        if isinstance(each, ast.Expr) and is_docstring(each):
            text = text.replace(ast.dump(each), repr(_trimmed(docstring_text(each))))
    return text


def _trimmed(text: str) -> str:
    """Return text without blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _mark(target: Target, namesakes: Sequence[Target]) -> str:
    """Return what tells a definition from its namesakes: nothing, its decorator, or its number."""
    if len(namesakes) < 2:
        return ""
    own = [_decorators(each.node) for each in namesakes]
    number = next(at for at, each in enumerate(namesakes) if each.node is target.node)
    alone = [name for name in own[number] if sum(name in names for names in own) == 1]
    return f"@{alone[0]}" if alone else f"#{number + 1}"


def _decorators(node: ast.AST) -> list[str]:
    found: list[str] = []
    for decorator in getattr(node, "decorator_list", ()):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = getattr(called, "attr", getattr(called, "id", ""))
        found += [name] if name else []
    return found


def body_without_docstring(node: Definition) -> Block:
    """Return the statements of a definition, the docstring left out."""
    return node.body[1:] if is_docstring(node.body[0]) else node.body


def docstring(node: Definition | ast.Module) -> str | None:
    """Return the docstring of a definition or module, without its indent."""
    return _trimmed(docstring_text(node.body[0])) if node.body and is_docstring(node.body[0]) else None
