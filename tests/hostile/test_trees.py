"""A hostile SDK tree: nothing of it runs, nothing outside of it is read or written, nothing ends the process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import process, snapshot
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
CLIENT = "src/pkg/chat/client.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


READING = {
    "apply": ("apply", "{tree}", *RECIPE),
    "check": ("apply", "{tree}", *RECIPE, "--check"),
    "diff": ("apply", "{tree}", *RECIPE, "--diff"),
    "fernignore check": ("fernignore", "check", "{tree}"),
    "fernignore sync": ("fernignore", "sync", "{tree}"),
    "fernignore explain": ("fernignore", "explain", "{tree}"),
    "init": ("init", "--yes", "{tree}", "--tool-source", f"git+https://git.invalid/sdkpatch@{'0' * 40}"),
    "capture": ("capture", "{tree}", "--generated", "{tree}"),
    "backtest": ("backtest", "{tree}", "--next", "{tree}", *RECIPE),
    "doctor": ("doctor", "{tree}"),
    "list": ("list",),
    "test": ("test", "websocket-auth-query"),
    "recover": ("recover", "{tree}"),
}


@pytest.mark.parametrize("name", READING)
def test_no_command_but_verify_runs_code_of_the_sdk(name: str, tree: Path, tmp_path: Path) -> None:
    """Every module leaves a trace when it is imported, and so do modules named like those sdkpatch needs itself."""
    trace = tmp_path / "trace"
    planted = f"open({str(trace)!r}, 'a').write(__name__)\n"
    for path in tree.rglob("*.py"):
        path.write_text(planted + path.read_text())
    names = (
        "libcst",
        "tomlkit",
        "click",
        "jinja2",
        "typing_extensions",
        "sitecustomize",
        "conftest",
    )
    for module in names:
        (tree / f"{module}.py").write_text(planted)
    (tree / "setup.py").write_text(planted)
    command = [part.format(tree=tree) for part in READING[name]]
    done = process(*command, cwd=tree)
    assert done.returncode in (0, 1), done.stderr
    assert not trace.exists(), trace.read_text()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "setting, attributes",
    [
        (("core.fsmonitor", "{program}"), ""),
        (("core.hooksPath", "{folder}"), ""),
        (("filter.evil.clean", "{program}"), "*.py filter=evil\n"),
        (("filter.e=vil.clean", "{program}"), "*.py filter=e=vil\n"),
        (("filter.evil.smudge", "{program}"), "*.py filter=evil\n"),
        (("filter.evil.process", "{program}"), "*.py filter=evil\n"),
        (("diff.evil.textconv", "{program}"), "*.py diff=evil\n"),
        (("diff.evil.command", "{program}"), "*.py diff=evil\n"),
        (("diff.external", "{program}"), ""),
        (("core.pager", "{program}"), ""),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_no_program_that_the_repository_names_is_run(
    setting: tuple[str, str], attributes: str, tree: Path, tmp_path: Path
) -> None:
    trace, folder = tmp_path / "trace", tmp_path / "programs"
    folder.mkdir()
    for name in ("program", "post-index-change", "pre-commit"):
        (folder / name).write_text(f"#!/bin/sh\necho $0 >> {trace}\ncat\n")
        (folder / name).chmod(0o755)

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        subprocess.run(["git", "-C", str(tree), *who, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "generated")
    git("config", setting[0], setting[1].format(program=folder / "program", folder=folder))
    (tree / ".gitattributes").write_text(attributes)
    for path in tree.rglob("*.py"):
        os.utime(path, (1, 1))  # git has to look into each again
    assert process("apply", tree, *RECIPE, "--pristine", "HEAD").returncode == 0
    assert process("fernignore", "check", tree).returncode in (0, 1)
    assert process("init", "--yes", tree).returncode in (0, 2)
    assert not trace.exists(), trace.read_text()


def test_links_out_of_the_tree_are_neither_read_nor_written(tree: Path, tmp_path: Path) -> None:
    outside = write_sdk(tmp_path / "outside", "other", Shape())
    before = snapshot(outside)
    (tree / "src/pkg/linked").symlink_to(outside / "src/other/chat")
    (tree / CLIENT).unlink()
    (tree / CLIENT).symlink_to(outside / "src/other/chat/client.py")
    (tree / ".fernignore").symlink_to(outside / "src/other/chat/client.py")
    (tree / ".fern").mkdir(exist_ok=True)
    (tree / ".fern/metadata.json").unlink(missing_ok=True)
    (tree / ".fern/metadata.json").symlink_to("/etc/passwd")
    (tree / "pyproject.toml").unlink(missing_ok=True)
    (tree / "pyproject.toml").symlink_to("/etc/passwd")
    for command in READING.values():
        done = process(*(part.format(tree=tree) for part in command))
        assert done.returncode in (0, 1, 2, 4, 6), done.stderr
        assert "root:" not in done.stdout + done.stderr
        assert snapshot(outside) == before
    assert process("apply", tree, *RECIPE).returncode == 4


def test_a_loop_of_links_ends(tree: Path) -> None:
    (tree / "src/pkg/loop").symlink_to(tree / "src")
    (tree / "src/pkg/self").symlink_to(tree / "src/pkg/self")
    assert process("apply", tree, *RECIPE).returncode == 0


def test_a_pipe_and_a_socket_are_not_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "src/pkg/pipe.py")
    os.mkfifo(tree / ".fernignore")
    assert process("apply", tree, *RECIPE).returncode == 0


CONNECT = b"# connect headers ws_url additional_headers websockets\n"
NESTED = {
    "brackets": b"x = " + b"(" * 5000 + b")" * 5000,
    "or": b"x = " + b" or ".join([b"a"] * 30_000),
    "not": b"x = " + b"not " * 30_000 + b"a",
    "attributes": b"x = a" + b".b" * 30_000,
    "calls": b"x = a" + b"()" * 30_000,
    "sums": b"x = " + b"+".join([b"1"] * 30_000),
    "choices": b"x = " + b"a if b else " * 30_000 + b"c",
    "functions": b"x = " + b"lambda: " * 30_000 + b"c",
    "blocks": b"\n".join(b" " * level + b"if a:" for level in range(120)) + b"\n" + b" " * 120 + b"pass",
    "branches": b"if a:\n pass\n" + b"elif a:\n pass\n" * 30_000,
    "imports": b"import a" + b".b" * 30_000,
    "formatted": b"x = " + b"f'{" * 60 + b"a" + b"}'" * 60,
    "number": b"x = " + b"9" * 100_000,
    "hexadecimal": b"x = 0x" + b"f" * 100_000,
    "power": b"x = 9 ** 9 ** 9 ** 9",
    "product": b"x = ('a' * 10 ** 9) * 10 ** 9",
    "text": b"x = '" + b"a" * 3_000_000 + b"'",
    "surrogates": b"x = '\\ud800' '\\udfff'",
    "unknown name": b"x = '\\N{NO SUCH NAME}'",
    "null": b"x = '\0'",
    "line": b"x = 1 " + b";y = 1" * 100_000,
    "blank lines": b"\n" * 300_000,
    "comment": b"#" + b"x" * 3_000_000,
    "cookie": b"# coding: utf-7\nx = '+AGE-'",
    "unknown cookie": b"# coding: no-such-codec",
    "rot13": b"# coding: rot13\nk = 1",
    "decorators": b"@a\n" * 30_000 + b"def f(): pass",
}


@pytest.mark.slow
@pytest.mark.parametrize("where", ["beside", "within"])
@pytest.mark.parametrize("name", NESTED)
def test_nothing_in_a_file_ends_the_process(name: str, where: str, tree: Path) -> None:
    """The file is patched or of no concern, or it is a conflict, and then not one byte is written."""
    if where == "beside":
        (tree / "src/pkg/evil").mkdir()
        path = tree / "src/pkg/evil/client.py"
        path.write_bytes(NESTED[name] + b"\n" + CONNECT)
    else:
        path = tree / CLIENT
        path.write_bytes(path.read_bytes() + b"\n\n" + NESTED[name] + b"\n")
    before = snapshot(tree)
    done = process("apply", tree, *RECIPE, "--format", "json")
    assert done.returncode in (0, 4), done.stderr[-300:]
    report = json.loads(done.stdout)
    if done.returncode == 4:
        assert snapshot(tree) == before
        assert {each["path"] for each in conflicts(report)} == {path.relative_to(tree).as_posix()}
    else:
        assert process("apply", tree, *RECIPE, "--check").returncode == 0


def conflicts(report: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return [each for each in report["sites"] if each["outcome"] == "conflict"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, content",
    [
        (".fern/metadata.json", b"[" * 200_000),
        (".fern/metadata.json", b'{"generatorVersion": ' + b"9" * 10_000 + b"}"),
        (".fern/metadata.json", b'{"generatorVersion": "' + b"9" * 100_000 + b'"}'),
        ("pyproject.toml", b"a = " + b"[" * 100_000),
        ("pyproject.toml", b"[tool.ruff]\nline-length = 999999999999999999999999\n"),
        ("pyproject.toml", b"[tool.ruff]\nline-length = 0\n"),
        ("pyproject.toml", b"[tool.black]\nline-length = -5\n"),
        (".fernignore", b"\n" * 200_000 + b"*" * 5000),
        (".fernignore", b"{a,b}" * 30 + b"\n"),
        (".fernignore", b"{1..1000000000}\n"),
        (".fernignore", b"**/a/" * 100 + b"\n"),
        (".fernignore", b"\xff\xfe\n"),
        (".fernignore", b"\x1b[2J::error::x\n"),
        (".fern/replay.yml", b"[" * 100_000),
        (".fern/replay.yml", b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    ],
    ids=lambda each: each if isinstance(each, str) else each[:12].decode("latin-1").encode("unicode_escape").decode(),
)
def test_nothing_in_a_side_file_is_a_bug_or_takes_long(name: str, content: bytes, tree: Path) -> None:
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_bytes(content)
    for command in (*READING.values(), ("fernignore", "simulate", "{tree}", "{tree}")):
        done = process(*(part.format(tree=tree) for part in command))
        assert done.returncode in (0, 1, 2, 3, 4, 6), (command, done.stderr[-300:])
        assert "\x1b" not in done.stdout + done.stderr
        assert not any(line.lstrip().startswith("::") for line in (done.stdout + done.stderr).splitlines())


EVIL_NAMES = ("\x1b[2Jx", "::error file=a,line=1::b", "a\n::error::c", "##[error]d", "<img src=x>`|_*", "e\u202ef")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("form", ["text", "github", "markdown", "json", "sarif"])
@pytest.mark.parametrize("mode", [(), ("--check",), ("--diff",)], ids=["apply", "check", "diff"])
def test_names_and_source_move_no_cursor_and_command_no_runner(form: str, mode: tuple[str, ...], tree: Path) -> None:
    for name in EVIL_NAMES:
        write_sdk(tree / name, "pkg", Shape())
        write_sdk(tree / name / "broken", "pkg", Shape())
        path = tree / name / "broken" / CLIENT
        path.write_text(
            path.read_text().replace("headers = self", "headers = dict(**other)\n        headers = self", 1)
        )
    path = tree / CLIENT
    doc = '"""\n    ::error::from a docstring\n    ##[error]x\n    \x1b[2J\n    """'
    path.write_text(path.read_text().replace("        try:\n", f"        {doc}\n        try:\n"))
    done = process("apply", tree, *RECIPE, "--format", form, *mode, "--color", "never")
    assert done.returncode in (0, 1, 4), done.stderr
    shown = done.stdout + done.stderr
    assert "\x1b" not in shown and "##[" not in shown and "\u202e" not in shown.replace("\\u202e", "")
    for line in shown.splitlines():
        if line.lstrip().startswith("::"):
            assert form == "github" and line.startswith(("::error file=", "::warning file=", "::notice file="))
            assert "::error::" not in line and "::b" not in line.partition("::error file=")[2].partition("::")[0]
    if form == "markdown":
        assert "<img" not in re.sub(r"(`+).*?\1", "", shown)


