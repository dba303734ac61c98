"""One ring whose targets have canaries: who is still to come, and what was judged.

The first step begins when each target with a canary has come so far, or has ended before. Targets
with the same policy are judged together; where a version is bad at some of them, the
whole ring is restored.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial

from edgefleet.canary.pooled_steps import PooledStep, PooledSteps
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.core.clock import Clock
from edgefleet.fleet.models import RingStep
from edgefleet.records.canary_steps import PooledCounts, Verdict


class RingCanary:
    """The canaries of one ring; threads of its targets call it, and nothing here waits."""

    def __init__(
        self,
        ring: int,
        policies: Mapping[str, CanaryPolicy],
        clock: Clock,
        judged: Callable[[RingStep], None],
    ) -> None:
        """`judged` takes each step once it has a verdict."""
        self.ring = ring
        self.policies = policies
        """Of the tenants that may have a canary, by name."""
        self._clock = clock
        self._judged = judged
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        self._arrived: set[str] = set()
        self._ended: set[str] = set()
        self._no_more = False
        self._pools: dict[CanaryPolicy, PooledSteps] = {}
        self._opened = False

    def begin(self, tenant: str) -> None:
        """Expect a target whose deploy begins."""
        self._begun.add(tenant)

    def no_more(self) -> None:
        """Expect no target whose deploy has not begun."""
        self._no_more = True

    def arrive(self, tenant: str) -> None:
        """Let a target wait for the others before its first step."""
        with self._lock:
            self._arrived.add(tenant)

    def end(self, tenant: str) -> None:
        """Go on without a target whose deploy ended, however it did."""
        with self._lock:
            self._ended.add(tenant)
        for pool in self._pools.values():
            pool.leave(tenant)

    def pool(self, tenant: str) -> PooledSteps | None:
        """Return what a target is judged with; None while others are still to come."""
        with self._lock:
            if not self._opened and self._complete():
                self._open()
            return self._pools[self.policies[tenant]] if self._opened else None

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be judged at any target."""
        return all(pool.over for pool in self._pools.values())

    def _complete(self) -> bool:
        expected = self._begun if self._no_more else set(self.policies)
        return expected & set(self.policies) <= self._arrived | self._ended

    def _open(self) -> None:
        self._opened = True
        for policy in {self.policies[tenant] for tenant in self._arrived - self._ended}:
            judged = partial(self._take_verdict, policy)
            self._pools[policy] = PooledSteps(policy, self._names(policy), self._clock, judged)

    def _names(self, policy: CanaryPolicy) -> list[str]:
        here = sorted(self._arrived - self._ended)
        return [tenant for tenant in here if self.policies[tenant] == policy]

    def _take_verdict(self, own: CanaryPolicy, step: PooledStep, pooled: PooledCounts) -> None:
        """Refuse the version at the whole ring where it is bad, and tell of the verdict."""
        if step.verdict is Verdict.BAD:
            others = f"the ring goes back: at {step.share:g} % of others, {step.reason}"
            for policy, pool in self._pools.items():
                pool.refuse(step.reason if policy == own else others)
        self._judged(
            RingStep(
                ring=self.ring,
                share=step.share,
                started=step.started,
                seconds=round(self._clock.monotonic() - step.since, 3),
                pooled=pooled,
                verdict=step.verdict or Verdict.GOOD,
                reason=step.reason,
            )
        )
