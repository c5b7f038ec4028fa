"""The reusable workflow and the action, every script run for real: from a regenerated SDK to an installed one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.version import __version__
from sdkpatch.wire.recorder import Recorded
from tests.cli.test_worktree import git
from tests.pipeline.runner import Done, Runner, load
from tests.sdks import ROOT, SDKS, Sdk, copy
from tests.server import Recorder

WORKFLOW = load(ROOT / ".github" / "workflows" / "patch-and-publish.yml")
ACTION = load(ROOT / "action.yml")
KEY = "k+e/y=&d é"
DEPENDENCIES = ("httpx", "pydantic", "typing_extensions", "websockets")


def project(sdk: Sdk) -> str:
    """Return the project file that patches a real SDK."""
    settings = f'header = "{sdk.header}", scheme = "{sdk.scheme}", query = "{sdk.query}"'
    return f'sdk = "."\n[[patch]]\nuses = "websocket-auth-query"\nwith = {{ {settings} }}\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a freshly generated, real SDK in it, and the team's project file."""
    sdk = next(each for each in SDKS if each.requirement == "hume==0.14.1")
    folder = tmp_path / "repository"
    tree = copy(sdk.requirement, folder / "sdks" / "python", source=True)
    (tree / "sdkpatch.toml").write_text(project(sdk))
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "regenerated")
    return folder


def build(repository: Path, temp: Path, wheels: Path, **inputs: str) -> tuple[Runner, list[Done]]:
    """Run the steps of the job that patches, checks, builds and proves."""
    declared = WORKFLOW[True]["workflow_call"]["inputs"]
    values = {f"inputs.{name}": str(given.get("default", "")) for name, given in declared.items()}
    values |= {f"inputs.{name}": value for name, value in inputs.items()} | {
        "matrix.name": "python",
        "matrix.tree": "sdks/python",
    }
    runner = Runner(repository, temp, values, {"PIP_FIND_LINKS": str(wheels)})
    job = WORKFLOW["jobs"]["build"]
    return runner, runner.run(job["steps"], job["env"])


def step(job: str, temp: Path, workspace: Path, **contexts: str) -> tuple[Runner, Done]:
    """Run the scripts of a job that has one."""
    values = {name.replace("__", "."): value for name, value in contexts.items()}
    runner = Runner(workspace, temp, values, {})
    (done,) = runner.run(WORKFLOW["jobs"][job]["steps"])
    return runner, done


def summarised(proof: Path, temp: Path) -> tuple[int, str]:
    """Run the job that sums up what the job of one SDK left; return its exit code and the row."""
    shutil.copytree(proof, temp / "here" / "proofs" / "proof-python")
    matrix = json.dumps({"include": [{"name": "python", "tree": "sdks/python"}]})
    contexts = {f"needs__{job}__result": "success" for job in ("plan", "build", "publish")}
    runner, done = step("summary", temp / "temp", temp / "here", needs__plan__outputs__matrix=matrix, **contexts)
    return done.code, runner.summary.read_text().splitlines()[2]


def test_the_matrix_that_is_given_is_taken(tmp_path: Path) -> None:
    matrix = '{"include": [{"name": "a", "tree": "sdks/a"}]}'
    contexts = {"inputs__config": "x", "inputs__matrix": matrix, "inputs__sdkpatch": "x"}
    runner, done = step("plan", tmp_path / "temp", tmp_path, **contexts)
    assert (done.code, runner.output("matrix")) == (0, matrix)


def sums(applied: int, conflicts: int) -> dict[str, int]:
    return {"applied": applied, "satisfied": 1, "conflicts": conflicts}


@pytest.mark.parametrize(
    "results, code",
    [
        ("success success success", 0),
        ("success success skipped", 0),
        ("success failure skipped", 1),
        ("failure skipped skipped", 1),
        ("success success cancelled", 1),
    ],
)
def test_the_summary_has_a_row_for_each_sdk(results: str, code: int, tmp_path: Path) -> None:
    channels = [{"verdict": verdict} for verdict in ("proved", "proved", "not proved")]
    for name, patched, proved in (("a", sums(3, 0), [{"channels": channels}]), ("b", sums(0, 2), None)):
        folder = tmp_path / "proofs" / f"proof-{name}"
        folder.mkdir(parents=True)
        (folder / "patch.json").write_text(json.dumps({"summary": patched}))
        if proved is not None:
            (folder / "proof.json").write_text(json.dumps({"reports": proved}))
    matrix = json.dumps({"include": [{"name": name, "tree": f"sdks/{name}"} for name in "abc"]})
    jobs = dict(zip(("plan", "build", "publish"), results.split(), strict=True))
    contexts = {f"needs__{job}__result": result for job, result in jobs.items()}
    runner, done = step("summary", tmp_path / "temp", tmp_path, needs__plan__outputs__matrix=matrix, **contexts)
    assert done.code == code
    assert runner.summary.read_text() == (
        "| SDK | patched | conflicts | proved | not proved |\n|---|---|---|---|---|\n"
        "| a | 4 | 0 | 2 | 1 |\n| b | 1 | 2 | not run | - |\n| c | not run | - | not run | - |\n"
        f"\nplan: {jobs['plan']}, build: {jobs['build']}, publish: {jobs['publish']}\n"
    )


