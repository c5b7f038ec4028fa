"""Where a conflict points: the patch file's step, or the line of the project file that uses a recipe."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import sdkpatch

PROJECT = """
sdk = "sdk"

[[patch]]
uses = "fernignore-own-files"

[[patch]]
uses = "websocket-auth-query"
with = { header = "x-api-key", query = "key" }
""".lstrip()


def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sdk" / "pkg" / "core").mkdir(parents=True)
    (tmp_path / "sdk" / "pkg" / "core" / "client_wrapper.py").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sdkpatch.toml").write_text(PROJECT)
    return tmp_path


def test_a_recipes_conflict_points_at_the_line_that_uses_it(tmp_path: Path) -> None:
    root = project(tmp_path)
    done = sdkpatch("apply", "--check", cwd=root)
    assert "sdkpatch.toml:7  websocket.auth  conflict: expected >=1 site, found 0\n" in done.stdout
    marked = sdkpatch("apply", "--check", "--format", "github", cwd=root / "sub").stdout
    assert "::error file=sdkpatch.toml,line=7,title=websocket.auth%3A conflict::" in marked
    found = json.loads(sdkpatch("apply", "--check", "--format", "sarif", cwd=root / "sub").stdout)
    places = [each["locations"][0]["physicalLocation"] for each in found["runs"][0]["results"]]
    assert {"artifactLocation": {"uri": "sdkpatch.toml"}, "region": {"startLine": 7}} in places


def test_a_patch_files_conflict_points_at_its_step(tmp_path: Path) -> None:
    root = project(tmp_path)
    text = 'id = "x"\ntitle = "x"\n\n[[step]]\nop = "rewrite"\nmatch = "a($X)"\nreplace = "b($X)"\n'
    (root / "sub" / "x.toml").write_text(text)
    (root / "sdkpatch.toml").write_text('sdk = "sdk"\n[[patch]]\nuses = "sub/x.toml"\n')
    marked = sdkpatch("apply", "--check", "--format", "github", cwd=root / "sub").stdout
    assert "::error file=sub/x.toml,line=4,title=rewrite%3A conflict::" in marked


def test_a_recipe_of_the_command_line_has_no_line(tmp_path: Path) -> None:
    root = project(tmp_path)
    recipe = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
    marked = sdkpatch("apply", "sdk", *recipe, "--check", "--format", "github", cwd=root).stdout
    assert "::error title=websocket.auth%3A conflict::" in marked
