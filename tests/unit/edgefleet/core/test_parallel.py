"""Many items in parallel: in threads, each with its own result, and in processes."""

import os
import threading
from collections.abc import Generator

import pytest

from edgefleet.core import parallel as module
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel, map_in_processes
from edgefleet.errors import CloudflareError, CredentialError, EdgefleetError

PATIENCE = 60.0


@pytest.mark.parametrize("parallel", [1, 4, MAX_PARALLEL])
def test_no_more_tasks_run_at_once_than_allowed(parallel: int) -> None:
    together = threading.Barrier(parallel)
    lock = threading.Lock()
    now = most = 0

    def look(item: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(PATIENCE)  # breaks where fewer come
        with lock:
            now -= 1
        return item * 2

    items = range(2 * parallel)
    assert list(in_parallel(items, look, parallel=parallel)) == [item * 2 for item in items]
    assert most == parallel


def test_results_keep_the_order_and_failures_are_results() -> None:
    refused = CloudflareError("no answer")

    def look(item: str) -> str:
        if item == "b":
            raise refused
        if item == "c":
            raise RecursionError("too deep")
        return item

    first, second, third, fourth = in_parallel(["a", "b", "c", "d"], look)
    assert (first, second, fourth) == ("a", refused, "d")
    assert isinstance(third, EdgefleetError)
    assert third.message == "a fault in edgefleet itself: RecursionError: too deep"


def test_nothing_new_is_begun_once_the_caller_stops() -> None:
    allowed = threading.Semaphore(1)
    begun: list[int] = []

    def look(item: int) -> int:
        begun.append(item)
        allowed.acquire(timeout=PATIENCE)
        return item

    looks = in_parallel(range(1000), look, parallel=1)
    assert next(looks) == 0
    allowed.release()
    assert isinstance(looks, Generator)
    looks.close()
    allowed.release()
    assert len(begun) <= 3


def test_no_items_are_no_looks() -> None:
    assert list(in_parallel([], lambda item: item)) == []


def test_little_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_processors", lambda: 8)
    assert map_in_processes(lambda part: (os.getpid(), part), [1, 2, 3], 2) == [
        (os.getpid(), [1, 2, 3])
    ]
    assert map_in_processes(len, [], 2) == [0]


def test_an_error_here_is_raised() -> None:
    def work(_: object) -> None:
        raise CredentialError("no", hint="look")

    with pytest.raises(CredentialError):
        map_in_processes(work, [1], 1)
