"""How long a step must last: for its minimum of requests, and to see that a version is worse.

An error falls on the new version with the chance `q`: its share of the traffic, weighted by both
rates of errors. For one ratio of the mixture (`sequential_test.RATIOS`) an error adds
`log(ratio) - c` to the logarithm of the evidence if it fell on the new version, and `-c` if not,
with `c = log(1 - share + share * ratio)`: the limit of a table's factor for rare errors. Errors
come one by one, so that the sum has a mean and a variance that grow with the time, and those of all
tenants of a ring add up. The time returned is that after which the sum has reached its limit in
nine of ten canaries, by the normal distribution. As a test is looked at before, too, that is on the
safe side: by up to a third (tests/unit/edgefleet/canary/test_expected_steps.py compares it with
the simulation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log, sqrt

from edgefleet.canary.judge import OWN_PART, POOLED_PART, enough
from edgefleet.canary.sequential_test import RATIOS

NINE_OF_TEN = 1.2816
"""The quantile of the normal distribution: so often a regression is seen in the time returned."""


@dataclass(frozen=True, slots=True)
class ExpectedTraffic:
    """The traffic of one tenant, and how many of its requests fail."""

    per_second: float
    """Requests of both versions together."""
    old_rate: float
    """The share of the old version's requests that fail, 0 to 1."""
    new_rate: float
    """The share of the new version's requests that fail, as bad as it is to be seen."""


def seconds_to_serve(tenants: Sequence[ExpectedTraffic], share: float, minimum: int) -> float:
    """Return after how many seconds each version has served a minimum of requests.

    `share` is that of the new version, 0 to 0.5. Infinite without traffic.
    """
    per_second = share * sum(one.per_second for one in tenants)
    return minimum / per_second if per_second else (inf if minimum else 0.0)


def seconds_to_see(tenants: Sequence[ExpectedTraffic], share: float) -> float:
    """Return after how many seconds all of these tenants together show that a version is worse.

    One tenant is judged by itself. Infinite where they never do.
    """
    return _seconds(tenants, share, enough(1.0 if len(tenants) == 1 else POOLED_PART))


def seconds_alone(tenant: ExpectedTraffic, share: float, targets: int) -> float:
    """Return after how many seconds one tenant of so many shows it by its own counts."""
    return _seconds([tenant], share, enough(1.0 if targets == 1 else OWN_PART / targets))


def _seconds(tenants: Sequence[ExpectedTraffic], share: float, limit: float) -> float:
    return min(_seconds_by(ratio, tenants, share, limit) for ratio in RATIOS)


def _seconds_by(
    ratio: float, tenants: Sequence[ExpectedTraffic], share: float, limit: float
) -> float:
    """Return the seconds until one ratio of the mixture has made enough evidence."""
    gain, cost = log(ratio), log(1 - share + share * ratio)
    drift = variance = 0.0
    for one in tenants:
        new = one.per_second * share * one.new_rate
        old = one.per_second * (1 - share) * one.old_rate
        drift += new * (gain - cost) - old * cost
        variance += new * (gain - cost) ** 2 + old * cost**2
    if drift <= 0:
        return inf
    needed = log(limit * len(RATIOS))
    spread = NINE_OF_TEN * sqrt(variance)
    return float(((spread + sqrt(spread**2 + 4 * drift * needed)) / (2 * drift)) ** 2)
