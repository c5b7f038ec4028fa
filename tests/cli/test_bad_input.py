"""Whatever is wrong is said in full, nothing is written, and the exit code tells what to do next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command import process, snapshot
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
CLIENT = "src/pkg/chat/client.py"
REST = """\
src/pkg/chat/raw_client.py:48  RawChatClient.connect  sync  to apply
src/pkg/chat/raw_client.py:86  AsyncRawChatClient.connect  async  to apply
2 to apply, 0 satisfied, 1 conflict; nothing was written
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


def deep_blocks(levels: int) -> bytes:
    return b"".join(b" " * level + b"if x:\n" for level in range(levels)) + b" " * levels + b"pass\n"


@pytest.mark.parametrize(
    "spoil, line, reason",
    [
        (lambda code: code + b"def (\n", 96, "the file does not parse: invalid syntax (line 96)"),
        (lambda code: b"# coding: nope\n" + code, 1, "the file does not parse: unknown encoding: nope"),
        (lambda code: b"# coding: ascii\n# \xc3\xa9\n" + code, 2, "the file is not valid ascii (line 2)"),
        (lambda code: code + b"# \xff\n", 96, "the file is not valid utf-8 (line 96)"),
        (
            lambda code: code + b"x = " + b"(" * 2000 + b")" * 2000,
            96,
            "the file does not parse: too many nested parentheses (line 96)",
        ),
        (
            lambda code: code + deep_blocks(2000),
            196,
            "the file does not parse: too many levels of indentation (line 196)",
        ),
        (lambda code: code + b"x = " + b"-" * 20000 + b"1\n", 1, "the file does not parse: it is nested too deeply"),
    ],
    ids=[
        "syntax error",
        "unknown cookie",
        "wrong cookie",
        "invalid UTF-8",
        "2,000 parentheses",
        "2,000 blocks",
        "20,000 signs",
    ],
)
def test_a_file_that_cannot_be_understood(tree: Path, spoil: object, line: int, reason: str) -> None:
    assert callable(spoil)
    path = tree / CLIENT
    path.write_bytes(spoil(path.read_bytes()))
    before = snapshot(tree)
    done = process("apply", tree, *RECIPE)
    assert done.stderr == ""
    assert done.stdout == f"{CLIENT}:{line}  (file)  conflict: {reason}\n" + REST
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_a_form_feed_that_libcst_would_drop(tree: Path) -> None:
    path = tree / CLIENT
    path.write_bytes(path.read_bytes().replace(b"import typing\n", b"\x0cimport typing\n"))
    before = snapshot(tree)
    done = process("apply", tree, *RECIPE, "--quiet")
    reason = "libcst does not keep all of this file (a form feed, or a lone CR at its end)"
    assert done.stdout == (
        f"{CLIENT}:49  ChatClient.connect  sync  conflict: {reason}; so none of the 2 sites in this file is changed\n"
        "2 to apply, 0 satisfied, 1 conflict; nothing was written\n"
    )
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_a_null_byte(tree: Path) -> None:
    path = tree / CLIENT
    path.write_bytes(path.read_bytes() + b'x = "\0"\n')
    before = snapshot(tree)
    done = process("apply", tree, *RECIPE)
    assert done.returncode == 4
    assert f"{CLIENT}:" in done.stdout and "the file does not parse: source code" in done.stdout
    assert snapshot(tree) == before


def test_a_file_of_five_megabytes_is_patched(tree: Path) -> None:
    path = tree / CLIENT
    path.write_bytes(path.read_bytes() + b"x = [\n" + b'    "' + b'",\n    "'.join([b"x" * 95] * 50_000) + b'",\n]\n')
    assert path.stat().st_size > 5_000_000
    done = process("apply", tree, *RECIPE, "--quiet")
    assert done.stdout == "4 sites: 4 applied, 0 satisfied, 0 conflicts; 2 files changed\n"


@pytest.mark.parametrize(
    "make, subject, found, expected, hint",
    [
        (lambda path: None, "nope", "nothing there", "the directory of a Fern-generated Python SDK", ""),
        (lambda path: path.write_text(""), "nope", "a file", "the directory of a Fern-generated Python SDK", ""),
        (lambda path: path.mkdir(), None, "an empty directory", "a Fern-generated Python SDK", "hint"),
        (
            lambda path: (path.mkdir(), (path / "README.md").write_text("")),
            None,
            "no Python file in it",
            "a Fern-generated Python SDK",
            "hint",
        ),
    ],
    ids=["missing", "a file", "empty", "no Python file"],
)
def test_a_tree_that_is_none(
    tmp_path: Path, make: object, subject: str | None, found: str, expected: str, hint: str
) -> None:
    assert callable(make)
    make(tmp_path / "nope")
    done = process("apply", "nope", *RECIPE, cwd=tmp_path)
    shown = subject or str((tmp_path / "nope").resolve())
    message = f"error: {shown}: found {found}, expected {expected}\n"
    if hint:
        message += "  hint: give the directory that holds pyproject.toml or the package, e.g. generated-sdks/python\n"
    assert done.stderr == message
    assert done.returncode == 2


