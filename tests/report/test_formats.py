"""The formats other programs read: SARIF, workflow commands, Markdown; for apply and for verify."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.command import sdkpatch, snapshot
from tests.schemas import sarif
from tests.sdks import ROOT, first_of
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
FUNCTOOLS = """
import functools
import websockets
class Other:
    def f(self):
        functools.partial(websockets.connect)
""".lstrip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An SDK in a folder of a git repository."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return write_sdk(tmp_path / "sdks" / "my python", "pkg", Shape())


def validated(text: str) -> list[dict[str, Any]]:
    """Check a SARIF log against the standard's schema and return its results."""
    document = json.loads(text)
    jsonschema.Draft7Validator(sarif()).validate(document)
    (run,) = document["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    results: list[dict[str, Any]] = run["results"]
    return results


def test_sarif_of_a_check_names_each_site_in_the_repository(tree: Path) -> None:
    done = sdkpatch("apply", tree, *RECIPE, "--check", "--format", "sarif")
    assert done.returncode == 1
    results = validated(done.stdout)
    assert [result["level"] for result in results] == ["warning"] * 4
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "sdks/my%20python/src/pkg/chat/client.py"
    assert place["region"] == {"startLine": 49}
    assert results[0]["message"]["text"] == (
        "ChatClient.connect: not patched. Patch websocket-auth-query is not applied here: run sdkpatch apply."
    )


def test_sarif_of_a_conflict_and_of_nothing(tree: Path) -> None:
    (tree / "src/pkg/chat/raw_client.py").write_text(FUNCTOOLS)
    results = validated(sdkpatch("apply", tree, *RECIPE, "--format", "sarif").stdout)
    assert [(result["level"], result["ruleId"]) for result in results] == [("error", "websocket-auth-query")]
    assert results[0]["message"]["text"].startswith("Other.f: conflict. the connect function is passed on as a value")
    shutil.copy(tree / "src/pkg/chat/client.py", tree / "src/pkg/chat/raw_client.py")
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0
    assert validated(sdkpatch("apply", tree, *RECIPE, "--format", "sarif").stdout) == []


def test_a_step_without_a_site_is_placed_where_it_can_be_seen(tmp_path: Path) -> None:
    tree = tmp_path / "sdk"
    tree.mkdir()
    (tree / "models.py").write_text("x = 1\n")
    wrong, result = validated(sdkpatch("apply", tree, *RECIPE, "--format", "sarif").stdout)
    assert wrong["message"]["text"].startswith(
        "wrong tree. This may not be the directory of a Fern-generated Python SDK"
    )
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."
    assert "expected >=1 site, found 0." in result["message"]["text"]
    github = sdkpatch("apply", tree, *RECIPE, "--format", "github").stdout.splitlines()
    assert github[0].startswith("::error title=wrong tree::This may not be")
    assert github[1].startswith("::error title=websocket.auth%3A conflict::expected >=1 site, found 0.")


def test_workflow_commands_mark_lines_and_end_with_the_summary(tree: Path) -> None:
    done = sdkpatch("apply", tree, *RECIPE, "--check", "--format", "github")
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert lines[0] == (
        "::warning file=sdks/my python/src/pkg/chat/client.py,line=49,title=ChatClient.connect%3A not patched::"
        "Patch websocket-auth-query is not applied here: run sdkpatch apply."
    )
    assert lines[-1] == "4 sites: 4 to apply, 0 satisfied, 0 conflicts; 2 files would change"


def test_names_and_source_cannot_forge_a_workflow_command(tree: Path) -> None:
    folder = tree / "src" / "pkg" / "a\n::error::forged,line=1%"
    folder.mkdir()
    (folder / "client.py").write_text(FUNCTOOLS)
    for command in (("apply", "--check"), ("verify",)):
        done = sdkpatch(command[0], tree, *RECIPE, *command[1:], "--format", "github")
        lines = [line for line in done.stdout.splitlines() if "forged" in line]
        assert lines and all(re.match(r"::(error|warning|notice) (file|title)=", line) for line in lines)
        assert all(line.count("::error") <= 2 for line in lines)
        for line in lines:  # what is between the command's name and its text is one list of properties
            properties = line.split("::")[1].partition(" ")[2]
            assert len(re.findall(r"(?:^|,)(file|line|title)=", properties)) <= 3


def test_markdown_has_the_conflict_and_its_hint(tree: Path) -> None:
    (tree / "src/pkg/chat/raw_client.py").write_text(FUNCTOOLS)
    done = sdkpatch("apply", tree, *RECIPE, "--format", "markdown")
    assert done.returncode == 4
    assert "- `src/pkg/chat/raw_client.py:5` Other.f: the connect function is passed on as a value" in done.stdout
    assert "<br>hint: " in done.stdout
    assert "| ✏️ to apply | ChatClient.connect sync | `src/pkg/chat/client.py:49` |" in done.stdout


def test_markdown_neutralises_names(tree: Path) -> None:
    folder = tree / "src" / "pkg" / "a`|<img>"
    folder.mkdir()
    shutil.copy(tree / "src/pkg/chat/client.py", folder / "client.py")
    text = sdkpatch("apply", tree, *RECIPE, "--format", "markdown", "--check").stdout
    assert "`` src/pkg/a`\\|<img>/client.py:49 ``" in text


@pytest.mark.parametrize("name", ["github", "json", "markdown", "sarif", "text"])
@pytest.mark.parametrize("command", first_of(["apply", "verify"], lambda command: command == "apply"))
def test_a_report_goes_to_a_file_beside_the_text(command: str, name: str, tree: Path, tmp_path: Path) -> None:
    options: list[str | Path] = [command, tree, *RECIPE, *(["--check"] if command == "apply" else [])]
    file = tmp_path / "report"
    done = sdkpatch(*options, "--format", name, "--output", file)
    assert done.stdout == sdkpatch(*options).stdout
    assert file.read_text() == sdkpatch(*options, "--format", name).stdout
    assert done.returncode == (1 if command == "apply" else 5)


@pytest.mark.parametrize("command", first_of(["apply", "verify"], lambda command: command == "apply"))
def test_several_reports_of_one_run(command: str, tree: Path, tmp_path: Path) -> None:
    options: list[str | Path] = [command, tree, *RECIPE, *(["--check"] if command == "apply" else [])]
    files = [f"{name}={tmp_path / name}" for name in ("json", "markdown", "sarif")]
    outputs = [part for file in files for part in ("--output", file)]
    done = sdkpatch(*options, "--format", "github", *outputs)
    for name in ("json", "markdown", "sarif"):
        assert (tmp_path / name).read_text() == sdkpatch(*options, "--format", name).stdout
    assert done.stdout == sdkpatch(*options, "--format", "github").stdout


def test_a_report_that_cannot_be_written_is_an_error(tree: Path) -> None:
    done = sdkpatch("apply", tree, *RECIPE, "--check", "--output", tree / "no" / "such" / "folder")
    assert done.returncode == 6
    assert done.stderr.endswith("No such file or directory\n")


@pytest.mark.parametrize(
    "options",
    [
        ("apply", "--output", "no/such/folder"),
        ("apply", "--output", "json=good.json", "--output", "sarif=no/such.sarif"),
        ("apply", "--output", "."),
        ("verify", "--output", "no/such/folder"),
        ("verify", "--report", "no/such.html"),
    ],
)
def test_a_report_that_cannot_be_written_is_found_before_the_run(options: tuple[str, ...], tree: Path) -> None:
    command, *others = options
    before = snapshot(tree)
    done = sdkpatch(command, tree, *RECIPE, *others, cwd=tree.parent)
    assert (done.returncode, done.stdout) == (6, "")
    assert snapshot(tree) == before
    assert not (tree.parent / "good.json").exists()


def test_a_report_goes_into_a_pipe(tree: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        done = sdkpatch("apply", tree, *RECIPE, "--output", tmp_path / "pipe")
        assert reader.communicate(timeout=60)[0] == done.stdout
    assert done.returncode == 0


def test_sarif_and_annotations_of_what_is_not_proved(tree: Path) -> None:
    done = sdkpatch("verify", tree, *RECIPE, "--format", "sarif")
    assert done.returncode == 5
    results = validated(done.stdout)
    assert {result["ruleId"] for result in results} >= {"websocket-auth-query", "handshake"}
    (first, *_) = results
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "sdks/my%20python/src/pkg/chat/client.py"
    assert "it is still in the header x-api-key, and not in query api_key." in first["message"]["text"]
    lines = sdkpatch("verify", tree, *RECIPE, "--format", "github").stdout.splitlines()
    assert lines[0].startswith(
        "::error file=sdks/my python/src/pkg/chat/client.py,line=49,title=ChatClient.connect%3A not proved::expected"
    )


def test_the_bundled_example_is_valid_in_every_format() -> None:
    example = ROOT / "examples" / "aui-python"
    for command in (("apply", "--check"), ("verify",)):
        assert validated(sdkpatch(command[0], example, *command[1:], "--format", "sarif").stdout)
