"""Watches one canary from step to step, until its new version is judged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from edgefleet.canary.judge import Judge
from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.shown import against, rounded, version_counts
from edgefleet.canary.sources import Mark, Source, SourceUnread, Taken
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.core.clock import Clock
from edgefleet.records.canary_steps import CanaryStep, Verdict
from edgefleet.state.canary_state import CanaryState, Looked

LOOKS_A_STEP, LONGEST_WAIT, SHORTEST_WAIT = 20, 15.0, 0.5
"""How often a step is looked at, within these seconds between two looks."""
PROBE, PAUSE = "probe", "pause"
"""What a policy may say of a step that traffic cannot judge."""
MOST_FAILED_LOOKS = 4
"""How many looks on end may fail before the source has."""

Probes = Callable[[int], Window]
"""Sends so many requests to each version, by version override, and counts what failed."""
EachLook = Callable[[CanaryStep], None]
"""Takes a step as it stands; what it raises ends the canary."""


@dataclass(slots=True)
class Seen:
    """What one step has shown so far."""

    window: Window = field(default_factory=Window)
    covered: float = 0.0
    sample_interval: float = 1.0
    looks: int = 0
    failed: int = 0
    failed_on_end: int = 0
    probes: int = 0
    failure: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """The canary of one tenant: what judges it, and by which clock."""

    policy: CanaryPolicy
    source: Source
    probes: Probes
    clock: Clock
    tenant: str


class CanaryWatch:
    """All steps of one canary of one tenant: evidence adds up over them."""

    def __init__(self, watched: Watched) -> None:
        self._policy = watched.policy
        self._source = watched.source
        self._probes = watched.probes
        self._clock = watched.clock
        self._tenant = watched.tenant
        self._judge = Judge([watched.tenant])
        self._began: float | None = None
        """When the first step began, by the monotonic clock."""
        self._seen = Seen()
        self._window_age = inf
        """How old the canary was when the window began, where that was another command's look."""

    def begin(self) -> None:
        """Return once the first step may begin: at once, for no other tenant is waited for."""

    def finish(self) -> None:
        """Return once the version may have everything, since each step was good: at once."""

    def step(self, share: float, each_look: EachLook) -> CanaryStep:
        """Watch a step whose share was deployed just now, until there is a verdict."""
        started, now = self._clock.now(), self._clock.monotonic()
        if self._began is None:
            self._began = now
        seen = self._seen = Seen()
        known = self._known(share, started)
        while True:
            self._look(seen)
            age = self._clock.monotonic() - now
            shown = self._judged(known, seen, age)
            if shown.verdict is not None:
                return shown
            each_look(shown)
            self._rest()

    def mark(self) -> Mark:
        """Read where the source stands, right before a step; empty where it cannot be read."""
        try:
            self._source.begin()
        except SourceUnread:
            return ()
        return self._source.mark()

    def looked(self) -> Looked:
        """Return what all looks so far have left, for `once` on another machine."""
        seen = self._seen
        errors, slowness = seen.window.errors, seen.window.slowness
        return Looked(
            old=(errors.old.requests, errors.old.errors),
            new=(errors.new.requests, errors.new.errors),
            slow=None if slowness == Table() else (slowness.old.errors, slowness.new.errors),
            looks=seen.looks,
            failed=seen.failed,
            interval=seen.sample_interval,
            mark=self._source.mark() if seen.begun else (),
            judged=self._judge.numbers(self._tenant),
        )

    def once(self, state: CanaryState, last: datetime) -> CanaryStep:
        """Look once at a step that another command began, and looked at last at `last`.

        A source that fails is asked again.
        """
        seen = self._seen = _seen(state.looked)
        if state.looked.judged:
            self._judge.resume(self._tenant, state.looked.judged)
        now = self._clock.now()
        self._began = self._clock.monotonic() - (now - state.begun).total_seconds()
        self._window_age = (last - state.begun).total_seconds()
        while True:
            self._look(seen, state)
            if not seen.failed_on_end or seen.failed_on_end >= MOST_FAILED_LOOKS:
                break
            self._clock.sleep(self._wait)
        age = (self._clock.now() - state.since).total_seconds()
        return self._judged(self._known(state.share, state.since), seen, age)

    @property
    def _wait(self) -> float:
        return usual_wait(self._policy.soak)

    def _rest(self) -> None:
        """Let time pass until the next look."""
        self._clock.sleep(self._wait)

    def _known(self, share: float, started: datetime) -> CanaryStep:
        return CanaryStep(
            share=share, started=started, source=self._source.name, delay=self._source.delay
        )

    def _judged(self, known: CanaryStep, seen: Seen, age: float) -> CanaryStep:
        verdict, reason = self._verdict(seen, age)
        shown = self._shown(known, seen, age)
        return shown.model_copy(update={"verdict": verdict, "reason": reason})

    def _look(self, seen: Seen, state: CanaryState | None = None) -> None:
        seen.looks += 1
        try:
            if state and not seen.begun:
                self._source.resume(state.since, state.looked.mark)
                seen.begun = True
            elif not seen.begun:
                self._source.begin()
                seen.begun = True
                seen.failed_on_end = 0
                return
            taken = self._source.take()
        except SourceUnread as error:
            seen.failed += 1
            seen.failed_on_end += 1
            seen.failure = str(error)
            return
        seen.failed_on_end = 0
        self._add(seen, taken)

    def _add(self, seen: Seen, taken: Taken) -> None:
        window = taken.window
        if min(self._age(), self._window_age) < self._policy.warm_up:
            window = Window(window.errors)
        self._count(seen, window)
        seen.covered = taken.covered
        seen.sample_interval = max(seen.sample_interval, taken.sample_interval)

    def _verdict(self, seen: Seen, age: float) -> tuple[Verdict | None, str]:
        """Return what the step has shown by now; None where it goes on."""
        policy = self._policy
        if objection := self._judge.pooled():
            return Verdict.BAD, against(objection)
        if seen.failed_on_end >= MOST_FAILED_LOOKS:
            if policy.source_failed != PROBE:
                return Verdict.SOURCE_FAILED, seen.failure
            return self._probed(seen) if age >= policy.soak else (None, "")
        if seen.covered < policy.soak:
            return None, ""
        served = seen.window.errors.served
        if served >= policy.minimum_requests:
            return self._ended(seen)
        if policy.too_little_traffic == PROBE and not seen.failed_on_end:
            return self._probed(seen)
        waits = policy.too_little_traffic != PAUSE
        if waits and self._age() < policy.deadline + self._source.delay:
            return None, ""
        wanted = policy.minimum_requests
        return Verdict.TOO_LITTLE_TRAFFIC, f"{served} requests of the {wanted} that it takes"

    def _probed(self, seen: Seen) -> tuple[Verdict, str]:
        """Fill up with probes what requests lack, and judge."""
        seen.probes = max(self._policy.minimum_requests - seen.window.errors.served, 1)
        self._count(seen, self._probes(seen.probes))
        return self._ended(seen)

    def _count(self, seen: Seen, window: Window) -> None:
        self._judge.add(self._tenant, window)
        seen.window += window

    def _ended(self, seen: Seen) -> tuple[Verdict, str]:
        """Judge all that was seen: that the step is over has nothing to do with errors."""
        self._judge.close()
        if objection := self._judge.pooled():
            return Verdict.BAD, against(objection)
        return Verdict.GOOD, f"decided by {seen.probes} probes" if seen.probes else ""

    def _shown(self, known: CanaryStep, seen: Seen, seconds: float) -> CanaryStep:
        old, new = version_counts(seen.window)
        return known.model_copy(
            update={
                "seconds": round(seconds, 3),
                "sample_interval": seen.sample_interval,
                "looks": seen.looks,
                "failed_looks": seen.failed,
                "probes": seen.probes,
                "old": old,
                "new": new,
                "evidence": rounded(self._judge.evidence),
            }
        )

    def _age(self) -> float:
        return self._clock.monotonic() - (self._began or 0.0)


def _seen(looked: Looked) -> Seen:
    slow_old, slow_new = looked.slow or (0, 0)
    errors = Table(Counts(*looked.old), Counts(*looked.new))
    return Seen(
        window=Window(errors, Table(Counts(0, slow_old), Counts(0, slow_new))),
        sample_interval=looked.interval,
        looks=looked.looks,
        failed=looked.failed,
    )


def usual_wait(soak: float) -> float:
    """Return the seconds between two looks at a step of so many."""
    return max(min(soak / LOOKS_A_STEP, LONGEST_WAIT), SHORTEST_WAIT)
