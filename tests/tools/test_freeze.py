"""A release keeps what it could read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdkpatch.operations import OPERATIONS
from tests.compat import test_compat
from tests.sdks import ROOT
from tools.freeze import KEPT, Refused, freeze


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The parts of the repository that are frozen, with one patch of the book that uses every operation."""
    for folder in (*KEPT.values(), "tests/compat/0.1"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    every = "".join(f'[[step]]\nop = "{name}"\n' for name in OPERATIONS)
    (tmp_path / KEPT["book"] / "every.toml").write_text(every)
    return tmp_path


def test_a_release_keeps_its_patches(repository: Path) -> None:
    folder = freeze(repository, "9.10.0")
    assert folder == repository / "tests" / "compat" / "9.10"
    test_compat.test_the_files_of_a_release_stay_as_they_are(folder)
    for kind, source in KEPT.items():
        frozen = {path.name for path in (folder / kind).rglob("*") if path.is_file()}
        assert frozen == {path.name for path in (ROOT / source).rglob("*") if path.is_file()} - {"README.md"} | (
            {"every.toml"} if kind == "book" else set()
        )


def test_what_a_release_froze_is_not_written_again(repository: Path) -> None:
    with pytest.raises(Refused, match=r"^tests/compat/0\.1 is there already"):
        freeze(repository, "0.1.3")


def test_a_release_has_a_patch_for_every_operation(repository: Path) -> None:
    (repository / KEPT["book"] / "every.toml").unlink()
    (repository / KEPT["book"] / "client-docstring.toml").unlink()
    with pytest.raises(Refused, match=r"^no recipe and no patch of the book uses .*docstring\.set"):
        freeze(repository, "9.10.0")
    assert not (repository / "tests" / "compat" / "9.10").exists()
