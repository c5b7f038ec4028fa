"""``parameter.add``: add a parameter to functions, and thread it through the calls they make."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..operation import Judgement
from ..pattern.selector import select
from ..python.source import Source
from ..schema.fields import Field, KeyPath, ListOf, Mistakes, String, Table
from .shared.argument_passing import PLACES, RequestEntry
from .shared.parameter_addition import ParameterAddition, ParameterJudge, declared
from .shared.structural import IMPORTS, Selectors, Structural, judged, pattern, texts


class ParameterAdd(Structural[ParameterAddition]):
    """The operation; see docs/operations/parameter.add.md."""

    name = "parameter.add"
    summary = "Add a parameter to functions and pass it on in the calls they make."
    kinds = ("function",)
    fields = (
        Field("function", Selectors(), "The functions or methods that get the parameter.", True),
        Field(
            "parameter",
            String("a parameter", empty=False),
            "The parameter as it stands in a header, such as `debug: typing.Optional[bool] = None`.",
            True,
        ),
        Field("before", String("the name of a parameter", empty=False), "Put it in front of this parameter."),
        Field("after", String("the name of a parameter", empty=False), "Put it behind this parameter."),
        Field("doc", String("a text"), "What the docstring's Parameters section says of it.", default=""),
        Field(
            "pass_to",
            ListOf(String("a callee", empty=False)),
            "The calls in these functions that pass it on, such as `SyncClientWrapper`.",
        ),
        Field("argument", String("an argument"), "How the calls pass it; by default `name=name`.", default=""),
        Field(
            "store",
            String("an attribute"),
            "Where functions that make none of these calls keep it, such as `self._debug`.",
            default="",
        ),
        Field(
            "request",
            Table(
                (
                    Field(
                        "in",
                        String("a part of the request", choices=PLACES),
                        "The dict of the request that gets the entry: `params`, `headers`, `json` or `data`.",
                        True,
                    ),
                    Field(
                        "name", String("a name", empty=False), "The name on the wire; by default the parameter's name."
                    ),
                )
            ),
            'Instead of `pass_to`: add it to the request itself, such as `{ in = "params", name = "stage" }`.',
        ),
        IMPORTS,
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> ParameterAddition | None:
        """Parse the parameter and the calls."""
        code = str(arguments["parameter"]).strip()
        parameter = declared(code)
        if parameter is None:
            report(
                (*key, "parameter"), found="no parameter", expected='one such as "debug: typing.Optional[bool] = None"'
            )
            return None
        name = parameter.arg
        calls = [
            pattern(each, (*key, "pass_to", index), report, ("expression",))
            for index, each in enumerate(texts(arguments, "pass_to"))
        ]
        if arguments["before"] and arguments["after"]:
            report(key, found="before and after", expected="one of the two")
        request = _request(arguments["request"], name)
        if request is not None and (arguments["pass_to"] or arguments["argument"]):
            report(key, found="request beside pass_to or argument", expected="one of them")
        argument = str(arguments["argument"]) or f"{name}={name}"
        try:
            ast.parse(f"f({argument})")
            ast.parse(f"{arguments['store'] or 'x'} = {name}")
        except SyntaxError:
            report(key, found="code that does not parse", expected="argument such as x=x, store such as self._x")
        return ParameterAddition(
            functions=texts(arguments, "function"),
            parameter=parameter,
            code=code,
            beside=str(arguments["before"] or arguments["after"] or ""),
            behind=not arguments["before"],
            doc=str(arguments["doc"]).strip(),
            calls=tuple(each for each in calls if each is not None),
            argument=argument,
            store=str(arguments["store"]),
            imports=texts(arguments, "imports"),
            request=request,
        )

    def selectors(self, arguments: ParameterAddition) -> Sequence[str]:
        """Return the selectors that name its sites."""
        return arguments.functions

    def imports(self, arguments: ParameterAddition) -> Sequence[str]:
        """Return the imports that the code needs."""
        return arguments.imports

    def sites(self, source: Source, arguments: ParameterAddition) -> list[Judgement]:
        """Judge every function."""
        found: list[Judgement] = []
        for target in select(source, arguments.functions):
            if isinstance(target.node, ast.FunctionDef | ast.AsyncFunctionDef):
                judge = ParameterJudge(source, arguments, target, target.node)
                found += [judged(source, target, judge.verdict())] if judge.is_site else []
        return found


def _request(table: object, name: str) -> RequestEntry | None:
    if not isinstance(table, Mapping):
        return None
    return RequestEntry(place=str(table.get("in") or ""), name=str(table.get("name") or name))
