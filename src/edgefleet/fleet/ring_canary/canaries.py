"""The canaries of a run over a fleet, ring by ring."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from edgefleet.canary.watch import CanaryWatch, Watched
from edgefleet.cloudflare.limits import API_REQUESTS, API_WINDOW_SECONDS
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.deploy.checks.canaries import source_of
from edgefleet.fleet.models import RingStep
from edgefleet.fleet.ring_canary.member import RingMember
from edgefleet.fleet.ring_canary.ring import RingCanary
from edgefleet.fleet.ring_canary.rules import look_wait, rest
from edgefleet.fleet.ring_canary.turns import Turns


@dataclass(frozen=True, slots=True)
class CanaryTenant:
    """A tenant whose deploy may have a canary."""

    tenant: Tenant
    policy: CanaryPolicy

    @property
    def owner(self) -> str:
        """Whose API requests count together."""
        return self.tenant.config.owner or self.tenant.config.account_id


class RingCanaries:
    """Judges the targets of each ring together; a run works at one ring at a time."""

    def __init__(
        self,
        tenants: Mapping[str, CanaryTenant],
        parallel: int,
        clock: Clock,
        limit: tuple[int, float] = (API_REQUESTS, API_WINDOW_SECONDS),
    ) -> None:
        """`tenants` are those that may have a canary, by name; `limit` is that of API requests."""
        self._tenants = tenants
        self._limit = limit
        self._parallel = parallel
        self._clock = clock
        self._ring: RingCanary | None = None
        self.turns = Turns(parallel)

    def open(
        self, ring: int, names: Iterable[str], judged: Callable[[RingStep], None]
    ) -> RingCanary:
        """Begin with the targets of a ring; `judged` takes each step that has a verdict."""
        policies = {name: self._tenants[name].policy for name in names if name in self._tenants}
        self._ring = RingCanary(ring, policies, self._clock, judged)
        return self._ring

    def threads(self, names: Iterable[str]) -> int:
        """Return how many targets of a ring are under way at once: most of them may wait."""
        listed = tuple(names)
        waiting = sum(name in self._tenants for name in listed)
        return min(self._parallel + waiting, len(listed))

    def watch(self, watched: Watched) -> CanaryWatch:
        """Return what watches a target of the ring (see `Dependencies.watch`)."""
        ring, policy = self._ring, watched.policy
        if ring is None or watched.tenant not in ring.policies:
            return CanaryWatch(watched)
        here = [self._tenants[name] for name in ring.policies]
        kind = source_of(policy, self._tenants[watched.tenant].tenant)
        return RingMember(
            watched,
            ring=ring,
            turns=self.turns,
            look_wait=look_wait(policy.soak, kind, [one.owner for one in here], self._limit),
            rest=rest(len(here)),
        )
