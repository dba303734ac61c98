"""The steps of a canary: shares of the traffic that grow while the new version is as good.

A step deploys both versions in the order that the canary at 0 % had, since Durable Objects that
moved to the new version stay there only then
(https://developers.cloudflare.com/workers/configuration/versions-and-deployments/gradual-deployments/).
Any verdict but good is raised, and `restore_on_error` gives the old version everything.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from edgefleet.canary.late_source import LateSource
from edgefleet.canary.models import Window
from edgefleet.canary.probes import probe_both
from edgefleet.canary.sources import Source
from edgefleet.canary.watch import CanaryWatch
from edgefleet.canary.worker_counters import WorkerCounters
from edgefleet.cloudflare.models import TrafficShare
from edgefleet.config.canary.counters import CounterContract
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.deploy.checks.canaries import LOGS, WORKER, source_of
from edgefleet.deploy.request import Dependencies
from edgefleet.deploy.script_change import ScriptChange, TakeSteps
from edgefleet.errors import (
    EdgefleetError,
    EvidenceFailed,
    ExternalError,
    TooLittleTraffic,
    UnhealthyError,
)
from edgefleet.health.client import WorkerRequest, ask
from edgefleet.health.expected import expectation, header_values
from edgefleet.health.models import Answer
from edgefleet.health.probe import VersionOverride, ask_health
from edgefleet.health.rules import fault
from edgefleet.records.canary_steps import CanaryStep, Verdict, VersionCounts
from edgefleet.records.models import Phase

WHOLE = 100.0


class CanaryWorse(UnhealthyError):
    """Under traffic the new version was worse than the old one."""

    code = "canary_bad"


def take_steps(
    policy: CanaryPolicy, target: Target, tenant: Tenant, deps: Dependencies
) -> TakeSteps:
    """Return what takes a version of this target through the steps of its policy."""

    def take(change: ScriptChange, version_id: str, url: str) -> None:
        old = change.before.version_id
        if old is None or old == version_id:  # a forced deploy of what is live: nothing to compare
            return
        outside = _Outside(target, tenant, deps, change, (old, version_id), url)
        clock = deps.clock
        watch = CanaryWatch(
            policy, outside.source(policy, clock), outside.probes, clock, target.tenant
        )
        CanarySteps(change, policy, watch, (old, version_id)).take()

    return take


@dataclass(slots=True)
class CanarySteps:
    """The steps of one canary, which the record keeps as they go on."""

    change: ScriptChange
    policy: CanaryPolicy
    watch: CanaryWatch
    versions: tuple[str, str]
    done: tuple[CanaryStep, ...] = field(default=(), init=False)

    def take(self) -> None:
        """Go through all steps; raises what the first verdict but good leads to."""
        for share in self.policy.steps:
            with self.change.recorder.phase(Phase.STEPS) as step:
                ended = self._step(share)
                step.note = f"{share:g} %, {step_words(ended)}"
            if ended.verdict is not Verdict.GOOD:
                raise self._objection(ended)

    def _step(self, share: float) -> CanaryStep:
        old, new = self.versions
        self.change.traffic.assert_unchanged()
        self.change.shift_traffic(
            (
                TrafficShare(version_id=old, percentage=WHOLE - share),
                TrafficShare(version_id=new, percentage=share),
            )
        )
        ended = self.watch.step(share, self._look)
        self._keep(ended)
        self.done = (*self.done, ended)
        return ended

    def _look(self, step: CanaryStep) -> None:
        """Record how a step stands, and end the canary if another run or tool deployed."""
        self._keep(step)
        with suppress(ExternalError):  # the next look may succeed
            self.change.traffic.assert_unchanged()

    def _keep(self, step: CanaryStep) -> None:
        self.change.recorder.save(canary=(*self.done, step))

    def _objection(self, step: CanaryStep) -> EdgefleetError:
        target = self.change.recorder.record.target
        at = f"at {step.share:g} % of the traffic"
        counts = step_words(step)
        again = f"edgefleet deploy {target.as_option}"
        if step.verdict is Verdict.BAD:
            return CanaryWorse(f"the new version was worse {at}: {counts}")
        if step.verdict is Verdict.SOURCE_FAILED:
            return EvidenceFailed(
                f"{step.source}, which counts, failed {at}: {step.reason}",
                hint=f"once it works: {again}; or without a canary: {again} --canary none",
            )
        return TooLittleTraffic(
            f"there was too little traffic {at} to judge the new version: {step.reason}",
            hint="raise 'deadline' or lower 'minimumRequests' of the canary policy "
            f"(docs/canaries.md); or deploy without a canary: {again} --canary none",
        )


@dataclass(frozen=True, slots=True)
class _Outside:
    """What a canary asks of the Worker and of Cloudflare."""

    target: Target
    tenant: Tenant
    deps: Dependencies
    change: ScriptChange
    versions: tuple[str, str]
    url: str

    def source(self, policy: CanaryPolicy, clock: Clock) -> Source:
        """Return what counts requests and errors."""
        contract, name = self.tenant.fleet.counters, source_of(policy, self.tenant)
        if name == WORKER and contract is not None:
            return WorkerCounters(self._ask_counters(contract), contract, self.versions, clock)
        account = self.change.account
        ask = account.logged if name == LOGS else account.served
        served = partial(ask, self.change.script)
        return LateSource(name, served, self.versions, policy.delay, clock)

    def probes(self, count: int) -> Window:
        """Probe both versions."""
        return probe_both(self._probe, self.versions, count)

    def _ask_counters(self, contract: CounterContract) -> Callable[[], Answer]:
        """Return what asks the old version, whose code is known to work, for the counters."""
        found = header_values(contract.headers, self.tenant, self.target, self.deps.credentials)
        words = {"tenant": self.target.tenant, "environment": str(self.target.environment)}
        filled = {
            name: _filled(value, words) if isinstance(value, str) else value
            for name, value in found.items()
        }
        headers = {"Accept": "application/json", **filled, **self._pin(self.versions[0]).headers()}
        request = WorkerRequest("GET", contract.path, headers, None, contract.timeout)
        return partial(ask, self.url, request)

    def _probe(self, version_id: str) -> str:
        contract = self.tenant.fleet.health
        assert contract is not None  # noqa: S101 - `check_canary` has made sure
        expected = expectation(
            contract, self.tenant, self.target, self.deps.credentials, version_id
        )
        return fault(ask_health(self.url, expected, pin=self._pin(version_id)), expected)

    def _pin(self, version_id: str) -> VersionOverride:
        return VersionOverride(script=self.change.script, version_id=version_id)


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text


def step_words(step: CanaryStep) -> str:
    """Return what a step showed: `good: 1 error in 240 requests of the new version, ...`."""
    verdict = (step.verdict or "under way").replace("_", " ")
    words = f"{verdict}: {_errors(step.new)} of the new version, {_errors(step.old)} of the old"
    return f"{words}; {step.reason}" if step.reason else words


def _errors(counts: VersionCounts) -> str:
    errors = f"{counts.errors:,} error{'' if counts.errors == 1 else 's'}"
    slow = "" if counts.slow is None else f" and {counts.slow:,} slow"
    return f"{errors}{slow} in {counts.requests:,} requests"
