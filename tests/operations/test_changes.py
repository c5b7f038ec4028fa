"""A change written as two whole functions makes exactly the second of the first, wherever the first is found."""

from __future__ import annotations

import ast
import copy
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdkpatch.model import Conflict
from sdkpatch.python.source import same
from tests.operations.test_surroundings import planned
from tests.sdks import ROOT, unpacked

Function = ast.FunctionDef | ast.AsyncFunctionDef


def expression(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


def rename(function: Function, chance: random.Random) -> None:
    function.name += "_new"


def add_keyword_only(function: Function, chance: random.Random) -> None:
    place = chance.randint(0, len(function.args.kwonlyargs))
    function.args.kwonlyargs.insert(place, ast.arg(arg="added", annotation=expression("int")))
    function.args.kw_defaults.insert(place, None)


def remove_keyword_only(function: Function, chance: random.Random) -> None:
    if function.args.kwonlyargs:
        place = chance.randrange(len(function.args.kwonlyargs))
        del function.args.kwonlyargs[place], function.args.kw_defaults[place]


def annotate(function: Function, chance: random.Random) -> None:
    arguments = [each for each in (*function.args.args, *function.args.kwonlyargs) if each.annotation]
    if arguments:
        chance.choice(arguments).annotation = expression("typing.Dict[str, Added]")


def set_return(function: Function, chance: random.Random) -> None:
    function.returns = expression("typing.Optional[Added]")


def decorate(function: Function, chance: random.Random) -> None:
    place = chance.randint(0, len(function.decorator_list))
    function.decorator_list.insert(place, expression("added(1)"))


def add_statement(function: Function, chance: random.Random) -> None:
    first = 1 if ast.get_docstring(function) else 0
    place = chance.randint(first, len(function.body))
    function.body.insert(place, ast.parse("added = call()").body[0])


def remove_statement(function: Function, chance: random.Random) -> None:
    if len(function.body) > 1:
        del function.body[chance.randrange(1, len(function.body))]


def wrap_statement(function: Function, chance: random.Random) -> None:
    if len(function.body) > 1:
        place = chance.randrange(1, len(function.body))
        function.body[place] = ast.If(test=expression("added"), body=[function.body[place]], orelse=[])


def calls(function: Function) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def add_argument(function: Function, chance: random.Random) -> None:
    if found := calls(function):
        chance.choice(found).keywords.append(ast.keyword(arg="added", value=expression("1")))


def remove_argument(function: Function, chance: random.Random) -> None:
    if found := [call for call in calls(function) if call.keywords]:
        call = chance.choice(found)
        del call.keywords[chance.randrange(len(call.keywords))]


def rename_call(function: Function, chance: random.Random) -> None:
    if found := calls(function):
        chance.choice(found).func = expression("added.renamed")


def add_item(function: Function, chance: random.Random) -> None:
    if found := [node for node in ast.walk(function) if isinstance(node, ast.Dict)]:
        display = chance.choice(found)
        display.keys.append(expression("'added'"))
        display.values.append(expression("1"))


MUTATIONS = [
    rename,
    add_keyword_only,
    remove_keyword_only,
    annotate,
    set_return,
    decorate,
    add_statement,
    remove_statement,
    wrap_statement,
    add_argument,
    remove_argument,
    rename_call,
    add_item,
]


def functions(code: bytes) -> list[Function]:
    """Return the functions whose name no other one of the file has: a sync one stands for its twin, too."""
    found = [node for node in ast.walk(ast.parse(code)) if isinstance(node, Function)]
    names = [node.name for node in found]
    plain = [
        node for node in found if not any(isinstance(each, Function) for each in ast.walk(node) if each is not node)
    ]
    return [node for node in plain if names.count(node.name) == 1 and len(ast.unparse(node)) < 4000]


FILES = [
    path
    for path in (
        *sorted((ROOT / "examples" / "aui-python").rglob("*.py")),
        *sorted(unpacked("sarvamai==0.1.39").rglob("core/*.py")),
        *sorted(unpacked("sarvamai==0.1.39").rglob("*job*.py")),
        *sorted(unpacked("hume==0.13.0").rglob("core/*.py")),
    )
    if functions(path.read_bytes())
]


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(
    path=st.sampled_from(FILES), kinds=st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=3), chance=st.randoms()
)
def test_the_first_becomes_the_second(path: object, kinds: list[object], chance: random.Random) -> None:
    assert hasattr(path, "read_bytes")
    code: bytes = path.read_bytes()
    function = chance.choice(functions(code))
    wanted = copy.deepcopy(function)
    for kind in kinds:
        assert callable(kind)
        kind(wanted, chance)
    before, after = ast.unparse(function), ast.unparse(ast.fix_missing_locations(wanted))
    if before == after or "$" in before:
        return
    step = f'op = "rewrite"\nmatch = {json.dumps(before)}\nreplace = {json.dumps(after)}'
    result = planned(step, code)
    assert len(result.results) == 1
    assert result.after is not None
    if isinstance(result.results[0].outcome, Conflict):
        reason = result.results[0].outcome.reason
        assert reason.startswith(("the change would lose an await", "the result of the steps does not compile")), reason
        return
    changed = ast.parse(result.after)
    found = [node for node in ast.walk(changed) if isinstance(node, Function) and node.name == wanted.name]
    assert len(found) == 1
    assert same(found[0], ast.parse(after).body[0])
    rest = [node for node in ast.walk(ast.parse(code)) if isinstance(node, Function) and node.name != function.name]
    assert [node.name for node in ast.walk(changed) if isinstance(node, Function) and node.name != wanted.name] == [
        node.name for node in rest
    ]
    assert planned(step, result.after).after == result.after
