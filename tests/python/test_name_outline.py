"""Outlines tell what an edit takes away from a module's names, or that it does more; scopes are the oracle."""

from __future__ import annotations

import ast

import pytest

from sdkpatch.planning.names.footprint import by_scopes, footprint
from sdkpatch.python.name_outline import NameLoss, name_loss, unread_imports
from sdkpatch.python.pruning import unused_by_scopes
from sdkpatch.python.source import Source
from tests.operations.cases import CASES, cases

HEAD = "import typing\nfrom typing import Optional\nfrom .types import Shipment\n\n"

LOST = [
    ("x: typing.Optional[int] = None", "x: int | None = None", {"typing"}),
    (
        "def f(a: typing.Optional[int], b: typing.Any) -> typing.Any: ...",
        "def f(a: int | None, b: typing.Any) -> typing.Any: ...",
        {"typing"},
    ),
    ("def f() -> Optional[Shipment]: ...", "def f() -> Shipment | None: ...", {"Optional"}),
    (
        "class A:\n    x: Optional[int] = None\n    y: int",
        "class A:\n    x: int | None = None\n    y: int",
        {"Optional"},
    ),
    ("f(Shipment, a)", "f(a)", {"Shipment"}),
    ("x = typing.a.b", "x = typing.a", set()),
    ("x = 1", "x = 2", set()),
]

MORE = [
    ("x: Optional[int] = None", "x: Missing[int] = None"),  # a name that was not read
    ("x = typing.a", "x = typing.b"),
    ("x = f(typing.a, typing.a.b)", "x = f(typing.a.b, typing.a.b)"),
    ("x: int = Shipment", "x: Shipment = int"),  # read at another time
    ("def f(a: int = Shipment): ...", "def f(a: Shipment = int): ..."),
    ("def f(a: int) -> Shipment: ...", "def f(a: Shipment) -> int: ..."),
    ("def f(a: int): ...\ndef g(b: Shipment): ...", "def f(a: Shipment): ...\ndef g(b: int): ..."),
    ("def f(a): return a", "def f(b): return a"),
    ("def f(a): return a", "def f(): return a"),
    ("x = Shipment", "y = Shipment"),
    ("x = Shipment", "x += Shipment"),
    ("self.x = Shipment", "self.y = Shipment"),
    ("x = [a for a in b if c]", "x = [a for a in b]"),  # what a comprehension reads first is read around it
    ("x = lambda a: a", "x = a"),
    ("if a:\n    x = 1\n    y = 2", "if a:\n    x = 1\nelse:\n    y = 2"),
    ("try:\n    x = 1\nexcept E:\n    y = 2", "try:\n    x = 1\n    y = 2\nexcept E:\n    pass"),
    ("x: 'Shipment' = 1", "x: 'Parcel' = 1"),
    ("x: typing.Literal['Shipment'] = 1", "x: typing.Optional['Shipment'] = 1"),  # a string that becomes code
    ("x = typing.cast('Shipment', y)", "x = typing.cast(y, 'Shipment')"),
    ("__all__ = ['a']", "__all__ = ['b']"),
    ("global x", "global y"),
    ("del x", "x"),
    ("x = (a := b)", "x = (c := b)"),
    ("x = 1\ny = 2", "y = 2\nx = 1"),
    ("import a\nx = a", "x = a"),  # an import that is still needed
    ("import a\ny: 'a.b'", "y: 'a.b'"),
    ("def f():\n    import a\n    return 1", "def f():\n    return 1"),
    ("import a.b\nimport a.c\nx = a", "import a.c\nx = a"),
    ("x = a\nimport a", "import a\nx = a"),
    ("from a import *\nx = 1", "from a import *\nx = 2"),
    ("class A(B, C): ...", "class A(B): ..."),
    ("from __future__ import annotations\nx: A", "x: A"),  # annotations are evaluated then
]


def source(code: str, path: str = "pkg/client.py") -> Source:
    return Source(path=path, code=code.encode(), tree=ast.parse(code), package="pkg", sdk="pkg")


