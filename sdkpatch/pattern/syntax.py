"""Parse patterns: ``$NAME`` stands for one thing, ``$$$NAME`` for any number, ``$_`` and ``$$$`` have no name.

``${NAME}`` is ``$NAME`` where a name goes on behind it; ``${NAME.pascal}`` writes it in another way.

Metavariables become identifiers of their own, so that Python's own parser reads the pattern.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..bounds.nesting import is_too_deep
from ..python.index import dotted
from ..python.text import Text
from . import name_parts
from .nodes import Item, Nodes, Parameter, parameters

_MARK = "_sdkpatch_"
ONE, RUN = f"{_MARK}one_", f"{_MARK}run_"
_VARIABLE = re.compile(
    r"\$\$\$([A-Z][A-Z0-9_]*)?|\$\{(?P<name>[A-Z][A-Z0-9_]*)(?:\.(?P<style>[a-z]+))?\}|\$([A-Z][A-Z0-9_]*|_(?![A-Za-z0-9_]))"
)
PLACEHOLDER = re.compile(r"_sdkpatch_(one|run)_([A-Z][A-Z0-9_]*?(?:_as_[a-z]+_end_|(?=_sdkpatch_|[^A-Z0-9_]|$))|_)")
_ADJACENT = re.compile(rf"{PLACEHOLDER.pattern}{PLACEHOLDER.pattern}")
DEFAULT = "_sdkpatch_default"
"""What a metavariable behind a parameter with a default has for one: Python wants a default there."""

ADDED_BODY = "SDKPATCHBODY"
"""The name of the run that a header alone is given as its block: before and after it is the same block."""

KINDS = ("expression", "statements", "except", "decorator", "item", "parameter", "keyword")
_ONE_THING = {
    "except": "except clause",
    "decorator": "decorator",
    "item": "dict item",
    "parameter": "parameter",
    "keyword": "keyword argument",
}
_WRAPPERS = {
    "except": ("try:\n    pass\n", ""),
    "decorator": ("", "\ndef f(): ..."),
    "item": ("{\n", "\n}"),
    "parameter": ("def f(\n", "\n): ..."),
    "keyword": ("f(\n", "\n)"),
}


_SIGNS: dict[type[ast.AST], str] = {
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.FloorDiv: "//",
    ast.Pow: "**", ast.Mod: "%", ast.MatMult: "@", ast.And: "and", ast.Or: "or", ast.Not: "not", ast.Is: "is",
    ast.IsNot: "is", ast.In: "in", ast.NotIn: "in", ast.Eq: "==", ast.Lambda: "lambda", ast.Await: "await",
}  # fmt: skip
"""How Python writes what has one spelling only."""

_DEEPEST = 150
"""Levels of nesting."""


class PatternProblem(Exception):
    """A pattern that cannot be used; ``reason`` says why, ``line`` is its line in the pattern, ``hint`` what to do."""

    def __init__(self, reason: str, line: int = 0, hint: str = "") -> None:
        super().__init__(reason, line, hint)
        self.reason = reason
        self.line = line
        self.hint = hint


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
        return frozenset(name_parts.base(name) for _, name in placeholders(self.text.content) if name != "_")


def placeholders(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind (``one`` or ``run``) and name of every metavariable in a pattern's text."""
    for found in PLACEHOLDER.finditer(text):
        yield found[1], name_parts.key(found[2])


def parse(source: str, kinds: Sequence[str] = ("expression", "statements", *KINDS[2:5])) -> Pattern:
    """Parse a pattern as the first of ``kinds`` that it can be. Raises PatternProblem."""
    source = textwrap.dedent(source).strip("\n")
    if not source.strip():
        raise PatternProblem("an empty pattern")
    problem: SyntaxError | None = None
    for kind in kinds:
        for starred in (True, False):
            try:
                return _checked(_parse_as(kind, _named(source, starred_braces=starred)))
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
    if pattern.kind in _ONE_THING and len(pattern.nodes) != 1:
        name = _ONE_THING[pattern.kind]
        hint = "write what is around them, with $$$A for the rest, such as a call, a dict, a header or a try"
        raise PatternProblem(f"one {name} is expected, and it holds {len(pattern.nodes)}", hint=hint)
    return pattern


