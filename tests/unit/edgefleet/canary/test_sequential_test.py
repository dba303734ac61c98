from fractions import Fraction
from math import comb, exp, inf

import pytest

from edgefleet.canary.models import Counts, Table
from edgefleet.canary.sequential_test import BLOCK, RATIOS, SequentialTest, log_factors


def table(old: int, old_errors: int, new: int, new_errors: int) -> Table:
    return Table(Counts(old, old_errors), Counts(new, new_errors))


def mean_factor(old: int, new: int, errors: int, ratio: float, odds: int = 1) -> float:
    """Return the mean of a factor over all tables with these margins, by exact fractions."""
    low, high = max(0, errors - old), min(errors, new)
    ways = {
        hits: comb(new, hits) * comb(old, errors - hits) * odds**hits
        for hits in range(low, high + 1)
    }
    total = sum(ways.values())
    return sum(
        float(Fraction(count, total))
        * exp(log_factors(table(old, errors - hits, new, hits), (ratio,), 1.0)[0])
        for hits, count in ways.items()
    )


@pytest.mark.parametrize("margins", [(90, 10, 1), (90, 10, 7), (5, 20, 6), (400, 40, 30)])
@pytest.mark.parametrize("ratio", RATIOS)
def test_a_factor_has_the_mean_1_if_both_are_alike(
    margins: tuple[int, int, int], ratio: float
) -> None:
    assert mean_factor(*margins, ratio) == pytest.approx(1)


def test_a_factor_grows_on_average_if_the_new_one_is_worse() -> None:
    assert mean_factor(90, 10, 5, 5.0, odds=5) > 1.5


def test_the_margin_asks_for_more_evidence() -> None:
    bad = table(90, 1, 10, 5)

    (strict,), (lenient,) = (log_factors(bad, (10.0,), margin) for margin in (1.0, 2.0))

    assert 0 < lenient < strict


def test_a_table_without_errors_or_a_version_says_nothing() -> None:
    for empty in (table(900, 0, 100, 0), table(0, 0, 10, 5), table(90, 9, 0, 0)):
        assert log_factors(empty, RATIOS, 1.0) == (0.0,) * len(RATIOS)


def test_the_order_of_windows_and_strata_does_not_matter() -> None:
    windows = [("a", table(90, 1, 10, 3)), ("b", table(40, 0, 8, 1)), ("a", table(70, 2, 9, 0))]
    one, other = SequentialTest(), SequentialTest()

    for name, window in windows:
        one.add(name, window)
    for name, window in reversed(windows):
        other.add(name, window)

    assert one.evidence == pytest.approx(other.evidence)
    assert one.evidence > 1


def test_a_small_window_waits_for_more_requests() -> None:
    test = SequentialTest()

    test.add("a", table(20, 0, BLOCK - 1, BLOCK - 1))
    assert test.evidence == 1

    test.add("a", table(0, 0, 1, 0))
    assert test.evidence > 100


def test_windows_of_different_strata_do_not_wait_together() -> None:
    test = SequentialTest()

    test.add("a", table(20, 0, 3, 3))
    test.add("b", table(20, 0, 3, 3))

    assert test.evidence == 1


def test_what_waits_counts_once_time_decides_that_it_is_over() -> None:
    test = SequentialTest()
    test.add("a", table(20, 0, 3, 3))

    test.close()
    first = test.evidence
    test.close()

    assert first > 10
    assert test.evidence == first


def test_a_huge_table_counts_as_a_smaller_one() -> None:
    factor = 10**6
    small, huge = (
        log_factors(table(1000 * by, 100 * by, 100 * by, 11 * by), RATIOS, 1.0)
        for by in (90, 90 * factor)
    )

    assert huge == pytest.approx(small, rel=0.02)


def test_a_million_requests_need_no_number_beyond_a_float() -> None:
    test = SequentialTest()

    test.add("a", table(900_000, 900, 100_000, 50_000))
    assert test.evidence == inf

    test.add("a", table(900_000, 50_000, 100_000, 100))
    assert test.evidence >= 0
