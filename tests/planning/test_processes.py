"""Work shared among processes comes back in order, and what a process cannot do is done here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from sdkpatch.planning.processes import as_pays, in_processes, useful_jobs


@pytest.mark.parametrize("jobs", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 50])
def test_results_come_in_order(jobs: int, count: int) -> None:
    assert list(in_processes(lambda item: item * 2, range(count), jobs)) == [item * 2 for item in range(count)]


def test_the_work_is_shared() -> None:
    assert len(set(in_processes(lambda item: os.getpid(), range(9), 3))) == 3


def test_an_exception_in_a_share_is_raised_here() -> None:
    def fail(item: int) -> int:
        if item == 5:
            raise ValueError(f"item {item} of {os.getpid() == parent}")
        return item

    parent = os.getpid()
    with pytest.raises(ValueError, match="item 5 of True"):
        list(in_processes(fail, range(8), 2))


def test_a_process_that_is_killed_is_made_up_for() -> None:
    parent = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    assert list(in_processes(work, range(8), 3)) == list(range(8))


def test_a_result_larger_than_a_pipe_arrives() -> None:
    assert [len(each) for each in in_processes(lambda item: b"x" * 1_000_000, range(4), 2)] == [1_000_000] * 4


def test_few_files_stay_in_one_process() -> None:
    assert useful_jobs(0) == useful_jobs(9) == 1
    assert 1 <= useful_jobs(1000) <= (os.cpu_count() or 1)


def slow(item: int) -> tuple[int, int]:
    time.sleep(0.03)
    return item, os.getpid()


def test_slow_items_are_shared_however_few_they_are() -> None:
    found = list(as_pays(slow, range(7), 0))
    assert [item for item, _ in found] == list(range(7))
    assert found[0][1] == os.getpid(), "what all need is imported once"
    assert (len({process for _, process in found}) > 1) is (len(os.sched_getaffinity(0)) > 1)


@pytest.mark.parametrize(("items", "jobs"), [(1000, 0), (0, 0), (1, 0), (1, 5), (9, 1)])
def test_quick_items_and_those_of_one_job_stay_here(items: int, jobs: int) -> None:
    told: list[int] = []
    assert set(as_pays(lambda item: os.getpid(), range(items), jobs, told.append)) <= {os.getpid()}
    assert told == list(range(1, items + 1))


def test_no_more_processes_are_started_than_are_of_use() -> None:
    found = set(in_processes(lambda item: os.getpid(), range(500), 10**9))
    assert 1 < len(found) <= 4 * (os.cpu_count() or 1)


@pytest.mark.parametrize("limit", ["RLIMIT_NOFILE", "RLIMIT_NPROC"])
def test_what_cannot_be_started_is_done_here(limit: str) -> None:
    """Root may fork whatever the limit says; then the work is shared, and right all the same."""
    code = (
        "import resource\nfrom sdkpatch.planning.processes import in_processes\n"
        f"resource.setrlimit(resource.{limit}, (5, 5))\n"
        "print(list(in_processes(lambda item: item * 2, range(9), 4)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{[item * 2 for item in range(9)]}\n"


PARENT = """
import os, signal, sys, time
from sdkpatch.planning.processes import in_processes

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started deaf to it
parent, alive = os.getpid(), int(sys.argv[1])

def work(item):
    if os.getpid() == parent:
        time.sleep(3600)
    os.write(alive, b"!")
    {work}

list(in_processes(work, range(3), 3))
"""
AT_WORK = {
    "computes": "while True: pass",
    "waits": "time.sleep(3600)",
    "writes its results": "return b'x' * 10_000_000",
    "holds a signal back": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)",
}


@pytest.mark.parametrize("work", AT_WORK)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_no_worker_outlives_its_parent(number: signal.Signals, work: str) -> None:
    """Each worker holds a pipe of the test's: it comes to its end once none of them is left."""
    reader, writer = os.pipe()
    command = [sys.executable, "-c", PARENT.format(work=AT_WORK[work]), str(writer)]
    with subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        os.close(writer)
        started = b""
        while len(started) < 2:
            started += os.read(reader, 2)
        parent.send_signal(number)
        parent.communicate()
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_an_error_here_stops_the_workers() -> None:
    reader, writer = os.pipe()
    parent = os.getpid()

    def work(item: int) -> None:
        if os.getpid() == parent:
            os.read(reader, 2)
            raise ValueError("here")
        os.write(writer, b"!")
        time.sleep(3600)

    with pytest.raises(ValueError, match="here"):
        list(in_processes(work, range(3), 3))
    os.close(writer)
    while os.read(reader, 1):
        pass
    os.close(reader)


def test_a_worker_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    parent = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != parent:
            os.write(2, b"a warning of a module that is parsed\n")
        return item

    assert list(in_processes(work, range(4), 2)) == [0, 1, 2, 3]
    assert capfd.readouterr() == ("", "")
