"""The steps of many tenants that are judged together: their counts add up to one verdict.

Each tenant has its own rate of errors, and its own test beside that of all together
(`judge.Judge`). A thread of each tenant calls this, whenever it has looked; no call waits.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import NamedTuple

from edgefleet.canary.judge import Judge
from edgefleet.canary.models import Window
from edgefleet.canary.shown import against, rounded, version_counts
from edgefleet.canary.watch import PAUSE, PROBE
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.core.clock import Clock
from edgefleet.records.canary_steps import PooledCounts, Verdict


@dataclass(slots=True)
class PooledStep:
    """One share of the traffic at all tenants that take it together."""

    share: float
    started: datetime
    since: float
    """When it began, by the monotonic clock."""
    window: Window = field(default_factory=Window)
    covered: dict[str, float] = field(default_factory=dict)
    """Seconds of the step that the looks at a tenant cover."""
    probes: int = 0
    """How many probes of each version a tenant sends, since requests lacked."""
    probed: set[str] = field(default_factory=set)
    verdict: Verdict | None = None
    reason: str = ""
    alone: str | None = None
    """The tenant whose own counts gave the verdict."""


class StepStanding(NamedTuple):
    """Where a step stands, for one tenant."""

    verdict: Verdict | None
    reason: str
    pooled: PooledCounts
    probes: int
    """How many probes of each version the tenant is to send now."""


class PooledSteps:
    """All steps of the canaries of some tenants, which have the same policy."""

    def __init__(
        self,
        policy: CanaryPolicy,
        tenants: Collection[str],
        clock: Clock,
        judged: Callable[[PooledStep, PooledCounts], None],
    ) -> None:
        """`judged` takes each step once it has a verdict."""
        self._policy = policy
        self._clock = clock
        self._judged = judged
        self._judge = Judge(tenants)
        self._present = set(tenants)
        self._count = len(tenants)
        self._steps: dict[float, PooledStep] = {}
        self._began = clock.monotonic()
        self._lock = threading.Lock()
        self._refused = ""

    @property
    def targets(self) -> int:
        """How many tenants took the steps."""
        return self._count

    @property
    def age(self) -> float:
        """Seconds since the first step began anywhere."""
        return self._clock.monotonic() - self._began

    @property
    def over(self) -> bool:
        """Whether nothing more is to be judged."""
        last = self._steps.get(self._policy.steps[-1])
        return not self._present or bool(last and last.verdict) or bool(self._refused)

    @property
    def refused(self) -> str:
        """Why the version is refused at all of these tenants, at any step; empty: it is not."""
        return self._refused

    def refuse(self, why: str) -> None:
        """Refuse the version, whatever is counted from now on."""
        self._refused = why

    def calls(self, tenant: str, share: float) -> bool:
        """Whether there is a verdict at a step, or a tenant is to send probes."""
        step = self._steps.get(share)
        if self._refused or step is None:
            return bool(self._refused)
        return step.verdict is not None or bool(step.probes and tenant not in step.probed)

    def leave(self, tenant: str) -> None:
        """Judge the others without a tenant whose canary ended; what it showed so far counts."""
        with self._lock:
            self._present.discard(tenant)

    def look(
        self, tenant: str, share: float, window: Window, covered: float, *, delay: float = 0.0
    ) -> StepStanding:
        """Take what came at a tenant since its last look; return where its step stands.

        `covered` are the seconds of the step that its looks cover, `delay` those by which its
        source is late.
        """
        with self._lock:
            step = self._step(share)
            news = step.verdict is None and not self._refused
            if news:
                step.covered[tenant] = covered
                self._judge.add(tenant, window)
                step.window += window
                self._decide(step, tenant, delay)
            standing = self._standing(step, tenant)
        if news and step.verdict is not None:
            self._judged(step, standing.pooled)
        return standing

    def probed(self, tenant: str, share: float) -> None:
        """Take note that a tenant sends the probes that it was asked for."""
        with self._lock:
            self._step(share).probed.add(tenant)

    def _step(self, share: float) -> PooledStep:
        if not self._steps:
            self._began = self._clock.monotonic()
        if share not in self._steps:
            now = self._clock.monotonic()
            self._steps[share] = PooledStep(share, self._clock.now(), now)
        return self._steps[share]

    def _decide(self, step: PooledStep, tenant: str, delay: float) -> None:
        if self._objects(step, (tenant,)):
            return
        if any(step.covered.get(one, 0.0) < self._policy.soak for one in self._present):
            return
        wanted = self._policy.minimum_requests
        served = step.window.errors.served
        if step.probes:
            if step.probed >= self._present:
                self._end(step, f"decided by {step.probes} probes of each target")
        elif served >= wanted:
            self._end(step, "")
        elif self._policy.too_little_traffic == PROBE:
            step.probes = max(ceil((wanted - served) / len(self._present)), 1)
        elif self._policy.too_little_traffic == PAUSE or self.age >= self._policy.deadline + delay:
            step.verdict = Verdict.TOO_LITTLE_TRAFFIC
            step.reason = f"{served} requests of the {wanted} that it takes{self._where}"

    def _end(self, step: PooledStep, reason: str) -> None:
        """Judge all that was seen: that the step is over has nothing to do with errors."""
        self._judge.close()
        if not self._objects(step, sorted(self._present)):
            step.verdict, step.reason = Verdict.GOOD, reason

    def _objects(self, step: PooledStep, tenants: Collection[str]) -> bool:
        """Whether all together, or one of these by itself, speak against the new version."""
        if objection := self._judge.pooled():
            step.verdict, step.reason = Verdict.BAD, against(objection, self._where)
            step.alone = None if self._count > 1 else next(iter(tenants))
            return True
        for tenant in tenants:
            if objection := self._judge.own(tenant):
                step.verdict, step.alone = Verdict.BAD, tenant
                step.reason = against(objection, f" at {tenant} alone")
                return True
        return False

    @property
    def _where(self) -> str:
        return f" at {self._count} targets together" if self._count > 1 else ""

    def _pooled(self, step: PooledStep) -> PooledCounts:
        old, new = version_counts(step.window)
        return PooledCounts(
            targets=self._count,
            old=old,
            new=new,
            evidence=rounded(self._judge.evidence),
            alone=step.alone,
        )

    def _standing(self, step: PooledStep, tenant: str) -> StepStanding:
        wanted = 0 if step.verdict or tenant in step.probed else step.probes
        pooled = self._pooled(step)
        if self._refused:
            return StepStanding(Verdict.BAD, self._refused, pooled, 0)
        return StepStanding(step.verdict, step.reason, pooled, wanted)
