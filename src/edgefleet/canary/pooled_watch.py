"""Watches the canary of a tenant that is judged together with others."""

from collections.abc import Callable
from math import ceil

from edgefleet.canary.models import Window
from edgefleet.canary.pooled_steps import PooledSteps, StepStanding
from edgefleet.canary.watch import MOST_FAILED_LOOKS, PROBE, CanaryWatch, Seen, Watched
from edgefleet.records.canary_steps import CanaryStep, Verdict

WaitUntil = Callable[[Callable[[], bool]], None]
"""Returns once what it is given returns True."""


class PooledWatch(CanaryWatch):
    """The steps of one tenant, whose looks count together with those of others.

    Its own evidence is kept as that of a tenant that is judged by itself, so that a canary whose
    run was killed can be continued alone.
    """

    def __init__(
        self,
        watched: Watched,
        *,
        pool: Callable[[], PooledSteps],
        look_wait: float,
        wait_until: WaitUntil,
    ) -> None:
        """`pool` is asked once the steps have begun; `look_wait` are seconds between two looks."""
        super().__init__(watched)
        self._pool = pool
        self._look_wait = look_wait
        self._wait_until = wait_until
        self._news = Window()
        """What came since the last look that the pool has."""
        self._share = 0.0

    def _count(self, seen: Seen, window: Window) -> None:
        super()._count(seen, window)
        self._news += window

    def _judged(self, known: CanaryStep, seen: Seen, age: float) -> CanaryStep:
        """Tell the pool what came, and send the probes that it asks for."""
        self._share = known.share
        failed = seen.failed_on_end >= MOST_FAILED_LOOKS
        if failed and self._policy.source_failed == PROBE:
            self._probe_for_source(seen, age)
        standing = self._tell(seen)
        if standing.probes:
            self._pool().probed(self._tenant, known.share)
            self._send(seen, standing.probes)
            standing = self._tell(seen)
        verdict, reason = standing.verdict, standing.reason
        if verdict is None and failed and self._policy.source_failed != PROBE:
            verdict, reason = Verdict.SOURCE_FAILED, seen.failure
        pooled = standing.pooled if standing.pooled.targets > 1 else None
        update = {"verdict": verdict, "reason": reason, "pooled": pooled}
        return self._shown(known, seen, age).model_copy(update=update)

    def _probe_for_source(self, seen: Seen, age: float) -> None:
        """Let probes stand for a source that failed, once the step's time is over."""
        if age >= self._policy.soak and not seen.probes:
            targets = self._pool().targets
            self._send(seen, max(ceil(self._policy.minimum_requests / targets), 1))
            seen.covered = age

    def _send(self, seen: Seen, count: int) -> None:
        seen.probes += count
        self._count(seen, self._probes(count))

    def _tell(self, seen: Seen) -> StepStanding:
        news, self._news = self._news, Window()
        return self._pool().look(
            self._tenant, self._share, news, seen.covered, delay=self._source.delay
        )

    def _rest(self) -> None:
        until = self._clock.monotonic() + self._look_wait

        def due() -> bool:
            late = self._clock.monotonic() >= until
            return late or self._pool().calls(self._tenant, self._share)

        self._wait_until(due)
