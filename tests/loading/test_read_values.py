"""Parameters whose values come from a file of the SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.loading import read_values
from tests.command import sdkpatch

PATCH = """
id = "agent"
title = "Name the SDK's version"
[parameters]
version = {{ {declared} }}
[[step]]
op = "rewrite"
match = 'AGENT = $_'
replace = 'AGENT = "acme/{{{{ version }}}}"'
[[example]]
before = 'AGENT = "acme"'
after = 'AGENT = "acme/0.0.0"'
"""
FROM = 'from = ["pyproject.toml:project.version", "pyproject.toml:tool.poetry.version"]'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    package = tmp_path / "sdk" / "src" / "acme"
    (package / "core").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "core" / "client_wrapper.py").write_text('AGENT = "acme"\n')
    (tmp_path / "sdk" / "pyproject.toml").write_text('[tool.poetry]\nversion = "7.1.0"\n')
    return tmp_path / "sdk"


def apply(tree: Path, declared: str, *options: str) -> tuple[int, str, str]:
    """Apply the patch; return the exit code, what was complained of, and the file."""
    (tree.parent / "p.toml").write_text(PATCH.format(declared=declared))
    done = sdkpatch("apply", tree, "--patch", tree.parent / "p.toml", *options)
    return done.returncode, done.stderr, (tree / "src/acme/core/client_wrapper.py").read_text()


def test_the_value_comes_from_the_first_place_that_has_one_and_follows_the_release(tree: Path) -> None:
    assert apply(tree, FROM) == (0, "", 'AGENT = "acme/7.1.0"\n')
    assert apply(tree, FROM, "--check")[0] == 0
    (tree / "pyproject.toml").write_text('[project]\nversion = "7.2.0"\n[tool.poetry]\nversion = "7.1.0"\n')
    assert apply(tree, FROM) == (0, "", 'AGENT = "acme/7.2.0"\n')


def test_what_is_given_comes_before_it_and_a_default_after_it(tree: Path) -> None:
    assert apply(tree, FROM, "--set", "version=1")[2] == 'AGENT = "acme/1"\n'
    (tree / "pyproject.toml").unlink()
    assert apply(tree, f'default = "2", {FROM}')[2] == 'AGENT = "acme/2"\n'


def test_json_is_read_too(tree: Path) -> None:
    (tree / ".fern").mkdir()
    (tree / ".fern" / "metadata.json").write_text('{"sdk": {"version": "3"}}')
    assert apply(tree, 'from = ".fern/metadata.json:sdk.version"')[2] == 'AGENT = "acme/3"\n'


@pytest.mark.parametrize(
    ("project", "found"),
    [
        (None, "no file pyproject.toml and no file pyproject.toml"),
        ("[project\n", "no TOML in pyproject.toml and no TOML in pyproject.toml"),
        ("", "no key project.version in pyproject.toml and no key tool.poetry.version in pyproject.toml"),
        ("[project]\nversion = [1]\n", "an array at pyproject.toml:project.version and no key tool.poetry.version in"),
    ],
)
def test_a_value_that_is_nowhere_is_an_error_and_nothing_is_written(
    project: str | None, found: str, tree: Path
) -> None:
    (tree / "pyproject.toml").unlink()
    if project is not None:
        (tree / "pyproject.toml").write_text(project)
    code, complaints, file = apply(tree, FROM)
    assert code == 3
    assert f"p.toml:5: parameters.version.from: found {found}" in complaints
    assert file == 'AGENT = "acme"\n'


def test_a_link_out_of_the_tree_is_not_followed(tree: Path) -> None:
    (tree.parent / "secret.toml").write_text('[project]\nversion = "secret"\n')
    (tree / "pyproject.toml").unlink()
    (tree / "pyproject.toml").symlink_to(tree.parent / "secret.toml")
    code, complaints, file = apply(tree, FROM)
    assert code == 3
    assert "a link out of the tree at pyproject.toml" in complaints
    assert "secret" not in file + complaints.replace("secret.toml", "")


@pytest.mark.parametrize("given", ["[]", "5", '["pyproject.toml:project.version", 5]'])
def test_from_names_a_place_or_several(given: str, tree: Path) -> None:
    code, complaints, file = apply(tree, f"from = {given}")
    assert code == 3
    assert "expected a place in a file of the SDK" in complaints
    assert file == 'AGENT = "acme"\n'


@pytest.mark.parametrize(
    "place", ["pyproject.toml", "setup.py:version", "a.toml:", "../a.toml:b", "*.toml:b", "/a.toml:b"]
)
def test_what_is_no_place_in_a_file_of_the_sdk_is_refused_at_load(place: str, tree: Path) -> None:
    assert read_values.problem(place)
    code, complaints, _ = apply(tree, f'from = "{place}"')
    assert code == 3
    assert "expected a place in a file of the SDK" in complaints


def test_in_examples_it_is_a_stand_in(tree: Path) -> None:
    apply(tree, FROM)
    done = sdkpatch("test", tree.parent / "p.toml")
    assert done.returncode == 0, done.stdout + done.stderr
