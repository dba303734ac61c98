"""Evidence from the Worker itself, which counts what each of its versions serves.

Its numbers are exact, come at once, and know errors that Cloudflare takes for answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.sources import Mark, SourceUnread, Taken
from edgefleet.config.canary.counters import CounterContract
from edgefleet.config.health.places import value_at
from edgefleet.core.clock import Clock
from edgefleet.core.model import Json
from edgefleet.health.models import Answer
from edgefleet.http.connection import TransportError

SLOW_SHARE = 0.05
"""The share of the old version's answers that are slow: those above its 95th percentile."""
LARGEST_COUNT = 10**15
TIMED_MARK = 9
"""Numbers of a mark that tells slow answers, too: the last one is the bound."""
LEAST_TIMED = 100
"""Answers of the old version that must be known before any counts as slow."""

AskCounters = Callable[[], Answer]
"""Asks the Worker for its counters; raises `TransportError` where no answer came."""


@dataclass(frozen=True, slots=True)
class _Totals:
    """The counters of one version, which only grow."""

    counts: Counts = field(default_factory=Counts)
    latency: Mapping[float, int] = field(default_factory=dict)
    """Requests by the upper bound of their bucket, in milliseconds."""

    def timed(self, slow_above: float) -> Counts:
        """Return how many answers were timed, and how many of them were slow."""
        slow = sum(count for bound, count in self.latency.items() if bound > slow_above)
        return Counts(sum(self.latency.values()), slow)


class WorkerCounters:
    """Reads the counters of two versions, and subtracts what it read before."""

    name = "worker"
    delay = 0.0

    def __init__(
        self, ask: AskCounters, contract: CounterContract, versions: tuple[str, str], clock: Clock
    ) -> None:
        self._ask = ask
        self._contract = contract
        self._versions = versions
        """The old one and the new one."""
        self._clock = clock
        self._last: tuple[Counts, Counts] | None = None
        self._timed: tuple[Counts, Counts] | None = None
        """How many answers were timed and slow when it was read last."""
        self._began = clock.monotonic()
        self._slow_above: float | None = None

    def served(self) -> Counts:
        """Return what the old version has served since it counts. Raises `SourceUnread`."""
        return self._read()[0].counts

    def begin(self) -> None:
        """Note where the counters stand."""
        self._note(self._read())
        self._began = self._clock.monotonic()

    def take(self) -> Taken:
        """Return the growth of the counters."""
        before, timed = self._last, self._timed
        now = self._read()
        if self._slow_above is None:
            self._slow_above = _slow_above(now[0].latency)
        self._note(now)
        if before is None or self._last is None:
            raise SourceUnread("its counters were not read before")
        slowness = Table()
        if timed is not None and self._timed is not None:
            slowness = Table(*map(_since, self._timed, timed))
        window = Window(Table(*map(_since, self._last, before)), slowness)
        return Taken(window, self._clock.monotonic() - self._began)

    def mark(self) -> Mark:
        """Return the counters as they were read last."""
        known = (*(self._last or ()), *(self._timed or ()))
        numbers = [float(one) for counts in known for one in (counts.requests, counts.errors)]
        return (*numbers, self._slow_above) if self._timed and self._slow_above else tuple(numbers)

    def resume(self, began: datetime, mark: Mark) -> None:
        """Go on from counters that another command has read; without a mark it begins now."""
        if not mark:
            self.begin()
            return
        whole = [int(one) for one in mark]
        pairs = [Counts(*whole[place : place + 2]) for place in (0, 2, 4, 6)]
        self._last = (pairs[0], pairs[1])
        if len(mark) == TIMED_MARK:
            self._timed, self._slow_above = (pairs[2], pairs[3]), mark[-1]
        self._began = self._clock.monotonic() - (self._clock.now() - began).total_seconds()

    def _note(self, now: tuple[_Totals, _Totals]) -> None:
        old, new = now
        self._last = (old.counts, new.counts)
        above = self._slow_above
        self._timed = None if above is None else (old.timed(above), new.timed(above))

    def _read(self) -> tuple[_Totals, _Totals]:
        try:
            answer = self._ask()
        except TransportError as error:
            raise SourceUnread(f"{self._contract.path} does not answer ({error})") from error
        if answer.status != 200:
            raise SourceUnread(f"{self._contract.path} answers HTTP {answer.status}, not 200")
        listed = value_at(answer.body, self._contract.versions)
        if not isinstance(listed, list):
            raise SourceUnread(
                f"{self._contract.path} answers without a list of versions at "
                f"{self._contract.versions}"
            )
        found = {value_at(entry, self._contract.id): entry for entry in listed if _named(entry)}
        old, new = (
            self._totals(found[one]) if one in found else _Totals() for one in self._versions
        )
        return old, new

    def _totals(self, entry: Json) -> _Totals:
        contract = self._contract
        requests, errors = (
            _number(entry, place, contract.path) for place in (contract.requests, contract.errors)
        )
        latency: dict[float, int] = {}
        if contract.latency is not None:
            buckets = value_at(entry, contract.latency.buckets)
            for bucket in buckets if isinstance(buckets, list) else ():
                bound = _number(bucket, contract.latency.up_to, contract.path)
                latency[bound] = _number(bucket, contract.latency.requests, contract.path)
        return _Totals(Counts(requests, errors), latency)


def _since(now: Counts, before: Counts) -> Counts:
    """Return what came since; raises `SourceUnread` where numbers went back."""
    requests, errors = now.requests - before.requests, now.errors - before.errors
    if min(requests, errors) < 0:
        raise SourceUnread("its numbers went back: they were counted anew")
    return Counts(requests, min(errors, requests))


def _named(entry: Any) -> bool:
    return isinstance(entry, Mapping)


def _number(entry: Json, place: str, path: str) -> int:
    found = value_at(entry, place)
    whole = isinstance(found, int) and not isinstance(found, bool)
    if not whole or not 0 <= found <= LARGEST_COUNT:
        raise SourceUnread(f"{path} has no count at {place} of a version")
    return int(found)


def _slow_above(latency: Mapping[float, int]) -> float | None:
    """Return the bound that at most `SLOW_SHARE` of these answers exceeded; None: too few."""
    total = sum(latency.values())
    if total < LEAST_TIMED:
        return None
    above = total
    for bound in sorted(latency):
        above -= latency[bound]
        if above <= SLOW_SHARE * total:
            return bound
    return None