def test_a_tree_that_cannot_be_listed(tree: Path) -> None:
    folder = tree / "src" / "pkg" / "locked"
    folder.mkdir()
    folder.chmod(0)
    try:
        done = process("apply", tree, *RECIPE, "--check")
    finally:
        folder.chmod(0o755)
    if os.geteuid() == 0:  # root lists anything; the run is as if the folder were empty
        assert done.returncode == 1
    else:
        assert done.stderr == "error: src/pkg/locked/: cannot be listed: Permission denied\n"
        assert done.returncode == 6


def test_a_link_out_of_the_tree(tree: Path, tmp_path: Path) -> None:
    path = tree / CLIENT
    outside = tmp_path / "outside.py"
    path.rename(outside)
    path.symlink_to(outside)
    before = outside.read_bytes()
    done = process("apply", tree, *RECIPE)
    reason = "the symbolic link leaves the SDK tree, so what it leads to is neither read nor changed"
    hint = "  hint: replace the link by the file\n"
    assert done.stdout == f"{CLIENT}:1  (link)  conflict: {reason}\n{hint}" + REST
    assert done.returncode == 4
    assert outside.read_bytes() == before
    assert path.is_symlink()


def test_a_linked_package_out_of_the_tree(tree: Path, tmp_path: Path) -> None:
    write_sdk(tmp_path / "other", "pkg", Shape())
    (tree / "src" / "more").symlink_to(tmp_path / "other" / "src" / "pkg" / "chat")
    (tree / "docs").symlink_to(tmp_path)  # holds no Python file of its own: nothing of ours
    before = snapshot(tmp_path / "other")
    done = process("apply", tree, *RECIPE)
    assert "src/more:1  (link)  conflict: the symbolic link leaves the SDK tree" in done.stdout
    assert "docs" not in done.stdout
    assert done.returncode == 4
    assert snapshot(tmp_path / "other") == before


@pytest.mark.parametrize("what, why", [(CLIENT, "is read-only"), ("src/pkg/chat", "is in a read-only directory")])
def test_what_is_read_only_stays_and_so_does_everything_else(tree: Path, what: str, why: str) -> None:
    mode = (tree / what).stat().st_mode
    (tree / what).chmod(mode & ~0o222)
    before = snapshot(tree)
    done = process("apply", tree, *RECIPE, "--quiet")
    after = snapshot(tree)
    (tree / what).chmod(mode)
    hint = "  hint: chmod u+w it, or leave it out of the step's files\n"
    assert done.stderr == f"error: {CLIENT}: {why}; nothing was changed\n{hint}"
    assert done.returncode == 6
    assert after == before


PATCH = """\
id = "bad id"
titel = "x"
freeze = 1
[when]
generator = "4.x"
[parameters]
unused = { type = "string", default = 3 }
other = { type = "strin" }
[[step]]
op = "websocket.aut"
[[step]]
op = "websocket.auth"
files = ["../x", "/abs"]
expect = { sites = 3 }
take = { key = { heder = "x y", scheme = true } }
send = { query = { a = "$kye" } }
headers = "dropp"
[[step]]
op = "fernignore.protect"
paths = ["/a", "../b", "a#b", "ok", "x/"]
reason = "r"
"""
MISTAKES = """\
error: bad.toml:1: found nothing, expected the key title (one line)
bad.toml:1: id: found "bad id", expected letters, digits, - and _
bad.toml:2: titel: found an unknown key, expected a known key
  hint: did you mean "title"?
bad.toml:3: freeze: found 1 (integer), expected true or false
bad.toml:5: when.generator: found "4.x", expected a version specifier
  hint: write a version specifier such as ">=4.5" or ">=4.5,<5"
bad.toml:7: parameters.unused.default: found 3 (integer), expected a value of type string
bad.toml:8: parameters.other.type: found "strin", expected "string", "integer" or "boolean"
bad.toml:10: step[0].op: found "websocket.aut", expected the name of an operation
  hint: did you mean "websocket.auth"?
bad.toml:13: step[1].files[0]: found "../x", expected a glob
  hint: a glob stays below the SDK tree: no .. in it
bad.toml:13: step[1].files[1]: found "/abs", expected a glob
  hint: a glob is relative to the SDK tree
bad.toml:14: step[1].expect.sites: found 3 (integer), expected a count such as ">=1"
bad.toml:15: step[1].take.key.heder: found an unknown key, expected a known key
  hint: did you mean "header"?
bad.toml:15: step[1].take.key.scheme: found true (boolean), expected an authentication scheme
bad.toml:17: step[1].headers: found "dropp", expected one of "keep", "drop"
  hint: did you mean "drop"?
bad.toml:20: step[2].paths[0]: found "/a", expected a plain path relative to the SDK tree
  hint: an absolute path aborts Fern's generation
bad.toml:20: step[2].paths[1]: found "../b", expected a plain path relative to the SDK tree
  hint: a path that leaves the tree aborts Fern's generation
bad.toml:20: step[2].paths[2]: found "a#b", expected a plain path relative to the SDK tree
  hint: Fern's parsers disagree about # in a path
bad.toml:20: step[2].paths[4]: found "x/", expected a plain path relative to the SDK tree
  hint: write the plain path, without ./ or a trailing /
"""


