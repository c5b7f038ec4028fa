"""What a pattern is refused for when it is loaded, which sites count, and whose conflict is whose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Applied, Conflict, Plan, Satisfied
from sdkpatch.operations import OPERATIONS, PYTHON_OPERATIONS
from tests.operations.cases import patch_of, run

HEAD = 'id = "p"\ntitle = "t"\n[[step]]\n'
ONE_ITEM = "one dict item is expected, and it holds 2"
SAME = "before and after are the same code, so it can never do anything"


def mistakes(step: str) -> list[str]:
    patch, found, _ = PatchText(HEAD + step, "p.toml").bind({}, OPERATIONS)
    assert (patch is None) == bool(found)
    return [each.found for each in found]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("op = 'rewrite'\nmatch = '\"a\": $X'\nreplace = '\"b\": 1, \"a\": $X'", ONE_ITEM),
        ("op = 'rewrite'\nas = 'keyword'\nmatch = 'a=$X, b=$Y'\nreplace = 'a=$X'", "one keyword argument is expected"),
        ("op = 'rewrite'\nas = 'parameter'\nmatch = 'a'\nreplace = '*, a'", "one parameter is expected"),
        ("op = 'rewrite'\nmatch = '@a\\n@b'\nreplace = '@a'".replace("'@a\\n@b'", '"@a\\n@b"'), "one decorator is"),
        ("op = 'delete'\nwithin = 'f'\nmatch = '\"a\": $X, \"b\": $Y'", ONE_ITEM),
        ("op = 'delete'\nwithin = 'f'\nas = 'keyword'\nmatch = 'a=1, b=2'", "one keyword argument is expected"),
        ('op = "rewrite"\nmatch = "except A:\\n    a()\\nelse:\\n    b()"\nreplace = "except B:\\n    a()"', "parse"),
        ("op = 'rewrite'\nmatch = 'f($X)  # a'\nreplace = 'f( $X )'", SAME),
        ("op = 'rewrite'\nmatch = 'f(\"a\")'\nreplace = \"f('a')\"".replace("\"f('a')\"", "'''f('a')'''"), SAME),
        (
            "op = 'rewrite'\nmatch = 'f(a=1, b=2)'\nreplace = 'f(b=2, a=1)'",
            "all code in the form before is in the form",
        ),
        ("op = 'rewrite'\nmatch = 'f($X, $Y)'\nreplace = 'f($Y, $X)'", "all code in the form before is in the form"),
        ("op = 'insert'\nafter = 'f()'\ncode = '# only a comment'", SAME),
        (
            "op = 'annotation.set'\ntarget = 'f(a)'\nwas = 'List[ int ]'\nannotation = 'List[int]'",
            "the annotation that",
        ),
        ("op = 'function.replace_body'\nfunction = 'f'\nwas = 'pass'\nbody = 'pass  # b'", "the same code as was"),
        ("op = 'import.set'\nwas = 'from a import b'\nimport = 'from a import (b)'", "the import that was says"),
        ("op = 'rewrite'\nmatch = '\"$A$B\"'\nreplace = '\"$A-$B\"'", "text has to stand between $A and $B"),
        ("op = 'delete'\nwithin = 'f'\nmatch = 'g(\"$A$B\")'", "text has to stand between $A and $B"),
        ("op = 'delete'\nname = 'A.size#2'", '"A.size#2"'),
        ("op = 'delete'\nname = 'A.size@'", '"A.size@"'),
        ("op = 'rewrite'\nmatch = 'f()'\nreplace = 'g()'\nexpect = { at = ['../a.py'] }", '"../a.py"'),
        ("op = 'rewrite'\nmatch = 'f()'\nreplace = 'g()'\nexpect = { at = ['a.py:-'] }", '"a.py:-"'),
    ],
)
def test_a_step_that_cannot_do_what_it_says_is_refused_when_it_is_loaded(step: str, reason: str) -> None:
    found = mistakes(step)
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    "step",
    [
        "op = 'rewrite'\nmatch = '\"$A#/$B\"'\nreplace = '\"$A$B\"'",
        "op = 'rewrite'\nmatch = 'f($X)'\nreplace = 'await f($X)'",
        "op = 'rewrite'\nmatch = 'f($X)'\nreplace = 'f($X, a=1)'",
        "op = 'rewrite'\nmatch = 'f($$$A, x, $$$B)'\nreplace = 'f($$$A, $$$B)'",
        "op = 'delete'\nname = 'A.size@setter'",
        "op = 'delete'\nname = 'A#2.size'",
    ],
)
def test_a_step_that_can_is_not_refused(step: str) -> None:
    assert mistakes(step) == []


def tree(root: Path, **files: str) -> Path:
    for name, code in {"__init__": "", **files}.items():
        (root / "pkg").mkdir(exist_ok=True)
        (root / "pkg" / f"{name}.py").write_text(code)
    return root


def reasons(planned: Plan) -> list[str]:
    return [each.outcome.reason for each in planned.results if isinstance(each.outcome, Conflict)]


RELATIVE = {
    "match": "from ._.types.$MODULE import $$$NAMES",
    "replace": "from .types.$MODULE import $$$NAMES",
}


def test_what_merely_looks_like_the_form_after_is_no_stand_in_for_the_place_that_counts(tmp_path: Path) -> None:
    patch = patch_of("rewrite", RELATIVE, relation="=", sites=1, at=("pkg/b.py",))
    alike = "from .types.x import X\n"
    planned = run(tree(tmp_path, a=alike, b="from .__.types.y import Y\n"), patch)
    assert reasons(planned) == ["expected =1 site in pkg/b.py, found 0"]
    planned = run(tree(tmp_path, a=alike, b="from ._.types.y import Y\n"), patch)
    assert [change.path for change in planned.changes] == ["pkg/b.py"]
    planned = run(tmp_path, patch)
    assert not planned.changes and not planned.conflicts


def test_every_place_that_counts_must_hold_a_site_and_a_place_may_be_a_selector(tmp_path: Path) -> None:
    code = "def get():\n    old(1)\n\n\ndef put():\n    {}(1)\n"
    arguments = {"match": "old($X)", "replace": "new($X)"}
    patch = patch_of("rewrite", arguments, relation=">=", sites=1, at=("**/a.py:get", "**/a.py:put"))
    planned = run(tree(tmp_path, a=code.format("other")), patch)
    assert reasons(planned) == ['no site is in "**/a.py:put", but expect.at requires one']
    assert not run(tree(tmp_path, a=code.format("old")), patch).conflicts
    assert not run(tmp_path, patch).changes


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("rewrite", {"match": "old($X)", "replace": "new($X)"}),
        ("insert", {"after": "return old($X)", "code": "pass"}),
        ("insert", {"at": "first", "code": "pass"}),
        ("delete", {"match": "return old($X)"}),
        ("comment.add", {"comment": "# c", "match": "return old($X)"}),
    ],
)
def test_each_of_several_selectors_must_name_something(
    operation: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    root = tree(
        tmp_path, a="class A:\n    def get(self):\n        return old(1)\n\n    def put(self):\n        return 2\n"
    )
    patch = patch_of(operation, {**arguments, "within": ["A.get", "Nope.*"]}, relation=">=", sites=1)
    assert reasons(run(root, patch)) == ['the selector "Nope.*" names nothing']
    patch = patch_of(operation, {**arguments, "within": ["A.get", "*.put"]}, relation=">=", sites=1)
    assert not run(root, patch).conflicts


def test_a_number_that_no_definition_has_names_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path, a="def f():\n    return old(1)\n")
    arguments = {"match": "old($X)", "replace": "new($X)", "within": ["f#1", "f#2"]}
    assert reasons(run(root, patch_of("rewrite", arguments, relation=">=", sites=1))) == [
        'the selector "f#2" names nothing'
    ]


def test_only_the_site_that_cannot_be_edited_is_a_conflict(tmp_path: Path) -> None:
    loops = "def a():\n    for y in x:\n        go(y)\n\n\nasync def b():\n    async for y in x:\n        go(y)\n"
    root = tree(tmp_path, a=f"x = []\n\n\ndef go(y): ...\n\n\n{loops}")
    arguments = {"match": "for y in x:\n    go($A)", "replace": "while x:\n    y = x.pop()\n    go($A)"}
    planned = run(root, patch_of("rewrite", arguments))
    outcomes = {each.site.line: each.outcome for each in planned.results}
    assert isinstance(outcomes[8], Applied)
    assert outcomes[13] == Conflict(reason="the change would lose async that the pattern does not name: write it out")


def test_a_call_in_an_f_string_is_edited_on_every_python(tmp_path: Path) -> None:
    root = tree(tmp_path, a="old = new = str\nA = old(1)\nC = f'é {old(2)!r:>{old(3)}} end'\n")
    planned = run(root, patch_of("rewrite", {"match": "old($A)", "replace": "new($A)"}))
    assert [each.outcome for each in planned.results] == [Applied()] * 3
    assert (root / "pkg" / "a.py").read_text().endswith("A = new(1)\nC = f'é {new(2)!r:>{new(3)}} end'\n")


def test_a_setter_and_one_of_two_definitions_are_told_apart(tmp_path: Path) -> None:
    code = """\
