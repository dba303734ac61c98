"""How long the steps of a canary last, and what they show."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import isinf

from edgefleet.canary.expected_steps import (
    ExpectedTraffic,
    seconds_alone,
    seconds_to_see,
    seconds_to_serve,
)
from edgefleet.canary.watch import PROBE
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.errors import UsageError
from edgefleet.fleet.explain.models import ExplainedRing, ExplainedTarget, StepTime

GOAL = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,3})?)(?P<unit>%|x)")
DEFAULT_GOAL = "5%"
LATE = ("analytics", "logs")


def require_goal(goal: str) -> tuple[float, str]:
    """Return a regression's number and unit, `%` or `x`; raises `UsageError` for another word."""
    match = GOAL.fullmatch(goal)
    if match is None:
        raise UsageError(
            f"--errors {goal} is neither a percentage nor a multiple",
            hint="for example: --errors 5%, or --errors 10x",
        )
    return float(match["number"]), match["unit"]


def new_rate(goal: str, target: ExplainedTarget) -> float:
    """Return the share of errors that is to be seen at a target: `5%`, or `10x` those of today.

    Raises `UsageError` where it is no more than what fails today.
    """
    (number, unit), today = require_goal(goal), target.traffic.errors
    rate = number / 100 if unit == "%" else min(number * today, 1.0)
    if today < rate <= 1:
        return rate
    why = (
        f"{today:.2%} of the requests of {target.tenant} fail today"
        if today
        else f"no request of {target.tenant} fails today"
    )
    raise UsageError(
        f"--errors {goal} is no regression: {why}", hint="name more, as a percentage: --errors 20%"
    )


def explained(targets: Iterable[ExplainedTarget], goal: str) -> list[ExplainedRing]:
    """Return what the canaries of these targets take, by ring and policy."""

    def key(one: ExplainedTarget) -> tuple[int, str]:
        return one.ring, one.policy.model_dump_json()

    ordered = sorted(targets, key=lambda one: (*key(one), one.tenant))
    return [_ring(tuple(found), goal) for _, found in groupby(ordered, key)]


def cannot_decide(ring: ExplainedRing) -> str:
    """Return why a plan cannot decide; empty: it can."""
    if ring.decides:
        return ""
    policy = ring.targets[0].policy
    takes = f"takes {duration(ring.seconds)}"
    return (
        f"ring {ring.ring}: the canary {takes} to its minimum of {policy.minimum_requests} "
        f"requests at each step, and its deadline is {duration(policy.deadline)}"
    )


def duration(seconds: float | None) -> str:
    """Return seconds as people say them: `90 s`, `12 min`, `5.2 h`."""
    if seconds is None:
        return "for ever"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"


def _ring(targets: tuple[ExplainedTarget, ...], goal: str) -> ExplainedRing:
    policy = targets[0].policy
    expected = {
        one.tenant: ExpectedTraffic(one.traffic.per_second, one.traffic.errors, new_rate(goal, one))
        for one in targets
    }
    steps = tuple(_step(share, policy, expected, targets) for share in policy.steps)
    lasting = [step.lasts for step in steps]
    total = None if None in lasting else sum(one or 0.0 for one in lasting)
    in_time = total is not None and total <= policy.deadline
    return ExplainedRing(
        ring=targets[0].ring,
        targets=targets,
        errors=goal,
        steps=steps,
        seconds=total,
        decides=in_time or policy.too_little_traffic == PROBE,
        seen_at=_seen_at(steps),
    )


def _step(
    share: float,
    policy: CanaryPolicy,
    expected: dict[str, ExpectedTraffic],
    targets: Sequence[ExplainedTarget],
) -> StepTime:
    part, all_of_them = share / 100, list(expected.values())
    minimum = _finite(seconds_to_serve(all_of_them, part, policy.minimum_requests))
    late = any(one.traffic.source in LATE for one in targets)
    soak = policy.soak + (policy.delay if late else 0.0)
    return StepTime(
        share=share,
        lasts=None if minimum is None else max(soak, minimum),
        minimum=minimum,
        seen=_finite(seconds_to_see(all_of_them, part)),
        alone={
            tenant: _finite(seconds_alone(one, part, len(expected)))
            for tenant, one in expected.items()
        },
    )


def _seen_at(steps: Sequence[StepTime]) -> float | None:
    """Return the share at which a regression is seen: evidence of all steps adds up."""
    shown = 0.0
    for step in steps:
        if step.lasts is not None and step.seen:
            shown += step.lasts / step.seen
        if shown >= 1:
            return step.share
    return None


def _finite(seconds: float) -> float | None:
    return None if isinf(seconds) else round(seconds, 1)
