"""Canaries with made-up traffic through the real decisions: how often and how soon they end.

Every draw comes from the generator that is handed in: the same seed gives the same runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log1p
from random import Random

from edgefleet.canary.judge import Judge
from edgefleet.canary.models import Counts, Table, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpTraffic:
    """The traffic of each tenant of a ring, looked at again and again."""

    old_rate: float
    """The share of the old version's requests that fail."""
    new_rate: float
    share: float
    """The new version's share of the traffic, 0 to 1."""
    requests: int
    """Of both versions together, at each tenant."""
    tenants: int = 1
    look: int = 50
    """Requests between two looks."""
    slow_rate: float = 0.05
    """The share of the old version's answers that are slow."""
    new_slow_rate: float = 0.05
    burst: int = 1
    """How many requests of one caller fail one after the other when one does."""
    once_a_burst: bool = True
    """Whether such a burst counts as one error, as where callers are known."""


@dataclass(frozen=True, slots=True)
class SimulatedEnd:
    """How one canary ended: when all tenants together, and each by itself, spoke against it."""

    together: int | None
    """After how many requests of both versions, over all tenants; None: never."""
    alone: int
    """How many tenants would have ended it by their own counts."""


def simulate(traffic: MadeUpTraffic, random: Random) -> SimulatedEnd:
    """Run one canary, and look at it after each few requests."""
    names = [str(number) for number in range(traffic.tenants)]
    judge, seen, together = Judge(names), 0, None
    alone: set[str] = set()
    streams = [_windows(traffic, random) for _ in names]
    for windows in zip(*streams, strict=True):
        for name, window in zip(names, windows, strict=True):
            judge.add(name, window)
            seen += window.errors.old.requests + window.errors.new.requests
        if together is None and judge.pooled():
            together = seen
            if traffic.tenants == 1:
                break
        if traffic.tenants > 1:
            alone.update(name for name in names if name not in alone and judge.own(name))
    return SimulatedEnd(together, len(alone))


def _windows(traffic: MadeUpTraffic, random: Random) -> Iterator[Window]:
    """Yield what came between two looks: each request goes to the new version with its share."""
    for _ in range(traffic.requests // traffic.look):
        new = drawn(random, traffic.look, traffic.share)
        old = traffic.look - new
        if traffic.burst == 1:
            old_errors = drawn(random, old, traffic.old_rate)
            new_errors = drawn(random, new, traffic.new_rate)
        else:
            old_errors, new_errors = _bursts(traffic, random, old, new)
        slow = Table(
            Counts(old, drawn(random, old, traffic.slow_rate)),
            Counts(new, drawn(random, new, traffic.new_slow_rate)),
        )
        yield Window(Table(Counts(old, old_errors), Counts(new, new_errors)), slow)


def _bursts(traffic: MadeUpTraffic, random: Random, old: int, new: int) -> tuple[int, int]:
    """Return the errors of bursts that a caller causes whatever version serves it.

    The caller sticks to a version for a burst, which is the worst case.
    """
    bursts = drawn(random, old + new, traffic.old_rate / traffic.burst)
    on_new = drawn(random, bursts, traffic.share)
    size = 1 if traffic.once_a_burst else traffic.burst
    return min((bursts - on_new) * size, old), min(on_new * size, new)


def drawn(random: Random, trials: int, chance: float) -> int:
    """Return a binomial draw: by the gaps between hits, for hits are rare."""
    if chance <= 0 or trials <= 0:
        return 0
    if chance > 0.2:
        return sum(random.random() < chance for _ in range(trials))
    hits, place, scale = 0, 0, log1p(-chance)
    while True:
        place += int(log1p(-random.random()) / scale) + 1
        if place > trials:
            return hits
        hits += 1
