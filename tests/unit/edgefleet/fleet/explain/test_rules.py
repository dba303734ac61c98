from typing import Any

import pytest

from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.errors import UsageError
from edgefleet.fleet.explain.models import ExplainedTarget, MeasuredTraffic
from edgefleet.fleet.explain.report import explanation_text
from edgefleet.fleet.explain.rules import (
    cannot_decide,
    duration,
    explained,
    new_rate,
    require_goal,
)

A_DAY = 86_400.0


def target(
    name: str = "acme", a_day: int = 86_400, errors: float = 0.005, ring: int = 0, **policy: Any
) -> ExplainedTarget:
    given = {"steps": [10, 50], "soak": "10m", "deadline": "2h", **policy}
    traffic = MeasuredTraffic(
        requests=a_day, seconds=A_DAY, errors=errors, source="worker", words="the last day"
    )
    return ExplainedTarget(
        tenant=name, ring=ring, policy=CanaryPolicy.model_validate(given), traffic=traffic
    )


def test_a_step_lasts_until_its_soak_and_its_minimum_are_over() -> None:
    (ring,) = explained([target(minimumRequests=120)], "5%")

    assert [(step.minimum, step.lasts) for step in ring.steps] == [(1200, 1200), (240, 600)]
    assert (ring.seconds, ring.decides) == (1800, True)
    assert ring.steps[0].seen == ring.steps[0].alone["acme"]
    assert ring.seen_at == 50


def test_tenants_of_a_ring_share_a_minimum_and_see_more() -> None:
    few = [target(f"t{number:02d}", a_day=2_000, minimumRequests=100) for number in range(50)]

    (ring,) = explained(few, "5%")

    step = ring.steps[0]
    assert step.lasts == 864
    assert step.seen
    assert min(one or 0 for one in step.alone.values()) > 20 * step.seen


def test_rings_and_policies_are_judged_apart() -> None:
    found = explained([target("c", ring=1), target("b", soak="9m"), target("a")], "5%")

    assert [[one.tenant for one in ring.targets] for ring in found] == [["b"], ["a"], ["c"]]


def test_a_plan_without_enough_traffic_cannot_decide() -> None:
    (ring,) = explained([target(a_day=100)], "5%")

    assert cannot_decide(ring) == (
        "ring 0: the canary takes 288.0 h to its minimum of 100 requests at each step, and its "
        "deadline is 2.0 h"
    )
    assert "it cannot decide: it takes 288.0 h" in explanation_text(ring)


def test_without_any_traffic_it_takes_for_ever() -> None:
    (ring,) = explained([target(a_day=0)], "5%")

    assert (ring.seconds, ring.decides, ring.seen_at) == (None, False, None)
    text = explanation_text(ring)
    assert "for ever" in text
    assert "5% of errors would not be seen before the new version has everything" in text


def test_probes_decide_without_traffic() -> None:
    (ring,) = explained([target(a_day=0, tooLittleTraffic="probe")], "5%")

    assert cannot_decide(ring) == ""


def test_a_late_source_makes_steps_longer() -> None:
    late = target()
    late = late.model_copy(update={"traffic": late.traffic.model_copy(update={"source": "logs"})})

    (ring,) = explained([late], "5%")

    assert ring.steps[1].lasts == 900


@pytest.mark.parametrize(
    ("goal", "errors", "rate"), [("5%", 0.005, 0.05), ("10x", 0.005, 0.05), ("5%", 0.0, 0.05)]
)
def test_a_regression_is_a_percentage_or_a_multiple(goal: str, errors: float, rate: float) -> None:
    assert new_rate(goal, target(errors=errors)) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("goal", "errors", "words"),
    [
        ("5%", 0.07, "7.00% of the requests of acme fail today"),
        ("1x", 0.01, "1.00% of the requests of acme fail today"),
        ("10x", 0.0, "no request of acme fails today"),
        ("0%", 0.0, "no request of acme fails today"),
    ],
)
def test_what_is_no_regression_is_refused(goal: str, errors: float, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        explained([target(errors=errors)], goal)


@pytest.mark.parametrize("goal", ["much", "5", "-5%", "x10", "5 %", ""])
def test_a_word_that_is_no_regression_is_refused(goal: str) -> None:
    with pytest.raises(UsageError, match="is neither a percentage nor a multiple"):
        require_goal(goal)


def test_the_text_says_what_each_step_takes() -> None:
    (ring,) = explained([target("acme"), target("birch")], "10x")

    lines = explanation_text(ring).splitlines()

    assert lines[0] == "ring 0, 2 targets judged together:"
    assert lines[1] == "  acme: 86,400 requests a day, 0.50% errors (the last day)"
    assert lines[-1] == "10x of errors are seen at 50 %, in nine of ten canaries"


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "for ever"), (90, "90 s"), (720, "12 min"), (18_720, "5.2 h")]
)
def test_a_duration_is_said_as_people_say_it(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
