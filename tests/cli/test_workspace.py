"""Several SDKs: the [[sdk]] tables of sdkpatch.toml, runs over all of them, and ``sdkpatch matrix``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from sdkpatch.loading.project import json_schema
from tests.cli.test_worktree import git
from tests.command import sdkpatch, snapshot
from tests.shapes import Shape, write_sdk

USES = 'uses = "websocket-auth-query"\nwith = { header = "x-api-key", query = "api_key" }\n'
SHARED = f"[[patch]]\n{USES}\n"
TWO = '[[sdk]]\npath = "sdks/one"\n\n[[sdk]]\npath = "sdks/two"\nname = "beta"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two SDKs, and a project file about both."""
    root = tmp_path / "repository"
    for name in ("one", "two"):
        write_sdk(root / "sdks" / name, "pkg", Shape())
    (root / "sdkpatch.toml").write_text(SHARED + TWO)
    git(root, "init", "--quiet")
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", "generated")
    return root


def drift(tree: Path) -> None:
    """Make a handshake one that no patch understands."""
    path = tree / "src" / "pkg" / "chat" / "client.py"
    text = path.read_text()
    assert "websockets_sync_client.connect(" in text
    path.write_text(text.replace("websockets_sync_client.connect(", "open_with(websockets_sync_client.connect, "))


def test_a_run_without_a_tree_is_about_every_sdk(root: Path) -> None:
    assert sdkpatch("apply", "--check", cwd=root).returncode == 1
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["sdks-one (sdks/one):", "beta (sdks/two):"]
    assert lines[-1] == "2 SDKs: 8 applied, 0 satisfied, 0 conflicts; 4 files changed"
    again = sdkpatch("apply", "--check", cwd=root)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == "2 SDKs: 0 to apply, 8 satisfied, 0 conflicts; nothing to do"


def test_trees_can_be_named(root: Path) -> None:
    done = sdkpatch("apply", "sdks/two", cwd=root)
    assert done.stdout.splitlines()[-1] == "4 sites: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"
    done = sdkpatch("apply", "sdks/one", "sdks/two", cwd=root)
    assert done.stdout.splitlines()[-1] == "2 SDKs: 4 applied, 4 satisfied, 0 conflicts; 2 files changed"
    shutil.copytree(root / "sdks" / "one", root / "three")
    done = sdkpatch("apply", "three", cwd=root)
    assert done.returncode == 2
    expected = "error: three: found no SDK of sdkpatch.toml, expected one of them: sdks/one, sdks/two\n"
    assert done.stderr == expected + "  hint: add an [[sdk]]\n"


def test_trees_without_a_project_file_can_be_named(root: Path) -> None:
    (root / "sdkpatch.toml").unlink()
    options = ("--patch", "websocket-auth-query", "--set", "header=x-api-key", "--set", "query=api_key")
    done = sdkpatch("apply", "sdks/one", "sdks/two", *options, cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sdks/one:\n") and "\n\nsdks/two:\n" in done.stdout


@pytest.mark.parametrize("trees", [("sdks/one", "sdks/one"), ("sdks/one", "sdks/one/src")])
def test_a_tree_twice_or_in_another_is_refused(trees: tuple[str, str], root: Path) -> None:
    before = snapshot(root)
    options = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
    done = sdkpatch("apply", *trees, *options, cwd=root)
    assert done.returncode == 2
    assert done.stderr == f"error: TREE: found {trees[1]} and {trees[0]}, expected trees beside each other, each once\n"
    assert snapshot(root) == before


def test_a_conflict_in_the_second_leaves_the_first_as_it_was(root: Path) -> None:
    drift(root / "sdks" / "two")
    git(root, "commit", "--quiet", "-am", "drifted")
    before = snapshot(root)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 4
    assert snapshot(root) == before
    assert "4 sites: 4 to apply, 0 satisfied, 0 conflicts; 2 files would change\n" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("nothing was written in any of them")
    document = json.loads(sdkpatch("apply", "--format", "json", cwd=root).stdout)
    assert [each["written"] for each in document["sdks"]] == [False, False]
    assert snapshot(root) == before


def test_edits_in_the_second_leave_the_first_as_it_was(root: Path) -> None:
    path = root / "sdks" / "two" / "src" / "pkg" / "chat" / "client.py"
    path.write_text(path.read_text() + "# mine\n")
    before = snapshot(root)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 2 and "neither committed nor staged" in done.stderr
    assert snapshot(root) == before


def test_where_the_second_cannot_be_written_the_first_is_written_back(root: Path) -> None:
    (root / "own.toml").write_text(
        'id = "own"\ntitle = "Own"\n[[step]]\nop = "file.add"\npath = "new/own.py"\ncontent = "x = 1\\n"\n'
    )
    (root / "sdkpatch.toml").write_text(SHARED + '[[patch]]\nuses = "./own.toml"\n\n' + TWO)
    before = snapshot(root / "sdks")
    blocked = root / "sdks" / "two" / "src" / "pkg" / "chat" / "client.py"
    blocked.chmod(0o444)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 6
    assert "src/pkg/chat/client.py: is read-only; nothing was changed" in done.stderr
    blocked.chmod(before["two/src/pkg/chat/client.py"][1] & 0o777)
    assert snapshot(root / "sdks") == before
    assert not (root / "sdks" / "one" / "new").exists()
    assert sdkpatch("apply", cwd=root).returncode == 0


@pytest.mark.parametrize("form", ["github", "markdown", "sarif"])
def test_every_format_says_which_sdk(form: str, root: Path) -> None:
    done = sdkpatch("apply", "--check", "--format", form, cwd=root)
    assert done.returncode == 1
    for name in ("one", "two"):
        assert f"sdks/{name}" in done.stdout
    if form == "sarif":
        (run,) = json.loads(done.stdout)["runs"]
        places = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
        assert len(places) == 8 and all(place.startswith(("sdks/one/", "sdks/two/")) for place in places)


def test_json_has_a_report_for_each_and_the_sums(root: Path) -> None:
    document = json.loads(sdkpatch("apply", "--check", "--format", "json", cwd=root).stdout)
    assert [(each["name"], each["tree"]) for each in document["sdks"]] == [
        ("sdks-one", "sdks/one"),
        ("beta", "sdks/two"),
    ]
    assert document["summary"] == {"applied": 8, "conflicts": 0, "files": 4, "satisfied": 0, "sites": 8}
    schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)


