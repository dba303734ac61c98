"""A count above a limit is an error where the plan is known, else a warning for the free plan."""

import pytest

from edgefleet.cloudflare.plan_limits import WorkersPlan, excess

FREE, PAID = WorkersPlan.FREE, WorkersPlan.PAID


@pytest.mark.parametrize(
    ("count", "plan", "expected"),
    [
        (5, None, None),
        (6, None, ("more than 5 (free plan, which is assumed: no 'plan' is named)", False)),
        (6, FREE, ("more than 5 (free plan)", True)),
        (6, PAID, None),
        (250, PAID, None),
        (251, PAID, ("more than 250 (paid plan)", True)),
        (251, None, ("more than 250 (any plan)", True)),
        (251, FREE, ("more than 5 (free plan)", True)),
    ],
)
def test_a_limit_is_that_of_the_plan(
    count: int, plan: WorkersPlan | None, expected: tuple[str, bool] | None
) -> None:
    assert excess(count, 5, 250, plan) == expected
