"""``sdkpatch doctor``: a line for each thing that a run depends on, and exit 1 where one is wrong."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

import pytest

from sdkpatch.errors import ExitCode
from sdkpatch.version import __version__
from tests.command import sdkpatch, snapshot
from tests.shapes import Shape, write_sdk

PROJECT = 'sdk = "."\n\n[[patch]]\nuses = "websocket-auth-query"\nwith = { header = "x-api-key" }\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An SDK that is patched, with a project file, in a repository."""
    root = write_sdk(tmp_path / "sdk", "pkg", Shape())
    (root / "sdkpatch.toml").write_text(PROJECT)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", root], check=True)
    assert sdkpatch("apply", ".", "--allow-dirty", cwd=root).returncode == ExitCode.OK
    assert sdkpatch("fernignore", "sync", ".", cwd=root).returncode == ExitCode.OK
    return root


def said(root: Path) -> tuple[int, dict[str, str]]:
    """Return the exit code and what is said of each topic, without the versions."""
    done = sdkpatch("doctor", ".", cwd=root)
    lines = re.sub(r"\n +", " / ", done.stdout).splitlines()
    return done.returncode, dict(line.split(maxsplit=1) for line in lines)


def test_of_a_patched_sdk_nothing_is_wrong_and_nothing_is_written(repository: Path) -> None:
    before = snapshot(repository)
    code, found = said(repository)
    assert snapshot(repository) == before
    assert code == ExitCode.OK, found
    assert found.pop("sdkpatch").startswith(f"{__version__}, Python {platform.python_version()} (")
    assert found.pop("tree").startswith("., ")
    assert found == {
        "package": "src/pkg",
        "generator": "unknown: .fern/metadata.json does not say",
        "git": "., branch main",
        "project": "sdkpatch.toml, 1 patch",
        "patches": "4 sites satisfied, 0 to apply, 0 in conflict",
        "sockets": "1 channel; headers that carry a credential: x-api-key",
        ".fernignore": "every line works",
        "workflow": "none of the repository publishes a package",
        "nothing": "is wrong",
    }


def test_an_unpatched_tree_and_a_workflow_that_publishes_it(repository: Path) -> None:
    (repository / ".github" / "workflows").mkdir(parents=True)
    workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: poetry -v publish --build\n"
    (repository / ".github" / "workflows" / "ci.yml").write_text(workflow)
    write_sdk(repository, "pkg", Shape())
    code, found = said(repository)
    assert code == ExitCode.CHANGES_NEEDED
    assert found["patches"] == (
        "0 sites satisfied, 4 to apply, 0 in conflict / wrong: the tree is not patched / run sdkpatch apply"
    )
    assert found["workflow"] == (
        ".github/workflows/ci.yml (poetry) / wrong: .github/workflows/ci.yml publishes without sdkpatch"
        " / sdkpatch init --take-over adds the step"
    )
    assert found["2"] == "things are wrong"


def test_a_conflict_is_named(repository: Path) -> None:
    client = repository / "src" / "pkg" / "chat" / "client.py"
    client.write_text(client.read_text() + "def (\n")
    code, found = said(repository)
    assert code == ExitCode.CHANGES_NEEDED
    assert "1 in conflict / wrong: src/pkg/chat/client.py:" in found["patches"]
    assert found["patches"].endswith(" / sdkpatch apply --check lists all conflicts")


def test_a_mistake_in_the_project_file(repository: Path) -> None:
    (repository / "sdkpatch.toml").write_text(PROJECT.replace("uses", "use"))
    code, found = said(repository)
    assert code == ExitCode.CHANGES_NEEDED
    assert found["project"] == (
        "sdkpatch.toml / wrong: sdkpatch.toml:3: patch[0]: found nothing, expected the key uses (a recipe or a path)"
        ' / did you mean "uses"?'
    )


def test_a_package_that_is_not_there(repository: Path) -> None:
    (repository / "sdkpatch.toml").write_text(f'package = "src/other"\n{PROJECT}')
    code, found = said(repository)
    assert code == ExitCode.CHANGES_NEEDED
    assert found["package"].startswith('src/other / wrong: package: found "src/other", expected the folder of')


def test_without_git_it_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, found = said(repository)
    assert code == ExitCode.CHANGES_NEEDED
    assert found["git"].endswith(" / wrong: git is not installed / install git")


def test_without_a_tree_it_says_so(tmp_path: Path) -> None:
    code, found = said(tmp_path)
    assert code == ExitCode.CHANGES_NEEDED
    assert found["tree"].startswith(". / wrong: ")
    assert list(found) == ["sdkpatch", "tree", "1"]


def test_without_project_and_repository(tmp_path: Path) -> None:
    code, found = said(write_sdk(tmp_path / "sdk", "pkg", Shape()))
    assert code == ExitCode.CHANGES_NEEDED
    assert found["project"] == "none / wrong: no sdkpatch.toml is in the tree or above it / run sdkpatch init"
    assert found["git"] == "the tree is in no repository"
    assert found["1"] == "thing is wrong"
