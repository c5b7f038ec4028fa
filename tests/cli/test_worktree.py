"""``sdkpatch apply`` in git: a person's own edits are not mixed with the run's unless that is meant."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.command import sdkpatch, snapshot
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
CLIENT = "src/pkg/chat/client.py"


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = write_sdk(tmp_path / "sdks" / "a b", "pkg", Shape())
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "generated")
    return tree


def edit(tree: Path) -> None:
    (tree / CLIENT).write_text((tree / CLIENT).read_text() + "# mine\n")


def test_edits_that_git_does_not_have_stop_the_run(tree: Path) -> None:
    edit(tree)
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 2
    assert done.stderr == (
        "error: 1 file has edits that are neither committed nor staged, and would be overwritten:\n"
        f"  {CLIENT}\n"
        "  hint: git add or git commit them first, or apply with --allow-dirty; nothing was written\n"
    )
    assert snapshot(tree) == before
    assert sdkpatch("apply", tree, *RECIPE, "--check").returncode == 1
    assert sdkpatch("apply", tree, *RECIPE, "--allow-dirty").returncode == 0
    assert (tree / CLIENT).read_text().endswith("# mine\n")


@pytest.mark.parametrize("kept", ["staged", "committed", "elsewhere", "untracked", "no repository"])
def test_edits_that_are_safe_stop_nothing(kept: str, tree: Path, tmp_path: Path) -> None:
    if kept == "elsewhere":
        (tree / "src/pkg/environment.py").write_text("x = 1\n")
    elif kept == "no repository":
        subprocess.run(["rm", "-rf", str(tmp_path / ".git")], check=True)
    else:
        edit(tree)
    if kept == "untracked":
        git(tmp_path, "rm", "-r", "--cached", "--quiet", ".")
    elif kept in ("staged", "committed"):
        git(tmp_path, "add", "-A")
    if kept == "committed":
        git(tmp_path, "commit", "--quiet", "-m", "mine")
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0, done.stderr


def test_a_repository_that_git_will_not_read_stops_the_run(tree: Path, tmp_path: Path) -> None:
    (tmp_path / ".git" / "HEAD").write_text("nonsense\n")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 6
    assert "git: cannot tell which files have uncommitted edits: " in done.stderr
    assert snapshot(tree) == before
    assert sdkpatch("apply", tree, *RECIPE, "--allow-dirty").returncode == 0


def test_a_second_run_writes_nothing_and_asks_nothing(tree: Path) -> None:
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0


def test_a_detached_head_and_a_shallow_clone_are_no_trouble(tree: Path, tmp_path: Path) -> None:
    git(tmp_path, "checkout", "--quiet", "--detach")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}", str(clone))
    assert sdkpatch("apply", clone / "sdks" / "a b", *RECIPE).returncode == 0
    edit(tree)
    assert sdkpatch("apply", tree, *RECIPE).returncode == 2


def test_a_crlf_checkout_is_patched_and_stays_one(tree: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "-c", "core.autocrlf=true", "clone", "--quiet", "-c", "core.autocrlf=true", str(tmp_path), str(clone))
    path = clone / "sdks" / "a b" / CLIENT
    assert b"\r\n" in path.read_bytes()
    assert sdkpatch("apply", clone / "sdks" / "a b", *RECIPE).returncode == 0
    content = path.read_bytes()
    assert b"network" not in content and content.count(b"\r\n") == content.count(b"\n")
    assert git(clone, "status", "--porcelain").splitlines() == [
        ' M "sdks/a b/src/pkg/chat/client.py"',
        ' M "sdks/a b/src/pkg/chat/raw_client.py"',
    ]


@pytest.mark.parametrize(
    "answer, reason",
    [
        ("echo 'error: unknown option' >&2; exit 129", "error: unknown option"),  # before 2.26
        ("exit 1", "git is older than 2.31"),
    ],
)
def test_a_git_that_cannot_leave_filters_alone_stops_the_run(
    answer: str, reason: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    old = tmp_path / "old" / "git"
    old.write_text(f'#!/bin/sh\ncase "$*" in *--show-scope*) {answer};; esac\nexit 0\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 6
    assert f"git: cannot tell which files have uncommitted edits: {reason}" in done.stderr
    assert snapshot(tree) == before
