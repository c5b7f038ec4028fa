"""Odd surroundings: limits, numbers beyond reason, a folder that is gone, names that command a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import process, snapshot

COMMAND = [sys.executable, "-m", "sdkpatch", "apply"]
PATCH = 'id = "p"\ntitle = "P"\n[[step]]\nop = "rewrite"\nmatch = "a = 1"\nreplace = "a = 2"\n'
NAME = "x\x1b[31m\n::error::y\u202e##[z]\x85\u2028.py"


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    package = tmp_path / "sdk" / "src" / "acme"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for at in range(12):
        (package / f"m{at}.py").write_text("a = 1\n")
    (tmp_path / "p.toml").write_text(PATCH)
    return [str(tmp_path / "sdk"), "--patch", str(tmp_path / "p.toml")]


@pytest.mark.parametrize("jobs", ["-1", "x", "1.5", "", "9" * 5000])
def test_a_number_of_jobs_that_is_none(jobs: str, arguments: list[str]) -> None:
    done = process("apply", *arguments, "--jobs", jobs)
    assert done.returncode == 2 and "Invalid value for '--jobs'" in done.stderr


@pytest.mark.parametrize("jobs", ["0", "1", "3", "1000000000"])
def test_any_number_of_jobs_says_the_same(jobs: str, arguments: list[str]) -> None:
    done = process("apply", *arguments, "--jobs", jobs, "--check")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == process("apply", *arguments, "--check").stdout


LIMITS = {
    "few open files": "ulimit -n 6",
    "no more processes": "ulimit -u 1",
    "no rights": "umask 0777",
    "no home": "unset HOME",
    "ASCII only": "export LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0",
    "no folder for temporary files": "export TMPDIR=/nonexistent",
}


@pytest.mark.parametrize("what", LIMITS)
def test_limits(what: str, arguments: list[str]) -> None:
    shell = ["bash", "-c", f'{LIMITS[what]}; exec "$@"', "bash", *COMMAND, *arguments, "--jobs", "4"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert process("apply", *arguments, "--check").returncode == 0


def test_the_current_directory_is_gone(tmp_path: Path, arguments: list[str]) -> None:
    before = snapshot(tmp_path)
    gone = ["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "sh", *COMMAND, *arguments]
    done = subprocess.run(gone, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert done.stderr.endswith("error: the current directory: No such file or directory\n")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("output", ["text", "json", "sarif", "github", "markdown"])
@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_a_name_commands_neither_terminal_nor_runner(output: str, mode: str, arguments: list[str]) -> None:
    Path(arguments[0], "src", "acme", NAME).write_text("a = 1\n")
    done = process("apply", *arguments, mode, "--format", output)
    assert done.returncode == 1
    shown = done.stdout + done.stderr
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::error::y") for line in shown.splitlines())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text(arguments: list[str]) -> None:
    path = os.path.join(os.fsencode(arguments[0]), b"src", b"acme", b"x\xff.py")
    with open(path, "wb") as file:
        file.write(b"a = 1\n")
    done = process("apply", *arguments)
    assert done.returncode == 0 and "src/acme/x\\udcff.py:1" in done.stdout
    with open(path, "rb") as file:
        assert file.read() == b"a = 2\n"


def test_the_tree_is_a_link(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "link").symlink_to(arguments[0])
    assert process("apply", str(tmp_path / "link"), *arguments[1:]).returncode == 0
    assert process("apply", *arguments, "--check").returncode == 0
