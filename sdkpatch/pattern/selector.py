"""Selectors: globs over qualified names, for the functions, classes, fields and parameters of a module."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..bounds.wildcards import matcher
from ..python.source import COMPOUND, Block, Source, same
from .nodes import Parameter, parameters

_GRAMMAR = re.compile(r"(?P<name>[A-Za-z_*?{][\w*?{},.\[\]#@-]*)(\((?P<parameter>[\w*?{},]+)\))?")
_MARK = re.compile(r"#(?P<number>-?[1-9][0-9]{0,3})(?![\w-])|@(?P<decorator>[A-Za-z_]\w*)")
"""Which of several definitions of one name: the number, from the end if negative, or a decorator's last name."""
_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_NAMING = _DEFINITIONS | {ast.AnnAssign, ast.Assign}
_LONGEST, _MOST_BRACES, _MOST_CHOICES = 500, 4, 32
"""Characters, braces and commas of a selector: choices multiply."""


class Target(NamedTuple):
    """Something with a qualified name. ``kind`` is module, class, function, field, parameter or return.

    ``node`` is the definition, the assignment, or the Parameter; ``owner`` the function of a parameter, and the
    module or class a definition stands in; ``block`` the statements it stands among.
    """

    kind: str
    name: str
    node: ast.AST
    owner: ast.AST
    block: Block

    @property
    def line(self) -> int:
        """The line it stands on."""
        node = self.node.node if isinstance(self.node, Parameter) and self.node.node else self.node
        return getattr(node, "lineno", getattr(self.owner, "lineno", 1))

    @property
    def flavour(self) -> str:
        """``sync`` or ``async`` for what is in a function, else empty."""
        function = self.owner if self.kind in ("parameter", "return") else self.node
        if isinstance(function, ast.AsyncFunctionDef) or self.name.startswith("Async"):
            return "async"
        return "sync" if isinstance(function, ast.FunctionDef) else ""


def problem(selector: str) -> str:
    """Return what is wrong with a selector, or an empty string."""
    if not _GRAMMAR.fullmatch(selector):
        return 'write a glob over names such as "*Client.connect", "Settings.agent" or "*Client.send(message)"'
    if selector.strip("*.?") == "":
        return "it selects everything"
    if re.search(r"[#@]|-", _MARK.sub("", selector)):
        return 'write "#2" or "#-1" behind a name for one of several definitions, or "@setter" for a decorated one'
    if any(map(_MARK.search, re.findall(r"\{[^}]*\}", selector))):
        return "a number or a decorator stands behind a whole name, not within braces"
    if not _is_balanced(selector):
        return "a brace is not closed"
    if len(selector) > _LONGEST or selector.count("{") > _MOST_BRACES or selector.count(",") > _MOST_CHOICES:
        return "it has too many braces, choices or characters"
    return ""


def _is_balanced(selector: str) -> bool:
    depth = 0
    for char in selector:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth < 0:
            return False
    return depth == 0


def words(selector: str) -> tuple[str, ...]:
    """Return pieces of text that a file must contain to have what a selector names."""
    decorators = {found["decorator"] for found in _MARK.finditer(selector) if found["decorator"]}
    name, _, parameter = _MARK.sub("", selector).removesuffix(")").partition("(")
    plain = [re.split(r"[*?.]+|\{[^}]*\}", part) for part in (name, parameter) if part]
    found = {piece for pieces in plain for piece in pieces if piece}
    return tuple(sorted((found - {"module", "return"}) | decorators))


@lru_cache(maxsize=256)
def _alternatives(glob: str) -> tuple[str, ...]:
    """Return a glob without braces for each choice of what stands in them."""
    before, brace, rest = glob.partition("{")
    if not brace:
        return (glob,)
    depth, parts, tail = 1, [""], ""
    for at, char in enumerate(rest, 1):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if not depth:
            tail = rest[at:]
            break
        if char == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += char
    tails = _alternatives(tail)
    return tuple(before + inner + each for part in parts for inner in _alternatives(part) for each in tails)


def _fits(glob: str, name: str) -> bool:
    return any(matcher(each, ".")(name) for each in _alternatives(glob))


def select(source: Source, selectors: Sequence[str]) -> list[Target]:
    """Return what any of the selectors names, in source order; ``module`` names the module itself."""
    found = [module(source)] if "module" in selectors else []
    marked = [each for each in selectors if _MARK.search(each)]
    own = _Namesakes(source) if marked else None
    return found + [
        target
        for target in targets(source)
        if any(
            matches(each, target.name) and (each not in marked or own is None or own.fit(each, target))
            for each in selectors
        )
    ]


class _Namesakes:
    """Tells definitions of one name apart, in what they stand in: which in order it is, and what decorates it."""

    def __init__(self, source: Source) -> None:
        self._outer: dict[int, int] = {}
        self._marks: dict[int, tuple[int, frozenset[str]]] = {}
        self._counts: dict[tuple[int, str], int] = {}
        self._keys: dict[int, tuple[int, str]] = {}
        for target in definitions(source):
            key = id(target.owner), target.name
            self._counts[key] = self._counts.get(key, 0) + 1
            decorators: list[ast.expr] = getattr(target.node, "decorator_list", [])
            names = frozenset(filter(None, map(_last_name, decorators)))
            self._marks[id(target.node)] = self._counts[key], names
            self._keys[id(target.node)] = key
            self._outer[id(target.node)] = id(target.owner)

    def fit(self, selector: str, target: Target) -> bool:
        """Tell whether a target that has the selector's name is the one of its namesakes that is meant."""
        at = id(target.owner if target.kind in ("parameter", "return") else target.node)
        for marks in reversed(_marks(selector)):
            number, decorators = self._marks[at]
            for found in _MARK.finditer(marks):
                wanted = int(found["number"] or 0)
                count = self._counts[self._keys[at]]
                if wanted and number != (wanted if wanted > 0 else count + 1 + wanted):
                    return False
                if found["decorator"] and found["decorator"] not in decorators:
                    return False
            at = self._outer[at]
        return True


