"""Laws of capture: what it writes leads to the edited tree, whatever was edited."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdkpatch.capture import plain
from sdkpatch.capture.alike import Likeness, likeness
from sdkpatch.capture.settle import FileSettler
from sdkpatch.capture.trial import Trial, after
from sdkpatch.fern.sdk_package import settled
from sdkpatch.loading.project import from_options, load
from sdkpatch.model import Example
from sdkpatch.operations import OPERATIONS
from sdkpatch.tree import scan
from tests.sdks import ROOT

BOOK = ROOT / "examples" / "patch-book"
EXAMPLE = ROOT / "examples" / "aui-python"


def examples() -> Iterator[tuple[str, Example]]:
    for path in sorted(BOOK.glob("*.toml")):
        for patch in load(from_options([str(path)], {}), OPERATIONS):
            for number, example in enumerate(patch.examples, 1):
                if example.path.endswith(".py") and example.before and example.after:
                    yield f"{path.stem}-{number}", example


FOUND = dict(examples())


def leads(path: str, old: bytes, new: bytes) -> bool:
    """Tell whether what capture finds for a file leads from its old bytes to the new ones."""
    trial = Trial(settled(scan(EXAMPLE)))
    result = FileSettler(trial, path, old, new).settle()
    if result.unsaid:
        return False
    steps = [step for each in result.said for step in each.steps]
    made = after(trial.file(path, old, steps)) if steps else old
    return likeness(path, made, new) is not Likeness.DIFFERENT


@pytest.mark.parametrize("name", FOUND)
def test_what_a_patch_of_the_book_does_is_captured(name: str) -> None:
    example = FOUND[name]
    assert example.before is not None and example.after is not None
    assert leads(example.path, example.before.encode(), example.after.encode())


UNUSED = """import logging
import typing


def f(a: typing.Any) -> typing.Any:
    logging.debug("%s", a)
    return a
"""


def test_an_import_that_the_edited_file_keeps_unused_is_kept() -> None:
    path = "src/aui/core/f.py"
    edited = UNUSED.replace('    logging.debug("%s", a)\n', "").replace(
        "import typing\n", "import typing\nimport json\n"
    )
    assert leads(path, UNUSED.encode(), edited.encode())


def test_a_text_of_nothing_gets_its_lines() -> None:
    trial = Trial(settled(scan(EXAMPLE)))
    said = plain.settle(trial, "README.md", b"", b"# Acme\n\nHello\n")
    assert [each.steps[0]["op"] for each in said] == ["text.insert"]


MOVED = """def f() -> object:
    return g(
        1,  # one
        2,
    )
"""


def test_a_comment_that_moved_within_its_statement_is_captured() -> None:
    moved = MOVED.replace("1,  # one", "1,").replace("2,", "2,  # one")
    assert leads("src/aui/core/f.py", MOVED.encode(), moved.encode())


SOURCES = sorted(path for path in (EXAMPLE / "src").rglob("*.py") if path.stat().st_size > 500)


def edited(code: str, seed: int) -> str:
    """Return a module with one of its statements, definitions or expressions changed at random."""
    chance = random.Random(seed)
    tree = ast.parse(code)
    lines = code.split("\n")
    blocks = [
        block
        for node in ast.walk(tree)
        for field in ("body", "orelse")
        if isinstance(block := getattr(node, field, None), list) and len(block) > 1
    ]
    block = chance.choice(blocks)
    at = chance.randrange(len(block))
    statement = block[at]
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
    indent = " " * statement.col_offset
    match chance.choice(["add", "remove", "repeat", "change", "swap"]):
        case "add":
            lines.insert(first - 1, f"{indent}added_{seed % 97} = {seed % 7}")
        case "remove":
            del lines[first - 1 : statement.end_lineno]
        case "repeat":
            lines[first - 1 : first - 1] = [f"{indent}if added:", f"{indent}    pass  # {seed % 13}"]
        case "change":
            lines[first - 1] = lines[first - 1].replace("self", "this", 1).replace("None", "0", 1)
        case _:
            other = block[at - 1] if at else block[1]
            pair = sorted((statement, other), key=lambda each: each.lineno)
            spans = [
                (min([each.lineno, *(one.lineno for one in getattr(each, "decorator_list", ()))]), each.end_lineno or 0)
                for each in pair
            ]
            if spans[0][1] < spans[1][0]:
                texts = [lines[start - 1 : stop] for start, stop in spans]
                lines[spans[1][0] - 1 : spans[1][1]] = texts[0]
                lines[spans[0][0] - 1 : spans[0][1]] = texts[1]
    return "\n".join(lines)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(index=st.integers(0, len(SOURCES) - 1), seed=st.integers(0, 10_000))
def test_random_edits_lead_to_the_edited_file_or_are_refused(index: int, seed: int) -> None:
    path = SOURCES[index].relative_to(EXAMPLE).as_posix()
    old = SOURCES[index].read_text()
    new = edited(old, seed)
    try:
        compile(new, path, "exec")
    except SyntaxError:
        return
    trial = Trial(settled(scan(EXAMPLE)))
    result = FileSettler(trial, path, old.encode(), new.encode()).settle()
    if result.unsaid:
        assert result.said == ()
        return
    steps = [step for each in result.said for step in each.steps]
    made = after(trial.file(path, old.encode(), steps)) if steps else old.encode()
    assert likeness(path, made, new.encode()) is not Likeness.DIFFERENT
