"""One walk over a module: the index has all its nodes, and is asked in place of further walks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.pattern import selector
from sdkpatch.python.index import NodeIndex, children
from sdkpatch.python.parsing import parse
from sdkpatch.python.source import Source
from sdkpatch.python.spans import Spans
from tests.sdks import ROOT

OPERATORS = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
FILES = sorted((ROOT / "sdkpatch").rglob("*.py"))[::9]
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: (min(pair), max(pair))))


def plain(node: ast.AST) -> list[ast.AST]:
    return [each for each in ast.iter_child_nodes(node) if not isinstance(each, OPERATORS)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_index_has_what_walking_has(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    index = NodeIndex(tree)
    walked = [each for each in ast.walk(tree) if not isinstance(each, OPERATORS)]
    assert {id(each) for each in index.nodes} == {id(each) for each in walked}
    assert len(index.nodes) == len(walked)
    for node in walked:
        assert children(node) == plain(node)
        assert all(index.parent(each) is node for each in plain(node))
    for root in (each for each in walked if isinstance(each, ast.FunctionDef | ast.ClassDef)):
        below = {id(each) for each in ast.walk(root) if isinstance(each, ast.Name | ast.Call)}
        assert {id(each) for each in index.of((ast.Name, ast.Call), root)} == below


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_definition_around_a_line_is_the_innermost(path: Path) -> None:
    source = parse(path.name, path.read_bytes())
    assert isinstance(source, Source)
    there = [each for each in selector.targets(source) if each.kind in ("class", "function")]
    for line in range(1, source.text.lines + 1):
        expected = "module"
        for target in there:
            first = min([target.line, *(each.lineno for each in getattr(target.node, "decorator_list", ()))])
            if first <= line <= getattr(target.node, "end_lineno", 0):
                expected = target.name
        assert selector.enclosing(source, line).name == expected


@given(SPANS, st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: (min(pair), max(pair))))
def test_spans_around_and_within_one(spans: list[tuple[int, int]], span: tuple[int, int]) -> None:
    found = Spans(spans)
    assert set(found.around(span)) == {each for each in spans if each[0] <= span[0] and span[1] <= each[1]}
    assert set(found.within(span)) == {each for each in spans if span[0] <= each[0] and each[1] <= span[1]}
