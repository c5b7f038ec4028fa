"""``sdkpatch backtest`` over real repositories: several generations of an SDK in Fern's shape."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.command import process, sdkpatch, snapshot
from tests.sdks import ROOT

WRAPPER = """import typing


class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {{"X-Fern-Language": "Python"}}
        {line}
        return headers
"""
OLD, DRIFTED, NEW = "timeout = 60", "timeout = self.seconds()", "timeout = 300"
PATCH = """id = "timeout"
title = "Wait longer"

[[step]]
op = "rewrite"
files = ["**/client_wrapper.py"]
change = '''
- timeout = 60
+ timeout = 300
'''
"""
OTHER = """id = "language"
title = "Say the language in lower case"

[[step]]
op = "rewrite"
files = ["**/client_wrapper.py"]
change = '''
- {"X-Fern-Language": "Python"}
+ {"X-Fern-Language": "python"}
'''
"""


def git(root: Path, *arguments: str, date: str = "2026-01-01") -> str:
    who = ("-c", "user.name=fern-api[bot]", "-c", "user.email=bot@example.invalid", "-c", "commit.gpgsign=false")
    import os

    environment = {**os.environ, "GIT_COMMITTER_DATE": f"{date}T12:00:00Z", "GIT_AUTHOR_DATE": f"{date}T12:00:00Z"}
    command = ["git", "-C", str(root), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


def generate(repository: Path, line: str, version: str, *, at: str = "sdk", subject: str = "SDK regeneration") -> str:
    """Commit a generation and return its id; versions count the months of 2026."""
    files = {
        "pyproject.toml": f'[tool.poetry]\nname = "acme"\nversion = "1.{version}.0"\n',
        ".fern/metadata.json": json.dumps({"generatorVersion": f"4.{version}.0"}),
        "src/acme/__init__.py": "",
        "src/acme/core/__init__.py": "",
        "src/acme/core/client_wrapper.py": WRAPPER.format(line=line),
    }
    for path, content in files.items():
        target = repository / at / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", subject, date=f"2026-{int(version):02}-01")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "patches").mkdir()
    (root / "patches" / "timeout.toml").write_text(PATCH)
    (root / "sdkpatch.toml").write_text('sdk = "sdk"\n')
    return root


def told(*arguments: str | Path, cwd: Path) -> dict[str, Any]:
    """Run a backtest and return the JSON document, which fits its schema."""
    done = sdkpatch("backtest", *arguments, "--format", "json", cwd=cwd)
    document = json.loads(done.stdout)
    schema = json.loads((ROOT / "docs" / "backtest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert isinstance(document, dict)
    return document


def without_seconds(text: str) -> list[str]:
    lines = text.splitlines()
    return [line.rpartition("  ")[0] if line.endswith(" s") else line for line in lines]


def test_a_row_for_each_generation_and_the_reason_of_the_one_that_drifts(repository: Path) -> None:
    ids = [generate(repository, line, str(at)) for at, line in enumerate((OLD, DRIFTED, OLD), 1)]
    before = snapshot(repository)
    done = process("backtest", cwd=repository)
    assert done.returncode == 4, done.stderr
    first, second, third = (each[:10] for each in ids)
    assert without_seconds(done.stdout) == [
        f"2026-01-01  {first}  SDK 1.1.0  generator 4.1.0  held      1 applied, 0 satisfied, 0 conflicts, 0 obsolete",
        f"2026-02-01  {second}  SDK 1.2.0  generator 4.2.0  conflict  0 applied, 0 satisfied, 1 conflict, 0 obsolete",
        "    patches/timeout.toml:4: expected >=1 site, found 0  [timeout step 1]",
        "    hint: src/acme/core/client_wrapper.py holds the names of the pattern, and other code: compare the two",
        f"2026-03-01  {third}  SDK 1.3.0  generator 4.3.0  held      1 applied, 0 satisfied, 0 conflicts, 0 obsolete",
        "would have held in 2 of 3 generations; 1 needs a decision",
    ]
    assert snapshot(repository) == before
    assert git(repository, "status", "--porcelain") == ""


def test_what_the_generator_absorbs_is_named_with_the_generation(repository: Path) -> None:
    ids = [generate(repository, line, str(at)) for at, line in enumerate((OLD, NEW, OLD, NEW, NEW), 1)]
    done = sdkpatch("backtest", "-q", cwd=repository)
    assert (done.returncode, done.stdout) == (
        0,
        f"timeout is obsolete since 2026-04-01 {ids[3][:10]} (SDK 1.4.0): generated code does it, so this patch can be"
        " deleted\nwould have held in 5 of 5 generations\n",
    )
    document = told(cwd=repository)
    assert [each["patches"][0]["outcome"] for each in document["generations"]] == [
        *("applied", "satisfied", "applied", "obsolete", "obsolete")
    ]
    assert document["obsolete"][0]["commit"] == ids[3]


def test_hand_edits_that_fernignore_keeps_are_satisfied_and_not_absorbed(repository: Path) -> None:
    generate(repository, OLD, "1")
    (repository / "sdk" / ".fernignore").write_text("src/acme/core/client_wrapper.py\n")
    generate(repository, NEW, "2")
    document = told(cwd=repository)
    assert [each["patches"][0]["outcome"] for each in document["generations"]] == ["applied", "satisfied"]
    assert document["obsolete"] == []


def test_commits_of_people_are_no_generations(repository: Path) -> None:
    generated = generate(repository, OLD, "1")
    git(repository, "config", "user.name", "A Person")
    path = repository / "sdk/src/acme/core/client_wrapper.py"
    path.write_text(WRAPPER.format(line=DRIFTED))
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "--author", "A Person <person@example.invalid>", "-m", "Ask for the timeout")
    assert [each["commit"] for each in told(cwd=repository)["generations"]] == [generated]


def test_generations_are_those_of_the_objects_that_apply_would_get(repository: Path, tmp_path: Path) -> None:
    """Files that did not change are not judged again: the outcome is that of a checkout all the same."""
    (repository / "patches" / "language.toml").write_text(OTHER)
    lines = (OLD, OLD, NEW, DRIFTED, OLD, OLD)
    ids = [generate(repository, line, str(at)) for at, line in enumerate(lines, 1)]
    rows = told("--jobs", "1", cwd=repository)["generations"]
    assert [row["commit"] for row in rows] == ids
    assert [{**row, "seconds": 0} for row in told("--jobs", "3", cwd=repository)["generations"]] == [
        {**row, "seconds": 0} for row in rows
    ]
    for row in rows:
        out = tmp_path / row["commit"]
        git(repository, "worktree", "add", "--detach", str(out), row["commit"])
        patches = [option for name in ("language", "timeout") for option in ("-p", f"./patches/{name}.toml")]
        done = sdkpatch("apply", out / "sdk", *patches, "--check", "--format", "json", cwd=repository)
        summary = json.loads(done.stdout)["summary"]
        for word in ("applied", "satisfied", "conflicts"):
            assert sum(each[word] for each in row["patches"]) == summary[word], row


def test_parameters_take_their_values_from_each_generation(repository: Path) -> None:
    (repository / "patches" / "timeout.toml").write_text(
        'id = "version"\ntitle = "Mark the version"\n\n[parameters]\n'
        'version = { type = "string", from = "pyproject.toml:tool.poetry.version", doc = "The release." }\n\n'
        '[[step]]\nop = "text.replace"\nfiles = ["pyproject.toml"]\n'
        "find = '\"{{ version }}\"'\nreplace = '\"{{ version }}.0\"'\n"
    )
    for at in (1, 2, 3):
        generate(repository, OLD, str(at))
    document = told(cwd=repository)
    assert [each["verdict"] for each in document["generations"]] == ["held"] * 3, document


def test_the_last_and_those_since_a_revision(repository: Path) -> None:
    ids = [generate(repository, OLD, str(at)) for at in range(1, 6)]
    last = told("--last", "2", cwd=repository)
    assert [each["commit"] for each in last["generations"]] == ids[3:]
    assert last["summary"]["left_out"] == 3
    assert "3 generations before these were left out: --last 5 looks at all" in sdkpatch(
        "backtest", "--last", "2", cwd=repository
    ).stdout.replace("\n", " ")
    since = told("--since", ids[1], cwd=repository)
    assert [each["commit"] for each in since["generations"]] == ids[2:]


def test_a_folder_that_was_renamed_is_counted_aloud(repository: Path) -> None:
    generate(repository, OLD, "1", at="python")
    git(repository, "mv", "python", "sdk")
    git(repository, "commit", "-q", "--author", "A Person <person@example.invalid>", "-m", "Rename the folder")
    generate(repository, OLD, "2")
    done = sdkpatch("backtest", cwd=repository)
    assert done.returncode == 0
    assert "1 more commit of the generator has no folder of this name: not looked at\n" in done.stdout


def test_a_commit_that_takes_the_sdk_away_is_not_counted(repository: Path) -> None:
    generate(repository, OLD, "1")
    git(repository, "rm", "-rq", "sdk")
    git(repository, "commit", "-q", "-m", "SDK regeneration")
    generate(repository, OLD, "2")
    done = sdkpatch("backtest", cwd=repository)
    assert "no SDK here" in done.stdout
    assert done.stdout.endswith(
        "1 generation without an SDK here: not counted\nwould have held in 2 of 2 generations\n"
    )


def test_the_next_generation_is_tried_with_the_files_that_fernignore_keeps(repository: Path, tmp_path: Path) -> None:
    generate(repository, OLD, "1")
    git(tmp_path, "init", "-q", "next")
    generate(tmp_path / "next", DRIFTED, "2", at=".")
    fresh = tmp_path / "next"
    done = sdkpatch("backtest", "--next", fresh, cwd=repository)
    assert done.returncode == 4
    assert done.stdout.endswith("does not hold in the next generation: it needs a decision\n")
    (repository / "sdk" / ".fernignore").write_text("src/acme/core/client_wrapper.py\n")
    before = snapshot(fresh)
    done = sdkpatch("backtest", "--next", fresh, cwd=repository)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "holds in the next generation")
    assert snapshot(fresh) == before


def complaint(*arguments: str | Path, cwd: Path) -> str:
    done = sdkpatch("backtest", *arguments, cwd=cwd)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    return done.stderr


def test_a_shallow_clone_says_how_to_get_the_history(repository: Path, tmp_path: Path) -> None:
    for at in (1, 2, 3):
        generate(repository, OLD, str(at))
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "2", repository.as_uri(), str(clone))
    assert complaint(cwd=clone) == (
        f"error: {clone}/sdk: found a shallow clone with 2 generations, expected the history of the last 50 generations"
        "\n  hint: git fetch --unshallow gets it; in GitHub Actions: actions/checkout with fetch-depth: 0\n"
    )
    assert told("--last", "2", cwd=clone)["summary"]["held"] == 2, "what is there is enough"


def test_what_is_no_repository_or_has_no_generation_says_what_to_do(repository: Path, tmp_path: Path) -> None:
    generate(repository, OLD, "1", subject="Regenerate")
    alone = tmp_path / "alone"
    alone.mkdir()
    options = ("-p", repository / "patches/timeout.toml")
    assert "not a git repository" in complaint(alone, *options, cwd=tmp_path)
    assert "no such folder" in complaint(tmp_path / "nowhere", *options, cwd=tmp_path)
    git(alone, "init", "-q")
    assert "found a repository without commits" in complaint(alone, *options, cwd=tmp_path)
    git(repository, "commit", "-q", "--amend", "--author", "A Person <person@example.invalid>", "-m", "Regenerate")
    assert complaint(cwd=repository) == (
        f"error: {repository}/sdk: found no commit by Fern among the only commit, expected a commit by fern-api[bot] or"
        " Fern Support, or with a subject such as SDK regeneration or [fern-generated]\n"
        "  hint: say what generator commits have in common in author or subject, such as"
        " --generated-by 'regenerate sdk'\n"
    )
    assert told("--generated-by", "REGENERATE", cwd=repository)["summary"]["held"] == 1


def test_a_revision_that_head_does_not_come_from_is_refused(repository: Path) -> None:
    old = generate(repository, OLD, "1")
    git(repository, "commit", "-q", "--amend", "-m", "SDK regeneration, rewritten")
    assert complaint("--since", old, cwd=repository) == (
        f'error: --since: found "{old}", which is not in the history of HEAD: it was rewritten, or this is another'
        f" branch, expected a commit that HEAD comes from\n  hint: git merge-base {old[:12]} HEAD names the last commit"
        " that both have\n"
    )
    assert 'found "v9", expected a revision of the repository' in complaint("--since", "v9", cwd=repository)
    assert 'found "--all", expected a revision' in complaint("--since=--all", cwd=repository)
    assert "--next is about one tree" in complaint("--next", "sdk", "--last", "3", cwd=repository)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_subjects_and_versions_are_shown_as_harmless_text(repository: Path, form: str) -> None:
    generate(repository, OLD, "1", subject="SDK regeneration \x1b[2J<script>alert(1)</script>")
    done = sdkpatch("backtest", "-v", "--format", form, cwd=repository)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "<script>" not in done.stdout or form == "text"


def test_reports_are_written_beside_what_is_printed(repository: Path) -> None:
    generate(repository, OLD, "1")
    generate(repository, DRIFTED, "2")
    done = sdkpatch("backtest", "--output", "html=page.html", "--output", "markdown=summary.md", cwd=repository)
    assert done.returncode == 4
    assert "<title>Needs a decision: sdkpatch backtest</title>" in (repository / "page.html").read_text()
    summary = (repository / "summary.md").read_text()
    assert summary.startswith(
        "### sdkpatch backtest: `sdk`\n\nwould have held in 1 of 2 generations; 1 needs a decision"
    )