def _named(source: str, *, starred_braces: bool) -> str:
    """Write metavariables as identifiers, in the form that Python allows in their place.

    A run becomes ``**run`` in braces if ``starred_braces`` (a dict has no other place for it), and in a call behind a
    keyword argument. Behind a parameter with a default every metavariable gets a default.
    """
    out, frames = "", [_Frame("")]
    for part in _PARTS.finditer(source):
        text, frame = part[0], frames[-1]
        variable = _VARIABLE.fullmatch(text)
        if variable is None:
            out += _VARIABLE.sub(_identifier, text)  # a string: parts of it may be metavariables
            if text in _OPENING:
                frames.append(_Frame(text, is_header=text == "(" and _HEADER.search(out[:-1]) is not None))
            elif text in _CLOSING and len(frames) > 1:
                frames.pop()
            elif text == "=":
                frame.is_behind = True
            elif text == "*" and frame.is_header:
                frame.is_behind = False  # what follows a bare star needs no default
            continue
        run = text.startswith("$$$")
        starred = (frame.opening == "{" and starred_braces) or (
            frame.opening == "(" and frame.is_behind and not frame.is_header
        )
        rest = source[part.end() :].lstrip()
        needs_default = frame.is_header and frame.is_behind and rest[:1] in ("", ",", ")") and out.rstrip()[-1:] == ","
        out += "**" if run and starred and out.rstrip()[-1:] in _BEFORE_A_RUN else ""
        out += _identifier(variable) + (f"={DEFAULT}" if needs_default else "")
    return out


class _Frame:
    """An open bracket; ``is_behind`` tells that a keyword argument, or a parameter with a default, came in it."""

    def __init__(self, opening: str, *, is_header: bool = False) -> None:
        self.opening = opening
        self.is_header = is_header
        self.is_behind = False


_OPENING, _CLOSING, _BEFORE_A_RUN = "([{", ")]}", "([{,"
_HEADER = re.compile(r"\bdef\s+\w+\s*(\[[^\]]*\]\s*)?$")
_PARTS = re.compile(
    r"""\#[^\n]* | \"{3}(?:\\.|.)*?\"{3} | '{3}(?:\\.|.)*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | \$\$\$(?:[A-Z][A-Z0-9_]*)? | \$\{[A-Z][A-Z0-9_]*(?:\.[a-z]+)?\}
    | \$(?:[A-Z][A-Z0-9_]*|_(?![A-Za-z0-9_])) | [=!<>:]?==? | .""",
    re.VERBOSE | re.DOTALL,
)
"""Comments, strings, metavariables, signs of equality, and single characters."""


def _identifier(found: re.Match[str]) -> str:
    if found["name"]:
        style = found["style"] or ""
        if style and style not in name_parts.FILTERS:
            known = ", ".join(sorted(name_parts.FILTERS))
            raise PatternProblem(f"there is no filter {style}", hint=f"filters: {known}")
        return ONE + name_parts.written_as(found["name"], style)
    name = found[0].lstrip("$") or "_"
    return (RUN if found[0].startswith("$$$") else ONE) + name


def adjacent(pattern: Pattern) -> str:
    """Return what is wrong with a pattern whose metavariables stand side by side, or an empty string."""
    found = _ADJACENT.search(pattern.text.content)
    if found is None:
        return ""
    one, other = name_parts.key(found[2]), name_parts.key(found[4])
    return f"text has to stand between ${one} and ${other}: nobody could tell where one ends"


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
    _unstar(tree)
    nodes = _nodes(kind, tree)
    return Pattern(kind=kind, nodes=tuple(nodes), text=Text(text.encode()), shape=Nodes(), added_body=added)


