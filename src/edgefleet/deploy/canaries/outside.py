"""What a canary asks of the Worker and of Cloudflare while two versions serve."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edgefleet.canary.late_source import LateSource
from edgefleet.canary.models import Window
from edgefleet.canary.probes import probe_both
from edgefleet.canary.sources import Source
from edgefleet.canary.watch import CanaryWatch, Watched
from edgefleet.canary.worker_counters import WorkerCounters
from edgefleet.config.account_api import AccountApi
from edgefleet.config.canary.counters import CounterContract
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.deploy.checks.canaries import LOGS, WORKER, source_of
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import ConfigError
from edgefleet.health.client import WorkerRequest, ask
from edgefleet.health.expected import expectation, header_values
from edgefleet.health.models import Answer
from edgefleet.health.probe import VersionOverride, ask_health
from edgefleet.health.rules import fault


@dataclass(frozen=True, slots=True)
class CanaryOutside:
    """What a canary asks of the Worker and of Cloudflare."""

    target: Target
    tenant: Tenant
    deps: Dependencies
    account: AccountApi
    script: str
    versions: tuple[str, str]
    url: str

    def watch(self, policy: CanaryPolicy) -> CanaryWatch:
        """Return what judges both versions."""
        clock = self.deps.clock
        source = self.source(policy, clock)
        return self.deps.watch(Watched(policy, source, self.probes, clock, self.target.tenant))

    def source(self, policy: CanaryPolicy, clock: Clock) -> Source:
        """Return what counts requests and errors."""
        contract, name = self.tenant.fleet.counters, source_of(policy, self.tenant)
        if name == WORKER:
            if contract is None:
                raise ConfigError(
                    "the canary is judged by the Worker's own counters, and fleet.jsonc has no "
                    "'counters' any more",
                    hint=f"edgefleet canary abort {self.target.as_selector}",
                )
            return WorkerCounters(self._ask_counters(contract), contract, self.versions, clock)
        account = self.account
        ask = account.logged if name == LOGS else account.served
        served = partial(ask, self.script)
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
        return VersionOverride(script=self.script, version_id=version_id)


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text
