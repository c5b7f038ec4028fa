"""The commands, their output, and that documentation and help agree."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from sdkpatch.cli import COMMANDS
from sdkpatch.cli.fernignore import command as fernignore
from sdkpatch.operations import OPERATIONS
from sdkpatch.resources import book, recipes
from sdkpatch.running.explain import explain_operation
from tests.command import process, report, snapshot
from tests.sdks import ROOT
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
DOCS = ROOT / "docs"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


def test_check_and_diff_write_nothing_and_exit_1_until_it_is_done(tree: Path) -> None:
    before = snapshot(tree)
    checked, differing = process("apply", tree, *RECIPE, "--check"), process("apply", tree, *RECIPE, "--diff")
    assert snapshot(tree) == before
    assert checked.returncode == differing.returncode == 1
    assert checked.stdout == (
        "src/pkg/chat/client.py:49  ChatClient.connect  sync  to apply\n"
        "src/pkg/chat/client.py:87  AsyncChatClient.connect  async  to apply\n"
        "src/pkg/chat/raw_client.py:48  RawChatClient.connect  sync  to apply\n"
        "src/pkg/chat/raw_client.py:86  AsyncRawChatClient.connect  async  to apply\n"
        "4 sites: 4 to apply, 0 satisfied, 0 conflicts; 2 files would change\n"
    )
    assert process("apply", tree, *RECIPE).returncode == 0
    assert process("apply", tree, *RECIPE, "--check").returncode == 0
    assert process("apply", tree, *RECIPE, "--diff").returncode == 0


def test_the_diff_is_one_that_git_applies(tree: Path) -> None:
    import subprocess

    done = process("apply", tree, *RECIPE, "--diff")
    patch = done.stdout.split("\n\nsrc/pkg")[0] + "\n"
    subprocess.run(["git", "apply", "-p1", "-"], input=patch, cwd=tree, text=True, check=True)
    assert process("apply", tree, *RECIPE, "--check").returncode == 0


def test_colour_is_asked_for_or_left_out(tree: Path) -> None:
    assert "\x1b[" not in process("apply", tree, *RECIPE, "--diff").stdout
    coloured = process("apply", tree, *RECIPE, "--diff", "--color", "always").stdout
    assert "\x1b[32m+import" not in coloured and "\x1b[32m+        _key" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == process("apply", tree, *RECIPE, "--diff").stdout


def test_the_environment_asks_for_colour(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in process("apply", tree, *RECIPE, "--diff").stdout
    assert "\x1b[" not in process("apply", tree, *RECIPE, "--diff", "--color", "never").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in process("apply", tree, *RECIPE, "--diff").stdout


@pytest.mark.parametrize(("word", "meant"), [("aply", "apply"), ("verfy", "verify"), ("zzz", "")])
def test_a_command_that_is_none(word: str, meant: str) -> None:
    done = process(word)
    assert done.returncode == 2
    hint = f'did you mean "{meant}"?' if meant else "known: " + ", ".join(sorted(COMMANDS))
    assert done.stderr.endswith(f"No such command '{word}'.\nhint: {hint}\n")


def test_an_error_heeds_the_environments_wish_for_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert process("apply", tmp_path).stderr.startswith("\x1b[31merror\x1b[0m: ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert process("apply", tmp_path).stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("explain websocket-auth-q", "plain,websocket-auth-query"),
        ("explain field.a", "plain,field.add"),
        ("apply --patch websocket-auth-q", "plain,websocket-auth-query"),
        ("test websocket-auth-q", "plain,websocket-auth-query"),
        ("verify -p patches/mine", "file,patches/mine"),
    ],
)
def test_completion_knows_recipes_and_operations(words: str, offered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SDKPATCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"sdkpatch {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    assert process().stdout.splitlines() == [offered]


def test_quiet_and_verbose(tree: Path) -> None:
    quiet = process("apply", tree, *RECIPE, "--check", "-q").stdout
    assert quiet == "4 sites: 4 to apply, 0 satisfied, 0 conflicts; 2 files would change\n"
    verbose = process("apply", tree, *RECIPE, "--check", "-v").stdout
    assert "ChatClient.connect  sync  to apply  [websocket-auth-query step 1]" in verbose


def test_a_file_name_cannot_forge_a_line_or_move_the_cursor(tree: Path) -> None:
    folder = tree / "src" / "pkg" / "a\x1b[2J\nb"
    folder.mkdir()
    (folder / "client.py").write_bytes((tree / "src/pkg/chat/client.py").read_bytes())
    done = process("apply", tree, *RECIPE, "--diff")
    assert "\x1b" not in done.stdout
    assert "src/pkg/a\\x1b[2J\\nb/client.py:49  ChatClient.connect  sync  to apply" in done.stdout


def test_the_json_report_fits_its_schema(tree: Path) -> None:
    schema = json.loads((DOCS / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    (tree / "src" / "pkg" / "other.py").write_text("import websockets\n\n\ndef f(u):\n    websockets.connect(u)\n")
    documents = [
        report(tree, *RECIPE, "--diff"),
        report(tree, *RECIPE[:3], "header=x-apikey"),
        report(tree, *RECIPE),
        report(tree, *RECIPE, "--check"),
    ]
    for document in documents:
        validator.validate(document)
    assert documents[0]["files"][0]["diff"].startswith("--- a/src/pkg/chat/client.py\n+++ b/src/pkg/chat/client.py\n")
    assert documents[0]["files"][0]["added"] == 20
    assert documents[1]["summary"] == {"applied": 4, "conflicts": 1, "files": 2, "satisfied": 0, "sites": 5}
    assert [document["written"] for document in documents] == [False, False, True, False]
    assert documents[3]["notes"] == [
        {
            "path": "src/pkg/other.py",
            "line": 5,
            "text": "opens a WebSocket (line 5) outside the step's files: not generated, left alone",
        }
    ]


def test_the_nearest_project_file_names_tree_and_patches(tree: Path) -> None:
    (tree.parent / "sdkpatch.toml").write_text(
        'sdk = "sdk"\n[[patch]]\nuses = "websocket-auth-query"\nwith = { header = "x-api-key" }\n'
    )
    deeper = tree / "src" / "pkg"
    assert process("apply", "--check", "-q", cwd=deeper).stdout.startswith("4 sites: 4 to apply")
    assert process("apply", tree, "--check", "-q", cwd=tree.parent.parent).stdout.startswith("4 sites: 4 to apply")
    other = process("apply", "--config", tree.parent / "sdkpatch.toml", "--check", "-q", cwd=Path("/"))
    assert other.stdout.startswith("4 sites: 4 to apply")


def test_a_run_that_names_tree_and_patch_does_not_read_the_project_file(tree: Path) -> None:
    (tree.parent / "sdkpatch.toml").write_text("not TOML")
    assert process("apply", tree, *RECIPE, "--check").returncode == 1
    assert process("apply", tree, "--check").returncode == 3


def test_without_a_project_file_the_folder_patches_is_taken(tree: Path) -> None:
    (tree.parent / "patches").mkdir()
    text = recipes()["websocket-auth-query"].read_text().replace('default = "x-api-key"', 'default = "X-API-KEY"')
    (tree.parent / "patches" / "mine.toml").write_text(text)
    assert process("apply", "sdk", "--check", "-q", cwd=tree.parent).stdout.startswith("4 sites: 4 to apply")


def test_list_shows_recipes_and_the_projects_patches() -> None:
    done = process("list", cwd=ROOT / "examples" / "aui-python")
    assert done.returncode == 0
    shown, _, project = done.stdout.partition("Project (sdkpatch.toml):\n")
    assert shown.startswith("Recipes:\n")
    assert [line.split("  ")[1] for line in shown.splitlines()[1:]] == sorted(recipes())
    assert "  websocket-auth-query  Send the API key as a query parameter when opening a WebSocket\n" in shown
    assert project == (
        "  websocket-auth-query  Send the API key as a query parameter when opening a WebSocket"
        "  (header=x-network-api-key, headers=keep, query=network_api_key, scheme=)\n"
        "  keep-own-files  Keep the patch configuration through regeneration\n"
    )


@pytest.mark.parametrize("name", [*OPERATIONS, *recipes()])
def test_explain_says_what_it_does_and_shows_an_example(name: str) -> None:
    done = process("explain", name)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{name}: ")
    if name in OPERATIONS:
        for field in OPERATIONS[name].fields:
            assert f"  {field.name}: " in done.stdout
            assert field.doc in done.stdout
    if name.startswith("websocket"):
        assert re.search(r"^\+.*(urllib\.parse|sdkpatch_websocket)", done.stdout, re.MULTILINE)


def test_explain_of_a_file_has_its_steps_and_shows_no_control_characters(tmp_path: Path) -> None:
    text = (
        'id = "no-beta"\ntitle = "No beta \\u001b[2J"\nlink = "https://example.com/1"\n\n'
        '[[step]]\nop = "delete"\ntarget = "*Client.beta"\n\n'
        '[[example]]\nbefore = """\nclass Client:\n    def beta(self): ...\n    def stable(self): ...\n"""\n'
        'after = """\nclass Client:\n    def stable(self): ...\n"""\n'
    )
    (tmp_path / "no-beta.toml").write_text(text)
    assert process("explain", "no-beta.toml", cwd=tmp_path).stdout == (
        "no-beta: No beta \\x1b[2J\n\nSee https://example.com/1\n\n"
        '[[step]]\nop = "delete"\ntarget = "*Client.beta"\n\n'
        "Example:\n--- before\n+++ after\n@@ -1,3 +1,2 @@\n class Client:\n-    def beta(self): ...\n"
        "     def stable(self): ...\n"
    )


def test_explain_of_an_unknown_name() -> None:
    done = process("explain", "websocket.aut")
    assert done.stderr == (
        "error: websocket.aut: found nothing of that name, expected a recipe, a patch file or an operation\n"
        '  hint: did you mean "websocket.auth"?\n'
    )
    assert done.returncode == 2


FERNIGNORE = [f"fernignore {name}" for name in fernignore.commands]


@pytest.mark.parametrize("name", ["", *COMMANDS, *FERNIGNORE])
def test_every_help_text_has_an_example_and_stands_in_the_docs(name: str) -> None:
    done = process(*name.split(), "--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert f"Example: sdkpatch {name}".rstrip() in text
    documented = (DOCS / "cli.md").read_text()
    assert f"\n```text\n{done.stdout}```\n" in documented, f"docs/cli.md does not show `sdkpatch {name} --help`"


@pytest.mark.parametrize("command, code", [(("--diff",), 1), ((), 0)], ids=["diff", "apply"])
def test_a_reader_that_went_away_changes_nothing(tree: Path, command: tuple[str, ...], code: int) -> None:
    import subprocess
    import sys

    command = (sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE, *command)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == code


def test_a_mistake_is_placed_in_the_project_file_that_has_it(tree: Path) -> None:
    (tree.parent / "other.toml").write_text(
        'sdk = "sdk"\n[[patch]]\nuses = "websocket-auth-query"\nwith = { heder = "x" }\n'
    )
    done = process("apply", "--config", "other.toml", cwd=tree.parent)
    assert done.stderr == (
        "error: other.toml:4: patch[0].with.heder: found an unknown parameter, expected a declared one\n"
        '  hint: did you mean "header"?\n'
    )
    assert done.returncode == 3


def test_a_recipe_in_the_folder_patches_whose_parameter_nobody_gives(tree: Path) -> None:
    (tree.parent / "patches").mkdir()
    text = recipes()["websocket-auth-query"].read_text().replace('default = "x-api-key", ', "")
    (tree.parent / "patches" / "mine.toml").write_text(text)
    done = process("apply", "sdk", cwd=tree.parent)
    assert done.stderr == (
        "error: patches/mine.toml:1: parameters: found nothing, expected a value for the parameter header (string)\n"
    )
    assert done.returncode == 3


def test_a_bug_is_one_line_and_a_log_without_values(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sdkpatch.cli.list as c, sys\n"
        "def broken(*a): raise RuntimeError('secret-value')\n"
        "c.find_config = broken\n"
        "from sdkpatch.cli import main\nsys.exit(main(['list']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 70
    found = re.fullmatch(r"a bug in sdkpatch: RuntimeError; please attach (.*)\n", done.stderr)
    assert found
    log = Path(found[1])
    assert "secret-value" not in log.read_text()
    assert "in broken" in log.read_text()
    log.unlink()


def test_a_person_who_waits_longer_than_a_second_sees_progress(tmp_path: Path) -> None:
    import os
    import pty
    import subprocess
    import sys

    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    chat = tree / "src" / "pkg" / "chat"
    for number in range(40):
        folder = tree / "src" / "pkg" / f"chat{number}"
        folder.mkdir()
        (folder / "client.py").write_bytes((chat / "client.py").read_bytes() + b"x = [\n" + b"    1,\n" * 4000 + b"]\n")
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), *RECIPE, "--check", "-q", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=inner, text=True) as process:
        os.close(inner)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        assert process.stdout is not None
        assert process.stdout.read() == "84 sites: 84 to apply, 0 satisfied, 0 conflicts; 42 files would change\n"
    os.close(terminal)
    assert re.search(rb"\r\[#+-*\] \d+/42 files", shown)
    assert shown.rstrip(b"\r").endswith(b" ")  # wiped at the end


PATCHES = "".join(path.read_text() for path in (*recipes().values(), *book().values()))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if f'op = "{name}"\n' in PATCHES])
def test_an_operation_is_explained_by_a_step_from_life(name: str) -> None:
    shown = explain_operation(OPERATIONS[name])
    assert f'[[step]]\nop = "{name}"\n' in shown
    assert "\n--- before\n+++ after\n" in shown


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("text.replace", "It looks at the files that `files` in the step names."),
        ("module.add", "It looks at `**/*.py` unless `files` in the step names others."),
        ("file.add", "Its arguments name the files."),
    ],
)
def test_an_explanation_says_which_files_an_operation_looks_at(name: str, sentence: str) -> None:
    assert explain_operation(OPERATIONS[name]).splitlines()[2] == sentence
