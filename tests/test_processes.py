"""Work shared among processes comes back in order, and what a process cannot do is done here."""

from __future__ import annotations

import os
import signal

import pytest

from sdkpatch.processes import in_processes, useful_jobs


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