def test_errors_are_one_harmless_line_too(tmp_path: Path) -> None:
    folder = tmp_path / "a\n::error::b\x1b[2J"
    folder.mkdir()
    (folder / "sdkpatch.toml").write_text('sdk = "::error::\\u001b[2J"\n"\\u001b##[error]" = 1\n')
    for command in (("apply",), ("apply", str(folder)), ("recover",), ("list",)):
        done = process(*command, cwd=folder)
        assert done.returncode in (2, 3)
        assert "\x1b" not in done.stderr and "##[" not in done.stderr
        assert not any(line.lstrip().startswith("::") for line in done.stderr.splitlines()), done.stderr


def test_a_bug_log_holds_no_values(tree: Path) -> None:
    """The log that a person is asked to attach has code and no content of files, arguments or the environment."""
    code = (
        "import sys\nfrom sdkpatch import cli\nfrom sdkpatch.cli import apply\n"
        "def fail(*a, **k):\n    secret = 'sesame-' + 'open'\n    raise RuntimeError(secret)\n"
        "apply.apply_all = fail\nsys.exit(cli.main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "apply", str(tree), *RECIPE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    log = Path(done.stderr.strip().rpartition(" ")[2])
    assert "sesame-open" not in done.stderr + log.read_text()
    log.unlink()
