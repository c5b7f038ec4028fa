"""What patterns match, what they bind, and that matching finds what rendering wrote."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdkpatch.pattern.find import find, written
from sdkpatch.pattern.render import render
from sdkpatch.pattern.syntax import ADDED_BODY, PatternProblem, parse, split_change, words
from sdkpatch.python.source import Source


def source(code: str) -> Source:
    return Source(path="src/pkg/sub/client.py", code=code.encode(), tree=ast.parse(code), package="src/pkg")


def bindings(pattern: str, code: str, kind: str = "") -> list[dict[str, str]]:
    module = source(textwrap.dedent(code))
    parsed = parse(pattern, (kind,)) if kind else parse(pattern)
    return [
        {name: written(module, bound) for name, bound in match.env.bindings if name != ADDED_BODY}
        for match in find(module, parsed)
    ]


MATCHES = [
    ("send_$A(x)", "send_close(x)", [{"A": "close"}]),
    ("${A}iter($B)", "aiter(x); iter(y)", [{"A": "a", "B": "x"}, {"A": "", "B": "y"}]),
    ("f('$A', ${A.pascal})", "f('go_on', GoOn); f('go_on', Goon)", [{"A": "go_on", "A.pascal": "GoOn"}]),
    ("f(${A.snake}, ${A.camel})", "f(go_on, goOn); f(goOn, goOn)", [{"A.snake": "go_on", "A.camel": "goOn"}]),
    ("f($X)", "f(a.b[0])", [{"X": "a.b[0]"}]),
    ("f($X)", "f(a, b)", []),
    ("f($$$A)", "f(a, b, c=1)", [{"A": "a, b, c=1"}]),
    ("f($$$A)", "f()", [{"A": ""}]),
    ("f($A, $$$B)", "f(a, b, *c)", [{"A": "a", "B": "b, *c"}]),
    ("f(x=$X, $$$A)", "f(a, y=2, x=1)", [{"A": "a, y=2", "X": "1"}]),
    ("f($K=$V)", "f(a=1)", [{"K": "a", "V": "1"}]),
    ("f(*$A, **$B)", "f(*a, **b)", [{"A": "a", "B": "b"}]),
    ("f(**$B)", "f(b)", []),
    ("$A.get($K) or $A", "x.y.get(1) or x.y; x.get(1) or y", [{"A": "x.y", "K": "1"}]),
    ("$X.$ATTR", "a.b.c", [{"X": "a.b", "ATTR": "c"}, {"X": "a", "ATTR": "b"}]),
    ("{'a': $A, $$$R}", "x = {'a': 1, **more, 'b': 2}", [{"A": "1", "R": "**more, 'b': 2"}]),
    ("[$A, $$$R]", "x = [1, 2, 3]", [{"A": "1", "R": "2, 3"}]),
    ("typing.Union[$$$T]", "import typing\nX = typing.Union[int, str]", [{"T": "int, str"}]),
    ("typing.Union[$$$T]", "from typing import Union as U\nX = U[int]", [{"T": "int"}]),
    ("typing.Union[$$$T]", "X = Union[int, str]", []),
    ("core.api_error.ApiError($$$A)", "from ..core.api_error import ApiError\nApiError(1)", [{"A": "1"}]),
    ("core.api_error.ApiError($$$A)", "from ..other.api_error import ApiError\nApiError(1)", []),
    ('"v$MAJOR.$MINOR"', "x = 'v1.2.3'", [{"MAJOR": "1", "MINOR": "2.3"}]),
    ('"$A-$A"', "x = 'a-a', 'a-b'", [{"A": "a"}]),
    ('f"{$X}/$REST"', "x = f'{base}/v1/a'", [{"X": "base", "REST": "v1/a"}]),
    ('"$ref"', "x = '$ref', 'ref'", [{}]),
    ("lambda $X: $Y", "f = lambda a: a + 1", [{"X": "a", "Y": "a + 1"}]),
    ("not $X", "x = not (a or b)", [{"X": "a or b"}]),
    ("$X + 1", "x = (\n    # why\n    a\n    + 1\n)", [{"X": "a"}]),
    ("f(1)", "g(1)\nf(1.0)\nf(True)", []),
    ("import $M", "import os, sys\nimport os", [{"M": "os"}]),
    ("from $M import $N", "from .a.b import c", [{"M": ".a.b", "N": "c"}]),
    ("from .$M.types import $$$N", "from .a.b.types import c, d as e", [{"M": "a.b", "N": "c, d as e"}]),
    ("import a as $N", "import a as b", [{"N": "b"}]),
    ("$X = $Y", "a = b = 1\nc = 2", [{"X": "c", "Y": "2"}]),
    ("return $X", "def f():\n    return g()", [{"X": "g()"}]),
    ("with $C as $P:", "with a() as b:\n    pass", [{"C": "a()", "P": "b"}]),
    ("with $C as $P:", "async def f():\n    async with a() as b:\n        pass", [{"C": "a()", "P": "b"}]),
    ("async with $C as $P:", "with a() as b:\n    pass", []),
    ("for $X in $Y:", "for a in b:\n    c()", [{"X": "a", "Y": "b"}]),
    ("if $C:\n    $$$B", "if a:\n    b()\n    c()", [{"C": "a", "B": "b()\n    c()"}]),
    ("def $F($$$P): ...", "async def g(a, *, b=1) -> int: ...", [{"F": "g", "P": "a, *, b=1"}]),
    ("def $F(self, $P, $$$R):", "def g(self, a: int = 1, *b):\n    pass", [{"F": "g", "P": "a: int = 1", "R": "*b"}]),
    (
        "def $F($$$A, b: $T, $$$C):",
        "def g(a, *, b: int, c):\n    pass",
        [{"F": "g", "A": "a, *", "T": "int", "C": "c"}],
    ),
    ("def $F(a):", "def g(a: int):\n    pass", []),
    ("@$D\ndef $F($$$):", "@a\n@b(1)\ndef g():\n    pass", [{"D": "a", "F": "g"}]),
    ("@b\ndef $F($$$):", "@a\n@b\n@c\ndef g():\n    pass\n\n\n@a\ndef h():\n    pass", [{"F": "g"}]),
    ("class $C($B, metaclass=$M):", "class A(B, metaclass=C):\n    x = 1", [{"C": "A", "B": "B", "M": "C"}]),
    ("a()\n$X\nb()", "a()\nc()\nb()\na()\nb()", [{"X": "c()"}]),
    ("a()\n$$$X\nb()", "a()\nc()\nd()\nb()", [{"X": "c()\nd()"}]),
    (
        "except ($$$A, ValueError) as $N:",
        "try:\n    a()\nexcept (OSError, ValueError) as b:\n    c()",
        [{"A": "OSError", "N": "b"}],
    ),
    ("@cached", "@cached\ndef f(): ...\n\n\n@other\ndef g(): ...", [{}]),
    ("'k': $V", "x = {'k': 1, 'l': 2}", [{"V": "1"}]),
    (
        '"""\nText.\n\nMore $WHAT.\n"""',
        "def f():\n    '''\n    Text.\n\n    More of it.\n    '''\n",
        [{"WHAT": "of it"}],
    ),
]


@pytest.mark.parametrize(("pattern", "code", "bound"), MATCHES, ids=[row[0].replace("\n", " | ") for row in MATCHES])
def test_what_a_pattern_matches_and_binds(pattern: str, code: str, bound: list[dict[str, str]]) -> None:
    assert bindings(pattern, code) == bound


def test_a_kind_can_be_told() -> None:
    code = "x: int = 1\n\n\ndef f(x: int = 1, *, y: int = 2):\n    g(x=1)\n"
    assert bindings("x: $T = $D", code) == [{"T": "int", "D": "1"}]
    assert bindings("$N: int = $D", code, "parameter") == [{"N": "x", "D": "1"}, {"N": "y", "D": "2"}]
    assert bindings("x=$V", code, "keyword") == [{"V": "1"}]


BROKEN = [
    ("f($X", "it does not parse as Python: '(' was never closed", 1),
    ("", "an empty pattern", 0),
    ("  \n", "an empty pattern", 0),
]


@pytest.mark.parametrize(("pattern", "reason", "line"), BROKEN)
def test_what_is_no_pattern(pattern: str, reason: str, line: int) -> None:
    with pytest.raises(PatternProblem) as caught:
        parse(pattern)
    assert (caught.value.reason, caught.value.line) == (reason, line)


def test_a_change_is_split_by_its_marks() -> None:
    assert split_change("- a\n+ b\n  c\n-\n  \n") == ("a\nc\n\n", "b\nc\n")
    with pytest.raises(PatternProblem) as caught:
        split_change("- a\nb")
    assert (caught.value.reason, caught.value.line) == (
        'a line that starts with neither "- ", "+ " nor two blanks',
        2,
    )
    with pytest.raises(PatternProblem, match='no line with "- " or "\\+ "'):
        split_change("  a")


names = st.sampled_from(["a", "b.c", "d[0]", "e()", "'s'", "1", "x or y", "-z", "[1, *f]", "{'k': v}", "lambda: 0"])
templates = st.sampled_from(
    [
        "f($X, $Y)",
        "$X.attribute",
        "f(k=$X, **$Y)",
        "[$X, $$$R]",
        "{'a': $X, $$$D}",
        "$X if $Y else None",
        "g($$$R, last=$X)",
        "($X, $Y)",
        "await $X",
        "not $X",
        "$X + $Y",
        "h(f'{$X}!')",
        "d[$X]",
        "$X($Y)",
    ]
)


@settings(max_examples=300, deadline=None)
@given(template=templates, x=names, y=names, run=st.lists(names, max_size=3))
def test_what_is_rendered_is_found(template: str, x: str, y: str, run: list[str]) -> None:
    """Fill a pattern, put the code into a module, and find it there with the same bindings."""
    if "f'" in template and ("'" in x or "{" in x or "lambda" in x):
        return  # not the same string in Python before 3.12
    wanted = parse(template, ("expression",))
    filled = {"X": x, "Y": y}
    items_of = ", ".join(f"{number}: {each}" for number, each in enumerate(run))
    holder = source(f"async def _():\n    _({x}, {y}, [{', '.join(run)}], {{{items_of}}})\n")
    call = next(node for node in ast.walk(holder.tree) if isinstance(node, ast.Call))
    items = call.args[3]
    assert isinstance(call.args[2], ast.List) and isinstance(items, ast.Dict)
    from sdkpatch.pattern.env import Env
    from sdkpatch.pattern.nodes import Nodes

    env = Env(
        bindings=(
            ("X", call.args[0]),
            ("Y", call.args[1]),
            ("R", tuple(call.args[2].elts)),
            ("D", tuple(Nodes().list_of(items, "items"))),
        )
    )
    code = render(holder, wanted, wanted.nodes[0], env)
    module = source(f"async def f():\n    found = {code}\n")
    found = [
        {name: written(module, bound) for name, bound in match.env.bindings}
        for match in find(module, wanted)
        if match.span[0] == module.text.content.index("found = ") + len("found = ") or code.startswith("(")
    ]
    wanted_of = {name: (value, f"({value})") for name, value in filled.items()}
    assert any(all(each.get(name, values[0]) in values for name, values in wanted_of.items()) for each in found)


def test_words_are_what_no_import_can_hide() -> None:
    assert words(parse("core.api_error.ApiError($X, body=f($Y))")) == {"ApiError", "body", "f"}
    assert words(parse("$X.send($Y)")) == {"send"}
    assert words(parse("from .a.b import c as d")) == {"c", "d"}
    assert words(parse("def f(self, a: T) -> None:")) == {"f", "self", "a", "T"}


@pytest.mark.parametrize(
    "pattern",
    [
        "f($$$A, x, $$$A, x, $$$A, y)",
        "f($$$A, x, $$$B, x, $$$C, x, $$$D, x, $$$E, y)",
        'f("$A,x$B,x$C,x$D,y", $$$R)',
    ],
)
def test_runs_that_cannot_match_take_little_work(pattern: str) -> None:
    code = f'f({", ".join(["x"] * 800)})\nf("{",x" * 5000}")\n'
    source = Source("a.py", code.encode(), ast.parse(code))
    assert find(source, parse(pattern)) == []
    assert source.budget.steps < 300_000


def test_a_run_that_stands_twice_binds_the_same_code() -> None:
    code = "f(a, b, x, a, b, x, c, y)\nf(a, b, x, a, b, x, a, b, y)\n"
    source = Source("a.py", code.encode(), ast.parse(code))
    assert [match.line for match in find(source, parse("f($$$A, x, $$$A, x, $$$A, y)"))] == [2]


def test_a_filter_that_is_none() -> None:
    with pytest.raises(PatternProblem) as caught:
        parse("f(${A.title})")
    assert caught.value.reason == "there is no filter title"
    assert caught.value.hint == "filters: camel, kebab, lower, pascal, snake, upper"
