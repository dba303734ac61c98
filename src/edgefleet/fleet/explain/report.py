"""What a canary will take, for people."""

from collections.abc import Sequence

from edgefleet.core.output.table import table
from edgefleet.fleet.explain.models import ExplainedRing
from edgefleet.fleet.explain.rules import duration

HEADINGS = ("at", "lasts", "minimum of requests", "seen together", "seen by one alone")
A_DAY = 86_400


def explanation_text(ring: ExplainedRing, width: int | None = None) -> str:
    """Return the traffic of a ring's targets, and how long each step of their canary lasts."""
    count = len(ring.targets)
    lines = [f"ring {ring.ring}, {count} target{'' if count == 1 else 's'} judged together:"]
    lines += [
        f"  {one.tenant}: {_traffic(one.traffic.requests, one.traffic.seconds)}, "
        f"{one.traffic.errors:.2%} errors ({one.traffic.words})"
        for one in ring.targets
    ]
    rows = [
        [
            f"{step.share:g} %",
            duration(step.lasts),
            duration(step.minimum),
            _after(step.seen),
            _alone(list(step.alone.values())),
        ]
        for step in ring.steps
    ]
    lines += [table(HEADINGS, rows, width), *_conclusion(ring)]
    return "\n".join(lines)


def _conclusion(ring: ExplainedRing) -> list[str]:
    policy = ring.targets[0].policy
    if ring.decides:
        words = f"all steps last {duration(ring.seconds)}; the deadline is "
    else:
        words = f"it cannot decide: it takes {duration(ring.seconds)}, and its deadline is "
    words += duration(policy.deadline)
    if ring.seen_at is None:
        seen = f"{ring.errors} of errors would not be seen before the new version has everything"
    else:
        seen = f"{ring.errors} of errors are seen at {ring.seen_at:g} %, in nine of ten canaries"
    return [words, seen]


def _traffic(requests: int, seconds: float) -> str:
    return f"{requests * A_DAY / seconds:,.0f} requests a day"


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else f"after {duration(seconds)}"


def _alone(found: Sequence[float | None]) -> str:
    """Return when the first one sees it, and when the last."""
    known = sorted(one for one in found if one is not None)
    if not known:
        return "never"
    last = known[-1] if len(known) == len(found) else None
    return f"after {duration(known[0])}" + (f" to {duration(last)}" if len(found) > 1 else "")