def _unstar(tree: ast.Module) -> None:
    """Make every ``**run`` of a call or a class a plain run: it is the same one wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.ClassDef):
            runs = [each for each in node.keywords if variable(each)]
            node.keywords = [each for each in node.keywords if each not in runs]
            (node.args if isinstance(node, ast.Call) else node.bases).extend(each.value for each in runs)


def _nodes(kind: str, tree: ast.Module) -> Sequence[ast.AST]:
    statement = tree.body[0] if tree.body else None
    match kind, statement:
        case "expression", ast.Expr(value=value) if len(tree.body) == 1 and not _is_text(value):
            return [value]
        case "statements", ast.stmt():
            return tree.body
        case "except", ast.Try(handlers=handlers, orelse=[], finalbody=[]) if len(tree.body) == 1 and handlers:
            return handlers
        case "decorator", ast.FunctionDef(decorator_list=decorators) if len(tree.body) == 1:
            return decorators
        case "item", ast.Expr(value=ast.Dict(keys=keys, values=values)) if len(tree.body) == 1 and keys:
            return [Item(key, value) for key, value in zip(keys, values, strict=True)]
        case "parameter", ast.FunctionDef(args=arguments, returns=None) if len(tree.body) == 1:
            return parameters(arguments)
        case "keyword", ast.Expr(value=ast.Call(func=ast.Name()) as call) if len(tree.body) == 1 and call.keywords:
            return [*call.args, *call.keywords]
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
    if isinstance(node, ast.expr):
        return node.id if isinstance(node, ast.Name) else None
    match node:
        case str():
            return node
        case ast.Expr(value=ast.Name(id=name)) | ast.arg(arg=name, annotation=None):
            return name
        case Parameter(kind="plain", arg=name, annotation=None, default=None | ast.Name(id="_sdkpatch_default")):
            return name
        case ast.alias(name=name, asname=None):
            return name
        case Item(key=None, value=ast.Name(id=name)):
            return name
        case ast.keyword(arg=None, value=ast.Name(id=name)):
            return name if name.startswith(RUN) else None
        case ast.withitem(context_expr=ast.Name(id=name), optional_vars=None):
            return name if name.startswith(RUN) else None
        case _:
            return None


def variable(node: object) -> tuple[str, str] | None:
    """Return kind and name when a node, or a name in it, is nothing but a metavariable."""
    name = _only_name(node)
    found = PLACEHOLDER.fullmatch(name) if isinstance(name, str) and name.startswith(_MARK) else None
    return (found[1], name_parts.key(found[2])) if found else None


def words(pattern: Pattern) -> frozenset[str]:
    """Return identifiers that a file must contain to match.

    Of a dotted name only the last: what is in front of it may be in a relative import, or in none.
    """
    return _all_words(pattern.nodes)


@lru_cache(maxsize=256)
def _all_words(nodes: tuple[ast.AST, ...]) -> frozenset[str]:
    found = {word for root in nodes for word in _words(root) if not PLACEHOLDER.search(word)}
    return frozenset(found - {DEFAULT})


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


@lru_cache(maxsize=256)
def pieces(nodes: tuple[ast.AST, ...]) -> frozenset[bytes]:
    """Return what the bytes of a file must contain to match these nodes: identifiers, constants, operators."""
    below = [node for root in nodes for node in ast.walk(root)]
    constants = {
        str(node.value)
        for node in below
        if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))
    }
    signs = {_SIGNS[type(node)] for node in below if type(node) in _SIGNS}
    return frozenset(each.encode() for each in (*_all_words(nodes), *constants, *signs))


def is_specific(pattern: Pattern) -> bool:
    """Tell whether a pattern holds anything but metavariables."""
    return not all(variable(node) for node in pattern.nodes)
