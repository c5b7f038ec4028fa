"""The hooks of ``.pre-commit-hooks.yaml`` with the real ``pre-commit try-repo`` on a real git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_worktree import git
from tests.sdks import ROOT

pytestmark = pytest.mark.slow


EXAMPLE = ROOT / "examples" / "aui-python"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository of sdkpatch as it is here, with or without a repository of its own."""
    folder = tmp_path_factory.mktemp("source") / "sdkpatch"
    left_out = shutil.ignore_patterns(".git", ".venv", ".cache", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, folder, ignore=left_out)
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "sdkpatch")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "repository", ignore=shutil.ignore_patterns("__pycache__")))
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    return folder


def run(source: Path, repository: Path, hook: str) -> subprocess.CompletedProcess[str]:
    home = source.parent / "home"
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(source), hook, "--all-files", "--color", "never"]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)


def test_check_fails_until_the_sdk_is_patched_and_apply_patches_it(source: Path, repository: Path) -> None:
    done = run(source, repository, "sdkpatch-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "- exit code: 1" in done.stdout
    assert "src/aui/external_session/client.py:79  ExternalSessionClient.connect  sync  to apply" in done.stdout

    done = run(source, repository, "sdkpatch-apply")
    assert done.returncode == 1
    assert "- files were modified by this hook" in done.stdout
    assert "6 sites: 6 applied, 0 satisfied, 0 conflicts; 3 files changed" in done.stdout

    git(repository, "add", "-A")
    for hook in ("sdkpatch-check", "sdkpatch-apply"):
        done = run(source, repository, hook)
        assert done.returncode == 0, done.stdout
        assert "Passed" in done.stdout
    assert git(repository, "diff") == ""


def test_a_commit_without_a_file_of_the_sdk_runs_no_hook(source: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "-A")
    done = run(source, tmp_path, "sdkpatch-check")
    assert done.returncode == 0 and "(no files to check)" in done.stdout
