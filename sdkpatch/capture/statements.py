"""Propose steps for statements that were added, removed or changed in a function, a class or a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import comments
from .differences import CodeDifference, Comparison
from .expressions import changes
from .side import DEFINITIONS, IMPORTS, BlockItem, Side
from .steps import Candidate, Rung, StepTable
from .written import Opened, block, diff, is_plain, released

_SHORT = 3
"""A statement of so many lines is written out."""


class Statements:
    """The ladder of one difference of statements."""

    def __init__(self, comparison: Comparison, difference: CodeDifference, place: Mapping[str, Any]) -> None:
        """``place`` holds what every step says of where it looks: its files."""
        self._comparison = comparison
        self._old, self._new = comparison.old, comparison.new
        self._difference = difference
        self._files = dict(place)
        self._place = {**place, **({"within": difference.scope} if difference.scope else {})}
        self.code = self._old.code(difference.old), self._new.code(difference.new)

    def ladder(self) -> Iterator[Candidate]:
        """Yield what may say the difference, most meaningful first."""
        difference = self._difference
        if isinstance(difference.owner, ast.ClassDef | ast.Module):
            yield from self._members()
        if not difference.old:
            yield from self._insertions()
        elif not difference.new:
            yield from self._deletions()
        elif len(difference.old) == len(difference.new) == 1:
            yield from self._changed(difference.old[0], difference.new[0])
        yield from self._rewrites()

    def _rewritten(self, change: str) -> Candidate:
        return Candidate(Rung.REWRITE, ({"op": "rewrite", **self._place, "change": change},))

    def _changed(self, old: BlockItem, new: BlockItem) -> Iterator[Candidate]:
        """Yield the changes of one statement: as a line, or as the expressions in it."""
        if not is_plain(*self.code):
            return
        yield from self._typed(old, new)
        lines = max(each.count("\n") + 1 for each in self.code)
        if lines <= _SHORT:
            yield self._rewritten(diff(*self.code))
        for width in (0, 1, 2, 3):
            found = changes(self._old, self._new, old.head, new.head, width)
            if not found or len(found) > 12:
                continue
            steps: tuple[StepTable, ...] = tuple(
                {
                    "op": "rewrite",
                    **self._place,
                    **({"as": each.kind} if each.kind else {}),
                    "match": block(each.match),
                    "replace": block(each.replace),
                }
                for each in found
            )
            yield Candidate(Rung.REWRITE, steps)
            if "#" in self.code[1]:
                for comment in comments.ladder(self._comparison, self._difference, self._files):
                    yield Candidate(Rung.REWRITE, (*steps, *comment.steps))

    def _typed(self, old: BlockItem, new: BlockItem) -> Iterator[Candidate]:
        """Yield the operations on a field, or on the values of a Literal."""
        name = self._old.selectors.get(id(old.head), "")
        if not name:
            return
        values = _allowed(self._old, self._new, old.head, new.head)
        if values:
            steps = tuple({"op": "literal.add", **self._files, "target": name, "value": each} for each in values)
            yield Candidate(Rung.OPERATION, steps)
        match old.head, new.head:
            case ast.AnnAssign(annotation=one, value=was), ast.AnnAssign(annotation=other, value=value):
                before, after = self._old.segment(one), self._new.segment(other)
                is_same = (was and ast.dump(was)) == (value and ast.dump(value))
                if is_same:
                    step = {"op": "annotation.set", **self._files, "target": name, "annotation": after, "was": before}
                    yield Candidate(Rung.OPERATION, (step,))
                if after == f"typing.Optional[{before}]":
                    step = {"op": "field.set", **self._files, "field": name, "optional": True}
                    yield Candidate(Rung.OPERATION, (step,))
            case _:
                pass

    def _rewrites(self) -> Iterator[Candidate]:
        """Yield diffs with more and more of what stands around."""
        old, new = self.code
        above, below = self._difference.above, self._difference.below
        if not is_plain(old, new):
            return
        if old:
            yield self._rewritten(diff(old, new))
        for first, last in ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 2), (3, 3)):
            if first > len(above) or last > len(below):
                continue
            opened = Opened(self._old)
            contexts = [opened.anchor(each) for each in above[len(above) - first :]]
            rest = [opened.anchor(each) for each in below[:last]]
            if all(contexts) and all(rest):
                yield self._rewritten(diff(old, new, contexts, rest))

    def _insertions(self) -> Iterator[Candidate]:
        difference, code = self._difference, self.code[1]
        if not is_plain(code):
            return
        owner = difference.owner
        is_body = isinstance(owner, DEFINITIONS) and bool(difference.scope)
        inserted: dict[str, Any] = {"op": "insert", **self._place}
        anchors: list[tuple[str, str]] = []
        if difference.below:
            anchors.append(("before", released(Opened(self._old).anchor(difference.below[0]))))
        if difference.above:
            anchors.append(("after", released(Opened(self._old).anchor(difference.above[-1]))))
        for side, anchor in sorted(anchors, key=lambda each: len(each[1]) + each[1].count("$") * 20):
            if anchor:
                yield Candidate(Rung.OPERATION, ({**inserted, side: block(anchor), "code": block(code)},))
        if is_body and not difference.above:
            yield Candidate(Rung.OPERATION, ({**inserted, "at": "first", "code": block(code)},))
        if is_body and not difference.below:
            yield Candidate(Rung.OPERATION, ({**inserted, "at": "last", "code": block(code)},))
        if difference.is_top and not difference.below:
            module = {"op": "insert", **self._files, "within": "module", "at": "last", "code": block(code)}
            yield Candidate(Rung.OPERATION, (module,))

    def _deletions(self) -> Iterator[Candidate]:
        code = self.code[0]
        items = self._difference.old
        if all(isinstance(item.head, DEFINITIONS) for item in items):
            names = [self._old.selectors[id(item.head)] for item in items]
            if not any("#" in name for name in names):
                found = names[0] if len(names) == 1 else names
                yield Candidate(Rung.OPERATION, ({"op": "delete", **self._files, "name": found},))
        if is_plain(code) and code.count("\n") < 2 * _SHORT:
            yield Candidate(Rung.OPERATION, ({"op": "delete", **self._place, "match": block(code)},))

    def _members(self) -> Iterator[Candidate]:
        """Yield the operations on fields, methods, functions, classes and constants."""
        difference = self._difference
        if difference.old and not difference.new:
            names = [self._old.selectors.get(id(item.head), "") for item in difference.old]
            if all(names) and not any("#" in name for name in names):
                found = names[0] if len(names) == 1 else names
                yield Candidate(Rung.OPERATION, ({"op": "delete", **self._files, "name": found},))
        if difference.new and not difference.old:
            yield from self._added(difference.new)

    def _added(self, items: Sequence[BlockItem]) -> Iterator[Candidate]:
        difference, code = self._difference, self.code[1]
        is_class = isinstance(difference.owner, ast.ClassDef)
        sides = self._beside()
        if any(isinstance(item.head, IMPORTS) for item in items):
            return
        if is_class and all(isinstance(item.head, ast.AnnAssign | ast.Assign) for item in items):
            added = {"op": "field.add", **self._files, "class": difference.scope}
        elif is_class and all(isinstance(item.head, DEFINITIONS) for item in items):
            added = {"op": "class.add", **self._files, "class": difference.scope}
        elif isinstance(difference.owner, ast.Module) and all(
            isinstance(item.head, (*DEFINITIONS, ast.AnnAssign, ast.Assign)) for item in items
        ):
            added = {"op": "module.add", **self._files}
        else:
            return
        yield Candidate(Rung.OPERATION, ({**added, "code": block(code)},))
        for side in sides:
            yield Candidate(Rung.OPERATION, ({**added, **side, "code": block(code)},))

    def _beside(self) -> list[dict[str, str]]:
        """Return the names that stand beside what is added, as arguments."""
        found: list[dict[str, str]] = []
        for word, items in (("after", self._difference.above[-1:]), ("before", self._difference.below[:1])):
            names = [_name(item.head) for item in items]
            found += [{word: name} for name in names if name]
        return found


def _allowed(old: Side, new: Side, one: ast.stmt, other: ast.stmt) -> list[str | int]:
    """Return the values that a Literal has at its end in the edited module and had not before."""
    found = changes(old, new, one, other, 0) or []
    values: list[str | int] = []
    for each in found:
        if not each.match.partition("[")[0].endswith("Literal") or not each.replace.endswith("]"):
            return []
        left, right = (
            ast.parse(text.replace("$$$A, ", "").replace(", $$$B", ""), mode="eval").body for text in each[:2]
        )
        if not isinstance(left, ast.Subscript) or not isinstance(right, ast.Subscript):
            return []
        kept, there = (
            [node.value for node in ast.walk(side.slice) if isinstance(node, ast.Constant)] for side in (left, right)
        )
        if "$$$B" in each.replace or there[: len(kept)] != kept:
            return []
        values += [value for value in there[len(kept) :] if isinstance(value, str | int)]
    return values


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.If(body=[ast.AnnAssign() | ast.Assign() as first, *_]):
            return _name(first)
        case _:
            return ""
