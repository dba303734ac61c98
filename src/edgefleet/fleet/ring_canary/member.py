"""The canary of one target of a ring, which its own thread takes from step to step."""

from collections.abc import Callable

from edgefleet.canary.pooled_steps import PooledSteps
from edgefleet.canary.pooled_watch import PooledWatch
from edgefleet.canary.watch import Watched
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.fleet.ring_canary.ring import RingCanary
from edgefleet.fleet.ring_canary.turns import Turns


class RingMember(PooledWatch):
    """Watches one target together with the others of its ring.

    While it waits it has no turn, so that others are worked at; it wakes now and then to see
    whether the ring goes on, and its clock ends each wait where the run is to stop.
    """

    def __init__(
        self,
        watched: Watched,
        *,
        ring: RingCanary,
        turns: Turns,
        look_wait: float,
        rest: float,
    ) -> None:
        """`look_wait` are the seconds between two looks, `rest` those of one sleep."""
        super().__init__(
            watched,
            pool=self._own_pool,
            look_wait=look_wait,
            wait_until=self._sleep_until,
        )
        self._ring = ring
        self._turns = turns
        self._sleep = rest

    def begin(self) -> None:
        """Return once each target of the ring has come so far, or has ended."""
        self._ring.arrive(self._tenant)
        self._sleep_until(lambda: self._ring.pool(self._tenant) is not None)

    def finish(self) -> None:
        """Return once each target of the ring is judged; raises `CanaryWorse` if one is bad."""
        self._sleep_until(lambda: self._ring.settled)
        if why := self._own_pool().refused:
            raise CanaryWorse(f"the new version was worse: {why}")
        self._turns.deploy()

    def _own_pool(self) -> PooledSteps:
        pool = self._ring.pool(self._tenant)
        assert pool is not None  # noqa: S101 - `begin` waited for it
        return pool

    def _sleep_until(self, due: Callable[[], bool]) -> None:
        with self._turns.resting():
            while not due():
                self._clock.sleep(self._sleep)
