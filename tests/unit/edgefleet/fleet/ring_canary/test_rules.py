import pytest

from edgefleet.config.canary.policy import SourceName
from edgefleet.fleet.ring_canary.rules import look_wait, rest

LIMIT = (1200, 300.0)
TEN_MINUTES = 600.0


def owners(count: int, *, one: bool) -> list[str]:
    return ["agency" if one else str(number) for number in range(count)]


@pytest.mark.parametrize(
    ("source", "count", "one", "seconds"),
    [
        ("worker", 200, False, 15),  # each has its own limit: as often as a single canary
        ("worker", 20, True, 15),
        ("worker", 200, True, 100),  # 2 requests a second, half of the limit
        ("logs", 50, True, 75),
        ("analytics", 10, True, 20),  # GraphQL allows a quarter of the requests
        ("analytics", 100, True, 200),
        ("worker", 5_000, True, 300),  # the lease must be renewed; the rate limiter does the rest
    ],
)
def test_looks_take_half_of_the_limit_of_an_owner(
    source: SourceName, count: int, one: bool, seconds: float
) -> None:
    assert look_wait(TEN_MINUTES, source, owners(count, one=one), LIMIT) == seconds


def test_a_smaller_budget_means_fewer_looks() -> None:
    assert look_wait(TEN_MINUTES, "worker", owners(100, one=True), (300, 300.0)) == 200


def test_a_short_step_of_few_targets_is_looked_at_often() -> None:
    assert look_wait(2.0, "worker", owners(3, one=True), LIMIT) == 1.5
    assert look_wait(2.0, "worker", owners(3, one=False), LIMIT) == 0.5


@pytest.mark.parametrize(("targets", "seconds"), [(1, 0.1), (20, 0.2), (200, 2.0), (5_000, 5.0)])
def test_waiting_threads_wake_a_hundred_times_a_second_in_all(targets: int, seconds: float) -> None:
    assert rest(targets) == seconds
