"""What README.md and docs/ show is what happens."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sdkpatch.errors import ExitCode
from sdkpatch.handshakes.shapes import recognise
from sdkpatch.loading.patchfile import PatchText
from sdkpatch.loading.project import read_project
from sdkpatch.operations import OPERATIONS
from sdkpatch.resources import recipes
from sdkpatch.schema import toml_source
from tests.command import process
from tests.sdks import ROOT, SDKS

README = (ROOT / "README.md").read_text()
DOCS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_run_it_shows_is_the_run_it_makes(tmp_path: Path) -> None:
    tree = tmp_path / "generated-sdks" / "python"
    shutil.copytree(ROOT / "examples" / "aui-python", tree, ignore=shutil.ignore_patterns("sdkpatch.toml", "patches"))
    project = next(block for block in blocks(README, "toml") if block.startswith("sdk ="))
    (tmp_path / "sdkpatch.toml").write_text(project)
    shown = next(block for block in blocks(README, "text") if block.startswith("$ sdkpatch apply\n"))
    done = process("apply", cwd=tmp_path)
    assert done.stdout == shown.removeprefix("$ sdkpatch apply\n")
    assert process("apply", "--check", cwd=tmp_path).returncode == 0


def test_the_rewrite_it_shows_does_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "aui-python", tmp_path / "generated-sdks" / "python")
    patch = next(block for block in blocks(README, "toml") if 'op = "rewrite"' in block)
    (tmp_path / "optional-control-message.toml").write_text(patch)
    command, _, shown = next(block for block in blocks(README, "text") if "--patch" in block).partition("\n")
    done = process(*command.removeprefix("$ sdkpatch ").split(), cwd=tmp_path)
    assert done.stdout == shown
    assert process(*command.removeprefix("$ sdkpatch ").split(), "--check", cwd=tmp_path).returncode == 0


def test_the_command_it_shows_works(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "aui-python", tmp_path / "generated-sdks" / "python")
    shown = next(block for block in blocks(README, "sh") if "sdkpatch apply" in block)
    command = shown.split("sdkpatch apply", 1)[1].replace("\\\n", " ").split()
    done = process("apply", *command, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "4 sites: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"


@pytest.mark.parametrize("page", ["README.md", "docs/verify.md"])
def test_the_proof_it_shows_is_the_proof_it_makes(page: str, tmp_path: Path) -> None:
    tree = tmp_path / "sdk"
    shutil.copytree(ROOT / "examples" / "aui-python", tree)
    assert process("apply", cwd=tree).returncode == 0
    shown = next(
        block for block in blocks((ROOT / page).read_text(), "text") if block.startswith("$ sdkpatch verify\n")
    )
    done = process("verify", cwd=tree)
    assert done.returncode == 0
    assert done.stdout.startswith(shown.removeprefix("$ sdkpatch verify\n"))


def test_the_sdks_it_names_are_the_ones_tested() -> None:
    for sdk in SDKS:
        name, version = sdk.requirement.split("==")
        paragraph = README[README.index("Each of these is a test") :]
        assert re.search(rf"{name} [^;]*?{re.escape(version)}", paragraph)


def test_the_exit_codes_are_all_there() -> None:
    documented = {
        int(code) for code in re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "cli.md").read_text(), re.MULTILINE)
    }
    assert documented == {int(code) for code in ExitCode}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} < documented


LINK = re.compile(r"\]\(([^)#]+)\)")


def test_the_pages_have_links_and_toml_blocks_to_look_at() -> None:
    assert README in [path.read_text() for path in DOCS]
    assert len(LINK.findall(README)) > 5
    assert blocks(README, "toml")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_toml_block_parses(path: Path, tmp_path: Path) -> None:
    for block in blocks(path.read_text(), "toml"):
        table = toml_source.parse(block)
        if "sdk" in table:
            (tmp_path / "sdkpatch.toml").write_text(block)
            assert read_project(tmp_path / "sdkpatch.toml").patches


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"websocket.auth"}))
def test_every_page_shows_a_step_that_loads(name: str) -> None:
    page = (ROOT / "docs" / "operations" / f"{name}.md").read_text()
    (step,) = blocks(page, "toml")
    text = 'id = "x"\ntitle = "x"\n' + step
    patch, mistakes, _ = PatchText(text, "x.toml", lambda path: "x = 1\n").bind({}, OPERATIONS)
    assert patch is not None, mistakes
    assert patch.steps[0].operation == name


def test_every_page_is_that_of_an_operation() -> None:
    assert {path.stem for path in (ROOT / "docs" / "operations").iterdir()} == set(OPERATIONS)


def test_the_code_the_page_shows_is_the_code_that_is_judged() -> None:
    import ast

    (code,) = blocks((ROOT / "docs" / "operations" / "websocket.auth.md").read_text(), "python")
    assert [(recognise(statement) or ("?",))[0] for statement in ast.parse(code).body] == [
        "caller",
        "sent",
        "key",
        "keep",
        "split",
        "send",
        "join",
    ]


def test_shell_completion_prints_a_script() -> None:
    import os
    import subprocess
    import sys

    for shell in ("bash", "zsh", "fish"):
        environment = {**os.environ, "_SDKPATCH_COMPLETE": f"{shell}_source"}
        command = [sys.executable, "-m", "sdkpatch"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0
        assert "_SDKPATCH_COMPLETE" in done.stdout


def test_project_files_name_no_machine_and_no_workplace() -> None:
    for path in [*DOCS, *sorted((ROOT / "sdkpatch").rglob("*.py")), ROOT / "Makefile", ROOT / "pyproject.toml"]:
        assert not re.search(r"/(work|root|home)/", path.read_text()), path


def test_it_names_every_recipe() -> None:
    section = README[README.index("## The rest of a handshake") : README.index("## Any other change")]
    named = set(re.findall(r"`((?:websocket|http|secrets)-[\w-]+)`", section))
    named |= {f"websocket-auth-message{rest}" for rest in re.findall(r"`(-[\w-]+)`", section)}
    assert named == set(recipes()) - {"websocket-auth-query", "fernignore-own-files"}