def test_every_mistake_of_a_patch_file_is_reported_at_once(tree: Path) -> None:
    (tree.parent / "bad.toml").write_text(PATCH)
    before = snapshot(tree)
    done = process("apply", tree, "--patch", "bad.toml", cwd=tree.parent)
    assert done.stderr == MISTAKES
    assert done.stdout == ""
    assert done.returncode == 3
    assert snapshot(tree) == before


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ("--patch", "websocket-auth-qery"),
            'error: --patch: found the unknown recipe "websocket-auth-qery", '
            "expected the id of a recipe, or the path of a patch file\n"
            '  hint: did you mean "websocket-auth-query"?\n',
        ),
        (
            ("--patch", "./no.toml"),
            'error: --patch: found no file "./no.toml", expected a patch file\n  hint: looked at no.toml\n',
        ),
        (
            ("--patch", "websocket-auth-query", "--set", "heder=x"),
            "error: --set: heder: found an unknown parameter, expected one that a patch declares\n"
            '  hint: did you mean "header"?\n',
        ),
        (
            ("--patch", "websocket-auth-query", "--set", "headers=all"),
            'error: --patch: --set.headers: found "all", expected one of "keep", "drop"\n',
        ),
        (("--patch", "broken.toml"), "error: broken.toml:2: found …, expected TOML\n"),  # in the parser's own words
    ],
)
def test_patches_that_cannot_be_loaded(tree: Path, arguments: tuple[str, ...], message: str) -> None:
    (tree.parent / "broken.toml").write_text('id = "x"\ntitle = "y\n')
    done = process("apply", tree, *arguments, cwd=tree.parent)
    begin, cut, end = message.partition("…")
    assert done.stderr.startswith(begin) and done.stderr.endswith(end) if cut else done.stderr == message
    assert done.returncode == 3


@pytest.mark.parametrize(
    "project, message",
    [
        (
            'sdk = "sdk"\nptch = 3\n[[patch]]\nuse = "websocket-auth-query"\n',
            "error: sdkpatch.toml:2: ptch: found an unknown key, expected a known key\n"
            '  hint: did you mean "patch"?\n'
            "sdkpatch.toml:3: patch[0]: found nothing, expected the key uses (a recipe or a path)\n"
            "sdkpatch.toml:4: patch[0].use: found an unknown key, expected a known key\n"
            '  hint: did you mean "uses"?\n',
        ),
        (
            'sdk = "sdk"\n[[patch]]\nuses = "websocket-auth-query"\n'
            'with = { hedder = "3", headers = "x", scheme = 4 }\n',
            "error: sdkpatch.toml:4: patch[0].with.hedder: found an unknown parameter, expected a declared one\n"
            '  hint: did you mean "header"?\n'
            "sdkpatch.toml:4: patch[0].with.scheme: found 4 (integer), expected a value of type string\n"
            'sdkpatch.toml:4: patch[0].with.headers: found "x", expected one of "keep", "drop"\n',
        ),
        (
            'sdk = "sdk"\n[[patch]]\nuses = "../evil.toml"\n[[patch]]\nuses = "/etc/evil.toml"\n',
            'error: sdkpatch.toml:3: patch[0].uses: found "../evil.toml", expected a recipe or a path\n'
            "  hint: a patch file stands below the project file: no .. and no absolute path\n"
            'sdkpatch.toml:5: patch[1].uses: found "/etc/evil.toml", expected a recipe or a path\n'
            "  hint: a patch file stands below the project file: no .. and no absolute path\n",
        ),
        (
            'sdk = "elsewhere"\n[[patch]]\nuses = "websocket-auth-query"\n',
            "error: sdkpatch.toml:1: sdk: found no directory elsewhere, expected the SDK tree\n",
        ),
    ],
)
def test_project_files_that_are_wrong(tree: Path, project: str, message: str) -> None:
    (tree.parent / "sdkpatch.toml").write_text(project)
    done = process("apply", cwd=tree.parent)
    assert done.stderr == message
    assert done.returncode == 3