USER = """
import sys
from hume import HumeClient, HumeClientEnvironment

url = sys.argv[1]
environment = HumeClientEnvironment.PROD
client = HumeClient(api_key=sys.argv[2])
client._client_wrapper._environment = type("E", (), {"base": url, "evi": url, "tts": url, "stream": url})()
with client.tts.stream_input.connect():
    print("connected")
"""


@pytest.mark.slow
def test_from_regeneration_to_a_user_without_a_human(
    repository: Path, tmp_path: Path, wheels: Path, index: str
) -> None:
    runner, done = build(repository, tmp_path / "temp", wheels, sdkpatch="sdkpatch==0.1.0")
    assert [each.code for each in done] == [0] * 6, done[-1].output
    assert [each.name for each in done] == ["Install the tools", "Patch", "Backtest", "Check", "Build", "Prove"]
    summary = runner.summary.read_text().replace("\\", "")
    assert "12 sites: 12 applied, 0 satisfied, 0 conflicts; 6 files changed" in summary
    assert "12 channels opened: 12 proved, 0 not proved" in summary
    assert sorted(path.name for path in (runner.temp / "proof").iterdir()) == [
        "patch.json",
        "proof.html",
        "proof.json",
    ]
    assert summarised(runner.temp / "proof", tmp_path / "summary") == (0, "| python | 12 | 0 | 12 | 0 |")
    dist = sorted((repository / "dist").iterdir())
    assert {path.suffix for path in dist} == {".gz", ".whl"}

    upload = ["-m", "twine", "upload", "--non-interactive", "--username", "a", "--password", "b"]
    command = [sys.executable, *upload, "--repository-url", index, *map(str, dist)]
    subprocess.run(command, check=True, capture_output=True)

    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "user")], check=True)
    python = tmp_path / "user" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *DEPENDENCIES], check=True, capture_output=True)
    ours = ["--no-deps", "--trusted-host", "127.0.0.1", "--index-url", f"{index}simple/", "hume==0.14.1"]
    subprocess.run([*install, *ours], check=True, capture_output=True)
    installed = next((tmp_path / "user").rglob("hume/tts/stream_input/client.py"))
    assert "# sdkpatch: the credential goes into the query" in installed.read_text(), "it came from our index"

    def accept(recorded: Recorded) -> HTTPStatus | None:
        return None if ("hume_key", KEY) in recorded.query else HTTPStatus.UNAUTHORIZED

    with Recorder(accept) as server:
        command = [str(python), "-W", "ignore", "-c", USER, server.url, KEY]
        used = subprocess.run(command, capture_output=True, text=True, check=False)
    assert used.stdout == "connected\n", used.stderr
    assert server.handshakes[0].header("X-Hume-Api-Key") == ()


def drifted(repository: Path) -> None:
    """Change the generator's output: the channel hands its connect function on."""
    path = repository / "sdks" / "python" / "src" / "hume" / "tts" / "stream_input" / "client.py"
    text = path.read_text()
    old = "with websockets_sync_client.connect(ws_url, additional_headers=headers) as protocol:"
    assert old in text
    path.write_text(
        text.replace(old, "with open_with(websockets_sync_client.connect, ws_url, headers) as protocol:", 1)
    )
    git(repository, "commit", "--quiet", "-am", "drifted")


@pytest.mark.slow
def test_a_drift_stops_the_pipeline_before_the_build(repository: Path, tmp_path: Path, wheels: Path) -> None:
    drifted(repository)
    runner, done = build(repository, tmp_path / "temp", wheels)
    assert [(each.name, each.code) for each in done] == [("Install the tools", 0), ("Patch", 4)]
    (mark,) = [line for line in done[-1].output.splitlines() if line.startswith("::error ")]
    assert mark.startswith(
        "::error file=sdks/python/src/hume/tts/stream_input/client.py,line=143,title=StreamInputClient"
    )
    assert "the connect function is passed on as a value" in mark
    assert "**Conflicts**" in runner.summary.read_text()
    assert not (repository / "dist").exists()
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.slow
def test_an_sdks_own_check_that_fails_stops_it_too(repository: Path, tmp_path: Path, wheels: Path) -> None:
    _, done = build(repository, tmp_path / "temp", wheels, checks='python -c "import hume" && test ! -e pyproject.toml')
    assert [(each.name, each.code) for each in done][-1] == ("Check", 1)


