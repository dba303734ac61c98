"""Limits that depend on the Workers plan of an account: what is above them."""

from enum import StrEnum
from typing import NamedTuple


class WorkersPlan(StrEnum):
    """The plan of an account (https://developers.cloudflare.com/workers/platform/pricing/)."""

    FREE = "free"
    PAID = "paid"


class Excess(NamedTuple):
    """A count that is above a limit."""

    words: str
    """Such as `more than 64 (free plan)`."""
    certain: bool
    """Whether Cloudflare would refuse it; otherwise only if the account has the free plan."""


def excess(count: int, free: int, paid: int, plan: WorkersPlan | None) -> Excess | None:
    """Return how a count is above the limit of a plan; of an unknown plan free is assumed."""
    if plan is WorkersPlan.FREE:
        return Excess(f"more than {free:,} (free plan)", certain=True) if count > free else None
    if count > paid:
        which = "any plan" if plan is None else "paid plan"
        return Excess(f"more than {paid:,} ({which})", certain=True)
    if count <= free or plan is WorkersPlan.PAID:
        return None
    words = f"more than {free:,} (free plan, which is assumed: no 'plan' is named)"
    return Excess(words, certain=False)
