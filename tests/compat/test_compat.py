"""What was written for a release loads in every later one, and means the same: its examples say what."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from sdkpatch.loading.project import resolve
from sdkpatch.operations import OPERATIONS
from sdkpatch.running import selftest
from tests.shapes import Shape, write_sdk

HERE = Path(__file__).parent
RELEASES = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name[0].isdigit())
PATCHES = [
    path for release in RELEASES for kind in ("recipes", "book") for path in sorted((release / kind).glob("*.toml"))
]
PROJECTS = [path for release in RELEASES for path in sorted((release / "projects").glob("*.toml"))]


def shown(path: Path) -> str:
    return path.relative_to(HERE).as_posix()


@pytest.mark.parametrize("path", PATCHES, ids=shown)
def test_a_patch_file_loads_and_its_examples_hold(path: Path) -> None:
    (tested,) = selftest.run([str(path)])
    assert tested.results, "it has an example"
    assert [result.problem for result in tested.results if result.problem] == []


@pytest.mark.parametrize("path", PROJECTS, ids=shown)
def test_a_project_file_loads(path: Path, tmp_path: Path) -> None:
    tree = write_sdk(tmp_path, "pkg", Shape())
    shutil.copy(path, tree / "sdkpatch.toml")
    (tree / "patches").mkdir()
    shutil.copy(path.parent.parent / "book" / "optional-control-message.toml", tree / "patches")
    assert resolve(tree, (), {}, None, OPERATIONS).patches


@pytest.mark.parametrize("release", RELEASES, ids=shown)
def test_the_files_of_a_release_stay_as_they_are(release: Path) -> None:
    lines = (line.partition("  ") for line in (release / "SHA256SUMS").read_text().splitlines())
    listed = {name: digest for digest, _, name in lines}
    found = {
        path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in release.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == listed
