"""``sdkpatch init``: what it finds, what it writes, and that nothing of it is ever written over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from sdkpatch.loading.project import shown
from sdkpatch.version import __version__
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


def release(folder: Path, version: str = __version__) -> Path:
    """Write a wheel that pip takes for a release of sdkpatch, and return it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"sdkpatch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        metadata = f"sdkpatch-{version}.dist-info"
        wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: sdkpatch\nVersion: {version}\n")
        wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{metadata}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def index(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What pip looks for packages in: a folder that has this release of sdkpatch, and nothing else."""
    folder = tmp_path_factory.mktemp("index")
    release(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def workflow(tree: Path, text: str) -> Path:
    """Write a workflow that was there before sdkpatch."""
    path = tree / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path


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
    assert asked.stdout.index('query = "my_key"') < asked.stdout.index("Write 4 files?")
    assert snapshot(tree) == before
    asked = subprocess.run(command, input="my_key\nn\ny\n", capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.endswith(f"Write 4 files? [Y/n]: 4 files written; next: sdkpatch apply {shown(tree)}\n")
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


PUBLISHING = {
    "poetry --no-interaction -v publish --build": ("poetry", "poetry --no-interaction -v publish"),
    "poetry publish --build --repository acme --username u": ("poetry", "poetry publish"),
    "poetry build && python -m twine upload dist/*": ("twine", "poetry build"),
    "uv build && uv publish": ("uv", "uv build"),
    "hatch build && hatch -v publish": ("hatch", "hatch build"),
    "flit publish": ("flit", "flit publish"),
    "pdm publish": ("pdm", "pdm publish"),
    "python3 -m build && twine upload --skip-existing dist/*": ("twine", "python3 -m build"),
}


@pytest.mark.parametrize("script", PUBLISHING)
def test_a_workflow_that_publishes_unpatched_is_told_of(script: str, tree: Path) -> None:
    how, before = PUBLISHING[script]
    path = workflow(tree, f"jobs:\n  publish:\n    steps:\n      - run: {script}\n")
    done = sdkpatch("init", "--yes", cwd=tree)
    told = f".github/workflows/ci.yml job publish publishes with {how}: add a step with sdkpatch apply before {before}"
    assert told + ", or run sdkpatch init --take-over\n" in done.stdout
    assert list(load(tree / ".github" / "workflows" / "sdkpatch.yml")["jobs"]) == ["build"]
    path.write_text(f"jobs:\n  publish:\n    steps:\n      - run: sdkpatch apply\n      - run: {script}\n")
    assert "publishes with" not in sdkpatch("init", "--yes", cwd=tree).stdout


@pytest.mark.parametrize("script", ["npm publish", "poetry build", "poetry install # poetry publish", "echo published"])
def test_a_workflow_that_publishes_no_package_is_not_told_of(script: str, tree: Path) -> None:
    workflow(tree, f"jobs:\n  publish:\n    steps:\n      - run: {script}\n")
    assert "publishes with" not in sdkpatch("init", "--yes", cwd=tree).stdout
    assert list(load(tree / ".github" / "workflows" / "sdkpatch.yml")["jobs"]) == ["build", "publish"]


GENERATED = """\
name: ci
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: poetry build # to see that it can be built
  publish:
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    steps:
      - name: Checkout repo
        uses: actions/checkout@v4
      - name: Install dependencies
        run: poetry install
      - name: Build
        run: |
          # once more
          poetry build
      - name: Publish
        uses: pypa/gh-action-pypi-publish@release/v1
"""
WITH_TOKEN = """\
name: ci
on: [push]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
    - name: Publish to pypi
      run: |
        poetry config repositories.remote https://example.org/simple
        poetry --no-interaction -v publish --build --repository remote
"""


def shown_of(path: Path, tree: Path) -> str:
    return path.relative_to(tree).as_posix()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("text", "before"), [(GENERATED, "Build"), (WITH_TOKEN, "Publish to pypi")])
def test_a_workflow_that_publishes_is_taken_over(text: str, before: str, newline: str, tree: Path) -> None:
    path = workflow(tree, text.replace("\n", newline))
    done = sdkpatch("init", "--yes", "--take-over", cwd=tree)
    assert done.returncode == 0, done.stderr
    lines = path.read_bytes().decode().split(newline)
    at = next(at for at, line in enumerate(lines) if line.endswith("- name: Patch the SDK"))
    added = lines[at : at + 6]
    assert '/bin/sdkpatch" apply' in added[4] and [*lines[:at], *lines[at + 6 :]] == text.split("\n")
    names = [step.get("name") for step in load(path)["jobs"]["publish"]["steps"]]
    assert names[names.index("Patch the SDK") + 1] == before
    assert "sdkpatch init --take-over" not in done.stdout and "6 files written" in done.stdout
    assert f"{shown_of(path, tree)} gets a step that patches before it builds\n" in done.stdout
    assert actionlint(tree / ".github" / "workflows" / "sdkpatch.yml") == ""
    assert sdkpatch("fernignore", "check", cwd=tree).stdout == "0 problems\n"
    before_again = snapshot(tree)
    assert "0 files written" in sdkpatch("init", "--yes", "--take-over", cwd=tree).stdout
    assert snapshot(tree) == before_again


@pytest.mark.parametrize("header", ["x-api-kye", "", "x-network"])
def test_a_header_that_the_sdk_does_not_send_is_refused(header: str, tree: Path) -> None:
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", "--header", header, cwd=tree)
    assert done.returncode == 2
    assert f"the generated code sends no header {header}; it sends x-network-api-key\n" in done.stderr
    assert snapshot(tree) == before
    assert sdkpatch("init", "--yes", "--header", "X-Network-API-Key", cwd=tree).returncode == 0
    assert 'query = "network_api_key"' in (tree / "sdkpatch.toml").read_text()


def test_an_sdk_without_channels_gets_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py", "core/client_wrapper.py"):
        (tmp_path / "pkg" / name).write_text('headers["x-api-key"] = key\n' if "wrapper" in name else "")
    done = sdkpatch("init", str(tmp_path), "--yes")
    assert done.returncode == 0, done.stderr
    assert "channel    no WebSocket found\n" in done.stdout
    assert "[[patch]]" not in (tmp_path / "sdkpatch.toml").read_text()
    workflow = (tmp_path / ".github" / "workflows" / "sdkpatch.yml").read_text()
    assert "verify" not in workflow, "there is nothing to prove"
    done = sdkpatch("apply", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "sdkpatch.toml:1  warning: there are no patches yet: sdkpatch capture makes them of hand edits; "
        "sdkpatch list shows the recipes\n"
        "0 sites: 0 to apply, 0 satisfied, 0 conflicts; nothing to do\n"
    )
    shutil.rmtree(tmp_path / "patches")
    done = sdkpatch("apply", cwd=tmp_path)
    assert done.returncode == 2, "the folder that such a project keeps was lost"
    assert "no [[patch]] in sdkpatch.toml" in done.stderr


@pytest.mark.slow
def test_sockets_written_by_hand_get_no_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")  # the SDK may have to be downloaded
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


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    """A repository with two SDKs, one of which opens WebSockets, and a workflow that publishes the other."""
    root = tmp_path / "monorepo"
    write_sdk(root / "sdks" / "chat", "pkg", Shape())
    quiet = root / "sdks" / "quiet"
    (quiet / "src" / "quiet" / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py", "core/client_wrapper.py"):
        (quiet / "src" / "quiet" / name).write_text("")
    for tree, name in ((quiet, "quiet"), (root / "sdks" / "chat", "chat")):
        (tree / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1.0"\n')
    git(root, "init", "--quiet", "--initial-branch=main")
    return root


def test_several_sdks_become_one_workspace(monorepo: Path) -> None:
    done = sdkpatch("init", "--yes", cwd=monorepo)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("SDK  ")] == [
        "SDK        sdks/chat",
        "SDK        sdks/quiet",
    ]
    assert done.stdout.endswith("4 files written; next: sdkpatch apply\n")
    assert (monorepo / "sdkpatch.toml").read_text().partition("\n\n")[2] == (
        '[[sdk]]\npath = "sdks/chat"\n\n[[sdk.patch]]\nuses = "websocket-auth-query"\n'
        'with = { header = "x-api-key", query = "api_key" }\n\n[[sdk]]\npath = "sdks/quiet"\n'
    )
    applied = sdkpatch("apply", cwd=monorepo)
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.splitlines()[-1] == "2 SDKs: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"
    workflow = monorepo / ".github" / "workflows" / "sdkpatch.yml"
    assert actionlint(workflow) == ""
    zizmor = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--quiet"]
    found = subprocess.run([*zizmor, str(monorepo / ".github")], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    assert list(load(workflow)["jobs"]) == ["plan", "build", "publish", "summary"]
    before = snapshot(monorepo)
    assert "0 files written" in sdkpatch("init", "--yes", cwd=monorepo).stdout
    assert snapshot(monorepo) == before


def test_the_jobs_of_a_workspace_that_are_taken_over_patch_their_own_sdk(monorepo: Path) -> None:
    steps = "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
    path = workflow(
        monorepo,
        f"on: push\njobs:\n  one:\n{steps}      - run: uv build && uv publish\n        working-directory: sdks/quiet\n"
        f"  all:\n{steps}      - run: python -m build sdks/chat && twine upload dist/*\n",
    )
    done = sdkpatch("init", "--yes", "--take-over", cwd=monorepo)
    assert done.returncode == 0, done.stderr
    assert ".github/workflows/ci.yml gets 2 steps that patch before it builds\n" in done.stdout
    jobs = load(path)["jobs"]
    assert 'sdkpatch" apply "$GITHUB_WORKSPACE/sdks/quiet" --format' in jobs["one"]["steps"][1]["run"]
    assert 'sdkpatch" apply --config "$GITHUB_WORKSPACE/sdkpatch.toml" --format' in jobs["all"]["steps"][1]["run"]
    written = monorepo / ".github" / "workflows" / "sdkpatch.yml"
    assert list(load(written)["jobs"]) == ["plan", "build", "summary"], "another workflow publishes"
    assert actionlint(path, written) == ""


def test_a_workspace_is_asked_for(monorepo: Path) -> None:
    command = [sys.executable, "-m", "sdkpatch", "init", str(monorepo)]
    asked = subprocess.run(command, input="n\n", capture_output=True, text=True, check=False)
    assert asked.returncode == 130 and "Write one workspace for 2 SDKs? [Y/n]:" in asked.stdout
    assert not (monorepo / "sdkpatch.toml").exists()
    done = sdkpatch("init", "--yes", "--query", "key", cwd=monorepo)
    assert done.returncode == 2
    assert "--header and --query are for one SDK; there are 2: sdks/chat, sdks/quiet" in done.stderr


def test_an_sdk_that_is_set_up_already_is_left_out_of_a_workspace(monorepo: Path) -> None:
    (monorepo / "sdks" / "chat" / "sdkpatch.toml").write_text("patch = []\n")
    done = sdkpatch("init", "--yes", cwd=monorepo)
    assert "sdks/chat has a sdkpatch.toml of its own, and is left alone\n" in done.stdout
    assert "sdks/chat" not in (monorepo / "sdkpatch.toml").read_text()


def test_the_only_sdk_below_a_folder_is_taken(monorepo: Path) -> None:
    shutil.rmtree(monorepo / "sdks" / "chat")
    done = sdkpatch("init", "--yes", cwd=monorepo)
    assert done.stdout.endswith("5 files written; next: sdkpatch apply sdks/quiet\n")
    assert (monorepo / "sdks" / "quiet" / "sdkpatch.toml").exists()


def test_the_package_beside_the_sdk_is_left_alone(tree: Path) -> None:
    (tree / "legacy").mkdir()
    (tree / "legacy" / "pyproject.toml").write_text("")
    text = WITH_TOKEN.replace("    - name: Publish", "    - working-directory: ./legacy\n      name: Publish")
    path = workflow(tree, text)
    done = sdkpatch("init", "--yes", "--take-over", cwd=tree)
    told = "ci.yml job publish publishes with poetry, in legacy: that is another package, and left alone\n"
    assert told in done.stdout
    assert path.read_text() == text


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
def test_the_workflow_it_writes_runs_for_a_real_sdk(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")  # the SDK may have to be downloaded
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


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_version_that_the_index_lacks_is_not_written_down(tree: Path, index: Path) -> None:
    for wheel in index.iterdir():
        wheel.unlink()
    release(index, "0.0.1")
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.returncode == 2
    assert done.stderr == (
        "error: sdkpatch for the workflow: found no such version in the package index,"
        f" expected sdkpatch {__version__}\n"
        "  hint: nothing was written; name another source: sdkpatch init --tool-source git+https://HOST/sdkpatch@COMMIT,"
        " or the path of a wheel in the repository\n"
    )
    assert snapshot(tree) == before


def test_an_index_that_does_not_answer_is_no_version(tree: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:s3cret@127.0.0.1:9/simple")
    done = sdkpatch("init", "--yes", cwd=tree)
    assert done.returncode == 2
    assert "found no answer from the package index" in done.stderr and "s3cret" not in done.stdout + done.stderr


SOURCES = {
    f"git+https://example.org/team/sdkpatch.git@{COMMIT}": "sdkpatch @ git+https://example.org/team/sdkpatch.git@{COMMIT}",
    "https://example.org/sdkpatch-0.1.0-py3-none-any.whl": "sdkpatch @ https://example.org/sdkpatch-0.1.0-py3-none-any.whl",
    "sdkpatch==0.1.0": "sdkpatch==0.1.0",
}


@pytest.mark.parametrize("source", SOURCES)
def test_another_source_is_written_down(source: str, tree: Path, index: Path) -> None:
    for wheel in index.iterdir():
        wheel.unlink()
    path = workflow(tree, WITH_TOKEN)
    done = sdkpatch("init", "--yes", "--take-over", "--tool-source", source, cwd=tree)
    assert done.returncode == 0, done.stderr
    wanted = SOURCES[source].replace("{COMMIT}", COMMIT)
    written = tree / ".github" / "workflows" / "sdkpatch.yml"
    for file in (path, written):
        assert f'-m pip install "{wanted}"' in file.read_text()
    assert actionlint(path, written) == ""
    hook = yaml.safe_load((tree / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"][0]
    assert hook["additional_dependencies"] == [wanted]


def test_a_wheel_of_the_repository_is_a_source(tree: Path) -> None:
    wheel = release(tree / "tools")
    done = sdkpatch("init", "--yes", "--tool-source", f"tools/{wheel.name}", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert "no hook for pre-commit is written: it cannot install a wheel of the repository\n" in done.stdout
    assert not (tree / ".pre-commit-config.yaml").exists()
    text = (tree / ".github" / "workflows" / "sdkpatch.yml").read_text()
    assert f'pip install "$GITHUB_WORKSPACE/tools/{wheel.name}" build twine' in text


@pytest.mark.parametrize(
    "source",
    [
        "git+https://example.org/sdkpatch@main",
        f"git+https://example.org/sdkpatch@{COMMIT[:7]}",
        f"git+https://example.org/sd$(id)@{COMMIT}",
        "sdkpatch",
        "sdkpatch>=0.1",
        "tools/sdkpatch-9-py3-none-any.whl",
        "https://example.org/other-1.0-py3-none-any.whl",
    ],
)
def test_a_source_that_is_not_pinned_or_not_there_is_refused(source: str, tree: Path) -> None:
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", "--tool-source", source, cwd=tree)
    assert done.returncode == 2
    assert done.stderr.startswith(f'error: --tool-source: found "{source}", expected git+https://HOST/sdkpatch@COMMIT')
    assert snapshot(tree) == before


def test_a_password_in_a_source_is_refused_and_not_shown(tree: Path) -> None:
    done = sdkpatch("init", "--yes", "--tool-source", f"git+https://me:s3cret@example.org/x@{COMMIT}", cwd=tree)
    assert done.returncode == 2
    assert "found an address with a password" in done.stderr and "s3cret" not in done.stderr


@pytest.mark.parametrize(
    "options, reason",
    [
        (["--query", ""], '--query "" is no name of a query parameter'),
        (["--query", "a b"], '--query "a b" is no name of a query parameter'),
        (["--header", "-", "--query", "key"], "--query needs the header that the key is taken from"),
    ],
)
def test_a_query_that_names_nothing_is_refused(options: list[str], reason: str, tree: Path) -> None:
    before = snapshot(tree)
    done = sdkpatch("init", "--yes", *options, cwd=tree)
    assert done.returncode == 2 and reason in done.stderr
    assert snapshot(tree) == before


@pytest.mark.parametrize("option", ["--query", "--header"])
def test_an_sdk_without_channels_takes_no_recipe(option: str, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    done = sdkpatch("init", tmp_path, "--yes", option, "x-api-key")
    assert done.returncode == 2
    assert f"{option} is for SDKs that open WebSockets; none was found" in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "pkg"]


def test_a_generation_that_is_long_ago_is_doubted(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    names = ["__init__", *(f"m{number}" for number in range(50))]
    for text in ("x = 1\n", "x = 2\n"):
        for name in names:
            (tmp_path / "pkg" / f"{name}.py").write_text(text)
        if text == "x = 1\n":
            git(tmp_path, "init", "--quiet")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "--quiet", "-m", "SDK regeneration" if text == "x = 1\n" else "release")
    said = sdkpatch("init", "--yes", "--no-workflow", cwd=tmp_path).stdout
    assert "\nhand edits 51 files changed since " in said
    assert "\n           so many: where a newer commit is the generator's, name that one\n" in said


def test_hand_edits_on_top_of_the_generation_are_told_of(tmp_path: Path) -> None:
    package = tmp_path / "src" / "pkg"
    package.mkdir(parents=True)
    for name in ("__init__.py", "client.py"):
        (package / name).write_text("x = 1\n")
    (tmp_path / ".fernignore").write_text("README.md\n")
    (tmp_path / "README.md").write_text("Hello.\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "SDK regeneration")
    generated = git(tmp_path, "rev-parse", "HEAD").strip()[:12]
    assert "\nhand edits" not in sdkpatch("init", "--yes", "--no-workflow", cwd=tmp_path).stdout
    (package / "client.py").write_text("x = 2\n")
    (tmp_path / "README.md").write_text("Ours.\n")
    git(tmp_path, "commit", "--quiet", "-am", "ours")
    done = sdkpatch("init", "--yes", cwd=tmp_path)
    assert (
        f"hand edits 1 file changed since {generated} (SDK regeneration):\n"
        f"           sdkpatch capture . --generated {generated} makes patches of them\n"
    ) in done.stdout
    assert done.stdout.endswith("next: sdkpatch capture .\n")
    captured = sdkpatch("capture", ".", "--generated", generated, cwd=tmp_path)
    assert captured.returncode == 0, captured.stderr
    assert "[[patch]]" in (tmp_path / "sdkpatch.toml").read_text()
    assert sdkpatch("apply", "--check", cwd=tmp_path).returncode == 0
