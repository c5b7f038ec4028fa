"""A parameter that a function is to have: where it stands, who it is passed on to, and what the docstring says."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from ...errors import EditRefused
from ...model import Conflict
from ...operation import Held, ToDo
from ...pattern import selector
from ...pattern.env import Env
from ...pattern.match import Matcher
from ...pattern.nodes import Parameter, parameters
from ...pattern.selector import Target
from ...pattern.syntax import Pattern
from ...python import blocks as block_edits
from ...python import lists
from ...python.index import dotted
from ...python.source import Function, Source, blocks, docstring_text, is_docstring, same
from ...python.text import Edit
from . import argument_passing
from .argument_passing import RequestEntry


class ParameterAddition(NamedTuple):
    """The parameter, where it stands, the calls that pass it on, its entry in a request, and where it is kept."""

    functions: tuple[str, ...]
    parameter: Parameter
    code: str
    beside: str
    behind: bool
    doc: str
    calls: tuple[Pattern, ...]
    argument: str
    store: str
    imports: tuple[str, ...]
    request: RequestEntry | None = None

    @property
    def entry(self) -> str:
        """The argument of a request that has the parameter's entry."""
        assert self.request is not None
        return self.request.argument(self.parameter.arg, is_optional=self.parameter.default is not None)


def declared(code: str) -> Parameter | None:
    """Parse a keyword-only parameter such as ``debug: typing.Optional[bool] = None``; None when it is none."""
    try:
        found = ast.parse(f"def f(*, {code}): ...").body[0]
    except SyntaxError:
        return None
    known = parameters(found.args) if isinstance(found, ast.FunctionDef) else []
    return known[1] if len(known) == 2 and known[1].kind == "plain" else None


def is_declaration(function: Function, owner: ast.AST) -> bool:
    """Tell whether a function only declares: an overload, or a stub of a protocol or an abstract class.

    Its body is ``...`` or a docstring alone; where decorators or the class say that it declares, also ``pass`` or
    ``raise NotImplementedError``.
    """
    body = [each for each in function.body if not is_docstring(each)]
    if all(isinstance(each, ast.Expr) and _is_ellipsis(each.value) for each in body):
        return True
    marks = {dotted(each).rpartition(".")[2] for each in function.decorator_list}
    bases = owner.bases if isinstance(owner, ast.ClassDef) else []
    plain = [each.value if isinstance(each, ast.Subscript) else each for each in bases]
    is_protocol = any(dotted(each).rpartition(".")[2] == "Protocol" for each in plain)
    if not is_protocol and not marks & {"overload", "abstractmethod"}:
        return False
    return all(isinstance(each, ast.Pass) or _is_not_implemented(each) for each in body)


