"""Which jobs publish, and where the patches come in: workflows as people and generators write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.scaffold.pipeline_commands import PipelineCommand, ScriptPlace, of_script
from sdkpatch.scaffold.publishing import Publisher, publishers, taken_over
from sdkpatch.scaffold.shell import commands
from tests.pipeline.runner import load
from tests.pipeline.test_files import actionlint

SCRIPTS = {
    "poetry --no-interaction -v publish --build --repository remote": ("poetry", True),
    "poetry --no-interaction -v \\\n  publish --build": ("poetry", True),
    "poetry -C sdks/python publish --build": ("poetry", True),
    "poetry publish": ("poetry", False),
    "uv publish --token $TOKEN": ("uv", False),
    "uv run --with twine twine upload dist/*": ("twine", False),
    "uvx twine@6 upload dist/*": ("twine", False),
    "uv tool run --from twine twine upload dist/*": ("twine", False),
    "python -m twine upload dist/*": ("twine", False),
    "python3.12 -W ignore -m twine upload dist/*": ("twine", False),
    "pipx run twine upload dist/*": ("twine", False),
    "pipx run --spec twine==6 twine upload dist/*": ("twine", False),
    "poetry run twine upload dist/*": ("twine", False),
    "TWINE_USERNAME=__token__ twine upload 'dist/*'": ("twine", False),
    'if [ -n "$TOKEN" ]; then twine upload dist/*; fi': ("twine", False),
    'test -n "$TOKEN" && (cd out && twine upload *)': ("twine", False),
    "bash -c 'twine upload dist/*'": ("twine", False),
    "hatch -v publish": ("hatch", False),
    "python -m flit publish": ("flit", True),
    "pdm publish --no-build": ("pdm", False),
    "pdm publish": ("pdm", True),
    "python setup.py sdist upload": ("setup.py", True),
    "maturin publish": ("maturin", True),
}
NOTHING = [
    "poetry config pypi-token.pypi publish",
    "echo 'poetry publish --build'",
    "# poetry publish",
    "poetry install # then poetry publish",
    "npm publish",
    "twine check dist/*",
    "uv pip install twine",
    "cat > notes <<'END'\npoetry publish\nEND",
    "git commit -m 'poetry publish'",
    "npx nx release publish",
    "poetry run publish",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_command_that_publishes_is_known(script: str, tmp_path: Path) -> None:
    how, builds = SCRIPTS[script]
    found = [each for each in of_script(script, ScriptPlace(tmp_path, "")) if each.how]
    assert [(each.how, each.builds) for each in found] == [(how, builds)]


@pytest.mark.parametrize("script", NOTHING)
def test_a_command_that_publishes_no_package_is_not(script: str, tmp_path: Path) -> None:
    assert list(of_script(script, ScriptPlace(tmp_path, ""))) == []


BUILDING = [
    "poetry build -f wheel",
    "uv build",
    "python -m build --wheel .",
    "pipx run build",
    "pyproject-build",
    "hatch build",
    "uvx --from build pyproject-build",
    "python setup.py sdist bdist_wheel",
    "pip wheel . -w dist",
    "flit build",
]


@pytest.mark.parametrize("script", BUILDING)
def test_a_command_that_builds_is_known(script: str, tmp_path: Path) -> None:
    assert [each.builds and not each.how for each in of_script(script, ScriptPlace(tmp_path, ""))] == [True]


def test_words_are_those_that_a_shell_sees() -> None:
    script = "A=b sudo x 'a b'\"c\" d\\\n e # no\nif ! y; then z; fi | w\n${{ a && 'b' }} v"
    assert commands(script) == [["x", "a bc", "d", "e"], ["y"], ["z"], ["fi"], ["w"], ["EXPRESSION", "v"]]
    assert commands("echo 'never closed\nx") == [["echo", "never closed\nx"]]
    assert commands("cat <<-END\n\tx\n\tEND\ny") == [["cat"], ["y"]]


MAKEFILE = """\
TOOL ?= poetry
.PHONY: publish
build: clean
\t@rm -rf dist
\t$(TOOL) build
publish: build \\
  check
\t-$(TOOL) publish --no-interaction
loop: loop
\t$(MAKE) loop
inner:
\t$(MAKE) publish
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def done_by(script: str, root: Path, folder: str = "") -> list[tuple[str, str, bool]]:
    return [(each.through, each.how, each.builds) for each in of_script(script, ScriptPlace(root, folder))]