def test_an_expectation_that_is_not_met(tree: Path) -> None:
    patch = tree.parent / "p.toml"
    patch.write_text(
        'id = "p"\ntitle = "t"\n[[step]]\nop = "websocket.auth"\nexpect = { sites = "=5" }\n'
        'take = { key = { header = "x-api-key" } }\nsend = { query = { api_key = "$key" } }\n'
    )
    before = snapshot(tree)
    done = process("apply", tree, "--patch", "./p.toml", "--quiet", cwd=tree.parent)
    assert done.stdout == (
        "p.toml:3  websocket.auth  conflict: expected =5 sites, found 4\n"
        "  hint: the generator moved or renamed what the step is about; look at files and at the notes\n"
        "4 to apply, 0 satisfied, 1 conflict; nothing was written\n"
    )
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_a_header_the_sdk_does_not_set_is_drift(tree: Path) -> None:
    before = snapshot(tree)
    done = process("apply", tree, "--patch", "websocket-auth-query", "--set", "header=x-apikey", "--quiet")
    assert done.stdout == (
        'recipe:websocket-auth-query:15  websocket.auth  conflict: no code of this SDK sets the header "x-apikey" '
        "that the step takes\n"
        '  hint: did you mean "x-api-key"? If callers set it themselves: expect = { credential = "any" }\n'
        "4 to apply, 0 satisfied, 1 conflict; nothing was written\n"
    )
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_two_patches_that_want_the_same_site_differently(tree: Path) -> None:
    text = 'sdk = "sdk"\n'
    for query in ("a", "b"):
        text += f'[[patch]]\nuses = "websocket-auth-query"\nwith = {{ header = "x-api-key", query = "{query}" }}\n'
    (tree.parent / "sdkpatch.toml").write_text(text)
    before = snapshot(tree)
    done = process("apply", "--quiet", cwd=tree.parent)
    assert (
        f"sdk/{CLIENT}:49  ChatClient.connect  sync  conflict: ".replace("sdk/", "")
        + "line 49 already sends x-api-key as the query parameter a\n"
        "  hint: two patches want this credential, or the patch changed: regenerate the SDK and apply again\n"
    ) in done.stdout
    assert done.stdout.splitlines()[-1] == "4 to apply, 0 satisfied, 4 conflicts; nothing was written"
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_two_patches_that_undo_each_other(tree: Path) -> None:
    text = 'sdk = "sdk"\n'
    for headers in ("keep", "drop"):
        text += f'[[patch]]\nuses = "websocket-auth-query"\nwith = {{ header = "x-api-key", headers = "{headers}" }}\n'
    (tree.parent / "sdkpatch.toml").write_text(text)
    before = snapshot(tree)
    done = process("apply", "--quiet", cwd=tree.parent)
    first, second = ("websocket-auth-query step 1 (websocket.auth)", "websocket-auth-query-2 step 1 (websocket.auth)")
    assert f"conflict: {second} undoes what {first} did\n" in done.stdout
    assert done.returncode == 4
    assert snapshot(tree) == before


def test_no_patch_and_no_tree(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = process("apply", cwd=tmp_path / "empty")
    assert done.stderr == (
        "error: what to patch: found no tree and no sdkpatch.toml, expected the directory of an SDK\n"
        "  hint: give it as TREE, such as generated-sdks/python, or as sdk in sdkpatch.toml\n"
    )
    assert done.returncode == 2
    done = process("apply", tree, cwd=tmp_path / "empty")
    assert done.stderr == (
        "error: which patches: found no sdkpatch.toml, no --patch, no patches/*.toml, expected at least one\n"
        "  hint: for example: --patch websocket-auth-query --set header=x-api-key --set query=api_key\n"
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    "arguments", [("appply",), ("apply", "--nope"), ("apply", "--set", "x"), ("apply", "--jobs", "-1")]
)
def test_a_command_line_that_is_wrong(arguments: tuple[str, ...]) -> None:
    done = process(*arguments)
    assert done.returncode == 2
    assert "Usage: sdkpatch" in done.stderr
    assert done.stdout == ""