def _is_ellipsis(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is ...


def _is_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return dotted(raised) == "NotImplementedError"


class ParameterJudge:
    """One function: whether it has the parameter, passes it on, keeps it and documents it."""

    def __init__(self, source: Source, arguments: ParameterAddition, target: Target, node: Function) -> None:
        self._source = source
        self._arguments = arguments
        self._target = target
        self._node = node
        self._name = arguments.parameter.arg

    @property
    def is_site(self) -> bool:
        """Whether the step is about the function: a wildcard for its name stands for those that make requests."""
        is_asked = self._arguments.request is None or selector.names_exactly(
            self._arguments.functions, self._target.name
        )
        has_it = any(each.arg == self._name for each in parameters(self._node.args))
        return is_asked or has_it or bool(self._calls() or self._requests())

    def verdict(self) -> Held | ToDo | Conflict:
        """Judge the function as a whole: half of it is work to do."""
        arguments = self._arguments
        found = [each for each in parameters(self._node.args) if each.arg == self._name]
        there = found[0] if found else None
        if len(found) > 1 or any(self._passes(call) > 1 for call in self._calls()):
            reason = f"{self._name} is there twice, as a parameter or in a call"
            return Conflict(reason=reason, hint="a merge doubled it: remove one of the two")
        if there is not None and not _is_same(there, arguments.parameter):
            shown = lists.elements_of(self._source, self._node).spans
            reason = f"it has a parameter {self._name} already, but a different one"
            written = [self._source.text.content[start:stop] for start, stop in shown]
            details = tuple(each for each in written if each.split(":")[0].split("=")[0].strip() == self._name)
            return Conflict(
                reason=reason, hint="the generator emits it now: use parameter.set, or delete", details=details
            )
        calls = [(call, arguments.argument) for call in self._calls()]
        is_declared = is_declaration(self._node, self._target.owner)
        calls += [] if is_declared else [(call, arguments.entry) for call in self._requests()]
        problem = None if is_declared else self._obstacle(calls)
        if problem is not None:
            return problem
        work: list[partial[list[Edit]]] = []
        if there is None:
            work.append(partial(self._add))
        lacking = [(call, argument) for call, argument in calls if not argument_passing.is_passed(call, argument)]
        if lacking:
            work.append(partial(self._pass_on, lacking))
        if arguments.store and not calls and not is_declared and not self._is_stored():
            work.append(partial(self._store))
        if arguments.doc and not self._is_documented():
            work.append(partial(self._document))
        return ToDo(work=lambda: [edit for part in work for edit in part()]) if work else Held()

    def _obstacle(self, calls: Sequence[tuple[ast.Call, str]]) -> Conflict | None:
        """Return why the parameter cannot be passed on, or would be lost."""
        arguments = self._arguments
        for call, argument in calls:
            if (problem := argument_passing.obstacle(call, argument)) is not None:
                return problem
        if self._is_sent_though_omitted():
            reason = f"the request has no omit, so {self._name} would be sent as it is where nobody gives it"
            return Conflict(reason=reason, hint="give the parameter the default None")
        if arguments.request is not None and not calls and not _is_stub(self._node):
            reason = "it makes no request and calls no raw client that does, so the parameter would be lost"
            return Conflict(reason=reason, hint="look at function: it must name methods that make requests")
        if arguments.calls and not calls and not arguments.store:
            reason = "it makes none of the calls that pass_to names, so the parameter would be lost"
            return Conflict(reason=reason, hint="name the call it makes, or give store")
        return None

    def _is_sent_though_omitted(self) -> bool:
        default, request = self._arguments.parameter.default, self._arguments.request
        is_body = request is not None and request.place in ("json", "data")
        if not is_body or not isinstance(default, ast.Name) or default.id != "OMIT":
            return False
        return any("omit" not in {each.arg for each in call.keywords} for call in self._requests())

    def _calls(self) -> list[ast.Call]:
        """Return the calls that pass the parameter on as an argument."""
        found = argument_passing.delegations(self._node) if self._arguments.request is not None else []
        calls = [node for node in ast.walk(self._node) if isinstance(node, ast.Call)]
        return found + [
            call
            for call in calls
            if call not in found
            and any(
                next(Matcher(self._source, each).node(each.nodes[0], call.func, Env()), None)
                for each in self._arguments.calls
            )
        ]

    def _requests(self) -> list[ast.Call]:
        """Return the requests that get an entry."""
        return argument_passing.requests(self._node) if self._arguments.request is not None else []

    def _passes(self, call: ast.Call) -> int:
        """Return how often a call names the parameter."""
        return sum(each.arg == self._name for each in call.keywords)

    def _is_stored(self) -> bool:
        wanted = ast.parse(f"{self._arguments.store} = {self._name}").body[0]
        return any(same(wanted, statement) for block in blocks(self._node) for statement in block)

    def _docstring(self) -> ast.stmt | None:
        """Return the docstring, that of the class for an ``__init__`` without one."""
        bodies = [self._node.body]
        if self._node.name == "__init__" and isinstance(self._target.owner, ast.ClassDef):
            bodies.append(self._target.owner.body)
        return next((body[0] for body in bodies if is_docstring(body[0])), None)

    def _is_documented(self) -> bool:
        statement = self._docstring()
        docstring = docstring_text(statement) if statement is not None else ""
        section = re.search(r"^[ \t]*Parameters\n[ \t]*-+[ \t]*$", docstring, re.MULTILINE)
        if section is None:
            return True  # a docstring without that section names no parameter
        return re.search(rf"^[ \t]*{self._name} :", docstring[section.end() :], re.MULTILINE) is not None

    def _add(self) -> list[Edit]:
        known = parameters(self._node.args)
        listed = lists.elements_of(self._source, self._node)
        if len(known) != len(listed.spans):
            raise EditRefused("the parameters cannot be told apart")
        return lists.insert(self._source, listed, self._index(known), [self._arguments.code])

    def _index(self, known: Sequence[Parameter]) -> int:
        """Return where the parameter goes: beside the one named, else before request_options and ``**kwargs``."""
        names = [each.arg for each in known]
        if self._arguments.beside:
            if self._arguments.beside not in names:
                raise EditRefused(f"there is no parameter {self._arguments.beside} to put it beside")
            return names.index(self._arguments.beside) + self._arguments.behind
        starred = [index for index, each in enumerate(known) if each.kind in ("star", "rest")]
        if "request_options" in names and (not starred or starred[0] < names.index("request_options")):
            return names.index("request_options")
        return len(known) - (bool(known) and known[-1].kind == "keywords")

    def _pass_on(self, calls: Sequence[tuple[ast.Call, str]]) -> list[Edit]:
        edits: list[Edit] = []
        for call, argument in calls:
            edits += argument_passing.add(self._source, call, self._name, argument)
        return edits

    def _store(self) -> list[Edit]:
        """Keep it behind the last attribute that is set from a parameter, at the start of the body."""
        body = self._node.body
        place = 1 if is_docstring(body[0]) else 0
        for index, statement in enumerate(body):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
            if isinstance(target, ast.Attribute) and isinstance(getattr(statement, "value", None), ast.Name):
                place = index + 1
        code = f"{self._arguments.store} = {self._name}"
        return block_edits.insert(self._source, body, place, code, top=False)

    def _document(self) -> list[Edit]:
        """Add an entry to the Parameters section, in front of that of request_options if there is one."""
        text = self._source.text
        statement = self._docstring()
        assert statement is not None
        first, last = statement.lineno, statement.end_lineno or 0
        lines = [text.line(line) for line in range(first, last + 1)]
        heading = next((at for at, line in enumerate(lines) if line.strip() == "Parameters"), None)
        if heading is None:
            return []
        indent = lines[heading][: len(lines[heading]) - len(lines[heading].lstrip())]
        entry = f"{indent}{self._name} : {self._annotation()}\n{indent}    {self._arguments.doc}\n\n"
        at = heading + 2
        while at < len(lines):
            name = lines[at].strip().partition(" :")[0]
            if lines[at].startswith(indent) and not lines[at].startswith(indent + " ") and " :" not in lines[at]:
                break  # the next section, or the end of the docstring
            if name == "request_options":
                break
            at += 1
        if at == len(lines) - 1 and lines[at - 1].strip():  # the docstring ends here, with no blank line before its end
            entry = f"\n{entry.removesuffix(chr(10))}"
        offset = text.start_of(first + at)
        return [Edit(offset, offset, entry)]

    def _annotation(self) -> str:
        annotation = self._arguments.parameter.annotation
        return ast.unparse(annotation) if annotation is not None else "typing.Any"


def _is_same(left: Parameter, right: Parameter) -> bool:
    for field in ("annotation", "default"):
        one, other = getattr(left, field), getattr(right, field)
        if (one is None) != (other is None) or (one is not None and not same(one, other)):
            return False
    return True


def _is_stub(node: Function) -> bool:
    """Tell whether a function has no body of its own, as an overload."""
    return all(
        isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )
