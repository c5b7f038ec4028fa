"""``sdkpatch fernignore``: what Fern's readers make of a line, the fixes, the block, and the next generation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdkpatch.ignoring.readers import GITHUB, LOCAL, OLDER, REPLAY, Index, readings
from tests.cli.test_worktree import git
from tests.command import sdkpatch, snapshot
from tests.sdks import ROOT

EXAMPLE = ROOT / "examples" / "aui-python"
CLIENT = "src/aui/external_session/client.py"
PROJECT = """
sdk = "."

[[patch]]
uses = "websocket-auth-query"
with = { header = "x-network-api-key", query = "network_api_key" }
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The example SDK with a project file, and nothing listed but README.md."""
    left_out = shutil.ignore_patterns("__pycache__", "patches")
    tree = Path(shutil.copytree(EXAMPLE, tmp_path / "sdk", ignore=left_out))
    (tree / "sdkpatch.toml").write_text(PROJECT)
    (tree / ".fernignore").write_text("README.md\nsdkpatch.toml\n")
    return tree


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """The next generation: one file changed, one new, no README.md and none of the team's files."""
    left_out = shutil.ignore_patterns("__pycache__", "patches", "sdkpatch.toml", "README.md", ".fernignore")
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "generated", ignore=left_out))
    (folder / CLIENT).write_text((folder / CLIENT).read_text() + "# regenerated\n")
    (folder / "src" / "aui" / "new.py").write_text("x = 1\n")
    return folder


@pytest.mark.parametrize(
    "line, local, github, replay, older",
    [
        ("README.md", 1, 1, 1, 1),
        ("src/aui/core", 7, 7, 7, 7),
        ("src/aui/core/", 7, 7, 7, 7),
        ("README.md # mine", 1, 0, 0, 0),
        ("# README.md", 0, 0, 0, 0),
        ("", 0, 0, 0, 0),
        ("./README.md", 1, 0, 0, 0),
        ("*.md", 1, 1, 1, 0),
        ("src/**/version.py", 1, 1, 1, 0),
        (".fern*", 2, 1, 1, 0),
        ("*ignore", 1, 1, 0, 0),
        ("**/README.md", 0, 1, 1, 0),
        ("readme.md", 0, 0, 0, 0),
        ("!README.md", 0, 0, 22, 0),
        ("src/aui/*.py", 18, 4, 4, 0),
        ("{README.md,sdkpatch.toml}", 0, 2, 2, 0),
        ("no/such/file", 0, 0, 0, 0),
    ],
)
def test_each_reader_has_its_own_rules(line: str, local: int, github: int, replay: int, older: int, tree: Path) -> None:
    before = snapshot(tree)
    with Index(tree) as index:
        found = {each.reader: len(each.protects) for each in readings(line, index)}
    assert found == {LOCAL: local, GITHUB: github, REPLAY: replay, OLDER: older}
    assert snapshot(tree) == before


@pytest.mark.parametrize("line", ["/README.md", "../README.md", "src/../../x"])
def test_a_path_that_leaves_the_tree_aborts_the_generation(line: str, tree: Path) -> None:
    with Index(tree) as index:
        assert readings(line, index)[0].aborts == "git refuses it, and the generation fails"


@pytest.mark.parametrize(
    "line, reason, fix",
    [
        ("/x.py", "a line that starts with / aborts Fern's generation", None),
        ("/README.md", "a line that starts with / aborts Fern's generation", "README.md"),
        ("../x.py", "a line that leaves the tree aborts Fern's generation", None),
        ("src/aui/version.py # ours", "a comment behind a path is part of the path for", "# ours / src/aui/version.py"),
        ("./pyproject.toml", "Fern's readers disagree about it", "pyproject.toml"),
        ("src/aui/Version.py", "it protects nothing: the tree spells it src/aui/version.py", "src/aui/version.py"),
        ("gone.py", "it protects nothing: no such file", None),
        ("src/**/version.py", "Fern's readers disagree about it", None),
        (CLIENT, f"it freezes {CLIENT}, which websocket-auth-query patches at every run: it goes stale", None),
    ],
)
def test_a_bad_line_is_named_with_its_fix(line: str, reason: str, fix: str | None, tree: Path) -> None:
    with (tree / ".fernignore").open("a") as file:
        file.write(f"{line}\n")
    done = sdkpatch("fernignore", "check", tree)
    assert done.returncode == 1
    assert f".fernignore:3  {line}: {reason}" in done.stdout
    assert (f"  fix: {fix}\n" in done.stdout) is (fix is not None)
    assert done.stdout.splitlines()[-1] == (
        "1 problem; sdkpatch fernignore check --fix fixes 1" if fix else "1 problem"
    )
    mended = sdkpatch("fernignore", "check", tree, "--fix")
    assert mended.returncode == (0 if fix else 1), mended.stdout
    assert (tree / ".fernignore").read_text() == (
        "README.md\nsdkpatch.toml\n" + (fix.replace(" / ", "\n") if fix else line) + "\n"
    )


def test_a_right_file_has_no_problem(tree: Path) -> None:
    done = sdkpatch("fernignore", "check", tree)
    assert (done.returncode, done.stdout) == (0, "0 problems\n")


def test_own_files_that_are_not_listed_are_listed(tree: Path) -> None:
    (tree / "patches").mkdir()
    (tree / "patches" / "mine.toml").write_text('id = "mine"\n')
    for name, text in (("sdk.yml", "run: sdkpatch apply\n"), ("other.yml", "run: make\n")):
        path = tree / ".github" / "workflows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tree / ".fernignore").unlink()
    done = sdkpatch("fernignore", "check", tree)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith(".fernignore  ")] == [
        f".fernignore  {path}: the next generation deletes it: not protected for local, github, replay, older github"
        for path in (".github/workflows/sdk.yml", "patches", "sdkpatch.toml")
    ]
    assert sdkpatch("fernignore", "sync", tree).stdout == ".fernignore was brought up to date\n"
    assert (tree / ".fernignore").read_text() == (
        "# sdkpatch: begin (this block is rewritten by sdkpatch apply)\n"
        "# sdkpatch: configuration, patches and pipeline\n"
        ".github/workflows/sdk.yml\n"
        "patches\n"
        "sdkpatch.toml\n"
        "# sdkpatch: end\n"
    )
    assert sdkpatch("fernignore", "check", tree).returncode == 0
    before = snapshot(tree)
    assert sdkpatch("fernignore", "sync", tree).stdout == ".fernignore is up to date\n"
    assert snapshot(tree) == before


def test_the_block_forgets_what_is_gone_and_every_other_byte_stays(tree: Path) -> None:
    assert sdkpatch("apply", ROOT / "examples" / "aui-python", "--check").returncode == 1
    rest = b"\xef\xbb\xbf# mine\r\n\r\nREADME.md  \r\n"
    block = b"\r\n".join(
        (
            b"# sdkpatch: begin (this block is rewritten by sdkpatch apply)",
            b"# why",
            b"gone.py",
            b"# why",
            b"pyproject.toml",
            b"# sdkpatch: end\r\n",
        )
    )
    (tree / ".fernignore").write_bytes(rest + block + b"tail")
    assert sdkpatch("fernignore", "sync", tree).returncode == 0
    after = (tree / ".fernignore").read_bytes()
    assert after.startswith(rest) and after.endswith(b"# sdkpatch: end\r\ntail")
    assert b"gone.py" not in after and b"# why\r\npyproject.toml\r\n" in after and b"sdkpatch.toml\r\n" in after


def test_a_broken_block_is_not_guessed_at(tree: Path) -> None:
    (tree / ".fernignore").write_text("# sdkpatch: begin (this block is rewritten by sdkpatch apply)\nsdkpatch.toml\n")
    done = sdkpatch("fernignore", "sync", tree)
    assert done.returncode == 6
    assert ".fernignore: line 1: one of the two markers of sdkpatch's block is missing or doubled" in done.stderr
    assert sdkpatch("fernignore", "check", tree).returncode == 1


def test_explain_shows_each_reader_of_each_line(tree: Path) -> None:
    (tree / ".fernignore").write_text("# a comment\nREADME.md # b\n")
    assert sdkpatch("fernignore", "explain", tree).stdout == (
        ".fernignore:2  README.md # b\n"
        "  local          1 file    README.md\n"
        "  github         0 files   README.md # b\n"
        "  replay         0 files   README.md # b\n"
        "  older github   0 files   README.md # b\n"
    )