def test_scripts_and_targets_are_followed(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Makefile": MAKEFILE,
            "bin/publish": "#!/usr/bin/env bash\nset -eux\nuv build\nuv publish\n",
            "bin/again.sh": "./bin/again.sh\n",
            "bin/up.py": 'subprocess.run(["twine", "upload", "dist/*"])\n',
            "justfile": "publish version: build\n    uv publish\nbuild:\n    uv build\n",
            "sdk/Makefile": "all:\n\tflit publish\n",
            "package.json": '{"devDependencies": {"@nxlv/python": "1"}}',
            "pyproject.toml": '[tool.semantic_release]\nversion_variable = "a.py:v"\n',
        },
    )
    poetry = [("make publish", "", True), ("make publish", "poetry", False)]
    assert done_by("make publish", tmp_path) == poetry
    assert [each[1:] for each in done_by("make -s inner", tmp_path)] == [each[1:] for each in poetry]
    assert done_by("make loop", tmp_path) == []
    uv = [("bash ./bin/publish", "", True), ("bash ./bin/publish", "uv", False)]
    assert done_by("bash ./bin/publish", tmp_path) == uv
    assert done_by("./bin/publish --now", tmp_path)[1][0] == "./bin/publish --now"
    assert done_by("./bin/again.sh", tmp_path) == []
    assert done_by("python bin/up.py", tmp_path) == [("python bin/up.py", "twine", True)]
    assert done_by("just publish", tmp_path) == [("just publish", "", True), ("just publish", "uv", False)]
    assert done_by("make", tmp_path, "sdk") == done_by("make", tmp_path, "./sdk") == [("make", "flit", True)]
    assert done_by("cd sdk\nmake", tmp_path) == [("make", "flit", True)]
    assert done_by("make -C sdk", tmp_path) == [("make -C sdk", "flit", True)]
    assert done_by("npx nx release publish", tmp_path) == [("", "nx", True)]
    assert done_by("poetry run semantic-release publish", tmp_path) == [("", "semantic-release", True)]
    (tmp_path / "pyproject.toml").write_text('[tool.semantic_release]\nversion_variables = ["a.py:v"]\n')
    assert done_by("semantic-release publish", tmp_path) == [("", "", True)], "release 8 uploads to no index"
    assert done_by("make -C ../.. publish; bash ../../etc/passwd", tmp_path / "sdk") == []


def test_the_tool_itself_is_known(tmp_path: Path) -> None:
    for script in ('"$RUNNER_TEMP/tools/bin/sdkpatch" apply .', "python -m sdkpatch apply", "uvx sdkpatch apply"):
        assert [each.patches for each in of_script(script, ScriptPlace(tmp_path, ""))] == [True]
    assert list(of_script("sdkpatch verify; sdkpatch fernignore check", ScriptPlace(tmp_path, ""))) == []


HEAD = "on: [push]\njobs:\n"
CHECKOUT = "      - uses: actions/checkout@v4\n"


def job(name: str, steps: str, needs: str = "") -> str:
    needed = f"    needs: [{needs}]\n" if needs else ""
    return f"  {name}:\n    runs-on: ubuntu-latest\n{needed}    steps:\n{CHECKOUT}{steps}"


def found(root: Path, text: str, **others: str) -> list[Publisher]:
    write(root, {".github/workflows/ci.yml": text, **others})
    return [each for each in publishers(root) if each.path.endswith("ci.yml")]


def test_each_job_that_publishes_is_found(tmp_path: Path) -> None:
    text = (
        HEAD
        + job("stable", "      - run: poetry publish --build\n")
        + job("checks", "      - run: poetry build\n")
        + job("nightly", "      - run: |\n          uv build\n      - {run: uv publish}\n")
        + job("done", "      - run: sdkpatch apply\n      - run: flit publish\n")
    )
    assert [(each.job, each.how, each.before, each.line, each.is_patched) for each in found(tmp_path, text)] == [
        ("stable", "poetry", "poetry publish", 7, False),
        ("nightly", "uv", "uv build", 17, False),
        ("done", "flit", "flit publish", 25, True),
    ]


def test_what_is_built_in_another_job_is_patched_there(tmp_path: Path) -> None:
    download = "      - uses: actions/download-artifact@v4\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    text = (
        HEAD + job("build", "      - run: python -m build\n") + job("test", "", "build") + job("up", download, "test")
    )
    (only,) = found(tmp_path, text)
    assert (only.job, only.how, only.builder, only.line) == ("up", "trusted publishing", "build", 7)
    text = HEAD + job("up", download)
    (only,) = found(tmp_path, text)
    assert (only.job, only.builder, only.line) == ("up", "", 0), "what builds is not known: by hand"


def test_the_patches_come_after_the_last_checkout_and_before_the_first_build(tmp_path: Path) -> None:
    steps = "      - run: uv build\n" + CHECKOUT + "      - run: uv build --sdist\n      - run: uv build\n"
    (only,) = found(tmp_path, HEAD + job("up", steps + "      - run: uv publish\n"))
    assert (only.before, only.line) == ("uv build", 9)
    late = "      - run: uv build\n      - run: sdkpatch apply\n      - run: uv publish\n"
    (only,) = found(tmp_path, HEAD + job("up", late))
    assert not only.is_patched, "it patches what is built already"


