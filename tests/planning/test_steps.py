"""Steps of one run over each other's results: what they see, what is taken back, and what a second run would find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Conflict, Patch, Plan, Satisfied
from sdkpatch.operations import OPERATIONS
from sdkpatch.planning.plan import plan
from sdkpatch.planning.prove import verify
from sdkpatch.schema import toml_source
from sdkpatch.tree import scan
from tests.sdks import ROOT

CASES = sorted((ROOT / "tests" / "cases" / "steps").glob("*.toml"))


def patches_of(steps: list[str]) -> tuple[Patch, ...]:
    """Return a patch for each text of steps, called a, b and so on."""
    found = []
    for name, text in zip("abcdef", steps, strict=False):
        patch, mistakes, _ = PatchText(f'id = "{name}"\ntitle = "x"\n{text}', f"{name}.toml").bind({}, OPERATIONS)
        assert patch is not None, [str(mistake) for mistake in mistakes]
        found.append(patch)
    return tuple(found)


def run(root: Path, patches: tuple[Patch, ...]) -> Plan:
    """Plan, prove and write."""
    planned = plan(scan(root), patches)
    if not planned.conflicts:
        verify(planned, patches)
        for change in planned.changes:
            path = root / change.path
            if change.after is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(change.after)
    return planned


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_steps_over_each_others_results(path: Path, tmp_path: Path) -> None:
    case = toml_source.parse(path.read_text())
    for name, text in {"src/pkg/__init__.py": "", **case["before"]}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    patches = patches_of(case["patches"])
    planned = run(tmp_path, patches)
    said = [
        "\n".join([each.outcome.reason, *each.outcome.details])
        for each in planned.conflicts
        if isinstance(each.outcome, Conflict)
    ]
    assert said == case.get("conflicts", [])
    if said:
        return
    for name, text in case["after"].items():
        assert (tmp_path / name).read_text() == text
    for name in case.get("gone", []):
        assert not (tmp_path / name).exists()
    again = run(tmp_path, patches)
    assert not again.changes
    assert all(isinstance(result.outcome, Satisfied) for result in again.results), again.conflicts


def test_what_would_not_parse_is_said_once_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("def f():\n    try:\n        g()\n    except ValueError:\n        raise\n" * 2)
    step = '[[step]]\nop = "delete"\nmatch = "except ValueError:"\nfiles = ["client.py"]\n'
    (conflict,) = plan(scan(tmp_path), patches_of([step])).conflicts
    assert isinstance(conflict.outcome, Conflict)
    assert re.fullmatch(
        r"the result of the change is wrong: the file does not parse: .* \(line 4 of the result\)",
        conflict.outcome.reason,
    )
    assert conflict.outcome.details == ("3:         g()", "4: def f():", "5:     try:")


def test_a_change_that_fails_as_a_whole_is_one_conflict_a_file(tmp_path: Path) -> None:
    body = "():\n    try:\n        g()\n    except ValueError:\n        raise\n\n\n"
    (tmp_path / "client.py").write_text(f"def f{body}def h{body}")
    step = '[[step]]\nop = "delete"\nmatch = "except ValueError:"\nwithin = ["f", "h"]\n'
    (conflict,) = plan(scan(tmp_path), patches_of([step])).conflicts
    assert isinstance(conflict.outcome, Conflict)
    assert conflict.outcome.reason.endswith("; so none of the 2 sites in this file is changed")


def test_a_file_that_does_not_parse_is_one_conflict_for_all_steps(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("x = 1\nold_call(1\n")
    step = '[[step]]\nop = "rewrite"\nmatch = "old_call($X)"\nreplace = "new_call($X)"\nfiles = ["client.py"]\n'
    (conflict,) = plan(scan(tmp_path), patches_of([step, step, step])).conflicts
    assert (conflict.site.line, conflict.site.name) == (2, "(file)")


@pytest.mark.parametrize(
    ("files", "doubt"),
    [
        (["x.py"], "this may not be the directory of a Fern-generated Python SDK: it holds no core/client_wrapper.py"),
        (["a/src/x/core/client_wrapper.py", "a/pyproject.toml"], ""),
        (["src/x/core/client_wrapper.py", "src/y/core/client_wrapper.py", "pyproject.toml"], ""),
        (["core/client_wrapper.py", "client.py"], ""),
        (["a/x/core/client_wrapper.py", "a/pyproject.toml", "b/y/core/client_wrapper.py", "pyproject.toml"], ""),
        (
            ["a/x/core/client_wrapper.py", "a/pyproject.toml", "b/core/client_wrapper.py", "b/.fern/metadata.json"],
            "this directory holds 2 SDKs (a, b): give the directory of one of them",
        ),
    ],
)
def test_a_tree_that_may_be_the_wrong_one_is_said_beside_conflicts(
    files: list[str], doubt: str, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("" if name.endswith(".py") else "{}")
    lost = '[[step]]\nop = "rewrite"\nmatch = "old_call($X)"\nreplace = "new_call($X)"\n'
    assert plan(scan(tmp_path), patches_of([lost])).doubt == doubt
    assert plan(scan(tmp_path), patches_of([lost + 'expect = { sites = "any" }\n'])).doubt == ""
