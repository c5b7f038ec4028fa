"""Where comments stand: another place is another file, another layout is not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdkpatch.capture import files
from sdkpatch.capture.alike import Likeness, likeness
from sdkpatch.capture.trees import FileEdit
from sdkpatch.capture.trial import Trial, after
from sdkpatch.fern.sdk_package import settled
from sdkpatch.tree import scan
from tests.sdks import ROOT

PATH = "src/aui/core/query_encoder.py"
TRIAL = Trial(settled(scan(ROOT / "examples" / "aui-python")))
CODE = """def f(a: int) -> object:
    x = a
    # about y
    y = x + 1
    if y:
        z = 1
        # the end
    # nothing there
    else:
        z = 2
    return g(
        # the first
        x,
        y,  # the second
        [
            # one
            1,
            2,
        ],
    )
"""


def replaced(code: str, old: str, new: str) -> str:
    assert code.count(old) == 1
    return code.replace(old, new)


def captured(old: str, new: str) -> str | None:
    """Return what the captured steps make of a module, None where capture refuses the edit."""
    found = files.settle(TRIAL, FileEdit(PATH, old.encode(), new.encode()))
    if found.unsaid:
        assert found.said == ()
        return None
    steps = [step for each in found.said for step in each.steps]
    made = after(TRIAL.file(PATH, old.encode(), steps)) if steps else old.encode()
    assert made is not None
    return made.decode()


EDITS = {
    "a statement below a comment": ("    # about y\n", "    # about y\n    w = x\n"),
    "a statement above a comment": ("    # about y\n", "    w = x\n    # about y\n"),
    "a statement between two comments": ("    # about y\n", "    # about w\n    w = x\n    # about y\n"),
    "a comment and a statement below a comment": ("    # about y\n", "    # about y\n    # about w\n    w = x\n"),
    "a comment below its statement": ("    # about y\n    y = x + 1\n", "    y = x + 1\n    # about y\n"),
    "a statement below the end of a block": ("        # the end\n", "        # the end\n        w = 1\n"),
    "a statement above the end of a block": ("        # the end\n", "        w = 1\n        # the end\n"),
    "a comment out of its block": ("        # the end\n", "    # the end\n"),
    "a comment into a block": ("    # nothing there\n    else:\n", "    else:\n        # nothing there\n"),
    "an argument below a comment": ("        # the first\n", "        # the first\n        w,\n"),
    "an argument above a comment": ("        # the first\n", "        w,\n        # the first\n"),
    "a comment below its argument": ("        # the first\n        x,\n", "        x,\n        # the first\n"),
    "a comment behind another argument": ("x,\n        y,  # the second\n", "x,  # the second\n        y,\n"),
    "an element below a comment": ("            # one\n", "            # one\n            0,\n"),
    "a comment below its element": ("            # one\n            1,\n", "            1,\n            # one\n"),
    "a comment out of its list": (
        "            # one\n            1,\n            2,\n        ],\n",
        "            1,\n            2,\n        ],\n        # one\n",
    ),
    "a comment of a line of its own": ("    # about y\n    y = x + 1\n", "    y = x + 1  # about y\n"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_comment_and_code_come_out_in_their_order(name: str) -> None:
    new = replaced(CODE, *EDITS[name])
    assert likeness(PATH, CODE.encode(), new.encode()) is Likeness.DIFFERENT
    assert captured(CODE, new) == new


LAYOUTS = {
    "blank lines": ("x = 1\n# a\ny = 2  # b\n", "x = 1\n\n# a\n\ny = 2  # b\n"),
    "quotes": ("x = 'a'  # a\n# b\ny = 1\n", 'x = "a"  # a\n# b\ny = 1\n'),
    "a call in one line": ("x = f(\n    a,\n    b,\n)  # a\n# b\ny = 1\n", "x = f(a, b)  # a\n# b\ny = 1\n"),
    "a comment behind the comma": ("x = [\n    1  # a\n    , 2\n]\n", "x = [\n    1,  # a\n    2,\n]\n"),
    "a last comma": ("x = [\n    1,\n    2  # a\n]\n", "x = [\n    1,\n    2,  # a\n]\n"),
    "parentheses": ("x = (a)  # a\nreturned = (\n    b\n)  # b\n", "x = a  # a\nreturned = b  # b\n"),
    "a backslash": ("x = a + \\\n    b  # a\n# b\n", "x = (\n    a + b\n)  # a\n# b\n"),
    "joined strings": ('x = "a" "b"  # a\n# b\n', 'x = "ab"  # a\n# b\n'),
    "parentheses of a class": ("class A():\n    # a\n    x = 1\n", "class A:\n    # a\n    x = 1\n"),
    "a semicolon": ("x = 1; y = 2  # a\n# b\n", "x = 1\ny = 2  # a\n# b\n"),
    "a comment that is not at its block": ("if x:\n  # a\n    y = 1\n", "if x:\n    # a\n    y = 1\n"),
    "the indent of a docstring": (
        'def f():\n    """A.\n    """\n    # a\n    return f"{x}"  # b\n',
        'def f():\n    """A.\n\n    """\n    # a\n    return f"{x}"  # b\n'.replace("\n\n", "\n"),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_another_layout_leaves_comments_where_they_are(name: str) -> None:
    old, new = (f"# head\n{code}" for code in LAYOUTS[name])
    assert likeness(PATH, old.encode(), new.encode()) in (Likeness.LAYOUT, Likeness.SAME)


PLACES = {
    "in the brackets or below": ("x = f(\n    a\n    # a\n)\n", "x = f(a)\n# a\n"),
    "in empty brackets or below": ("x = f(\n    # a\n)\n", "x = f()\n# a\n"),
    "in parentheses or below": ("x = (\n    a\n    # a\n)\n", "x = a\n# a\n"),
    "within an inner call or an outer": (
        "f(\n    g(\n        a\n        # a\n    )\n)\n",
        "f(\n    g(\n        a\n    )\n    # a\n)\n",
    ),
    "between strings": ('x = (\n    "a"  # a\n    "b"\n    "c"\n)\n', 'x = (\n    "a"\n    "b"  # a\n    "c"\n)\n'),
    "above or below a docstring": ('def f():\n    # a\n    """A."""\n', 'def f():\n    """A."""\n    # a\n'),
    "between strings that are statements": ('"a"\n# a\n"b"\n"c"\n', '"a"\n"b"\n# a\n"c"\n'),
    "in the last block or in the module": ("if x:\n    y = 1\n    # a\n", "if x:\n    y = 1\n# a\n"),
    "in one of two blocks": (
        "if x:\n    if y:\n        z = 1\n        # a\n    # b\n",
        "if x:\n    if y:\n        z = 1\n    # a\n    # b\n",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_another_place_is_no_layout(name: str) -> None:
    old, new = PLACES[name]
    assert likeness(PATH, old.encode(), new.encode()) is Likeness.DIFFERENT


LINES = CODE.splitlines()
PLAIN = [line for line in LINES if not line.strip().startswith("#")]


def opened(at: int) -> str:
    """Return what may be put above a line of ``PLAIN``: an argument or an element in brackets, else a statement."""
    indent = len(PLAIN[at]) - len(PLAIN[at].lstrip())
    is_else = PLAIN[at].strip() == "else:"
    is_inside = at > PLAIN.index("    return g(")
    deeper = 4 if is_else or PLAIN[at].strip() in (")", "],") else 0
    return " " * (indent + deeper) + ("{}," if is_inside else "{} = 0")


SLOTS = st.integers(1, len(PLAIN) - 1)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    said=st.lists(SLOTS, min_size=1, max_size=3, unique=True),
    moved=st.dictionaries(st.integers(0, 2), SLOTS, max_size=1),
    added=st.lists(st.tuples(SLOTS, st.booleans(), st.booleans()), max_size=2, unique_by=lambda each: each[0]),
)
def test_comments_and_added_code_keep_their_order_or_are_refused(
    said: list[int], moved: dict[int, int], added: list[tuple[int, bool, bool]]
) -> None:
    above: dict[int, list[str]] = {}
    wanted: dict[int, list[str]] = {}
    for number, slot in enumerate(said):
        for slots, at in ((above, slot), (wanted, moved.get(number, slot))):
            indent = opened(at).split("{")[0]
            slots.setdefault(at, []).append(f"{indent}# said {number}")
    for number, (slot, is_below, has_comment) in enumerate(added):
        line = opened(slot).format(f"new{number}")
        new = [f"{line.split('new')[0]}# new {number}", line] if has_comment else [line]
        there = wanted.get(slot, [])
        wanted[slot] = [*there, *new] if is_below else [*new, *there]
    old, new_code = (
        "".join(f"{line}\n" for at, code in enumerate(PLAIN) for line in (*slots.get(at, ()), code))
        for slots in (above, wanted)
    )
    made = captured(old, new_code)
    if made is not None:
        assert [line for line in made.split("\n") if line] == [line for line in new_code.split("\n") if line]
