"""Many looks in parallel: as many as asked for, in order, each with a result of its own (A9)."""

import threading
from collections.abc import Generator

import pytest

from edgefleet.core.parallel import AT_ONCE, in_parallel
from edgefleet.errors import CloudflareError, EdgefleetError

PATIENCE = 60.0


@pytest.mark.parametrize("parallel", [1, 4, AT_ONCE])
def test_as_many_looks_as_asked_for_are_under_way_at_once_and_no_more(parallel: int) -> None:
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


def test_results_come_in_the_order_of_the_items_and_a_failure_is_one_of_them() -> None:
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
