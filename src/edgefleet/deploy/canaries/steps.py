"""The steps of a canary: shares of the traffic that grow while the new version is as good.

A step deploys both versions in the order that the canary at 0 % had, since Durable Objects that
moved to the new version stay there only then
(https://developers.cloudflare.com/workers/configuration/versions-and-deployments/gradual-deployments/).
Any verdict but good is raised, and `restore_on_error` gives the old version everything; unless the
policy says to pause, so that the canary stays under way.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from edgefleet.canary.watch import CanaryWatch
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.canaries.outside import CanaryOutside
from edgefleet.deploy.canaries.verdicts import objection, pause_of, paused, step_words
from edgefleet.deploy.request import Dependencies
from edgefleet.deploy.script_change import ScriptChange, TakeSteps
from edgefleet.errors import ExternalError
from edgefleet.records.canary_steps import CanaryStep, Verdict
from edgefleet.records.models import Phase
from edgefleet.state.canary_state import NO_POLICY, SHORT, CanaryState, Looked, Pause


def take_steps(
    policy: CanaryPolicy,
    target: Target,
    tenant: Tenant,
    deps: Dependencies,
    *,
    first_alone: bool = False,
) -> TakeSteps:
    """Return what takes a version of this target through the steps of its policy.

    With `first_alone` it goes through the first one, and leaves the canary under way.
    """

    def take(change: ScriptChange, version_id: str, url: str) -> bool:
        old = change.before.version_id
        if old is None or old == version_id:  # a forced deploy of what is live: nothing to compare
            return True
        outside = CanaryOutside(
            target, tenant, deps, change.account, change.script, (old, version_id), url
        )
        watch = outside.watch(policy)
        return CanarySteps(change, policy, watch, (old, version_id), first_alone).take()

    return take


@dataclass(slots=True)
class CanarySteps:
    """The steps of one canary, which the record keeps as they go on."""

    change: ScriptChange
    policy: CanaryPolicy
    watch: CanaryWatch
    versions: tuple[str, str]
    first_alone: bool = False
    """Whether this run goes through the first step alone."""
    done: tuple[CanaryStep, ...] = field(default=(), init=False)

    def take(self) -> bool:
        """Go through the steps; raises what the first verdict but good leads to.

        Returns whether all of them were good. If not, the canary stays under way.
        """
        if self.policy.steps:
            self.watch.begin()
        for number, share in enumerate(self.policy.steps):
            with self.change.recorder.phase(Phase.STEPS) as step:
                ended = self._step(number, share)
                step.note = f"{share:g} %, {step_words(ended)}"
            if ended.verdict is not Verdict.GOOD:
                error = objection(ended, self.change.recorder.record.target)
                pause = pause_of(ended.verdict, self.policy)
                if pause is None:
                    raise error
                self._leave(pause)
                self.change.left = paused(error, self.change.recorder.record.target)
                return False
            if self.first_alone:
                self._leave(None)
                return False
        if self.policy.steps:
            self.watch.finish()
        return True

    def _step(self, number: int, share: float) -> CanaryStep:
        change, (old, new) = self.change, self.versions
        change.traffic.assert_unchanged()
        now = change.recorder.now()
        state = change.canary or begun(new, self.policy, NO_POLICY, now)
        looked = Looked(mark=self.watch.mark(), judged=self.watch.looked().judged)
        change.canary = state.at(number, now).model_copy(update={"looked": looked})
        change.shift_traffic(change.canary.split(old, new))
        ended = self.watch.step(share, self._look)
        self._keep(ended)
        self.done = (*self.done, ended)
        return ended

    def _leave(self, pause: Pause | None) -> None:
        """Write down in the deployment what was seen, for the next command."""
        change = self.change
        assert change.canary is not None  # noqa: S101 - the step has begun it
        seen = {"paused": pause, "looked": self.watch.looked()}
        change.canary = change.canary.model_copy(update=seen)
        change.traffic.assert_unchanged()
        change.shift_traffic(change.canary.split(*self.versions))

    def _look(self, step: CanaryStep) -> None:
        """Record how a step stands, and end the canary if another run or tool deployed."""
        self._keep(step)
        with suppress(ExternalError):  # the next look may succeed
            self.change.traffic.assert_unchanged()

    def _keep(self, step: CanaryStep) -> None:
        self.change.recorder.save(canary=(*self.done, step))


def begun(
    version_id: str, policy: CanaryPolicy, digest: str, now: datetime, *, dirty: bool | None = None
) -> CanaryState:
    """Return the state of a canary that begins, at 0 %."""
    return CanaryState(
        version=version_id[:SHORT],
        policy=policy,
        digest=digest,
        begun=now,
        since=now,
        dirty=dirty,
    )
