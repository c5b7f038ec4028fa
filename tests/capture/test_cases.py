"""Case files: a file as it was generated, as it was edited, and the patch that says the edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.operations import OPERATIONS
from sdkpatch.running.examples import run_examples
from sdkpatch.running.run import apply
from tests.capture.trees import captured, write

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.toml"))


class Case(NamedTuple):
    """``patches`` are the texts of the patch files that are expected, their examples left out."""

    generated: dict[str, str]
    edited: dict[str, str]
    patches: list[str]


def read(name: str) -> Case:
    """Read a case file: every file is in ``edited`` as it is generated, unless it says otherwise."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    generated = table.get("generated", {})
    gone = table.get("removed", [])
    edited = {path: text for path, text in {**generated, **table["edited"]}.items() if path not in gone}
    return Case(generated, edited, table["patch"])


def without_examples(text: str) -> str:
    return text.partition("\n[[example]]")[0].rstrip() + "\n"


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str, tmp_path: Path) -> None:
    case = read(name)
    generated, edited = write(tmp_path / "generated", case.generated), write(tmp_path / "edited", case.edited)
    found = captured(generated, edited)
    assert found.unsaid == ()
    assert [without_examples(each.text) for each in found.composed] == [f"{text.strip()}\n" for text in case.patches]
    assert found.proof is not None and found.proof.holds
    patches = tuple(each.patch for each in found.composed)
    for patch in patches:
        assert not any(result.problem for result in run_examples(patch)), patch.id
        assert PatchText(found.composed[0].text, "x").bind({}, OPERATIONS)[0] is not None
    plan = apply(generated, patches, allow_dirty=True)
    assert not plan.conflicts
    for path, text in case.edited.items():
        assert (generated / path).read_text() == text, path
    assert not apply(generated, patches, allow_dirty=True).changes
    assert captured(generated, edited).composed == (), "a tree that the patches hold has nothing to capture"


def test_an_unedited_tree_gives_nothing(tmp_path: Path) -> None:
    left, right = write(tmp_path / "a", {}), write(tmp_path / "b", {})
    found = captured(left, right)
    assert (found.composed, found.unsaid, found.proof) == ((), (), None)
