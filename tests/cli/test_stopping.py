"""Signals at any time of a run: no traceback, no process left, the right exit code, and a tree that is whole."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdkpatch.stopping import Terminated
from tests.command import process, snapshot
from tests.sdks import ROOT
from tests.shapes import Shape, write_sdk

COMMAND = [sys.executable, "-m", "sdkpatch"]
RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
ENDS = {signal.SIGKILL: (-9, ""), signal.SIGTERM: (143, "terminated\n"), signal.SIGINT: (130, "interrupted\n")}
FEW = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SDK of 60 channels: workers are at work on it for a second and more."""
    tree = write_sdk(tmp_path_factory.mktemp("large") / "sdk", "pkg", Shape())
    chat = tree / "src" / "pkg" / "chat"
    for at in range(60):
        (folder := tree / "src" / "pkg" / f"chat{at}").mkdir()
        for path in chat.glob("*.py"):
            (folder / path.name).write_bytes(path.read_bytes())
    return tree


def children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the children of a process are read in /proc")
@pytest.mark.parametrize("number", ENDS, ids=lambda each: each.name)
def test_a_signal_while_workers_are_at_work(number: signal.Signals, large: Path) -> None:
    before = snapshot(large)
    reader, writer = os.pipe()
    command = [*COMMAND, "apply", str(large), *RECIPE, "--jobs", "4"]
    with subprocess.Popen(
        command, pass_fds=[writer], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writer)
        while len(children(process.pid)) < 3:
            assert process.poll() is None
        process.send_signal(number)
        printed = process.communicate()
    assert os.read(reader, 1) == b"", "a worker is left"
    os.close(reader)
    assert (process.returncode, printed[1].lstrip()) == ENDS[number]
    assert printed[0] == ""
    assert snapshot(large) == before


SIGNALLED = """
import os, signal, sys
seen = 0

def trace(frame, event, argument):
    global seen
    if event == "call" and "sdkpatch" in frame.f_code.co_filename:
        seen += 1
        if seen == {at}:
            os.kill(os.getpid(), signal.{number})
            {again}
    return None

sys.argv = ["sdkpatch", *{arguments!r}]
from sdkpatch.console import run
sys.setprofile(trace)
run()
"""


def signalled(number: signal.Signals, at: int, *arguments: str, again: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line with a signal at the call number ``at`` of its own functions."""
    code = SIGNALLED.format(at=at, number=number.name, arguments=list(arguments), again=again)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("number", FEW, ids=lambda each: each.name)
@pytest.mark.parametrize("at", [3, 4, 5, 9, 17, 33, 65, 129])
def test_a_signal_at_start_up_prints_no_traceback(number: signal.Signals, at: int) -> None:
    done = signalled(number, at, "list")
    ends = {ENDS[number]}
    if number == signal.SIGTERM and at <= 5:  # before it is answered, the system ends the process
        ends.add((-signal.SIGTERM, ""))
    assert (done.returncode, done.stderr.lstrip()) in ends


@pytest.mark.parametrize("number", FEW, ids=lambda each: each.name)
@pytest.mark.parametrize("at", [40, 400, 4000])
def test_a_second_signal_ends_at_once(number: signal.Signals, at: int, tmp_path: Path) -> None:
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    again = f"signal.raise_signal(signal.{number.name})"
    done = signalled(number, at, "apply", str(tree), *RECIPE, again=again)
    assert done.returncode == ENDS[number][0]
    assert done.stderr.strip() == ENDS[number][1].strip()


IN_A_FINALIZER = """
import os, signal, sys
from sdkpatch.stopping import Stopping

class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        [each for each in range(1000)]

Stopping().raises = True
Gone()
"""


def test_a_signal_in_a_finalizer_is_not_lost() -> None:
    """Python prints and drops what is raised there."""
    done = subprocess.run([sys.executable, "-c", IN_A_FINALIZER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_a_signal_that_the_caller_ignores_is_ignored() -> None:
    """As for a command that a script starts with & at its end."""
    code = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{SIGNALLED}"
    code = code.format(at=20, number="SIGINT", arguments=["--version"], again="")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.startswith("sdkpatch ")


def test_termination_takes_a_commit_back(tmp_path: Path) -> None:
    """After the third file; tests/writing/test_commit.py interrupts at every call that writes: this is one of them."""
    assert issubclass(Terminated, KeyboardInterrupt)
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    before = snapshot(tree)
    code = (
        "import os, signal, sys\nreal, count = os.replace, 0\n"
        "def replace(*arguments):\n    global count\n    count += 1\n    real(*arguments)\n"
        "    if count == 3:\n        os.kill(os.getpid(), signal.SIGTERM)\n"
        "os.replace = replace\n"
        f"sys.argv = ['sdkpatch', 'apply', {str(tree)!r}, *{RECIPE!r}]\n"
        "from sdkpatch.console import run\nrun()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (143, "terminated")
    assert snapshot(tree) == before


@pytest.fixture
def full() -> Iterator[int]:
    """A file on which there is never room."""
    try:
        descriptor = os.open("/dev/full", os.O_WRONLY)
    except FileNotFoundError:
        pytest.skip("no /dev/full")
    yield descriptor
    os.close(descriptor)


def test_an_error_that_cannot_be_shown_keeps_its_exit_code(full: int, tmp_path: Path) -> None:
    for arguments, code in ((["apply", str(tmp_path / "none")], 2), (["--no-such"], 2), (["apply", str(tmp_path)], 2)):
        done = subprocess.run([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=full, check=False)
        assert done.returncode == code


def test_a_report_that_cannot_be_shown_is_no_success(full: int) -> None:
    done = subprocess.run([*COMMAND, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (6, f"error: I/O: {os.strerror(errno.ENOSPC)}\n")


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_streams_that_are_closed(closed: list[int], tmp_path: Path) -> None:
    """A file that is written gets no number of theirs, so that no message ends up in it."""
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape())
    shell = " ".join(f"{number}>&-" for number in closed)
    command = ["sh", "-c", f'"$@" {shell}', "sh", *COMMAND, "apply", str(tree), *RECIPE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (done.stdout == "") == (1 in closed)
    assert process("apply", tree, *RECIPE, "--check").returncode == 0


def test_the_reader_of_the_help_is_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (6, "")
