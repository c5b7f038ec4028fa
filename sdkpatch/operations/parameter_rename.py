"""``parameter.rename``: rename a parameter with its uses, its docstring entry, and the calls that name it."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping, Sequence
from functools import partial

from ..model import Conflict
from ..operation import Held, Judgement, ToDo
from ..pattern import selector
from ..pattern.selector import targets
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from .shared.parameter_renaming import FunctionJudge, NamedCall, Renaming, named_calls, renamed
from .shared.structural import Selectors, Structural, at_line, judged, texts


def _problem(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        return "it is no name that a parameter can have"
    return f"{text} is what a method is called on" if text in ("self", "cls") else ""


_NAME = String("the name of a parameter", problem=_problem, empty=False)


class ParameterRename(Structural[Renaming]):
    """The operation; see docs/operations/parameter.rename.md."""

    name = "parameter.rename"
    summary = "Rename a parameter, its uses in the function, and the keyword in calls."
    fields = (
        Field("function", Selectors(), "The functions or methods that have the parameter.", True),
        Field("parameter", _NAME, "The parameter's name now.", True),
        Field("to", _NAME, "Its new name.", True),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Renaming:
        """Return the renaming."""
        old, new = str(arguments["parameter"]), str(arguments["to"])
        if old == new:
            report((*key, "to"), found=f'"{new}"', expected="another name")
        return Renaming(functions=texts(arguments, "function"), old=old, new=new)

    def selectors(self, arguments: Renaming) -> Sequence[str]:
        """Return what each must name a function; a file that only calls it has another selector's words."""
        return ()

    def words(self, arguments: Renaming) -> Sequence[str]:
        """Return the last name of the selector: callers have it, too, but for a constructor."""
        if len(arguments.functions) != 1 or arguments.functions[0].endswith("__init__"):
            return ()
        return selector.words(arguments.functions[0].rpartition(".")[2])

    def sites(self, source: Source, arguments: Renaming) -> list[Judgement]:
        """Judge every function, and every call outside them that names the parameter."""
        found: list[Judgement] = []
        for target in targets(source):
            node = target.node
            is_function = target.kind == "function" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and arguments.names(target.name):
                assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                verdict = FunctionJudge(source, arguments, target, node).verdict()
                found += [judged(source, target, verdict)] if verdict is not None else []
        found += [_call(source, arguments, each) for each in named_calls(source, arguments)]
        return found


def _call(source: Source, renaming: Renaming, named: NamedCall) -> Judgement:
    verdict: Held | ToDo | Conflict = Held()
    if named.both:
        reason = f"the call names {renaming.old} and {renaming.new}"
        verdict = Conflict(reason=reason, hint="a merge left both: remove one of the two")
    elif named.keywords:
        verdict = ToDo(work=partial(_edits, source, renaming, named))
    return at_line(source, named.call.lineno, verdict)


def _edits(source: Source, renaming: Renaming, named: NamedCall) -> list[Edit]:
    return [renamed(source, each, renaming) for each in named.keywords]
