"""A sequential test of two versions: how strongly their errors speak against the new one.

`judge.py` decides by it, and has the threshold.

Under the hypothesis "a request to the new version fails no more often than one to the old version
at the same time", errors fall on the requests of a window as if drawn without replacement: of
`errors` among `requests`, the new version's part is hypergeometric. A window multiplies the
evidence by how much likelier its table is if the odds of an error are `ratio` times as high:

    evidence *= ratio ** new_errors / E[ratio ** J],   J hypergeometric

Each factor has the mean 1 under the hypothesis, whatever the rate of errors is in that window, so
that the product is a martingale, and the chance that it ever reaches 1 / alpha is at most alpha
(Ville's inequality), however often it is looked at. Tables of many tenants multiply in the same
way: each is its own stratum with its own rate. Several ratios are mixed with equal weights.

The factor is an e-variable for a 2x2 table (Turner, Ly, Grünwald: Generic E-variables for exact
sequential k-sample tests that allow for optional stopping, https://arxiv.org/abs/2106.02693),
conditional on the table's margins as in Fisher's exact test. docs/decisions/0012 has constants,
power and other possibilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, inf, lgamma, log

from edgefleet.canary.models import Counts, Table

RATIOS = (2.0, 5.0, 10.0)
"""By how much the odds of an error may have grown: the mixture finds what lies between, too."""

BLOCK = 5
"""Requests of each version that a window has at least before its table counts. What ends a window
must not depend on errors, or the bound does not hold."""

MOST_ERRORS = 10_000
"""Errors of a table whose chances are summed up one by one; a larger table counts as a smaller one
of the same rates, which says less."""

LARGEST_LOG = 700.0
"""Beyond its exponential a float ends."""


@dataclass(slots=True)
class SequentialTest:
    """The evidence against the new version over all windows and strata so far."""

    ratios: tuple[float, ...] = RATIOS
    margin: float = 1.0
    """The ratio of odds up to which the new version counts as no worse."""
    _logs: list[float] = field(init=False)
    """The logarithm of the evidence for each ratio."""
    _open: dict[str, Table] = field(default_factory=dict, init=False)
    """What waits for more requests, by stratum."""

    def __post_init__(self) -> None:
        self._logs = [0.0] * len(self.ratios)

    def add(self, stratum: str, table: Table) -> None:
        """Take the next window of a stratum; a small one waits for more requests."""
        waiting = self._open.pop(stratum, None)
        whole = waiting + table if waiting else table
        if whole.served < BLOCK:
            self._open[stratum] = whole
        else:
            self._count(whole)

    def numbers(self, stratum: str) -> tuple[float, ...]:
        """Return where the test of one stratum stands, for `resume` on another machine."""
        open_ = self._open.get(stratum, Table())
        waiting = (open_.old.requests, open_.old.errors, open_.new.requests, open_.new.errors)
        return (*self._logs, *map(float, waiting))

    def resume(self, stratum: str, numbers: Sequence[float]) -> None:
        """Go on from there; raises `ValueError` where these are numbers of another test."""
        *logs, old, old_errors, new, new_errors = numbers
        if len(logs) != len(self.ratios):
            raise ValueError("numbers of a test with other ratios")
        self._logs = list(logs)
        self._open[stratum] = Table(
            Counts(int(old), int(old_errors)), Counts(int(new), int(new_errors))
        )

    def close(self) -> None:
        """Count what waits for more requests, where errors had no part in when this is called."""
        for table in self._open.values():
            self._count(table)
        self._open.clear()

    @property
    def evidence(self) -> float:
        """How many times likelier the tables are if the new version is worse; 1 says nothing."""
        highest = max(self._logs)
        mean = sum(exp(one - highest) for one in self._logs) / len(self._logs)
        total = highest + log(mean)
        return exp(total) if total < LARGEST_LOG else inf

    def reaches(self, evidence: float) -> bool:
        """Whether the evidence is so high: its mean over the ratios is at most the highest."""
        return max(self._logs) >= log(evidence) and self.evidence >= evidence

    def _count(self, table: Table) -> None:
        gains = log_factors(table, self.ratios, self.margin)
        self._logs = [one + gain for one, gain in zip(self._logs, gains, strict=True)]


@lru_cache(maxsize=4096)
def log_factors(table: Table, ratios: tuple[float, ...], margin: float) -> tuple[float, ...]:
    """Return the logarithm of a table's factor for each ratio of odds, against `margin`."""
    errors = table.old.errors + table.new.errors
    if not errors or not table.old.requests or not table.new.requests:
        return (0.0,) * len(ratios)
    if errors > MOST_ERRORS:
        return log_factors(_smaller(table, -(-errors // MOST_ERRORS)), ratios, margin)
    least = max(0, errors - table.old.requests)
    chances = _log_chances(table, errors, least)
    usual = _log_mean_power(margin, chances, least)
    hits = table.new.errors
    return tuple(
        hits * log(ratio / margin) - _log_mean_power(ratio, chances, least) + usual
        for ratio in ratios
    )


def _smaller(table: Table, factor: int) -> Table:
    return Table(
        Counts(table.old.requests // factor, table.old.errors // factor),
        Counts(table.new.requests // factor, table.new.errors // factor),
    )


def _log_chances(table: Table, errors: int, least: int) -> list[float]:
    """Return the logarithms of the chances that `least`, `least + 1`, ... errors are the new's."""
    new, old = table.new.requests, table.old.requests
    ways = _log_choose(new + old, errors)
    return [
        _log_choose(new, hits) + _log_choose(old, errors - hits) - ways
        for hits in range(least, min(errors, new) + 1)
    ]


def _log_mean_power(base: float, chances: Sequence[float], least: int) -> float:
    """Return the logarithm of the mean of `base` to the power of the new version's errors."""
    step = log(base)
    terms = [chance + (least + place) * step for place, chance in enumerate(chances)]
    highest = max(terms)
    return highest + log(sum(exp(term - highest) for term in terms))


def _log_choose(of: int, taken: int) -> float:
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
