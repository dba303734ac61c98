"""`continue`: look at a canary once, and move it by one step at most.

What a look has seen goes into the message of the deployment before anything else is done with it:
the next command counts from there, so that no request is counted twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from edgefleet.canary.watch import LOOKS_A_STEP, CanaryWatch
from edgefleet.deploy.canaries.verdicts import objection, pause_of, paused, step_words
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import UnhealthyError
from edgefleet.records.canary_steps import CanaryStep, Verdict
from edgefleet.records.models import Phase, Status
from edgefleet.state.canary_state import CanaryState, Looked, Pause
from edgefleet.underway.canary_change import CanaryChange
from edgefleet.underway.ends import check_kept, expire, finish, put_back
from edgefleet.underway.models import CanaryResult
from edgefleet.underway.outcome import CanaryOutcome

SHORTEST_WINDOW = timedelta(seconds=30)
"""Looks that follow each other sooner are one: each of them is a deployment at Cloudflare."""


def go_on(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    """Look, and do what follows; raises what an unfavourable verdict leads to."""
    state, now = opened.found.state, opened.deps.clock.now()
    if opened.found.overdue(now):
        expire(opened, outcome)
    elif state.kept:
        check_kept(opened, outcome)
    elif not state.stepping:
        finish(opened, outcome)
    else:
        change = opened.change()
        if opened.request.resume and state.paused is not None:
            change.canary = state.model_copy(update={"paused": None})
        _OneLook(opened, change, outcome).go()


@dataclass(frozen=True, slots=True)
class _OneLook:
    """One look at a step, and what follows from it."""

    opened: CanaryChange
    change: ScriptChange
    outcome: CanaryOutcome

    @property
    def state(self) -> CanaryState:
        """Where the canary stands by now."""
        assert self.change.canary is not None  # noqa: S101 - it is opened with one
        return self.change.canary

    def go(self) -> None:
        opened, state = self.opened, self.state
        now = opened.deps.clock.now()
        if state.step < 0:
            self._prove()
        elif state == opened.found.state and self._too_soon(now):
            self._stays(f"it was looked at {(now - opened.found.when).total_seconds():.0f} s ago")
        else:
            self._look(opened.outside(opened.url).watch(state.policy))

    def _too_soon(self, now: datetime) -> bool:
        """Whether another look has just been, and could not have moved the canary either."""
        policy, looked = self.state.policy, self.state.looked
        served = min(looked.old[0], looked.new[0])
        if now >= self.state.step_until and served >= policy.minimum_requests:
            return False
        shortest = min(SHORTEST_WINDOW, timedelta(seconds=policy.soak / LOOKS_A_STEP))
        return now - self.opened.found.when < shortest

    def _prove(self) -> None:
        """Check the new version at 0 %: the command that put it there ended before it had."""
        opened = self.opened
        with self.change.recorder.phase(Phase.CANARY):
            try:
                self.change.check_health(opened.found.new, opened.url, pinned=True)
            except UnhealthyError as error:
                put_back(opened, self.change, error, self.outcome)
        if self._held():
            self._stays("a person has paused it")
        else:
            self._move(opened.outside(opened.url).watch(self.state.policy))

    def _look(self, watch: CanaryWatch) -> None:
        with self.change.recorder.phase(Phase.STEPS) as shown:
            step = watch.once(self.state, self.opened.found.when)
            self.change.recorder.save(canary=(step,))
            shown.note = f"{step.share:g} %, {step_words(step)}"
        self.outcome.step = step
        if step.verdict is Verdict.BAD or self._ends(step):
            error = objection(step, self.opened.request.target)
            put_back(self.opened, self.change, error, self.outcome)
        elif step.verdict is Verdict.GOOD and not self._held():
            self._move(watch)
        else:
            self._wait(step, watch)

    def _ends(self, step: CanaryStep) -> bool:
        """Whether the policy ends the canary where traffic cannot judge it."""
        undecided = step.verdict in (Verdict.TOO_LITTLE_TRAFFIC, Verdict.SOURCE_FAILED)
        return undecided and pause_of(step.verdict, self.state.policy) is None

    def _held(self) -> bool:
        return self.state.paused is Pause.PERSON

    def _move(self, watch: CanaryWatch) -> None:
        """Go to the next step; to everything after the last one."""
        state, change, found = self.state, self.change, self.opened.found
        if state.step + 1 == len(state.policy.steps):
            finish(self.opened, self.outcome)
            return
        change.traffic.assert_unchanged()
        judged = watch.looked().judged or state.looked.judged
        looked = Looked(mark=watch.mark(), judged=judged)
        moved = state.at(state.step + 1, self.opened.deps.clock.now())
        change.canary = moved.model_copy(update={"looked": looked})
        with change.recorder.phase(Phase.TRAFFIC) as shown:
            change.shift_traffic(change.canary.split(found.old, found.new))
            shown.note = f"{change.canary.share:g} %"
        self._stays(f"from {state.share:g} % to {change.canary.share:g} %", moved=True)

    def _wait(self, step: CanaryStep, watch: CanaryWatch) -> None:
        """Write down what was seen; raise where the policy pauses."""
        pause = Pause.PERSON if self._held() else pause_of(step.verdict, self.state.policy)
        self._write(self._seen(watch, pause))
        self._stays(_waits(step, self.state, self.opened.deps.clock.now()))
        if pause not in (None, Pause.PERSON):
            target = self.opened.request.target
            raise paused(objection(step, target), target)

    def _seen(self, watch: CanaryWatch, pause: Pause | None) -> CanaryState:
        before, looked = self.state, watch.looked()
        update: dict[str, object] = {"paused": pause, "looked": looked}
        if looked.mark and not before.looked.mark and before.policy.source == "worker":
            update["since"] = self.opened.deps.clock.now()  # its counters are known from now on
        return before.model_copy(update=update)

    def _write(self, seen: CanaryState) -> None:
        """Deploy the same split with what was seen, unless nothing was."""
        before, found = self.opened.found.state, self.opened.found
        served = (before.looked.old, before.looked.new) != (seen.looked.old, seen.looked.new)
        begun = seen.since != before.since
        self.change.canary = seen
        if served or begun or before.paused is not seen.paused:
            with self.change.recorder.phase(Phase.TRAFFIC) as shown:
                self.change.traffic.assert_unchanged()
                self.change.shift_traffic(seen.split(found.old, found.new))
                shown.note = f"still {seen.share:g} %"

    def _stays(self, words: str, *, moved: bool = False) -> None:
        found = self.opened.found._replace(state=self.state)
        self.change.recorder.save(status=Status.UNDER_WAY)
        target = self.opened.request.target
        self.outcome.result = CanaryResult.going_on(target, found, words, moved=moved)


def _waits(step: CanaryStep, state: CanaryState, now: datetime) -> str:
    """Return in words until when a step lasts, or what it waits for."""
    if step.verdict is Verdict.GOOD:
        return f"{step_words(step)}; a person has paused it"
    if step.verdict is not None:
        return step_words(step)
    until = f"until {state.step_until:%H:%M:%S} UTC"
    if now >= state.step_until:
        served, wanted = min(step.old.requests, step.new.requests), state.policy.minimum_requests
        until = f"until {wanted} requests, of which there are {served}"
        if served >= wanted:
            until = f"until {step.source} has told of all of it"
    return f"{step_words(step)}; the step lasts {until}"
