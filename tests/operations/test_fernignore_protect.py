"""``fernignore.protect`` owns one block and keeps every other byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.fern import fernignore
from sdkpatch.model import Applied, Conflict
from tests.command import sdkpatch
from tests.operations.cases import patch_of, run

BEGIN = "# sdkpatch: begin (this block is rewritten by sdkpatch apply)\n"
END = "# sdkpatch: end\n"


def protect(root: Path, *paths: str, reason: str = "ours") -> list[str]:
    """Run the step, and once more to see that it changes nothing; return the reasons of conflicts."""
    (root / "pkg.py").touch()
    patch = patch_of("fernignore.protect", {"paths": list(paths), "reason": reason})
    planned = run(root, patch)
    if not planned.conflicts:
        assert run(root, patch).changes == ()
    return [result.outcome.reason for result in planned.results if isinstance(result.outcome, Conflict)]


@pytest.mark.parametrize(
    "before, after",
    [
        (None, BEGIN + "# ours\na\nb/c\n" + END),
        ("", BEGIN + "# ours\na\nb/c\n" + END),
        ("README.md\n", "README.md\n\n" + BEGIN + "# ours\na\nb/c\n" + END),
        ("README.md", "README.md\n\n" + BEGIN + "# ours\na\nb/c\n" + END),
        ("a\n", "a\n\n" + BEGIN + "# ours\nb/c\n" + END),
        ("a\nb\n", "a\nb\n"),
        ("a # not a path\n", "a # not a path\n\n" + BEGIN + "# ours\na\nb/c\n" + END),
        ("./a\nb/\n!b/c\n**/a\n", "./a\nb/\n!b/c\n**/a\n\n" + BEGIN + "# ours\na\nb/c\n" + END),
        (
            "x\n" + BEGIN + "# kept\nold\n" + END + "y\n",
            "x\n" + BEGIN + "# kept\nold\n# ours\na\nb/c\n" + END + "y\n",
        ),
        (BEGIN + "# other\na\n" + END, BEGIN + "# other\n# ours\na\n# ours\nb/c\n" + END),
    ],
    ids=[
        "created",
        "empty",
        "appended",
        "no final newline",
        "one is there",
        "both are there",
        "an inline comment protects nothing",
        "lines the parsers disagree on",
        "block in the middle",
        "another reason",
    ],
)
def test_the_block(tmp_path: Path, before: str | None, after: str) -> None:
    path = tmp_path / ".fernignore"
    for newline in ("\n", "\r\n"):
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before.replace("\n", newline).encode())
        assert protect(tmp_path, "a", "b/c") == []
        expected = after if not before else after.replace("\n", newline)
        if before == "README.md":  # one line without an end does not tell which ends the file uses
            expected = after
        assert path.read_bytes() == expected.encode()


def test_a_block_with_a_comment_above_each_path_is_read_and_written_with_one(tmp_path: Path) -> None:
    path = tmp_path / ".fernignore"
    path.write_text(BEGIN + "bare\n# ours\na\n# ours\nb/c\n# other\nd\n" + END)
    assert protect(tmp_path, "a", "b/c") == []
    assert path.read_text() == BEGIN + "bare\n# ours\na\n# ours\nb/c\n# other\nd\n" + END, "nothing to do"
    assert protect(tmp_path, "e") == []
    assert path.read_text() == BEGIN + "bare\n# other\nd\n# ours\na\nb/c\ne\n" + END


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    path = tmp_path / ".fernignore"
    path.write_bytes("\ufeffa\n".encode())
    assert protect(tmp_path, "b") == []
    assert path.read_text(encoding="utf-8") == "\ufeffa\n\n" + BEGIN + "# ours\nb\n" + END


@pytest.mark.parametrize(
    "text, reason",
    [
        ("ok\n/README.md\n", "a line that starts with / aborts Fern's generation"),
        ("../x\n", "a line that leaves the tree aborts Fern's generation"),
        (BEGIN, "one of the two markers of sdkpatch's block is missing or doubled"),
        (END + BEGIN, "one of the two markers of sdkpatch's block is missing or doubled"),
        (BEGIN + END + BEGIN + END, "one of the two markers of sdkpatch's block is missing or doubled"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / ".fernignore"
    path.write_text(text)
    assert protect(tmp_path, "a") == [reason]
    assert path.read_text() == text


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".fernignore").write_bytes(b"a\n\xff\n")
    assert protect(tmp_path, "a") == ["the file is not UTF-8"]


@pytest.mark.parametrize(
    "path",
    ["/a", "C:/a", "../a", "a/../b", "a#b", "#a", "!a", "a\\b", "a*", "a[1]", "./a", "a/", "a//b", " a", "a\n", ""],
)
def test_paths_the_parsers_disagree_on_are_mistakes(path: str) -> None:
    assert fernignore.path_problem(path)


@pytest.mark.parametrize("path", ["a", ".github/workflows/ci.yml", "a b", "src/pkg/x-y_z.py", "é"])
def test_plain_paths_are_fine(path: str) -> None:
    assert fernignore.path_problem(path) == ""


def test_freeze_lists_the_patched_files(tmp_path: Path) -> None:
    from tests.shapes import Shape, write_sdk

    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    (tmp_path / "p.toml").write_text(
        'id = "p"\ntitle = "Key in the query"\nfreeze = true\n[[step]]\nop = "websocket.auth"\n'
        'take = { key = { header = "x-api-key" } }\nsend = { query = { api_key = "$key" } }\n'
    )
    assert sdkpatch("apply", tree, "--patch", "./p.toml", cwd=tmp_path).returncode == 0
    reason = "# patched by p: Key in the query\n"
    block = f"{BEGIN}{reason}src/pkg/chat/client.py\nsrc/pkg/chat/raw_client.py\n{END}"
    assert (tree / ".fernignore").read_text() == block
    second = sdkpatch("apply", tree, "--patch", "./p.toml", cwd=tmp_path)
    assert second.stdout.splitlines()[-1] == "6 sites: 0 to apply, 6 satisfied, 0 conflicts; nothing to do"


def test_a_path_that_protects_nothing_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "Client.py").touch()
    paths = ["src", "src/Client.py", "src/client.py", "README.md"]
    planned = run(tmp_path, patch_of("fernignore.protect", {"paths": paths, "reason": "ours"}))
    assert {result.site.name: result.outcome for result in planned.results} == {
        "src": Applied(),
        "src/Client.py": Applied(),
        "src/client.py": Applied(detail="the tree spells it src/Client.py"),
        "README.md": Applied(detail="the tree has no such path yet"),
    }
