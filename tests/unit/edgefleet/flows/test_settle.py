"""A lost answer is looked after before anything is repeated."""

from collections.abc import Callable

import pytest

from edgefleet.flows.settle import LATE_SECONDS, settled
from edgefleet.ports.envelope import ApiError
from support.clock import FakeClock

NO_ANSWER = ApiError("dropped")


def failing(*errors: ApiError) -> tuple[Callable[[], None], list[ApiError | None]]:
    """Return a write that fails in these ways, one after the other, and the list of its calls."""
    left, made = list(errors), list[ApiError | None]()

    def write() -> None:
        made.append(left.pop(0) if left else None)
        if made[-1]:
            raise made[-1]

    return write, made


def test_a_change_that_comes_late_is_waited_for_and_not_repeated() -> None:
    clock = FakeClock()
    write, made = failing(NO_ANSWER)
    settled(write, lambda: clock.elapsed >= sum(LATE_SECONDS), clock.sleep)
    assert made == [NO_ANSWER]


def test_a_change_that_never_comes_is_made_once_more() -> None:
    write, made = failing(NO_ANSWER)
    settled(write, lambda: False, FakeClock().sleep)
    assert made == [NO_ANSWER, None]


def test_a_server_that_answered_is_not_waited_for_longer_than_it_asks() -> None:
    clock = FakeClock()
    write, _ = failing(ApiError("throttled", status=429, wait=7))
    settled(write, lambda: False, clock.sleep)
    assert clock.slept == [7]


def test_a_refusal_is_no_lost_answer() -> None:
    write, made = failing(ApiError("no", codes=(10220,), status=400))
    with pytest.raises(ApiError, match="no"):
        settled(write, lambda: True, FakeClock().sleep)
    assert len(made) == 1