@pytest.mark.parametrize(("before", "after", "reads"), LOST)
def test_names_that_are_read_less_often_are_told(before: str, after: str, reads: set[str]) -> None:
    loss = name_loss(source(HEAD + before), source(HEAD + after))
    assert loss == NameLoss(reads=frozenset(reads), imports=frozenset())


@pytest.mark.parametrize(("before", "after"), MORE)
def test_what_does_more_to_names_is_not_told(before: str, after: str) -> None:
    assert name_loss(source(before), source(after)) is None


def test_an_import_that_nothing_reads_may_go() -> None:
    before = source("import a\nfrom b import (c, d)\n\n'''Documents a.'''\nx = d")
    after = source("from b import d\n\n'''Documents a.'''\nx = d")
    assert name_loss(before, after) == NameLoss(reads=frozenset(), imports=frozenset({"a", "c"}))


@pytest.mark.parametrize(
    ("code", "unread"),
    [
        ("import typing\nx: int", {"typing"}),
        ("import typing\nx: typing.Any", set()),
        ("from typing import Optional as O, Any\nx: Any", {"O"}),
        ("import typing\ndef f(typing): return typing", None),
        ("import typing\ny: 'typing.Any'", None),
        ("if a:\n    import typing\n", None),
        ("try:\n    import typing\nexcept ImportError: ...\n", None),
    ],
)
def test_imports_that_nothing_reads_are_told(code: str, unread: set[str] | None) -> None:
    found = unread_imports(source(code), frozenset({"typing", "O"}))
    assert found == (None if unread is None else frozenset(unread))


def test_outlines_say_what_scopes_say_of_every_case() -> None:
    """Of each case file that changes a module: what its outlines tell is what looking up each name tells."""
    told = 0
    for folder in sorted({each.name for each in CASES.iterdir()} - {"steps"}):
        for case in cases("", folder):
            if not case.path.endswith(".py") or case.before is None or case.after is None:
                continue
            before, after = source(case.before, case.path), source(case.after, case.path)
            loss = name_loss(before, after)
            if loss is None:
                continue
            told += 1
            quick, slow = footprint(before, after), by_scopes(before, after)
            assert (quick.lost, quick.moved) == (slow.lost, slow.moved), (folder, case.name)
            assert quick.asked >= slow.asked, (folder, case.name)
            assert slow.is_quiet or loss.imports or not by_scopes(before, before).is_quiet, (folder, case.name)
            unread = unread_imports(after, loss.reads)
            if unread is not None and not loss.imports:
                assert {("", name) for name in unread} == unused_by_scopes(before, after), (folder, case.name)
    assert told > 50


@pytest.mark.parametrize(
    ("before", "after", "tops", "is_quiet"),
    [
        ("x = 1", "import json\n\nx = json.dumps(1)", (), True),  # Python's own module: nothing of the tree decides
        ("import os\nx = 1", "import json\nimport os\n\nx = json.dumps(1)", (), True),
        ("x = 1", "import urllib.parse\n\nx = urllib.parse.quote('a')", (), True),
        ("x = 1", "import json\n\nx = json.dumps(1)", ("json",), False),  # a package of the tree
        ("x = 1", "from .types import json\n\nx = json", (), False),
        ("x = 1", "import pkg.types\n\nx = pkg.types", (), False),
        ("x = 1", "import helpers\n\nx = helpers", (), False),
        ("json = 1\nx = json", "import json\n\njson = 1\nx = json", (), False),  # a name that the module has
        ("def f():\n    return 1", "def f():\n    import json\n    return 1", (), False),
        ("x = 1", "x = dumps(1)", (), False),
        ("class A(B, C): ...", "class A(B): ...", (), False),  # it may have had members of C
    ],
)
def test_a_new_import_of_pythons_own_modules_asks_nothing_of_the_tree(
    before: str, after: str, tops: tuple[str, ...], is_quiet: bool
) -> None:
    assert footprint(source(before), source(after), tops).is_quiet is is_quiet
