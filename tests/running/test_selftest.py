"""``sdkpatch test`` runs examples, and can tell when they do not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import sdkpatch as api
from sdkpatch.errors import ConfigError, ExitCode
from tests.command import sdkpatch

PATCH = '''id = "rename"  # ours
title = "Rename"

[[step]]
op = "rewrite"
match = "old($X)"
replace = "new($X)"

[[example]]
before = """
x = old(1)
"""
after = """
x = new(1)
"""

[[example]]
before = """
x = older(1)
"""
'''


@pytest.fixture
def patch(tmp_path: Path) -> Path:
    path = tmp_path / "rename.toml"
    path.write_text(PATCH)
    return path


def test_examples_that_hold(patch: Path) -> None:
    done = sdkpatch("test", "rename.toml", cwd=patch.parent)
    assert done.stdout == (
        "rename.toml  example 1  passed\nrename.toml  example 2  passed\n2 examples: 2 passed, 0 failed\n"
    )
    assert done.returncode == ExitCode.OK
    assert api.example_failures(patch) == ()


def test_an_after_that_does_not_hold_is_shown_and_brought_up_to_date(patch: Path) -> None:
    wrong = PATCH.replace("x = new(1)", "x = newer(1)")
    patch.write_text(wrong)
    done = sdkpatch("test", "rename.toml", cwd=patch.parent)
    assert done.stdout == (
        "rename.toml  example 1  failed: the result is not the code after\n"
        "  | --- after\n  | +++ result\n  | @@ -1,2 +1,2 @@\n  | -x = newer(1)\n  | +x = new(1)\n  |  \n"
        "rename.toml  example 2  passed\n2 examples: 1 passed, 1 failed\n"
    )
    assert done.returncode == ExitCode.VERIFICATION
    assert [(each.number, each.problem) for each in api.example_failures(patch)] == [
        (1, "the result is not the code after")
    ]
    assert sdkpatch("test", "rename.toml", "--update", cwd=patch.parent).returncode == ExitCode.OK
    assert patch.read_text() == PATCH.replace('after = """\nx = new(1)\n"""', "after = '''\nx = new(1)\n'''")


def test_a_before_alone_must_not_change_and_is_not_updated(patch: Path) -> None:
    wrong = PATCH.replace("x = older(1)", "x = old(2)")
    patch.write_text(wrong)
    done = sdkpatch("test", "rename.toml", "--update", cwd=patch.parent)
    assert "example 2  failed: it changes the code, but there is no after\n" in done.stdout
    assert done.returncode == ExitCode.VERIFICATION
    assert patch.read_text() == wrong


def test_a_conflict_in_an_example_is_a_failure(patch: Path) -> None:
    patch.write_text(PATCH.replace("x = old(1)", "x = ("))
    done = sdkpatch("test", "rename.toml", cwd=patch.parent)
    assert (
        "example 1  failed: a conflict on line 1: the file does not parse: '(' was never closed (line 1)\n"
        in done.stdout
    )


def test_an_example_for_a_file_no_step_is_about_is_a_failure(patch: Path) -> None:
    patch.write_text(PATCH.replace("[[example]]\n", '[[example]]\npath = "README.md"\n', 1))
    done = sdkpatch("test", "rename.toml", cwd=patch.parent)
    assert "failed: no step is about the file README.md: give the example a path\n" in done.stdout


def test_without_names_the_projects_patches_are_tested(patch: Path) -> None:
    (patch.parent / "sdkpatch.toml").write_text('[[patch]]\nuses = "./rename.toml"\n')
    done = sdkpatch("test", cwd=patch.parent)
    assert done.stdout == (
        "rename.toml  example 1  passed\nrename.toml  example 2  passed\n2 examples: 2 passed, 0 failed\n"
    )
    assert done.returncode == ExitCode.OK
    shipped = sdkpatch("test", "--shipped", cwd=patch.parent)
    assert shipped.stdout.startswith("rename.toml  example 1  passed\n")
    assert "recipe:websocket-auth-query  example 1  passed\n" in shipped.stdout
    assert shipped.returncode == ExitCode.OK


def test_without_patches_nothing_passes(tmp_path: Path) -> None:
    done = sdkpatch("test", cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == (
        "error: which patches: found none in the project, expected at least one\n"
        "  hint: name a patch file, or run sdkpatch test --shipped\n"
    )
    assert sdkpatch("test", "--shipped", cwd=tmp_path).returncode == ExitCode.OK


def test_a_parameter_without_a_default_takes_the_projects_value(patch: Path) -> None:
    declared = PATCH.replace("[[step]]", '[parameters]\nname = { type = "string" }\n\n[[step]]')
    patch.write_text(declared.replace("old($X)", "{{ name }}($X)"))
    (patch.parent / "sdkpatch.toml").write_text('[[patch]]\nuses = "./rename.toml"\nwith = { name = "old" }\n')
    assert "rename.toml  example 1  passed\n" in sdkpatch("test", cwd=patch.parent).stdout


def test_a_patch_file_with_a_mistake_is_one(patch: Path) -> None:
    patch.write_text(PATCH.replace('op = "rewrite"', 'op = "rewrit"'))
    done = sdkpatch("test", "rename.toml", cwd=patch.parent)
    assert done.stderr == (
        'error: rename.toml:5: step[0].op: found "rewrit", expected the name of an operation\n'
        '  hint: did you mean "rewrite"?\n'
    )
    assert done.returncode == ExitCode.CONFIG
    with pytest.raises(ConfigError):
        api.example_failures(patch)
