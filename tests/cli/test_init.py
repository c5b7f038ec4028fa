"""``sdkpatch init``: what it finds, what it writes, and that nothing of it is ever written over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.test_worktree import git
from tests.command import sdkpatch, snapshot
from tests.pipeline.runner import Runner, load
from tests.pipeline.test_files import actionlint
from tests.sdks import ROOT, SDKS, copy
from tests.shapes import Shape, write_sdk
from tests.wire.test_verify import QUERY, verify

EXAMPLE = ROOT / "examples" / "aui-python"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The example SDK as it was generated, in a git repository of its own."""
    left_out = shutil.ignore_patterns("__pycache__", "patches", "sdkpatch.toml", ".fernignore")
    tree = Path(shutil.copytree(EXAMPLE, tmp_path / "sdk", ignore=left_out))
    git(tree, "init", "--quiet", "--initial-branch=trunk")
    return tree


def test_one_command_sets_an_sdk_up_and_the_next_ones_work(tree: Path) -> None:
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert "channel    external_session.connect\n" in done.stdout
    assert "key in     x-network-api-key\n" in done.stdout
    assert done.stdout.endswith("5 files written; next: sdkpatch apply .\n")
    assert 'with = { header = "x-network-api-key", query = "network_api_key" }' in (tree / "sdkpatch.toml").read_text()
    assert sdkpatch("apply", cwd=tree).returncode == 0
    assert sdkpatch("fernignore", "check", cwd=tree).stdout == "0 problems\n"
    code, _ = verify(cwd=tree)
    assert code == 0


def test_a_second_run_changes_nothing(tree: Path) -> None:
    assert sdkpatch("init", "--yes", cwd=tree).returncode == 0
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.stdout.endswith("0 files written; next: sdkpatch apply .\n")
    assert done.stdout.count("is there and stays as it is\n") == 4
    assert snapshot(tree) == before


@pytest.mark.parametrize("name", ["sdkpatch.toml", ".github/workflows/sdkpatch.yml", ".pre-commit-config.yaml"])
def test_what_is_there_stays_byte_for_byte(name: str, tree: Path) -> None:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"# mine\r\n")
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert f"{name} is there and stays as it is" in done.stdout
    assert path.read_bytes() == b"# mine\r\n"


def test_where_one_file_cannot_be_written_none_is(tree: Path) -> None:
    (tree / ".github").write_text("a file where a folder must be\n")
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.returncode == 6
    assert "cannot be written: " in done.stderr and "nothing was changed" in done.stderr
    assert snapshot(tree) == before
    assert not (tree / "patches").exists()


