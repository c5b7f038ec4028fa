"""Compare two states of a module: the smallest differences, each with the place it is in."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from ..python.source import Block
from .side import DEFINITIONS, BlockItem, Definition, Side, body_without_docstring, docstring, dumped

_WORD = re.compile(r"\w+|[^\w\s]")
_ALIKE = 0.5
"""How much of a statement must be the same for another to be the same statement, changed."""


_MANY_WORDS = 2000
"""Of longer statements it is enough that most is the same."""
_MOST_BETWEEN = 12
"""A statement that moved further is one that went and one that came."""


class EditedPart(Enum):
    """Which part of a definition, or of a block, a difference is about."""

    STATEMENTS = "statements"
    HEADER = "header"
    PARAMETERS = "parameters"
    RETURN = "return"
    DECORATORS = "decorators"
    BASES = "bases"
    DOCSTRING = "docstring"
    HEAD = "head"


class CodeDifference(NamedTuple):
    """One difference. ``scope`` is the selector of the innermost definition around it, empty in the module itself.

    ``old`` and ``new`` are what stands there; ``above`` and ``below`` what stands beside it and stays. ``owner`` is the
    definition, or the compound statement, in both states. ``key`` is equal for the same difference in another state.
    """

    part: EditedPart
    scope: str
    key: str
    old: tuple[BlockItem, ...] = ()
    new: tuple[BlockItem, ...] = ()
    above: tuple[BlockItem, ...] = ()
    below: tuple[BlockItem, ...] = ()
    owner: ast.AST | None = None
    owner_after: ast.AST | None = None
    line: int = 1
    is_top: bool = False


class Comparison:
    """Two states of a module, and what differs."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new

    def differences(self) -> list[CodeDifference]:
        """Return the differences in source order."""
        before, after = self.old.source.tree, self.new.source.tree
        found = list(self._docstring(before, after, "module"))
        heads = self.old.head.texts(), self.new.head.texts()
        if heads[0] != heads[1]:
            key = "\0".join(("head", *heads[0], "->", *heads[1]))
            found.append(CodeDifference(EditedPart.HEAD, "", key))
        blocks = [each.body[1:] if docstring(each) is not None else each.body for each in (before, after)]
        found += self._block(blocks[0], blocks[1], "", before, after)
        return found

    def _block(
        self, old: Block, new: Block, scope: str, owner: ast.AST, owner_after: ast.AST
    ) -> Iterator[CodeDifference]:
        left, right = self.old.items(old), self.new.items(new)
        inner: list[CodeDifference] = []
        runs: list[tuple[int, int, int, int]] = []
        i = j = 0
        for one, other in self._paired(left, right):
            is_steady = one is not None and other is not None and self.old.key(one) == self.new.key(other)
            if one is not None and other is not None and not is_steady:
                within = self._within(one, other, scope)
                is_steady = within is not None
                inner += within or ()
            start, stop = (i, j), (i + (one is not None), j + (other is not None))
            if not is_steady and runs and runs[-1][1] == i and runs[-1][3] == j:
                runs[-1] = (runs[-1][0], stop[0], runs[-1][2], stop[1])
            elif not is_steady:
                runs.append((start[0], stop[0], start[1], stop[1]))
            i, j = stop
        for a, b, c, d in self._moved(left, right, runs):
            changed = list(left[a:b]), list(right[c:d])
            yield self._statements(scope, changed, tuple(left[:a]), tuple(left[b:]), owner, owner_after)
        yield from inner

    def _moved(
        self, left: Sequence[BlockItem], right: Sequence[BlockItem], runs: Sequence[tuple[int, int, int, int]]
    ) -> list[tuple[int, int, int, int]]:
        """Return the runs with those joined between which a statement has moved, where all between is the same."""
        found: list[tuple[int, int, int, int]] = []
        for a, b, c, d in runs:
            if found:
                i, j, k, m = found[-1]
                gone = {self.old.key(each) for each in (*left[i:j], *left[a:b])}
                come = {self.new.key(each) for each in (*right[k:m], *right[c:d])}
                between = [self.old.key(each) for each in left[j:a]] == [self.new.key(each) for each in right[m:c]]
                if gone & come and between and a - j <= _MOST_BETWEEN:
                    found[-1] = (i, b, k, d)
                    continue
            found.append((a, b, c, d))
        return found

    def _statements(
        self,
        scope: str,
        run: tuple[list[BlockItem], list[BlockItem]],
        above: tuple[BlockItem, ...],
        below: tuple[BlockItem, ...],
        owner: ast.AST,
        owner_after: ast.AST,
    ) -> CodeDifference:
        old, new = tuple(run[0]), tuple(run[1])
        near = [self.old.source.tree.body[0].lineno] if self.old.source.tree.body else [1]
        line = old[0].first if old else below[0].first if below else above[-1].last if above else near[0]
        return CodeDifference(
            part=EditedPart.STATEMENTS,
            scope=scope,
            key="\0".join(("statements", scope, *map(self.old.key, old), "->", *map(self.new.key, new))),
            old=old,
            new=new,
            above=above,
            below=below,
            owner=owner,
            owner_after=owner_after,
            line=line,
            is_top=isinstance(owner, ast.Module),
        )

    def _paired(
        self, left: Sequence[BlockItem], right: Sequence[BlockItem]
    ) -> Iterator[tuple[BlockItem | None, BlockItem | None]]:
        """Pair what is the same thing in both states, in order; None stands for what one of them does not have."""
        names = self._names(self.old, left), self._names(self.new, right)
        matcher = difflib.SequenceMatcher(a=names[0], b=names[1], autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag == "equal":
                yield from zip(left[a:b], right[c:d], strict=True)
            else:
                yield from self._similar(left[a:b], right[c:d])

    def _names(self, side: Side, items: Sequence[BlockItem]) -> list[str]:
        """Return for each item what it is known by: its name, or all of its code."""
        seen: dict[str, int] = {}
        found = []
        for item in items:
            match item.head:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    known = f"{'class' if isinstance(item.head, ast.ClassDef) else 'def'} {name}"
                case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                    known = f"{name} ="
                case _:
                    known = side.key(item)
            seen[known] = seen.get(known, 0) + 1
            found.append(f"{known}#{seen[known]}")
        return found

    def _similar(
        self, left: Sequence[BlockItem], right: Sequence[BlockItem]
    ) -> Iterator[tuple[BlockItem | None, BlockItem | None]]:
        """Pair the most similar statements of two runs, and go on above and below them."""
        best = _ALIKE, -1, -1
        for i, one in enumerate(left):
            for j, other in enumerate(right):
                if type(one.head) is type(other.head) and len(left) * len(right) <= 400:
                    best = max(best, (self._likeness(one, other), -i, -j), key=lambda each: each[0])
        if best[0] <= _ALIKE or best[1] == 1:
            yield from ((each, None) for each in left)
            yield from ((None, each) for each in right)
            return
        i, j = -best[1], -best[2]
        yield from self._similar(left[:i], right[:j])
        yield left[i], right[j]
        yield from self._similar(left[i + 1 :], right[j + 1 :])

    def _likeness(self, one: BlockItem, other: BlockItem) -> float:
        if (
            isinstance(one.head, DEFINITIONS)
            and isinstance(other.head, DEFINITIONS)
            and one.head.name != other.head.name
        ):
            return 0.0
        if isinstance(one.head, ast.Import | ast.ImportFrom):
            return 0.0
        words = _WORD.findall(self.old.code([one])), _WORD.findall(self.new.code([other]))
        return _ratio(words[0], words[1])

    def _within(self, one: BlockItem, other: BlockItem, scope: str) -> list[CodeDifference] | None:
        """Return what differs inside two statements, None where they differ as a whole."""
        old, new = one.head, other.head
        if type(old) is not type(new) or self._said_outside(self.old, one) != self._said_outside(self.new, other):
            return None
        if isinstance(old, DEFINITIONS) and isinstance(new, DEFINITIONS):
            return list(self._definition(old, new)) if old.name == new.name else None
        if not hasattr(old, "body") or not hasattr(new, "body"):
            return None
        blocks = list(zip(_blocks(old), _blocks(new), strict=False))
        if len(_blocks(old)) != len(_blocks(new)) or any(not (a and b) and (a or b) for a, b in blocks):
            return None
        found: list[CodeDifference] = []
        if self._header(self.old, old) != self._header(self.new, new):
            key = "\0".join(("header", scope, self._header(self.old, old), self._header(self.new, new)))
            if isinstance(old, ast.Try):
                return None
            found.append(
                CodeDifference(
                    EditedPart.HEADER, scope, key, (one,), (other,), owner=old, owner_after=new, line=old.lineno
                )
            )
        for before, after in blocks:
            if before and after:
                found += self._block(before, after, scope, old, new)
        return found

    def _said_outside(self, side: Side, item: BlockItem) -> tuple[str, ...]:
        """Return the comments above a statement with a block, and below it."""
        head = item.head
        if not hasattr(head, "body"):
            return side.said(item.first, item.last)
        first = min([head.lineno, *(each.lineno for each in getattr(head, "decorator_list", ()))])
        return (
            *side.said(item.first, first - 1),
            "/",
            *side.said((head.end_lineno or head.lineno) + 1, item.last, first),
        )

    def _header(self, side: Side, node: ast.stmt) -> str:
        """Return a compound statement without its blocks, as text, with the comments of its header."""
        parts = []
        for name, value in ast.iter_fields(node):
            if name in ("body", "orelse", "finalbody"):
                continue
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.ExceptHandler):
                    parts.append(f"{each.type and ast.dump(each.type)} {each.name}")
                elif isinstance(each, ast.match_case):
                    parts.append(ast.dump(each.pattern) + (ast.dump(each.guard) if each.guard else ""))
                else:
                    parts.append(ast.dump(each) if isinstance(each, ast.AST) else repr(each))
        return "\n".join((*parts, *side.said(node.lineno, side.source.header_end(node))))

    def _definition(self, old: Definition, new: Definition) -> Iterator[CodeDifference]:
        scope = self.old.selectors[id(old)]

        def part(which: EditedPart, *sides: str) -> CodeDifference:
            key = "\0".join((which.value, scope, *sides))
            return CodeDifference(which, scope, key, owner=old, owner_after=new, line=old.lineno)

        lists = [[dumped(each) for each in node.decorator_list] for node in (old, new)]
        if lists[0] != lists[1]:
            yield part(EditedPart.DECORATORS, *map(repr, lists))
        if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            bases = ["".join(map(ast.dump, (*node.bases, *node.keywords))) for node in (old, new)]
            if bases[0] != bases[1]:
                yield part(EditedPart.BASES, *bases)
        elif isinstance(old, ast.FunctionDef | ast.AsyncFunctionDef) and isinstance(
            new, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            said = [
                side.said(node.lineno, side.source.header_end(node))
                for side, node in ((self.old, old), (self.new, new))
            ]
            if ast.dump(old.args) != ast.dump(new.args) or type(old) is not type(new) or said[0] != said[1]:
                yield part(
                    EditedPart.PARAMETERS,
                    type(old).__name__,
                    ast.dump(old.args),
                    type(new).__name__,
                    ast.dump(new.args),
                    str(said),
                )
            returned = [node.returns and ast.dump(node.returns) for node in (old, new)]
            if returned[0] != returned[1]:
                yield part(EditedPart.RETURN, *map(str, returned))
        yield from self._docstring(old, new, scope)
        yield from self._block(body_without_docstring(old), body_without_docstring(new), scope, old, new)

    def _docstring(
        self, old: Definition | ast.Module, new: Definition | ast.Module, scope: str
    ) -> Iterator[CodeDifference]:
        texts = docstring(old), docstring(new)
        if texts[0] != texts[1]:
            key = "\0".join(("docstring", scope, *map(repr, texts)))
            line = getattr(old, "lineno", 1)
            yield CodeDifference(EditedPart.DOCSTRING, scope, key, owner=old, owner_after=new, line=line)


def _ratio(left: Sequence[str], right: Sequence[str]) -> float:
    """Return how much of two texts is the same; what they begin and end with is not looked at twice."""
    shorter, whole = min(len(left), len(right)), len(left) + len(right)
    first = last = 0
    while first < shorter and left[first] == right[first]:
        first += 1
    while last < shorter - first and left[-1 - last] == right[-1 - last]:
        last += 1
    same = first + last
    if 2 * same > _ALIKE * whole and max(len(left), len(right)) > _MANY_WORDS:
        return 2 * same / whole
    a, b = left[first : len(left) - last], right[first : len(right) - last]
    matcher = difflib.SequenceMatcher(a=a, b=b, autojunk=False)
    at_most = 2 * same + matcher.quick_ratio() * (len(a) + len(b))
    return (2 * same + matcher.ratio() * (len(a) + len(b))) / whole if at_most > _ALIKE * whole else 0.0


def _blocks(node: ast.AST) -> list[Block]:
    """Return the blocks of a compound statement, the empty ones among them."""
    found: list[Block] = [getattr(node, name) for name in ("body", "orelse", "finalbody") if hasattr(node, name)]
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        found += _blocks(part)
    return found
