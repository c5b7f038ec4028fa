"""The command: exit codes, what is written where, where the generated tree is from."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.capture.trees import WRAPPER, write
from tests.command import sdkpatch, snapshot

EDITED = WRAPPER.replace('"Python"', '"Snake"')
WRAPPER_PATH = "src/acme/core/client_wrapper.py"


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root: Path, subject: str, body: str = "") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", subject, *(("-m", body) if body else ()))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "generated", {}), write(tmp_path / "edited", {WRAPPER_PATH: EDITED})


def test_patches_go_beside_a_project_file_and_the_tree_stays_as_it_is(pair: tuple[Path, Path], tmp_path: Path) -> None:
    generated, edited = pair
    before = snapshot(edited)
    done = sdkpatch("capture", edited, "--generated", generated, "--into", tmp_path / "out" / "patches")
    assert done.returncode == 0, done.stderr
    row = f"{WRAPPER_PATH}:5  BaseClientWrapper.get_headers  rewrite  1 site"
    assert done.stdout.splitlines()[1] == f"{row}  01-change-base-client-wrapper-get-headers.toml"
    proof = "1 hand edit in 1 file -> 1 patch; applied to the generated tree they give TREE, byte for byte"
    assert proof in done.stdout
    assert snapshot(edited) == before
    project = tmp_path / "out" / "sdkpatch.toml"
    assert project.read_text() == (
        'sdk = "../edited"\n\n[[patch]]\nuses = "./patches/01-change-base-client-wrapper-get-headers.toml"\n'
    )
    assert sdkpatch("test", *(tmp_path / "out" / "patches").glob("*.toml")).returncode == 0
    assert sdkpatch("apply", generated, "--config", project).returncode == 0
    assert (generated / WRAPPER_PATH).read_text() == EDITED


def test_a_second_capture_finds_nothing_and_check_is_content(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    checked = sdkpatch("capture", edited, "--generated", generated, "--check")
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (1, f"{WRAPPER_PATH}: has edits that no patch holds")
    assert sdkpatch("capture", edited, "--generated", generated).returncode == 0
    before = snapshot(edited)
    again = sdkpatch("capture", edited, "--generated", generated)
    assert "no hand edit: the generated tree and the project's patches give TREE" in again.stdout
    assert snapshot(edited) == before
    assert sdkpatch("capture", edited, "--generated", generated, "--check").returncode == 0


def test_further_edits_are_captured_on_top_of_the_patches(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    assert sdkpatch("capture", edited, "--generated", generated).returncode == 0
    project = edited / "sdkpatch.toml"
    project.write_text(f"# ours\n{project.read_text()}")
    more = '        headers["X-A"] = "b"\n        return headers'
    (edited / WRAPPER_PATH).write_text(EDITED.replace("        return headers", more))
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 0, done.stdout + done.stderr
    names = sorted(path.name for path in (edited / "patches").iterdir())
    assert [name[:3] for name in names] == ["01-", "02-"]
    assert project.read_text().startswith("# ours\n")
    assert project.read_text().count("[[patch]]") == 2
    target = generated.parent / "again"
    shutil.copytree(generated, target)
    assert sdkpatch("apply", target, "--config", project).returncode == 0
    assert (target / WRAPPER_PATH).read_text() == (edited / WRAPPER_PATH).read_text()


def test_an_edit_of_what_a_patch_made_is_refused_with_the_patch_named(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    assert sdkpatch("capture", edited, "--generated", generated).returncode == 0
    (edited / WRAPPER_PATH).write_text(EDITED.replace('"Snake"', '"Cobra"'))
    before = snapshot(edited)
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 4
    assert "undoes what change-base-client-wrapper-get-headers step 1 (rewrite) did" in done.stdout
    assert snapshot(edited) == before


def test_dry_run_and_diff_write_nothing(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    before = snapshot(edited)
    assert sdkpatch("capture", edited, "--generated", generated, "--dry-run").returncode == 0
    shown = sdkpatch("capture", edited, "--generated", generated, "--diff")
    assert shown.returncode == 0 and '+op = "rewrite"' in shown.stdout
    assert snapshot(edited) == before


def test_json_and_markdown_have_a_row_for_each_edit(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    options = ("capture", edited, "--generated", generated, "--dry-run", "--format")
    document = json.loads(sdkpatch(*options, "json").stdout)
    assert [(each["path"], each["became"], each["sites"]) for each in document["edits"]] == [
        (WRAPPER_PATH, "rewrite", 1)
    ]
    assert document["proved"] is True
    assert "| hand edit | where | became | sites | patch |" in sdkpatch(*options, "markdown").stdout


def test_the_newest_generated_commit_is_found_and_commits_give_title_and_reason(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {})
    git(tmp_path, "init", "-q", str(root))
    commit(root, "SDK regeneration")
    (root / WRAPPER_PATH).write_text(EDITED)
    commit(root, "fix(core): say which language it is (#7)", "The gateway knows no Python.\n\nSigned-off-by: A <a@b.c>")
    (root / "pyproject.toml").write_text((root / "pyproject.toml").read_text().replace("1.2.3", "1.2.4"))
    commit(root, "chore: bump the version")
    done = sdkpatch("capture", root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("generated tree: ") and "SDK regeneration" in done.stdout.splitlines()[0]
    assert sorted(path.name for path in (root / "patches").iterdir()) == [
        "01-bump-version.toml",
        "02-say-which-language-it-is.toml",
    ]
    text = (root / "patches" / "02-say-which-language-it-is.toml").read_text()
    assert 'title = "Say which language it is"' in text and 'why = "The gateway knows no Python."' in text
    shutil.rmtree(root / "patches")
    (root / "sdkpatch.toml").unlink()
    split = sdkpatch("capture", root, "--split", "commits")
    assert split.returncode == 0, split.stderr
    assert sorted(path.name for path in (root / "patches").iterdir()) == [
        "01-say-which-language-it-is.toml",
        "02-bump-version.toml",
    ]


def test_the_generation_that_fits_better_is_named(tmp_path: Path) -> None:
    many = {f"src/acme/types/t{number}.py": "x = 1\n" for number in range(12)}
    root = write(tmp_path / "repo", many)
    git(tmp_path, "init", "-q", str(root))
    commit(root, "SDK regeneration")
    write(root, dict.fromkeys(many, "x = 2\n"), alone=True)
    commit(root, "SDK regeneration 2")
    (root / WRAPPER_PATH).write_text(EDITED)
    done = sdkpatch("capture", root, "--generated", "HEAD~1", "--dry-run")
    assert done.returncode == 0
    assert "--generated HEAD~1: 13 files differ from it, 1 from" in done.stderr
    assert "(SDK regeneration 2); that fits better" in done.stderr
    assert "fits better" not in sdkpatch("capture", root, "--dry-run").stderr


def test_without_a_generated_tree_it_says_what_to_give(tmp_path: Path) -> None:
    done = sdkpatch("capture", write(tmp_path / "sdk", {}))
    assert done.returncode == 2
    assert "--generated" in done.stderr and "sdkpatch capture --generated" in done.stderr


def test_trees_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a", {}), write(tmp_path / "b", {"lib/x.py": ""}, alone=True)
    done = sdkpatch("capture", other, "--generated", one)
    assert done.returncode == 2 and "no Python file that TREE has, too" in done.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("def broken(:\n", "as it is edited, the file does not parse"),
        ("<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n", "markers of a merge that was not finished"),
        (b"\x00\x01", "it is binary"),
        (b"\xff\xfe\xff", "it is not UTF-8"),
    ],
)
def test_what_no_patch_can_say_is_exit_4_and_nothing_is_written(
    content: str | bytes, reason: str, tmp_path: Path
) -> None:
    generated = write(tmp_path / "generated", {"src/acme/x.py": "x = 0\n"})
    edited = write(tmp_path / "edited", {"src/acme/x.py": content})
    before = snapshot(edited)
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 4
    assert reason in done.stdout and "nothing was written" in done.stdout
    assert snapshot(edited) == before


def test_a_link_is_said_and_not_followed(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {"src/acme/x.py": "x = 0\n"})
    edited = write(tmp_path / "edited", {})
    (edited / "src/acme/x.py").symlink_to(tmp_path / "elsewhere.py")
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 4 and "it is a symbolic link" in done.stdout


def test_files_that_fernignore_keeps_are_left_and_frozen_edits_are_thawed(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {})
    files = {WRAPPER_PATH: EDITED, "src/acme/own.py": "x = 1\n", ".fernignore": f"{WRAPPER_PATH}\nsrc/acme/own.py\n"}
    edited = write(tmp_path / "edited", files)
    done = sdkpatch("capture", edited, "--generated", generated, "--unfreeze")
    assert done.returncode == 0, done.stdout
    assert "src/acme/own.py: is not generated, and .fernignore keeps it" in done.stdout
    assert (edited / ".fernignore").read_text() == "src/acme/own.py\n"


def test_layout_is_said_and_left_out(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {})
    edited = write(tmp_path / "edited", {WRAPPER_PATH: WRAPPER.replace("\n\n\n", "\n\n\n\n")})
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 0
    assert f"{WRAPPER_PATH}: differs in layout too, which is left out" in done.stdout


def test_layout_is_said_as_text_where_that_is_asked_for(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {})
    laid_out = EDITED.replace("import typing\n\n\n", "import typing\n\n\n\n")
    edited = write(tmp_path / "edited", {WRAPPER_PATH: laid_out})
    done = sdkpatch("capture", edited, "--generated", generated, "--format-too")
    assert done.returncode == 0, done.stdout
    assert "differs in layout" not in done.stdout and "byte for byte" in done.stdout
    assert sdkpatch("apply", generated, "--config", edited / "sdkpatch.toml").returncode == 0
    assert (generated / WRAPPER_PATH).read_text() == laid_out


def test_what_is_left_out_is_said_and_the_last_line_does_not_claim_it(pair: tuple[Path, Path], tmp_path: Path) -> None:
    generated, edited = pair
    for tree, ignored in ((generated, ""), (edited, "src/acme/own.py\n")):
        write(tree, {"run.sh": "x\n", ".fernignore": ignored, ".fern/metadata.json": f"{{{ignored!r}}}"}, alone=True)
    write(edited, {".gitattributes": "", "src/acme/own.py": "x = 1\n", "src/acme/py.typed": ""}, alone=True)
    write(edited, {"venv/pyvenv.cfg": "", "src/acme/__pycache__/a.pyc": b"\0", "__pycache__/b": ""}, alone=True)
    (edited / "run.sh").chmod(0o755)
    said = [
        ".fernignore: differs, and is left out: it says which files Fern keeps",
        ".gitattributes: differs, and is left out: it says how git treats files",
        ".fern/: 1 file differs, and is left out: Fern's own",
        "run.sh: is executable in TREE alone, which is left out: no patch says it",
        "venv/: is a virtual environment, and is left out",
        "__pycache__/: 2 folders are left out",
    ]
    but = "but for 1 file that .fernignore keeps and what is left out"
    done = sdkpatch("capture", edited, "--generated", generated, "--into", tmp_path / "out" / "patches")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[3:11] == [
        "src/acme/own.py: is not generated, and .fernignore keeps it",
        *said,
        f"2 hand edits in 2 files -> 2 patches; applied to the generated tree they give TREE, byte for byte, {but}",
    ]
    project = tmp_path / "out" / "sdkpatch.toml"
    checked = sdkpatch("capture", edited, "--generated", generated, "--check", "--config", project)
    assert checked.returncode == 0, checked.stdout
    held = f"no hand edit: the generated tree and the patches give TREE, {but}"
    assert checked.stdout.splitlines() == [*said, held]


def test_many_modes_are_one_line_and_asked_for_files_are_not_the_tree(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    for number in range(5):
        for tree, mode in ((generated, 0o755), (edited, 0o644)):
            write(tree, {f"bin/{number}.sh": "x\n"}, alone=True)
            (tree / f"bin/{number}.sh").chmod(mode)
    both = "is left out: no patch says it"
    done = sdkpatch("capture", edited, "--generated", generated, "--dry-run")
    assert f"bin/0.sh: and 4 other files are executable in the generated tree alone, which {both}\n" in done.stdout
    some = sdkpatch("capture", edited, "--generated", generated, "--dry-run", "--only", "src/**")
    assert some.stdout.endswith("they give the files of TREE that --only names, byte for byte\n")


def test_links_that_lead_elsewhere_or_are_gone_are_edits(tmp_path: Path) -> None:
    generated, edited = (write(tmp_path / name, {"own.py": "x = 1\n"}) for name in ("generated", "edited"))
    for name in ("gone.py", "moved.py", "same.py"):
        (generated / name).symlink_to("own.py")
    (edited / "moved.py").symlink_to("src")
    (edited / "same.py").symlink_to("own.py")
    done = sdkpatch("capture", edited, "--generated", generated)
    reason = "cannot be said: it is a symbolic link, which a patch cannot make or remove"
    assert (done.returncode, done.stdout.splitlines()[1:3]) == (4, [f"gone.py: {reason}", f"moved.py: {reason}"])
    checked = sdkpatch("capture", edited, "--generated", generated, "--check")
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (1, "gone.py: has edits that no patch holds")


def test_replay_gives_titles_and_says_what_is_conflicted(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {})
    lock = (
        'version: "1.0"\npatches:\n  - id: patch-1\n    original_commit: abc\n'
        '    original_message: "Say which language it is (#3)"\n    files:\n'
        f"      - {WRAPPER_PATH}\n    status: unresolved\n    patch_content: |\n      diff\n"
    )
    edited = write(tmp_path / "edited", {WRAPPER_PATH: EDITED, ".fern/replay.lock": lock})
    done = sdkpatch("capture", edited, "--generated", generated, "--from-replay")
    assert done.returncode == 0, done.stderr
    assert "patch-1 (Say which language it is (#3)) is conflicted in Replay" in done.stderr
    assert "01-say-which-language-it-is.toml" in done.stdout
    assert sdkpatch("capture", generated, "--generated", generated, "--from-replay").returncode == 2


def test_only_some_files_are_captured(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    (edited / "pyproject.toml").write_text((edited / "pyproject.toml").read_text().replace("1.2.3", "1.2.4"))
    done = sdkpatch("capture", edited, "--generated", generated, "--only", "*.toml")
    assert done.returncode == 0
    assert [path.name for path in (edited / "patches").iterdir()] == ["01-set-tool-poetry-version.toml"]


def test_one_patch_holds_all_where_that_is_asked_for(pair: tuple[Path, Path]) -> None:
    generated, edited = pair
    (edited / "pyproject.toml").write_text((edited / "pyproject.toml").read_text().replace("1.2.3", "1.2.4"))
    assert sdkpatch("capture", edited, "--generated", generated, "--split", "one").returncode == 0
    assert len(list((edited / "patches").iterdir())) == 1


def test_a_file_is_replaced_whole_only_where_that_is_allowed(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {"notes.md": "a\na\n"})
    edited = write(tmp_path / "edited", {"notes.md": "a\n"})
    refused = sdkpatch("capture", edited, "--generated", generated)
    assert refused.returncode == 4 and not (edited / "patches").exists()
    done = sdkpatch("capture", edited, "--generated", generated, "--whole-files", "last")
    assert done.returncode == 0 and "whole file" in done.stdout
    assert sdkpatch("apply", generated, "--config", edited / "sdkpatch.toml", "--allow-dirty").returncode == 0
    assert (generated / "notes.md").read_text() == "a\n"


def test_an_edit_that_leaves_a_name_without_a_binding_is_refused(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {"src/acme/x.py": "def f() -> int:\n    return 1\n"})
    edited = write(tmp_path / "edited", {"src/acme/x.py": "def f() -> int:\n    return lost\n"})
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 4
    assert "src/acme/x.py:2: cannot be said: lost is used in the new code, and nothing binds it" in done.stdout


def test_the_version_of_a_release_is_said(tmp_path: Path) -> None:
    generated = write(tmp_path / "generated", {})
    edited = write(tmp_path / "edited", {WRAPPER_PATH: WRAPPER.replace('"1.2.3"', '"1.2.4"')})
    done = sdkpatch("capture", edited, "--generated", generated)
    assert done.returncode == 0
    assert "The version of a release: the next one has another, and this step is a conflict then." in done.stdout


@pytest.mark.slow
def test_five_hundred_edited_files_and_a_long_init_are_captured(tmp_path: Path) -> None:
    names = [f"thing_{number}" for number in range(500)]
    modules = {f"src/acme/types/{name}.py": f"class {name.title()}:\n    size = 1\n" for name in names}
    listed = "".join(f'    "Name{number}",\n' for number in range(9000))
    init = f"__all__ = [\n{listed}]\n"
    generated = write(tmp_path / "generated", {**modules, "src/acme/types/__init__.py": init})
    changed = {path: text.replace("size = 1", "size = 2") for path, text in modules.items()}
    edited = write(tmp_path / "edited", {**changed, "src/acme/types/__init__.py": f'"""Types."""\n\n{init}'})
    done = sdkpatch("capture", edited, "--generated", generated, "--into", tmp_path / "patches", "--jobs", "1")
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    assert "501 hand edits in 501 files -> " in done.stdout