def test_it_shows_what_it_writes_before_it_asks(tree: Path) -> None:
    before = snapshot(tree)
    command = [sys.executable, "-m", "sdkpatch", "init", str(tree)]
    asked = subprocess.run(command, input="my_key\nn\nn\n", capture_output=True, text=True, check=False)
    assert asked.returncode == 130, asked.stderr
    assert "Query parameter that the server reads it from (- for none) [network_api_key]" in asked.stdout
    assert 'query = "my_key"' in asked.stdout
    assert asked.stdout.index('query = "my_key"') < asked.stdout.index("Write 3 files?")
    assert snapshot(tree) == before
    asked = subprocess.run(command, input="my_key\nn\ny\n", capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert 'query = "my_key"' in (tree / "sdkpatch.toml").read_text()
    assert not (tree / ".github").exists()


def test_replay_is_kept_off_what_patches_change(tree: Path) -> None:
    (tree / ".fern").mkdir(exist_ok=True)
    (tree / ".fern" / "replay.lock").write_text("version: 1\n")
    assert sdkpatch("init", "--yes", cwd=tree).returncode == 0
    text = (tree / ".fern" / "replay.yml").read_text()
    assert yaml.safe_load(text) == {
        "exclude": [f"src/aui/external_session/{name}.py" for name in ("client", "raw_client")]
    }
    done = sdkpatch("init", "--yes", cwd=tree)
    assert "0 files written" in done.stdout and "to exclude" not in done.stdout
    (tree / ".fern" / "replay.yml").write_text('exclude:\n  - "src/aui/external_session/client.py"\n')
    done = sdkpatch("init", "--yes", cwd=tree)
    assert ".fern/replay.yml is there: add src/aui/external_session/raw_client.py to exclude\n" in done.stdout


@pytest.mark.parametrize(
    "script, how",
    [
        ("poetry publish --build", "poetry and a token: add a step with sdkpatch apply before poetry publish"),
        ("poetry build", "trusted publishing: add a step with sdkpatch apply before poetry build"),
        ("uv build && uv publish", "uv: add a step with sdkpatch apply before uv build"),
    ],
)
def test_a_workflow_that_publishes_unpatched_is_told_of(script: str, how: str, tree: Path) -> None:
    path = tree / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text(f"jobs:\n  publish:\n    steps:\n      - run: {script}\n")
    done = sdkpatch("init", "--yes", cwd=tree)
    assert f".github/workflows/ci.yml publishes with {how}\n" in done.stdout
    path.write_text(f"jobs:\n  publish:\n    steps:\n      - run: sdkpatch apply\n      - run: {script}\n")
    assert "publishes with" not in sdkpatch("init", "--yes", cwd=tree).stdout


def test_an_sdk_without_channels_gets_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py", "core/client_wrapper.py"):
        (tmp_path / "pkg" / name).write_text('headers["x-api-key"] = key\n' if "wrapper" in name else "")
    done = sdkpatch("init", str(tmp_path), "--yes")
    assert done.returncode == 0, done.stderr
    assert "channel    no WebSocket found\n" in done.stdout
    assert "[[patch]]" not in (tmp_path / "sdkpatch.toml").read_text()


@pytest.mark.slow
def test_sockets_written_by_hand_get_no_recipe(tmp_path: Path) -> None:
    tree = copy("cartesia==2.0.9", tmp_path / "sdk", source=True)
    done = sdkpatch("init", "--yes", cwd=tree)
    assert "channel    no WebSocket found\n" in done.stdout
    assert "[[patch]]" not in (tree / "sdkpatch.toml").read_text()
    code, report = verify(*QUERY, cwd=tree)
    verdicts = {check["verdict"] for channel in report["channels"] for check in channel["checks"]}
    assert code == 5 and {"not proved", "not looked at"} <= verdicts
    assert "expected >=1 site, found 0" in [check.get("reason") for check in report["checks"]]


def test_two_sdks_of_a_monorepo_get_a_workflow_each(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    said = []
    for name in ("one", "a two"):
        write_sdk(tmp_path / "sdks" / name, "pkg", Shape())
        done = sdkpatch("init", str(tmp_path / "sdks" / name), "--yes")
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    workflows = sorted((tmp_path / ".github" / "workflows").iterdir())
    assert [path.name for path in workflows] == ["sdkpatch-sdks-a-two.yml", "sdkpatch-sdks-one.yml"]
    assert "sdkpatch\" apply 'sdks/a two' --format github" in workflows[0].read_text()
    assert "a hook with entry: sdkpatch apply 'sdks/a two' would patch this SDK" in said[1]
    assert actionlint(*workflows) == ""
    for name in ("one", "a two"):
        assert (tmp_path / "sdks" / name / "sdkpatch.toml").exists()


def test_the_files_are_valid(tree: Path) -> None:
    assert sdkpatch("init", "--yes", cwd=tree).returncode == 0
    workflow = tree / ".github" / "workflows" / "sdkpatch.yml"
    assert actionlint(workflow) == ""
    for command in (
        [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--quiet", str(tree / ".github")],
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)],
        [sys.executable, "-m", "pre_commit", "validate-config", str(tree / ".pre-commit-config.yaml")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    assert load(workflow)[True]["push"]["branches"] == ["trunk"]


@pytest.mark.slow
def test_the_workflow_it_writes_runs_for_a_real_sdk(tmp_path: Path, wheels: Path) -> None:
    sdk = next(each for each in SDKS if each.requirement == "sarvamai==0.1.39")
    tree = copy(sdk.requirement, tmp_path / "repository", source=True)
    git(tree, "init", "--quiet")
    assert sdkpatch("init", "--yes", cwd=tree).returncode == 0
    git(tree, "add", "-A")
    git(tree, "commit", "--quiet", "-m", "set up")
    job = load(tree / ".github" / "workflows" / "sdkpatch.yml")["jobs"]["build"]
    runner = Runner(tree, tmp_path / "temp", {}, {"PIP_FIND_LINKS": str(wheels)})
    done = runner.run(job["steps"])
    assert [each.code for each in done] == [0] * 5, done[-1].output
    assert "20 channels opened: 20 proved, 0 not proved" in done[-1].output
    assert json.dumps([path.suffix for path in sorted((tree / "dist").iterdir())]).count(".whl") == 1