def test_a_checkout_to_a_folder_counts(tmp_path: Path) -> None:
    text = HEAD + (
        "  up:\n    runs-on: ubuntu-latest\n    defaults:\n      run:\n        working-directory: src/sdk\n    steps:\n"
        "      - uses: actions/checkout@v4\n        with:\n          path: ./src\n"
        "      - uses: actions/checkout@v4\n        with:\n          repository: a/b\n          path: other\n"
        "      - run: uv build\n      - run: uv publish\n"
    )
    (only,) = found(tmp_path, text)
    assert (only.checkout, only.folder, only.line) == ("src", "sdk", 16)


def test_called_workflows_and_actions_are_followed(tmp_path: Path) -> None:
    action = "runs:\n  using: composite\n  steps:\n    - run: uv build && uv publish\n      shell: bash\n"
    write(
        tmp_path,
        {
            ".github/actions/up/action.yml": action,
            ".github/workflows/up.yml": "on: workflow_call\njobs:\n"
            + job("send", "      - run: uv build && uv publish\n"),
        },
    )
    text = (
        HEAD
        + (
            "  call:\n    uses: ./.github/workflows/up.yml\n"
            "  other:\n    uses: acme/shared/.github/workflows/pypi-publish.yml@v1\n"
            "  lint:\n    uses: acme/shared/.github/workflows/lint.yml@v1\n"
        )
        + job("act", "      - uses: ./.github/actions/up\n")
    )
    own = found(tmp_path, text)
    assert [(each.job, each.how, each.before, each.line) for each in own] == [
        ("other", "acme/shared/.github/workflows/pypi-publish.yml, which was not read", "", 0),
        ("act", "uv", "./.github/actions/up", 13),
    ]
    (called,) = [each for each in publishers(tmp_path) if each.path.endswith("up.yml")]
    assert called.callers == (".github/workflows/ci.yml",)


@pytest.mark.parametrize(
    "step, how",
    [
        ("uses: JRubics/poetry-publish@v2.1", "jrubics/poetry-publish"),
        ("uses: pypa/gh-action-pypi-publish@v1\n        with:\n          password: x", "pypa/gh-action-pypi-publish"),
        ("uses: relekang/python-semantic-release@v7\n        with:\n          pypi_token: x", "semantic-release"),
        ("uses: nick-fields/retry@v3\n        with:\n          command: uv publish", "uv"),
    ],
)
def test_actions_that_publish_are_known(step: str, how: str, tmp_path: Path) -> None:
    (only,) = found(tmp_path, HEAD + job("up", f"      - run: uv build\n      - {step}\n"))
    assert only.how.lower() == how and only.line == 7


@pytest.mark.parametrize("uses", ["googleapis/release-please-action@v4", "actions/upload-artifact@v4"])
def test_actions_that_publish_no_package_are_not(uses: str, tmp_path: Path) -> None:
    assert found(tmp_path, HEAD + job("up", f"      - uses: {uses}\n")) == []


def test_a_workflow_that_is_no_yaml_is_told_of(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "jobs:\n  publish: [\n")
    assert (only.job, only.how, only.line) == ("", "line 3 is no YAML", 0)
    assert found(tmp_path, "a: &a [*a]\njobs: {x: {steps: [{run: uv publish}]}}\n")[0].line == 0
    assert found(tmp_path, "[" * 5000) == []


def test_a_step_comes_before_each_build_and_its_comment(tmp_path: Path) -> None:
    text = HEAD + job("one", "      # builds\n      # and sends\n      - run: uv build && uv publish\n")
    text += job("two", "      - name: Send\n        run: flit publish\n")
    own = found(tmp_path, text)
    path = tmp_path / ".github" / "workflows" / "ci.yml"
    path.write_text(taken_over(text, [(each, "- name: Patch\n  run: |\n    true\n") for each in own]))
    assert actionlint(path) == ""
    steps = {name: [step.get("name", "") for step in each["steps"]] for name, each in load(path)["jobs"].items()}
    assert steps == {"one": ["", "Patch", ""], "two": ["", "Patch", "Send"]}
    assert "    true\n      # builds\n      # and sends\n" in path.read_text()


def test_a_windows_runner_is_left_to_a_person(tmp_path: Path) -> None:
    text = HEAD + job("one", "      - run: flit publish\n").replace("ubuntu-latest", "windows-latest")
    assert [each.line for each in found(tmp_path, text)] == [0]


def test_a_command_says_where_it_is(tmp_path: Path) -> None:
    assert list(of_script("cd a\nuv build", ScriptPlace(tmp_path, "sdk"))) == [
        PipelineCommand("uv build", builds=True, folder="sdk/a")
    ]