def test_simulate_says_what_becomes_of_every_file(tree: Path, generated: Path) -> None:
    (tree / "src" / "aui" / "by_hand.py").write_text("x = 1\n")
    (tree / ".fernignore").write_text(f"sdkpatch.toml\n{CLIENT}\n")
    assert sdkpatch("apply", tree).returncode == 0
    before = snapshot(tree)
    done = sdkpatch("fernignore", "simulate", generated, tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "lost  src/aui/by_hand.py",
        "replaced  src/aui/external_session/raw_client.py",
        "kept  .fernignore",
        "kept  README.md",
        "kept  sdkpatch.toml",
        f"kept  {CLIENT}",
        f"stale  {CLIENT}",
        "added  src/aui/new.py",
        "1 lost, 1 replaced, 4 kept, 1 stale, 1 added",
    ]
    assert snapshot(tree) == before


def test_simulate_fails_where_the_generation_would(tree: Path, generated: Path) -> None:
    (tree / ".fernignore").write_text("/README.md\n")
    done = sdkpatch("fernignore", "simulate", generated, tree)
    assert done.returncode == 2
    assert "is outside repository" in done.stderr and "Fern's generation would fail here" in done.stderr


@pytest.mark.parametrize("listed", [True, False])
def test_without_the_file_the_next_generation_takes_sdkpatch_away(listed: bool, tree: Path, generated: Path) -> None:
    if not listed:
        (tree / ".fernignore").unlink()
    done = sdkpatch("fernignore", "simulate", generated, tree)
    assert done.returncode == (0 if listed else 1)
    assert ("lost  sdkpatch.toml\n" in done.stdout) is not listed


def test_a_repository_around_the_tree_is_left_alone(tree: Path, generated: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "x")
    assert sdkpatch("fernignore", "simulate", generated, tree).returncode == 0
    assert sdkpatch("fernignore", "explain", tree).returncode == 0
    assert git(tmp_path, "status", "--porcelain") == ""


def test_a_hook_of_git_does_not_lend_its_repository(
    tree: Path, generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "x")
    before = (tmp_path / ".git" / "index").read_bytes(), git(tmp_path, "rev-parse", "HEAD")
    with monkeypatch.context() as hook:  # what git sets for its hooks
        hook.setenv("GIT_DIR", str(tmp_path / ".git"))
        hook.setenv("GIT_INDEX_FILE", str(tmp_path / ".git" / "index"))
        for command in (("simulate", str(generated)), ("check",), ("explain",)):
            done = sdkpatch("fernignore", *command, tree)
            assert done.returncode == 0, done.stderr
    assert ((tmp_path / ".git" / "index").read_bytes(), git(tmp_path, "rev-parse", "HEAD")) == before


def test_a_patch_file_of_the_teams_is_its_own_wherever_it_is(tree: Path) -> None:
    (tree / "tools").mkdir()
    step = '[[step]]\nop = "fernignore.protect"\npaths = ["README.md"]\nreason = "ours"\n'
    (tree / "tools" / "mine.toml").write_text(f'id = "mine"\ntitle = "Mine"\n{step}')
    with (tree / "sdkpatch.toml").open("a") as file:
        file.write('[[patch]]\nuses = "./tools/mine.toml"\n')
    done = sdkpatch("fernignore", "check", tree)
    assert ".fernignore  tools/mine.toml: the next generation deletes it" in done.stdout
    assert sdkpatch("fernignore", "sync", tree).returncode == 0
    assert sdkpatch("fernignore", "check", tree).returncode == 0


@pytest.mark.parametrize(
    "line, reason",
    [
        (".fern/replay.yml", ""),
        (".fern/replay.lock", ""),
        (".fern/metadata.json", ""),
        (".gitattributes", ""),
        (".fern", ""),
        (".fern/", ""),
        (".fern/*", ""),
        (".fern/replay.*", ""),
        ("./.fern/replay.yml", "Fern's readers disagree about it\n"),
        ("/.fern/replay.yml", "a line that starts with / aborts Fern's generation\n"),
        (".fern/replay.yml # ours", "a comment behind a path"),
        (".fern/other.yml", "it protects nothing: no such file"),
        ("src/*", "Fern's readers disagree about it"),
    ],
)
def test_a_line_for_a_file_of_ferns_that_may_come(line: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "__init__.py").write_text("")
    (tmp_path / ".fernignore").write_text(f"{line}\n")
    done = sdkpatch("fernignore", "check", tmp_path)
    assert reason in done.stdout
    assert done.stdout.endswith("0 problems\n") == (not reason)
    if reason.endswith("\n"):
        assert sdkpatch("fernignore", "check", tmp_path, "--fix").returncode == 0
        assert (tmp_path / ".fernignore").read_text() == ".fern/replay.yml\n"
