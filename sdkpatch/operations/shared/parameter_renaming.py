"""A parameter that gets another name: its uses in the body, its docstring entry, and the calls that name it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ...errors import EditRefused
from ...model import Conflict
from ...operation import Held, ToDo
from ...pattern import selector
from ...pattern.nodes import Parameter, parameters
from ...pattern.selector import Target, matches
from ...python.index import dotted
from ...python.source import Function, Source, docstring_text, is_docstring
from ...python.text import Edit
from .name_uses import UnclearUse, Uses, bound


class Renaming(NamedTuple):
    """The functions by selectors, the parameter's name and its new one."""

    functions: tuple[str, ...]
    old: str
    new: str

    def names(self, function: str) -> bool:
        """Tell whether a function of this qualified name is meant."""
        return any(matches(each, function) for each in self.functions)


class FunctionJudge:
    """One function: whether its parameter has the new name, everywhere."""

    def __init__(self, source: Source, renaming: Renaming, target: Target, node: Function) -> None:
        self._source = source
        self._renaming = renaming
        self._target = target
        self._node = node

    def verdict(self) -> Held | ToDo | Conflict | None:
        """Judge the function; None where it has neither name and the selector names it by a wildcard only."""
        old, new = self._renaming.old, self._renaming.new
        known = {each.arg: each for each in parameters(self._node.args) if each.arg}
        if old in known and new in known:
            hint = "the generator emits it now, or a merge left both: remove one of the two"
            return Conflict(reason=f"it has parameters {old} and {new}", hint=hint)
        if old not in known and new not in known:
            hint = "the generator moved or renamed it: bring the step up to date"
            lost = Conflict(reason=f"it has no parameter {old}", hint=hint)
            return lost if selector.names_exactly(self._renaming.functions, self._target.name) else None
        try:
            uses = self._uses(known)
        except UnclearUse as unclear:
            return Conflict(reason=unclear.reason, hint="rename there by hand, or leave the function out")
        documented = [*self._entry(), *self._examples()]
        if old not in known and not uses and not documented:
            return Held()
        return ToDo(work=partial(self._edits, known.get(old), uses, documented))

    def _uses(self, known: dict[str, Parameter]) -> list[ast.Name]:
        """Return the uses of the old name that mean the parameter. Raises Unclear."""
        old, new = self._renaming.old, self._renaming.new
        if old not in known:
            return self._left()
        parameter = known[old]
        if parameter.kind != "plain":
            raise UnclearUse(f"{old} is *args or **kwargs, and no call can name it")
        first = next(iter(known))
        if isinstance(self._target.owner, ast.ClassDef) and old == first and old in ("self", "cls"):
            raise UnclearUse(f"{old} is the object that the method is called on")
        if new in bound(self._node.body) or Uses(new).of(self._node):
            raise UnclearUse(f"the body uses the name {new} for something else")
        return Uses(old, hidden=new).of(self._node)

    def _left(self) -> list[ast.Name]:
        """Return uses of the old name that a merge left where the parameter has the new one."""
        old = self._renaming.old
        if old in bound(self._node.body) or old in bound(self._source.tree.body):
            return []
        calls = {id(each.func) for each in ast.walk(self._node) if isinstance(each, ast.Call)}
        is_builtin = hasattr(builtins, old)
        return [each for each in Uses(old).of(self._node) if not (is_builtin and id(each) in calls)]

    def _docstring(self) -> ast.stmt | None:
        bodies = [self._node.body]
        if self._node.name == "__init__" and isinstance(self._target.owner, ast.ClassDef):
            bodies.append(self._target.owner.body)
        return next((body[0] for body in bodies if body and is_docstring(body[0])), None)

    def _entry(self) -> Iterator[Edit]:
        """Yield the edit of the entry in the docstring's Parameters section."""
        statement = self._docstring()
        if statement is None or not re.search(r"^[ \t]*Parameters\n[ \t]*-+", docstring_text(statement), re.MULTILINE):
            return
        text, old = self._source.text, self._renaming.old
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        heading = next((line for line in range(first, last) if text.line(line).strip() == "Parameters"), None)
        if heading is None:
            return
        indent = text.indent(heading)
        for line in range(heading + 2, last + 1):
            content = text.line(line)
            if re.match(rf"{indent}-{{3,}}[ \t]*$", content):  # the underline of the next section's heading
                return
            if re.match(rf"{indent}{re.escape(old)}[ \t]*(:|$)", content):
                start = text.start_of(line) + len(indent)
                yield Edit(start, start + len(old), self._renaming.new)

    def _examples(self) -> Iterator[Edit]:
        """Yield the edits of calls of the function in the docstring's Examples section, where that is Python."""
        statement = self._docstring()
        if statement is None or self._node.name == "__init__":
            return
        text, last = self._source.text, statement.end_lineno or statement.lineno
        heading = next((each for each in range(statement.lineno, last) if text.line(each).strip() == "Examples"), 0)
        lines = [text.line(each) for each in range(heading + 2, last)] if heading else []
        indent = text.indent(heading) if heading else ""
        try:
            parsed = ast.parse("\n".join(each.removeprefix(indent) for each in lines))
        except (SyntaxError, ValueError):
            return
        for node in ast.walk(parsed):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == self._node.name:
                for each in node.keywords:
                    if each.arg == self._renaming.old and each.lineno <= len(lines):
                        start = text.offset(heading + 1 + each.lineno, each.col_offset + len(indent.encode()))
                        yield Edit(start, start + len(self._renaming.old), self._renaming.new)

    def _edits(self, parameter: Parameter | None, uses: Sequence[ast.Name], documented: Sequence[Edit]) -> list[Edit]:
        nodes: list[ast.AST] = [*uses]
        if parameter is not None and parameter.node is not None:
            nodes.append(parameter.node)
        edits = [renamed(self._source, node, self._renaming) for node in nodes]
        return [*edits, *documented]


