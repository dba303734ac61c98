"""How long steps must last, beside what made-up traffic through the real decisions takes."""

from math import inf
from random import Random

import pytest

from edgefleet.canary.expected_steps import (
    ExpectedTraffic,
    seconds_alone,
    seconds_to_see,
    seconds_to_serve,
)
from edgefleet.canary.simulation import MadeUpTraffic, simulate

RUNS = 200


def traffic(per_second: float = 1.0, old: float = 0.005, new: float = 0.05) -> ExpectedTraffic:
    return ExpectedTraffic(per_second, old, new)


def simulated(
    old: float, new: float, share: float, tenants: int = 1, look: int = 20, runs: int = RUNS
) -> int:
    """Return after how many requests of all tenants nine of ten canaries have ended."""
    expected = seconds_to_see([traffic(1.0, old, new)] * tenants, share)
    made_up = MadeUpTraffic(
        old_rate=old,
        new_rate=new,
        share=share,
        requests=round(2 * expected),
        tenants=tenants,
        look=look,
    )
    random = Random(18)
    ends = sorted(simulate(made_up, random).together or 10**9 for _ in range(runs))
    return ends[int(0.9 * runs)]


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        (0.005, 0.05, 0.1),
        (0.005, 0.05, 0.05),
        (0.001, 0.05, 0.1),
        (0.005, 0.05, 0.5),
        (0.01, 0.2, 0.25),
        (0.01, 0.05, 0.1),
    ],
)
def test_the_time_is_that_of_the_simulation(old: float, new: float, share: float) -> None:
    expected = seconds_to_see([traffic(1.0, old, new)], share)

    assert 0.9 <= expected / simulated(old, new, share) <= 1.5


def test_a_ring_needs_the_time_of_the_simulation() -> None:
    expected = 20 * seconds_to_see([traffic()] * 20, 0.1)

    found = simulated(0.005, 0.05, 0.1, tenants=20, look=20, runs=60)

    assert 0.9 <= expected / found <= 1.5


def test_twice_the_traffic_needs_half_of_the_time() -> None:
    one, two = (seconds_to_see([traffic(per_second)], 0.1) for per_second in (1.0, 2.0))
    assert one == pytest.approx(2 * two)


def test_a_ring_sees_what_none_of_its_tenants_sees_as_soon() -> None:
    ring = [traffic(0.01)] * 50

    assert 20 * seconds_to_see(ring, 0.1) < seconds_alone(ring[0], 0.1, len(ring))


def test_one_tenant_is_judged_by_itself() -> None:
    assert seconds_alone(traffic(), 0.1, 1) == seconds_to_see([traffic()], 0.1)


@pytest.mark.parametrize("same", [traffic(1.0, 0.05, 0.05), traffic(0.0)])
def test_what_is_no_worse_is_never_seen(same: ExpectedTraffic) -> None:
    assert seconds_to_see([same], 0.1) == inf


def test_a_minimum_of_requests_takes_the_traffic_of_all() -> None:
    assert seconds_to_serve([traffic(1.0)], 0.05, 100) == 2_000
    assert seconds_to_serve([traffic(1.0)] * 10, 0.05, 100) == 200
    assert seconds_to_serve([traffic(0.0)], 0.05, 100) == inf
    assert seconds_to_serve([traffic(0.0)], 0.05, 0) == 0