@pytest.mark.slow
def test_earlier_generations_are_tried_where_that_is_asked_for(repository: Path, tmp_path: Path, wheels: Path) -> None:
    git(repository, "commit", "--quiet", "--amend", "-m", "SDK regeneration")
    drifted(repository)
    git(repository, "commit", "--quiet", "--amend", "-m", "SDK regeneration (2)")
    git(repository, "checkout", "--quiet", "HEAD~", "--", ".")
    git(repository, "commit", "--quiet", "-m", "SDK regeneration (3)")
    runner, done = build(repository, tmp_path / "temp", wheels, backtest="3", checks="false")
    (tried,) = [each for each in done if each.name == "Backtest"]
    assert tried.code == 0
    assert "would have held in 2 of 3 generations; 1 needs a decision" in tried.output
    assert tried.output.splitlines()[-1].startswith("::warning title=sdkpatch backtest::")
    assert "would have held in 2 of 3 generations" in runner.summary.read_text()
    assert (tmp_path / "temp" / "proof" / "backtest.html").is_file()


def act(workspace: Path, temp: Path, **inputs: str) -> tuple[Runner, list[Done]]:
    """Run the action's steps."""
    values = {f"inputs.{name}": str(given.get("default", "")) for name, given in ACTION["inputs"].items()}
    values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
    runner = Runner(workspace, temp, {**values, "github.action_path": str(ROOT)}, {})
    return runner, runner.run(ACTION["runs"]["steps"])


@pytest.fixture
def example(tmp_path: Path) -> Path:
    left_out = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "examples" / "aui-python", tmp_path / "a workspace", ignore=left_out))


@pytest.mark.slow
def test_the_action_applies_checks_and_verifies(example: Path, tmp_path: Path) -> None:
    expected: list[tuple[str, int, str, str]] = [
        ("check", 1, "3", "0"),
        ("verify", 5, "0", "4"),
        ("apply", 0, "3", "0"),
        ("check", 0, "0", "0"),
        ("verify", 0, "0", "0"),
    ]
    for number, (command, code, changed, conflicts) in enumerate(expected):
        runner = Runner(example, tmp_path / str(number), contexts(command), {})
        if number == 0:
            runner, done = act(example, tmp_path / "0", command=command)
        else:
            shutil.copytree(tmp_path / "0" / "sdkpatch", tmp_path / str(number) / "sdkpatch", symlinks=True)
            done = runner.run(ACTION["runs"]["steps"][2:])
        assert done[-1].code == code, done[-1].output
        assert (runner.output("changed"), runner.output("conflicts")) == (changed, conflicts)
        report: dict[str, Any] = json.loads(Path(runner.output("report")).read_text())
        assert report["version"] == 1
        assert runner.summary.read_text().startswith("### ")


def contexts(command: str) -> dict[str, str]:
    values = {f"inputs.{name}": str(given.get("default", "")) for name, given in ACTION["inputs"].items()}
    python = Path(sys.executable)
    extra = f"--python {python}" if command == "verify" else ""
    return {**values, "inputs.command": command, "inputs.args": extra}


def test_the_action_refuses_another_command(example: Path, tmp_path: Path) -> None:
    runner = Runner(example, tmp_path / "temp", contexts("rm -rf /"), {})
    (done,) = runner.run(ACTION["runs"]["steps"][2:])
    assert done.code == 2
    assert done.output == "::error title=sdkpatch::command must be apply, check or verify\n"


@pytest.mark.slow
def test_the_release_is_built_and_tried_before_it_is_published(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns(".git", ".venv", ".cache", "__pycache__", ".*_cache", ".hypothesis")
    copied = Path(shutil.copytree(ROOT, tmp_path / "sdkpatch", ignore=left_out))
    job = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]["build"]
    runner = Runner(copied, tmp_path / "temp", {}, {"GITHUB_REF_NAME": f"v{__version__}"})
    (done,) = runner.run(job["steps"])
    assert done.code == 1 and "CHANGELOG.md has no date" in done.output
    changelog = copied / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("(unreleased)", "(2026-01-02)", 1))
    finished = runner.run(job["steps"])
    assert [each.code for each in finished] == [0] * 3, finished[-1].output
    assert "4 of 4 handshakes proved: key in the query, intact; in no header" in finished[-1].output
    assert "sdkpatch verify" in (tmp_path / "temp" / "notes.md").read_text()