def _marks(selector: str) -> list[str]:
    """Return for each part of a selector's name what tells its namesakes apart, mostly nothing."""
    parts = re.sub(r"\{[^}]*\}", "", selector.partition("(")[0]).split(".")
    return ["".join(found[0] for found in _MARK.finditer(part)) for part in parts]


def _last_name(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def matches(selector: str, name: str) -> bool:
    """Tell whether a selector names what has this qualified name, or one of those that have it."""
    wanted = _GRAMMAR.fullmatch(_MARK.sub("", selector))
    plain, _, parameter = name.removesuffix(")").partition("(")
    if wanted is None or bool(wanted["parameter"]) != bool(parameter):
        return False
    return _fits(wanted["name"], plain) and (not parameter or _fits(wanted["parameter"], parameter))


def names_exactly(selectors: Sequence[str], name: str) -> bool:
    """Tell whether a selector that names something has its last name without wildcards."""
    return any(matches(each, name) and not set(each.rpartition(".")[2]) & set("*?{") for each in selectors)


def module(source: Source) -> Target:
    """Return the module as a target."""
    return Target(kind="module", name="module", node=source.tree, owner=source.tree, block=source.tree.body)


def targets(source: Source) -> Iterator[Target]:
    """Yield everything in a module that has a qualified name, in source order."""
    for target in definitions(source):
        yield target
        node = target.node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for parameter in parameters(node.args):
                if parameter.arg:
                    yield Target("parameter", f"{target.name}({parameter.arg})", parameter, node, target.block)
            yield Target("return", f"{target.name}(return)", node, node, target.block)


def definitions(source: Source) -> tuple[Target, ...]:
    """Return the classes, functions and fields of a module, in source order."""
    return source.once(_definitions)


def _definitions(source: Source) -> tuple[Target, ...]:
    return tuple(_in_blocks(source.tree, "", source.tree))


def _in_blocks(tree: ast.AST, prefix: str, owner: ast.AST) -> Iterator[Target]:
    there = [(each, block) for block in _own_blocks(tree) for each in block if type(each) in _NAMING]
    for statement, block in sorted(there, key=lambda each: each[0].lineno):
        yield from _of_statement(statement, prefix, owner, block)


def _own_blocks(tree: ast.AST) -> Iterator[Block]:
    """Yield the blocks of a definition that are not those of another definition within it."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(tree, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
            for statement in block:
                if type(statement) in COMPOUND and type(statement) not in _DEFINITIONS:
                    yield from _own_blocks(statement)
    for part in (*getattr(tree, "handlers", ()), *getattr(tree, "cases", ())):
        yield from _own_blocks(part)


def _of_statement(statement: ast.stmt, prefix: str, owner: ast.AST, block: Block) -> Iterator[Target]:
    match statement:
        case ast.ClassDef(name=name):
            yield Target(kind="class", name=prefix + name, node=statement, owner=owner, block=block)
            yield from _in_blocks(statement, f"{prefix}{name}.", statement)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield Target(kind="function", name=prefix + name, node=statement, owner=owner, block=block)
            yield from _in_blocks(statement, f"{prefix}{name}.", statement)
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            if not isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Target(kind="field", name=prefix + name, node=statement, owner=owner, block=block)
        case _:
            pass


def doubled(source: Source) -> Mapping[str, tuple[int, int]]:
    """Return what is defined twice in one block, with its lines: Fern emits no such thing, a line merge does.

    Overloads and setters are decorated; a name that a module assigns twice may be meant, the same assignment is not.
    """
    return source.once(_doubled)


def _doubled(source: Source) -> dict[str, tuple[int, int]]:
    known: dict[tuple[int, str], Target] = {}
    found: dict[str, tuple[int, int]] = {}
    for target in definitions(source):
        if getattr(target.node, "decorator_list", None):
            continue
        first = known.setdefault((id(target.block), target.name), target)
        is_variable = target.kind == "field" and not isinstance(target.owner, ast.ClassDef)
        if first is not target and (not is_variable or same(first.node, target.node)):
            found.setdefault(target.name, (first.line, target.line))
    return found


def enclosing(source: Source, line: int) -> Target:
    """Return the innermost function or class around a line, or the module."""
    starts, ranges = source.once(_ranges)
    at = bisect_right(starts, line) - 1
    while at >= 0 and line > ranges[at].stop:
        at = ranges[at].around
    return ranges[at].target if at >= 0 else module(source)


class _Range(NamedTuple):
    """A class or function with its last line; ``around`` is the place of the one it is in, -1 for the module."""

    target: Target
    stop: int
    around: int


def _ranges(source: Source) -> tuple[list[int], list[_Range]]:
    """Return the first lines of classes and functions, and for each of them where it ends and what it is in."""
    starts: list[int] = []
    ranges: list[_Range] = []
    at = -1
    for target in definitions(source):
        if target.kind == "field":
            continue
        start, stop = _range(target.node)
        while at >= 0 and ranges[at].stop < start:
            at = ranges[at].around
        ranges.append(_Range(target, stop, at))
        starts.append(start)
        at = len(ranges) - 1
    return starts, ranges


def _range(node: ast.AST) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    start = min([getattr(node, "lineno", 1), *(each.lineno for each in decorators)])
    return start, getattr(node, "end_lineno", start)
