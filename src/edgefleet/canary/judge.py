"""Whether what two versions did under traffic speaks against the new one.

Errors and slow answers are tested apart, and share the false alarms that a canary may raise. A ring
of tenants is judged in two ways: all of them together, and each by itself with its part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edgefleet.canary.models import Window
from edgefleet.canary.sequential_test import SequentialTest

FALSE_ALARMS = 0.005
"""The chance that a version that is no worse is refused, over a whole canary."""
ERRORS_PART, SLOWNESS_PART = 0.8, 0.2
"""How the tests of errors and of slow answers share it."""

POOLED_PART, OWN_PART = 0.8, 0.2
"""How the test of a whole ring and those of each of its tenants share them again."""

SLOW_MARGIN = 2.0
"""The ratio of odds up to which slow answers are no regression: a new version starts cold, and its
answers are less independent of each other than errors are."""
SLOW_RATIOS = (4.0, 10.0, 30.0)

LARGEST = 1e12
"""More evidence than that says no more, and JSON has no infinity."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a version is refused."""

    what: str
    """`errors` or `slow answers`."""
    evidence: float
    """How many times likelier the counts are if the version is worse."""


@dataclass(slots=True)
class _Tests:
    """Both tests, over the same windows."""

    errors: SequentialTest = field(default_factory=SequentialTest)
    slowness: SequentialTest = field(
        default_factory=lambda: SequentialTest(SLOW_RATIOS, SLOW_MARGIN)
    )

    def add(self, stratum: str, window: Window) -> None:
        self.errors.add(stratum, window.errors)
        self.slowness.add(stratum, window.slowness)

    def close(self) -> None:
        self.errors.close()
        self.slowness.close()

    def objection(self, part: float) -> Objection | None:
        """Return what speaks against the version, within a part of the false alarms."""
        kinds = (
            ("errors", self.errors, ERRORS_PART),
            ("slow answers", self.slowness, SLOWNESS_PART),
        )
        for what, test, kind in kinds:
            if test.reaches(enough(part, kind)):
                return Objection(what, min(test.evidence, LARGEST))
        return None


def enough(part: float, kind: float = ERRORS_PART) -> float:
    """Return the evidence that refuses a version, within a part of the false alarms."""
    return 1 / (FALSE_ALARMS * part * kind)


class Judge:
    """The tests of one canary, over all of its steps: of one tenant, or of a ring of them."""

    def __init__(self, tenants: Iterable[str]) -> None:
        names = tuple(tenants)
        self._alone = len(names) == 1
        self._pooled = _Tests()
        self._own = {name: self._pooled if self._alone else _Tests() for name in names}

    def add(self, tenant: str, window: Window) -> None:
        """Take what came of a tenant since its last window."""
        self._pooled.add(tenant, window)
        if not self._alone:
            self._own[tenant].add(tenant, window)

    def close(self) -> None:
        """Count what waits for more requests: at the end of a step, which time alone decides."""
        for tests in (self._pooled, *self._own.values()):
            tests.close()

    def pooled(self) -> Objection | None:
        """Return what speaks against the version at all tenants together."""
        return self._pooled.objection(1.0 if self._alone else POOLED_PART)

    def own(self, tenant: str) -> Objection | None:
        """Return what speaks against it at one tenant by itself.

        Many tests raise many false alarms, so that each has its part of what all may raise.
        """
        part = 1.0 if self._alone else OWN_PART / len(self._own)
        return self._own[tenant].objection(part)

    def numbers(self, tenant: str) -> tuple[float, ...]:
        """Return where the tests of one tenant stand, for `resume` on another machine."""
        tests = self._own[tenant]
        return (*tests.errors.numbers(tenant), *tests.slowness.numbers(tenant))

    def resume(self, tenant: str, numbers: Sequence[float]) -> None:
        """Go on from there; raises `ValueError` where these are numbers of other tests."""
        half, tests = len(numbers) // 2, self._own[tenant]
        tests.errors.resume(tenant, numbers[:half])
        tests.slowness.resume(tenant, numbers[half:])

    @property
    def evidence(self) -> float:
        """The evidence of errors at all tenants together."""
        return min(self._pooled.errors.evidence, LARGEST)