try:
    class A:
        @property
        def size(self):
            return old(1)

        @size.setter
        def size(self, value):
            old(2)
except ImportError:
    class A:
        def get(self):
            old(3)
"""
    root = tree(tmp_path, a=code)
    for selector, line in (("A.size@setter", "old(2)"), ("A#2.get", "old(3)"), ("A.size#1", "old(1)")):
        arguments = {"match": "old($X)", "replace": "new($X)", "within": selector}
        planned = run(root, patch_of("rewrite", arguments))
        assert [each.outcome.__class__ for each in planned.results] == [Applied]
        assert line not in (root / "pkg" / "a.py").read_text()
        again = run(root, patch_of("rewrite", arguments))
        assert all(isinstance(each.outcome, Satisfied) for each in again.results)


@pytest.mark.parametrize(
    ("step", "code", "may_matter"),
    [
        ('match = "typing.Optional[$T]"\nreplace = "$T | None"', b"x: int", False),
        ('match = "typing.Optional[$T]"\nreplace = "$T | None"', b"from typing import Optional as O", True),
        ('match = "typing.Optional[$T]"\nreplace = "$T | None"', b"x: int | None", True),
        ('match = "typing.Optional[$T]"\nreplace = "$T | None"', b"x: int | str", False),
        ('match = "hello($X)"\nreplace = "bye($X)"', b"x = 1", False),
        ('match = "hello($X)"\nreplace = "bye($X)"', b"x = hello(1)\xe9", True),
        ('match = "hello($X)"\nreplace = "bye($X)"', "x = 1".encode("cp037"), True),  # no word can be found in it
        ('match = "not $X"\nreplace = "$X is False"', b"x = y", False),
        ('match = "not $X"\nreplace = "$X is False"', b"x = not y", True),
        ('change = """\n  a = $X\n- f(a, b)\n+ f(a, c)\n"""', b"a = 1; f(a, d)", True),  # the code around has changed
        ('match = "$X + 1"\nreplace = "$X + 2"\nwithin = "A.f"', b"class A:\n    def f(self): ...", True),
    ],
)
def test_a_rewrite_opens_only_files_that_may_hold_one_of_its_forms(step: str, code: bytes, may_matter: bool) -> None:
    patch, found, _ = PatchText(f'{HEAD}op = "rewrite"\n{step}\n', "p.toml").bind({}, OPERATIONS)
    assert patch is not None, found
    assert PYTHON_OPERATIONS["rewrite"].may_matter(code, patch.steps[0].arguments) is may_matter
