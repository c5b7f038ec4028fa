"""Nesting that would end the process inside libcst is seen before libcst sees it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable

import pytest

from sdkpatch.bounds.nesting import DEEPEST, is_too_deep

SHAPES: dict[str, Callable[[int], str]] = {
    "or": lambda levels: "x = " + " or ".join(["a"] * levels),
    "or and": lambda levels: "x = " + " or a and ".join(["a"] * (levels // 2)),
    "import": lambda levels: "import a" + ".b" * levels,
    "from": lambda levels: "from a" + ".b" * levels + " import c",
    "attribute": lambda levels: "x = a" + ".b" * levels,
    "call": lambda levels: "x = a" + "()" * levels,
    "plus": lambda levels: "x = " + "+".join(["a"] * levels),
    "not": lambda levels: "x = " + "not " * levels + "a",
    "else if": lambda levels: "x = " + "a if b else " * levels + "c",
    "comprehension": lambda levels: "x = [a " + "for a in b " * levels + "]",
}


@pytest.mark.parametrize("name", SHAPES)
def test_it_is_seen(name: str) -> None:
    assert not is_too_deep(ast.parse(SHAPES[name](DEEPEST // 2 - 10)))
    assert is_too_deep(ast.parse(SHAPES[name](DEEPEST + 10 if name != "or and" else 4 * DEEPEST)))


def test_what_lies_side_by_side_is_no_nesting() -> None:
    assert not is_too_deep(ast.parse("x = {" + "1: a.b(c)," * 20_000 + "}"))
    assert not is_too_deep(ast.parse("a = b\n" * 20_000))
    assert not is_too_deep(ast.parse("x = " + "<".join(["a"] * 5000)))


@pytest.mark.parametrize("name", SHAPES)
def test_libcst_survives_what_is_let_through(name: str) -> None:
    parse = f"libcst.parse_module({SHAPES[name](DEEPEST - 10)!r}).code"
    code = f"import libcst\ntry:\n    {parse}\nexcept RecursionError:\n    pass"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