def renamed(source: Source, node: ast.AST, renaming: Renaming) -> Edit:
    """Return the edit of a name where a node starts. Raises EditRefused where the text there is another."""
    start = source.text.span(node)[0]
    stop = start + len(renaming.old)
    if source.text.content[start:stop] != renaming.old:
        raise EditRefused(f"{renaming.old} is used where it cannot be located, such as in an f-string")
    return Edit(start, stop, renaming.new)


class NamedCall(NamedTuple):
    """A call of a renamed function that names the parameter, by its old or new name; ``keywords`` are the old ones."""

    call: ast.Call
    keywords: tuple[ast.keyword, ...]
    both: bool


def named_calls(source: Source, renaming: Renaming) -> Iterator[NamedCall]:
    """Yield the calls whose callee can be told to be a renamed function, in source order."""
    known = bound(source.tree.body)
    classes = {each.name: each for each in source.tree.body if isinstance(each, ast.ClassDef)}
    for owner, function, hidden, call in _calls(source.tree, None, None, frozenset()):
        names = {each.arg for each in call.keywords} & {renaming.old, renaming.new}
        if not names or dotted(call.func).split(".")[0] in hidden - {""}:
            continue
        callees = [*_callees(call, owner, known, classes), *_of_parameter(call, function)]
        if any(renaming.names(each) and _takes(source, each, renaming) for each in callees):
            old = tuple(each for each in call.keywords if each.arg == renaming.old)
            yield NamedCall(call, old, both=len(names) == 2)


def _calls(
    tree: ast.AST, owner: ast.ClassDef | None, function: Function | None, hidden: frozenset[str]
) -> Iterator[tuple[ast.ClassDef | None, Function | None, frozenset[str], ast.Call]]:
    """Yield every call, with the class and the innermost function around it, and what lambdas around it bind."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield owner, function, hidden, node
        inner, names = function, hidden
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner, names = node, frozenset[str]()
        elif isinstance(node, ast.Lambda):
            names = hidden | {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            targets = (each for part in node.generators for each in ast.walk(part.target))
            names = hidden | {each.id for each in targets if isinstance(each, ast.Name)}
        yield from _calls(node, node if isinstance(node, ast.ClassDef) else owner, inner, names)


def _callees(
    call: ast.Call, owner: ast.ClassDef | None, known: set[str], classes: Mapping[str, ast.ClassDef]
) -> Iterator[str]:
    """Yield the qualified names that a call's function has: of its own class, a base, the raw client, a class.

    ``known`` are the names of the module: what a variable of a function holds cannot be told.
    """
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        if dotted(call.func.value.func) == "super" and owner is not None:
            yield from _inherited(owner, call.func.attr, classes)
        return
    path = dotted(call.func)
    head, _, name = path.rpartition(".")
    if not head:
        yield from (name, f"{name}.__init__")
    elif owner is not None and head in ("self", "cls"):
        yield f"{owner.name}.{name}"
        if not _defines(owner, name):
            yield from _inherited(owner, name, classes)
    elif owner is not None and head.startswith("self.") and head.count(".") == 1:
        yield from (f"{each}.{name}" for each in _held_by(owner, head.removeprefix("self.")))
    elif head.split(".")[0] in known:
        yield from (f"{head.rpartition('.')[2]}.{name}", f"{name}.__init__")


def _defines(owner: ast.ClassDef, name: str) -> bool:
    return any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name for each in owner.body)


def _inherited(
    owner: ast.ClassDef, name: str, classes: Mapping[str, ast.ClassDef], seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the qualified names that a method has in the bases of a class, up to the first base that defines it."""
    for base in owner.bases:
        last = dotted(base).rpartition(".")[2]
        yield f"{last}.{name}"
        above = classes.get(last)
        if above is not None and _defines(above, name):
            return
        if above is not None and last not in seen:
            yield from _inherited(above, name, classes, seen | {last})


def _of_parameter(call: ast.Call, function: Function | None) -> Iterator[str]:
    """Yield the qualified name of a method that is called on a parameter whose annotation is a class."""
    if function is None or not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
        return
    name = call.func.value.id
    if name in bound(function.body):
        return
    for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if each.arg == name and each.annotation is not None and dotted(each.annotation):
            yield f"{dotted(each.annotation).rpartition('.')[2]}.{call.func.attr}"


def _held_by(owner: ast.ClassDef, attribute: str) -> Iterator[str]:
    """Yield the classes of what an attribute of a class holds: those it is made with, or Fern's name for a raw one."""
    found = False
    for node in ast.walk(owner):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and any(
            isinstance(each, ast.Attribute) and dotted(each) == f"self.{attribute}" for each in targets
        ):
            found = True
            yield dotted(value.func).rpartition(".")[2]
    if not found and attribute == "_raw_client":
        is_async = owner.name.startswith("Async")
        yield f"AsyncRaw{owner.name[5:]}" if is_async else f"Raw{owner.name}"


def _takes(source: Source, name: str, renaming: Renaming) -> bool:
    """Tell whether a function may have the parameter: in this module it must, another module is not seen here."""
    parts = name.split(".")
    body: Sequence[ast.stmt] = source.tree.body
    for part in parts[:-1]:
        owner = next((each for each in body if isinstance(each, ast.ClassDef) and each.name == part), None)
        if owner is None:
            return len(parts) > 1
        body = owner.body
    functions = [
        each for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == parts[-1]
    ]
    if not functions:
        return len(parts) == 1 and selector.names_exactly(renaming.functions, name)
    return any({renaming.old, renaming.new} & {each.arg for each in parameters(node.args)} for node in functions)