def test_a_name_cannot_command_a_runner_through_the_report(root: Path) -> None:
    package = root / "sdks" / "one" / "src" / "pkg"
    (package / "chat").rename(package / "##[chat")
    for form in ("json", "github", "text", "markdown", "sarif"):
        done = sdkpatch("apply", "--check", "--format", form, cwd=root)
        assert "chat/client.py" in done.stdout
        assert "##[" not in done.stdout


def test_an_sdk_has_patches_of_its_own(root: Path) -> None:
    own = TWO.replace('name = "beta"\n', f'name = "beta"\n\n[[sdk.patch]]\n{USES}')
    (root / "sdkpatch.toml").write_text(own)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "sdkpatch.toml:1  warning: there are no patches yet" in done.stdout.partition("beta")[0]
    assert done.stdout.splitlines()[-1] == "2 SDKs: 4 applied, 0 satisfied, 0 conflicts; 2 files changed"
    listed = sdkpatch("list", cwd=root).stdout
    assert "Project (sdkpatch.toml, sdks-one):\nProject (sdkpatch.toml, beta):\n  websocket-auth-query" in listed
    assert sdkpatch("test", cwd=root).returncode == 0


MISTAKES = {
    "sdk = 3\n": "sdkpatch.toml:1: sdk: found 3 (integer), expected a path, or a [[sdk]] table for each SDK",
    "sdk = []\n": "sdkpatch.toml:1: sdk: found an empty array, expected a path, or a [[sdk]] table for each SDK",
    "[[sdk]]\n": "sdkpatch.toml:1: sdk[0]: found nothing, expected the key path (a path)",
    '[[sdk]]\npath = "../x"\n[[sdk]]\npath = "a"\nname = "b c"\nwith = 1\n': (
        'sdkpatch.toml:2: sdk[0].path: found "../x", expected a path\n'
        "  hint: an SDK of a workspace stands below the project file: no .., no absolute path, / between folders\n"
        'sdkpatch.toml:5: sdk[1].name: found "b c", expected a name\n'
        "  hint: letters, digits, - and _: jobs and artefacts of the pipeline have this name\n"
        "sdkpatch.toml:6: sdk[1].with: found an unknown key, expected a known key\n"
        "  hint: known: name, package, patch, path, verify"
    ),
    '[[sdk]]\npath = "a"\n[[sdk]]\npath = "./a/"\n': (
        'sdkpatch.toml:4: sdk[1].path: found "./a/", and "a" in sdk[0], expected SDKs beside each other, each once'
    ),
    '[[sdk]]\npath = "a/b"\n[[sdk]]\npath = "a-b"\n': (
        'sdkpatch.toml:3: sdk[1].name: found "a-b", as in sdk[0], expected a name of its own\n'
        '  hint: for example: name = "beta"'
    ),
    'package = "x"\n[[sdk]]\npath = "a"\n[[sdk]]\npath = "a/b"\n': (
        "sdkpatch.toml:1: package: found a package beside [[sdk]] tables, expected it in the [[sdk]] that it is about\n"
        'sdkpatch.toml:5: sdk[1].path: found "a/b", and "a" in sdk[0], expected SDKs beside each other, each once'
    ),
    '[[sdk]]\npath = "a"\n[[sdk.patch]]\nuse = "x"\n': (
        "sdkpatch.toml:3: sdk[0].patch[0]: found nothing, expected the key uses (a recipe or a path)\n"
        "sdkpatch.toml:4: sdk[0].patch[0].use: found an unknown key, expected a known key\n"
        '  hint: did you mean "uses"?'
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_is_told_at_once(text: str, root: Path) -> None:
    (root / "sdkpatch.toml").write_text(text)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 3
    assert done.stderr == f"error: {MISTAKES[text]}\n"


def test_a_mistake_of_a_shared_patch_is_told_once_and_a_folder_that_is_not_there(root: Path) -> None:
    (root / "sdkpatch.toml").write_text('[[patch]]\nuses = "no-such"\n\n' + TWO + '\n[[sdk]]\npath = "sdks/three"\n')
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 3
    assert done.stderr.count("no-such") == 1
    assert "sdkpatch.toml:12: sdk[2].path: found no directory sdks/three, expected the SDK tree\n" in done.stderr


def test_an_sdk_with_two_project_files_is_refused(root: Path) -> None:
    (root / "sdks" / "two" / "sdkpatch.toml").write_text(SHARED)
    before = snapshot(root)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 3
    assert done.stderr == (
        "error: sdkpatch.toml:9: sdk[1].path: found sdks/two/sdkpatch.toml for this SDK as well, expected one project"
        " file for each SDK\n  hint: move its patches to the [[sdk.patch]] tables of this SDK, and remove it\n"
    )
    assert snapshot(root) == before


@pytest.mark.parametrize("command", [("verify",), ("fernignore", "check"), ("recover",), ("capture",)])
def test_what_is_about_one_sdk_asks_for_it(command: tuple[str, ...], root: Path) -> None:
    done = sdkpatch(*command, cwd=root)
    assert done.returncode == 2
    assert done.stderr == "error: TREE: found 2 SDKs in sdkpatch.toml, expected one of them: sdks/one, sdks/two\n"


def test_capture_names_the_patches_in_the_table_of_the_sdk(root: Path) -> None:
    path = root / "sdks" / "two" / "src" / "pkg" / "chat" / "client.py"
    path.write_text(path.read_text() + "\n\nOURS = 1\n")
    (root / "sdkpatch.toml").write_text(TWO)
    git(root, "commit", "--quiet", "-am", "ours")
    done = sdkpatch("capture", "sdks/two", "--generated", "HEAD~1", cwd=root)
    assert done.returncode == 0, done.stderr
    assert (root / "sdkpatch.toml").read_text().startswith(TWO + '\n[[sdk.patch]]\nuses = "./patches/01-')
    assert sdkpatch("apply", "--check", cwd=root).returncode == 0


def test_the_matrix_is_one_line_with_names_and_paths(root: Path) -> None:
    wanted = '{"include": [{"name": "sdks-one", "tree": "sdks/one"}, {"name": "beta", "tree": "sdks/two"}]}\n'
    assert sdkpatch("matrix", cwd=root).stdout == wanted
    assert sdkpatch("matrix", cwd=root / "sdks").stdout == wanted
    (root / "sdks" / "sdkpatch.toml").write_text('sdk = "one"\n')
    assert sdkpatch("matrix", "--config", "sdks/sdkpatch.toml", cwd=root).stdout == (
        '{"include": [{"name": "sdk", "tree": "sdks/one"}]}\n'
    )
    shutil.rmtree(root / "sdks" / "two")
    assert sdkpatch("matrix", cwd=root).returncode == 3
    (root / "sdkpatch.toml").unlink()
    done = sdkpatch("matrix", cwd=root)
    assert (
        done.stderr == "error: which SDKs: found no sdkpatch.toml, expected a project file\n  hint: run sdkpatch init\n"
    )


def test_a_project_file_beside_the_sdk_needs_no_sdk(root: Path) -> None:
    tree = root / "sdks" / "one"
    (tree / "sdkpatch.toml").write_text(SHARED)
    assert sdkpatch("apply", cwd=tree).returncode == 0
    assert sdkpatch("apply", "--check", cwd=tree / "src").returncode == 0
    (root / "sdkpatch.toml").write_text(SHARED)
    done = sdkpatch("apply", cwd=root)
    assert done.returncode == 2
    assert "found sdkpatch.toml without the key sdk, expected the directory of an SDK" in done.stderr


@pytest.mark.parametrize("place", ["pyproject.toml", "sdks/one/pyproject.toml"])
def test_a_table_in_pyproject_is_refused(place: str, root: Path) -> None:
    with (root / place).open("a") as file:
        file.write('[tool.other]\nx = 1\n\n[tool.sdkpatch]\nsdk = "sdks/one"\n')
    line = (root / place).read_text().splitlines().index("[tool.sdkpatch]") + 1
    done = sdkpatch("apply", "sdks/one" if "/" in place else "sdks/two", cwd=root)
    if place == "pyproject.toml":
        (root / "sdkpatch.toml").unlink()
        done = sdkpatch("apply", cwd=root)
    assert done.returncode == 3
    assert done.stderr == (
        f"error: {place}:{line}: tool.sdkpatch: found a table, expected a file sdkpatch.toml\n"
        "  hint: move it to sdkpatch.toml beside pyproject.toml, without tool.sdkpatch:"
        " Fern overwrites pyproject.toml\n"
    )


def test_the_schema_takes_both_forms() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"sdk": "x"}) and validator.is_valid({"sdk": [{"path": "x", "patch": [{"uses": "y"}]}]})
    assert not validator.is_valid({"sdk": []}) and not validator.is_valid({"sdk": [{"name": "x"}]})
