"""The difference of two patterns, and the edits that make matched code go from the first to the second.

Only what differs between the patterns is edited: what they share keeps its formatting and comments.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..errors import EditRefused
from ..python import blocks as block_edits
from ..python import lists
from ..python.index import dotted
from ..python.source import Source, is_docstring
from ..python.text import Edit
from . import decorators, headers, literals
from .alignment import AlignedPart, aligned, are_functions, moves_run
from .comments import Comments
from .find import Match, span_of
from .fstrings import fitted
from .match import BRANCHES, TWINS, Exact, docstring_offset
from .nodes import Item, Nodes, Parameter, identity
from .render import binds_tightly, is_loose, render, render_name, render_statements
from .syntax import PLACEHOLDER, Pattern, placeholders, variable

_BRANCHES = (("orelse", "an else"), ("finalbody", "a finally"), ("handlers", "an except"))
_LISTS = ("arguments", "bases", "elts", "elements", "items", "names", "parameters")


def pair(before: Pattern, after: Pattern) -> tuple[Exact, Exact]:
    """Return what each of two patterns must be exact about, because the other differs in it.

    A pattern without a return annotation matches any. Where the change is about the annotation itself it must not.
    """
    fields: list[set[tuple[int, str]]] = [set(), set()]
    forbidden: list[tuple[int, tuple[ast.AST, ...]]] = []
    for old, new in _paired(before.nodes, after.nodes):
        if isinstance(old, ast.FunctionDef | ast.AsyncFunctionDef):
            assert isinstance(new, ast.FunctionDef | ast.AsyncFunctionDef)
            if _code(old.returns) != _code(new.returns):
                fields[0].add((id(old), "returns"))
                fields[1].add((id(new), "returns"))
            if type(old) is not type(new):
                fields[0].add((id(old), "is_async"))
                fields[1].add((id(new), "is_async"))
        if _has_docstring(old) or _has_docstring(new):
            fields[0].add((id(old), "body"))
            fields[1].add((id(new), "body"))
        kept = {_code(each) for each in getattr(new, "decorator_list", [])}
        gone = tuple(each for each in getattr(old, "decorator_list", []) if _code(each) not in kept)
        if gone:
            forbidden.append((id(new), gone))
    return Exact(fields=frozenset(fields[0])), Exact(fields=frozenset(fields[1]), forbidden=tuple(forbidden))


def _paired(before: Sequence[ast.AST], after: Sequence[ast.AST]) -> Iterator[tuple[ast.AST, ast.AST]]:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    old = [node for root in before for node in ast.walk(root) if isinstance(node, definitions)]
    new = [node for root in after for node in ast.walk(root) if isinstance(node, definitions)]
    for left, right in zip(old, new, strict=False):
        if isinstance(left, ast.ClassDef) == isinstance(right, ast.ClassDef):
            yield left, right


def _has_docstring(node: ast.AST) -> bool:
    body: list[ast.stmt] = getattr(node, "body", [])
    return bool(body) and is_docstring(body[0])


@lru_cache(maxsize=1024, typed=True)  # every site asks for the same nodes of patterns
def _code(node: object) -> str:
    return ast.dump(node) if isinstance(node, ast.AST) else repr(node)


class Change:
    """Turns one match of ``before`` into edits that make it ``after``."""

    def __init__(self, source: Source, before: Pattern, after: Pattern, match: Match) -> None:
        self._source = source
        self._before = before
        self._after = after
        self._match = match
        self._comments = Comments(before, after)

    def edits(self) -> list[Edit]:
        """Return the edits. Raises EditRefused where the matched code has a form that cannot be edited."""
        if self._before.kind == "statements":
            statements = [node for node in self._before.nodes if isinstance(node, ast.stmt)]
            wanted = [node for node in self._after.nodes if isinstance(node, ast.stmt)]
            return fitted(self._source, self._statements(statements, wanted, self._match.block, self._match.at))
        return fitted(self._source, self._node(self._before.nodes[0], self._after.nodes[0], None))

    def _target(self, node: ast.AST) -> ast.AST:
        bound = self._match.env.target(node)
        if not isinstance(bound, ast.AST):
            raise EditRefused("the change is in a place that is not understood")
        if isinstance(bound, ast.expr) and not literals.is_where_it_says(self._source, bound):
            reason = "the change is inside an f-string, whose parts this version of Python cannot place"
            raise EditRefused(f"{reason}: run with Python 3.12 or later" if sys.version_info < (3, 12) else reason)
        return bound

    def _node(self, old: ast.AST, new: ast.AST, parent: ast.AST | None) -> list[Edit]:
        if _code(old) == _code(new):
            return []
        is_name = bool(dotted(old)) and not PLACEHOLDER.search(dotted(old))  # matched as a whole
        if (type(old) is not type(new) and not are_functions(old, new)) or is_name or variable(old) or variable(new):
            return self._replaced(old, new, parent)
        if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
            found = self._literal(old, new)
            return self._replaced(old, new, parent) if found is None else found
        edits: list[Edit] = []
        left, right = self._before.shape.fields(old), self._after.shape.fields(new)
        for (field, before), (_, after) in zip(left, right, strict=True):
            found = self._field(old, new, field, before, after)
            if found is None:
                return self._replaced(old, new, parent)
            edits += found
        return edits

    def _literal(self, old: ast.Constant, new: ast.Constant) -> list[Edit] | None:
        """Return the edits of a part of a string or of bytes; None for other values."""
        target = self._match.env.target(old)
        if not isinstance(target, ast.Constant) or type(old.value) is not type(new.value):
            return None
        if not isinstance(old.value, str | bytes):
            return None
        around = None if literals.is_plain(self._source, target) else self._parent(target)
        if around is not None and not isinstance(around, ast.JoinedStr):
            return None
        return literals.edited(self._source, target, around, old, new, self._match.env)

    def _values(self, before: Sequence[ast.AST], after: Sequence[ast.AST]) -> list[Edit] | None:
        """Edit the text of an f-string where only that differs; None else."""
        if len(before) != len(after):
            return None
        edits: list[Edit] = []
        for old, new in zip(before, after, strict=True):
            if _code(old) == _code(new):
                continue
            if not isinstance(old, ast.Constant) or not isinstance(new, ast.Constant):
                return None
            found = self._literal(old, new)
            if found is None:
                return None
            edits += found
        return edits

    def _field(self, old: ast.AST, new: ast.AST, field: str, before: object, after: object) -> list[Edit] | None:
        """Return the edits for one field, or None when the node has to be replaced as a whole."""
        if isinstance(before, list) and isinstance(after, list):
            if [_code(each) for each in before] == [_code(each) for each in after]:
                return []
            if field in BRANCHES and not (before and after):
                return None  # a branch that comes or goes takes its header with it
            if before and isinstance(before[0], ast.stmt):
                block = getattr(self._target(old), field)
                return self._statements(before, after, block, docstring_offset(old, before, block))
            if field == "decorators":
                return self._decorators(old, before, after)
            if field == "values" and isinstance(old, ast.JoinedStr):
                return self._values(before, after)
            if field not in _LISTS or isinstance(old, ast.Global | ast.Nonlocal) or moves_run(before, after):
                return None
            return self._elements(old, field, before, after)
        if isinstance(before, ast.AST) and isinstance(after, ast.AST):
            return self._node(before, after, self._target(old)) if _has_place(before) else None
        if before == after and type(before) is type(after):
            return []
        return self._header(old, new, field, after)

    def _header(self, old: ast.AST, new: ast.AST, field: str, after: object) -> list[Edit] | None:
        """Edit the parts of a header that are no list."""
        target = self._target(old)

        def shown(node: ast.AST) -> str:
            return render(self._source, self._after, node, self._match.env)

        def named(name: str) -> str:
            return render_name(name, self._match.env)

        return headers.edits(self._source, target, new, field, after, headers.Code(shown=shown, named=named))

    def _replaced(self, old: ast.AST, new: ast.AST, parent: ast.AST | None) -> list[Edit]:
        target = self._target(old)
        if isinstance(target, ast.stmt) and isinstance(new, ast.stmt):
            self._check_mentioned([old])
            return self._put_in_place([target], [new])
        start, stop = span_of(self._source, target)
        code = render(self._source, self._after, new, self._match.env)
        if is_loose(new) and not is_loose(target) and not self._is_enclosed(start, stop):
            parent = parent or self._parent(target)
            if binds_tightly(parent, target) or isinstance(new, ast.NamedExpr):
                code = f"({code})"
        return [Edit(start, stop, code)]

    def _put_in_place(self, targets: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> list[Edit]:
        """Replace statements as a whole; the comments in them stay, unless the change names them.

        Those within a metavariable go with it, to another statement or away.
        """
        stays = {name for statement in new for _, name in placeholders(ast.dump(statement))}
        gone = [self._match.env.get(name) for name in self._before.names - stays]
        spans = [
            span_of(self._source, node)
            for bound in gone
            for node in (bound if isinstance(bound, tuple) else (bound,))
            if isinstance(node, ast.AST)
        ]
        return block_edits.replace(self._source, targets, self._code(new), named=self._comments.named, gone=spans)

    def _code(self, statements: Sequence[ast.stmt]) -> str:
        lines = self._comments.around(statements)
        return render_statements(self._source, self._after, statements, self._match.env, lines)

    def _check_mentioned(self, patterns: Sequence[ast.AST]) -> None:
        """Raise EditRefused when code that is replaced as a whole has parts that its pattern says nothing of."""
        for pattern in (node for root in patterns for node in ast.walk(root)):
            target = self._match.env.target(pattern)
            if not isinstance(target, ast.stmt) or variable(pattern):
                continue
            body, block = getattr(pattern, "body", []), getattr(target, "body", [])
            lost = [name for field, name in _BRANCHES if getattr(target, field, []) and not getattr(pattern, field, [])]
            if len(getattr(target, "decorator_list", [])) > len(getattr(pattern, "decorator_list", [])):
                lost.append("decorators")
            if isinstance(body, list) and body and docstring_offset(pattern, body, block):
                lost.append("a docstring")
            if getattr(target, "returns", None) is not None and getattr(pattern, "returns", None) is None:
                lost.append("a return annotation")
            lost += ["async" for plain, twin in TWINS if type(pattern) is plain and type(target) is twin]
            if lost:
                raise EditRefused(f"the change would lose {lost[0]} that the pattern does not name: write it out")
        if self._loses_await(patterns):
            raise EditRefused("the change would lose an await: write one change for sync and one for async code")

    def _loses_await(self, patterns: Sequence[ast.AST]) -> bool:
        """Tell whether a call is awaited that its pattern knows as a plain one."""
        nodes = [node for root in patterns for node in ast.walk(root)]
        awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
        calls = [node for node in nodes if isinstance(node, ast.Call) and id(node) not in awaited]
        targets = [self._match.env.target(node) for node in calls]
        return any(isinstance(each, ast.Call) and isinstance(self._parent(each), ast.Await) for each in targets)

    def _is_enclosed(self, start: int, stop: int) -> bool:
        content = self._source.text.content
        return content[:start].rstrip().endswith("(") and content[stop:].lstrip().startswith(")")

    def _parent(self, target: ast.AST) -> ast.AST | None:
        return self._source.index.parent(target)

    def _statements(
        self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], block: list[ast.stmt], origin: int
    ) -> list[Edit]:
        """Edit statements of a block, of which the first that was matched is at ``origin``."""
        edits: list[Edit] = []
        is_top = block is self._source.tree.body
        previous = ""
        for step in aligned(old, new):
            kind, a, b, c, d = step
            first, last = self._place(old, a, b, origin)
            if kind in ("kept", "edited", "guessed"):
                edits += self._edited(step, old[a], new[c], block[first:last])
                is_last = d == len(new)
                there, above = block[first:last], previous != "new"
                edits += self._comments.kept(self._source, there, old[a], new[c], above=above, below=is_last)
            elif kind in ("delete", "gone"):
                self._check_mentioned(old[a:b] if kind == "gone" else [])
                edits += block_edits.remove(self._source, block, first, last, top=is_top)
            elif kind == "insert":
                code = self._code(new[c:d])
                edits += block_edits.insert(self._source, block, first, code, top=is_top, with_below=a == 0)
            else:
                self._check_mentioned(old[a:b])
                edits += self._put_in_place(block[first:last], new[c:d])
            previous = "new" if kind in ("insert", "replace") else "kept"
        return edits

    def _edited(self, step: AlignedPart, old: ast.stmt, new: ast.stmt, there: Sequence[ast.stmt]) -> list[Edit]:
        if step.kind != "guessed":
            return self._node(old, new, None)
        try:
            return self._node(old, new, None)
        except EditRefused:
            self._check_mentioned([old])
            return self._put_in_place(there, [new])

    def _place(self, patterns: Sequence[ast.AST], first: int, last: int, origin: int) -> tuple[int, int]:
        """Return which statements of a block the patterns ``first`` up to ``last`` stand for."""
        ends = [origin]
        for pattern in patterns[:last]:
            bound = self._match.env.target(pattern)
            ends.append(ends[-1] + (len(bound) if isinstance(bound, tuple) else 1))
        return ends[first], ends[last]

    def _decorators(self, old: ast.AST, before: Sequence[ast.AST], after: Sequence[ast.AST]) -> list[Edit]:
        bound = [self._match.env.target(pattern) for pattern in before]
        targets = [
            each if isinstance(each, tuple) else (self._target(pattern),)
            for each, pattern in zip(bound, before, strict=True)
        ]
        codes = ["" if variable(each) else render(self._source, self._after, each, self._match.env) for each in after]
        return decorators.edits(self._source, self._target(old), targets, codes, _operations(before, after))

    def _elements(self, old: ast.AST, field: str, before: Sequence[ast.AST], after: Sequence[ast.AST]) -> list[Edit]:
        target = self._target(old)
        matched = Nodes().list_of(target, field)
        if isinstance(target, ast.ClassDef) and not (matched and self._leaves_any(before, after, matched)):
            return self._bases(target, after)
        edits: list[Edit] = []
        places = self._positions(before, matched)
        for tag, a, b, c, d in _operations(before, after):
            if tag == "equal":
                continue
            if tag == "replace" and b - a == d - c:
                for left, right in zip(before[a:b], after[c:d], strict=True):
                    edits += self._node(left, right, target)
                continue
            listed = lists.elements_of(self._source, target)
            if len(listed.spans) != len(matched):
                raise EditRefused("the elements of the list cannot be told apart")
            new = [self._element(each) for each in after[c:d]]
            first = places[a][0] if a < len(places) else len(matched)
            if tag in ("delete", "replace"):
                if tag == "replace":
                    start, stop = listed.spans[first][0], listed.spans[places[b - 1][1] - 1][1]
                    edits.append(Edit(start, stop, lists.separator(self._source, listed).join(new)))
                else:
                    edits += lists.remove(self._source, listed, first, places[b - 1][1])
            else:
                edits += lists.insert(self._source, listed, first, [text for text in new if text])
        return self._as_tuple(target, matched, before, after, edits) if isinstance(target, ast.Tuple) else edits

    def _as_tuple(
        self,
        target: ast.Tuple,
        matched: Sequence[ast.AST],
        before: Sequence[ast.AST],
        after: Sequence[ast.AST],
        edits: list[Edit],
    ) -> list[Edit]:
        """Keep the comma of a tuple of which one element is left."""
        kept = {_code(each) for each in after}
        places = self._positions(before, matched)
        left = [
            index
            for pattern, place in zip(before, places, strict=True)
            if _code(pattern) in kept and self._match.env.target(pattern) != ()
            for index in range(*place)
        ]
        if len(left) != 1 or not edits or not kept <= {_code(each) for each in before}:
            return edits
        return lists.tuple_of_one(self._source, lists.elements_of(self._source, target), left[0], edits)

    def _leaves_any(self, before: Sequence[ast.AST], after: Sequence[ast.AST], matched: Sequence[ast.AST]) -> bool:
        """Tell whether elements are left: a run may stand for none."""
        bound = [self._match.env.target(pattern) for pattern in before]
        taken = sum(len(each) if isinstance(each, tuple) else 1 for each in bound)
        empty = {variable(pattern) for pattern, each in zip(before, bound, strict=True) if each == ()}
        return taken < len(matched) or any(variable(each) is None or variable(each) not in empty for each in after)

    def _bases(self, target: ast.ClassDef, after: Sequence[ast.AST]) -> list[Edit]:
        """Give a class its first bases, or take away its last ones, brackets included."""
        text = self._source.text
        start = text.content.index(target.name, text.span(target)[0] + len("class")) + len(target.name)
        stop = start
        if target.bases or target.keywords:
            stop = lists.elements_of(self._source, target).stop + 1
        bases = ", ".join(filter(None, map(self._element, after)))
        return [Edit(start, stop, f"({bases})" if bases else "")]

    def _positions(self, patterns: Sequence[ast.AST], targets: Sequence[ast.AST]) -> list[tuple[int, int]]:
        """Return for each pattern of a list which elements it stands for, in the order they are written."""
        found: list[tuple[int, int]] = []
        places = {identity(each): index for index, each in enumerate(targets)}
        for pattern in patterns:
            bound = self._match.env.target(pattern)
            nodes = bound if isinstance(bound, tuple) else (bound,)
            indexes = [places[identity(node)] for node in nodes if identity(node) in places]
            last = found[-1][1] if found else 0
            found.append((min(indexes), max(indexes) + 1) if indexes else (last, last))
        return found

    def _element(self, node: ast.AST) -> str:
        if isinstance(node, Parameter) and node.kind in ("star", "slash"):
            return "*" if node.kind == "star" else "/"
        return render(self._source, self._after, node, self._match.env)


def _operations(old: Sequence[ast.AST], new: Sequence[ast.AST]) -> list[tuple[str, int, int, int, int]]:
    left, right = [_code(each) for each in old], [_code(each) for each in new]
    return list(difflib.SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes())


def _has_place(node: ast.AST) -> bool:
    """Tell whether a node has a position: operators and the like have none."""
    return hasattr(node, "lineno") or isinstance(node, Parameter | Item)
