"""Error rates of the real decisions, with few runs; `python -m bench.canary` does 10,000."""

from random import Random

import pytest

from edgefleet.canary.simulation import MadeUpTraffic, SimulatedEnd, drawn, simulate

HEALTHY = MadeUpTraffic(old_rate=0.005, new_rate=0.005, share=0.1, requests=4_000)
BAD = MadeUpTraffic(old_rate=0.005, new_rate=0.05, share=0.1, requests=2_500)


def runs(traffic: MadeUpTraffic, count: int) -> list[SimulatedEnd]:
    random = Random(18)
    return [simulate(traffic, random) for _ in range(count)]


def aborted(traffic: MadeUpTraffic, count: int) -> float:
    return sum(end.together is not None for end in runs(traffic, count)) / count


def test_a_healthy_release_is_hardly_ever_aborted() -> None:
    assert aborted(HEALTHY, 300) <= 0.01


def test_ten_times_the_errors_are_found_within_2500_requests() -> None:
    assert aborted(BAD, 300) >= 0.9


def test_fifty_small_tenants_are_aborted_together_none_alone() -> None:
    ring = MadeUpTraffic(
        old_rate=0.005, new_rate=0.05, share=0.1, requests=400, tenants=50, look=100
    )

    ends = runs(ring, 20)

    assert all(end.together for end in ends)
    assert sum(end.alone for end in ends) / (20 * 50) <= 0.005


def test_bursts_of_one_caller_do_not_abort_by_themselves() -> None:
    bursts = MadeUpTraffic(old_rate=0.02, new_rate=0.02, share=0.1, requests=5_000, burst=50)
    each = MadeUpTraffic(
        old_rate=0.02, new_rate=0.02, share=0.1, requests=5_000, burst=50, once_a_burst=False
    )

    assert aborted(bursts, 200) <= 0.01
    assert aborted(each, 200) > 0.03


def test_a_seed_repeats_a_run() -> None:
    assert runs(BAD, 3) == runs(BAD, 3)


@pytest.mark.parametrize(("trials", "chance"), [(1_000, 0.01), (200, 0.5), (50, 0.0), (0, 0.3)])
def test_a_draw_has_the_mean_of_its_chance(trials: int, chance: float) -> None:
    random = Random(1)

    mean = sum(drawn(random, trials, chance) for _ in range(2_000)) / 2_000

    assert mean == pytest.approx(trials * chance, rel=0.05, abs=0.001)
