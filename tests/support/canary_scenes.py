"""A canary under way at a script whose Cloudflare remembers, by a clock that does not wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edgefleet.cloudflare.models import Deployment, DeploymentEvent, ServedByVersion, TrafficShare
from edgefleet.config.account_api import ScriptApi
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.canaries.steps import begun
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import CloudflareError
from edgefleet.health.models import Expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.locks.local import LocalLocks
from edgefleet.records.models import Health, Origin, Record
from edgefleet.records.signature import with_canary
from edgefleet.records.store import Records
from edgefleet.state.canary_state import NO_POLICY, CanaryState
from edgefleet.underway.request import CanaryAction, CanaryRequest
from edgefleet.underway.underway import Acted, act_on_canary
from support.clock import FakeClock
from support.lineage import KnownLineage
from support.past import PastAccount, PastScript, made

OLD, NEW = "v1", "v2"
ALDER = Target(tenant="alder", environment=STAGING)
UNUSED: Any = None


class TimedScript(PastScript):
    """A script whose deployments are made at the time of a clock."""

    def __init__(self, account: "TimedAccount") -> None:
        super().__init__(account)
        self._timed = account

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        self._timed.deploy(tuple(shares), message)


class TimedAccount(PastAccount):
    """An account whose script has callers: a hundred requests a second, by the shares in force."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__([made(1), made(2)], [])
        self.clock = clock
        self.per_second = 100.0
        self.failing = {OLD: 0.01, NEW: 0.01}
        """The share of requests that fail, by the version."""
        self.unread: CloudflareError | None = None
        """Why what was served cannot be read."""
        self.deploying: Callable[[], None] = lambda: None
        """What happens before a deployment is made."""

    def deploy(self, shares: tuple[TrafficShare, ...], message: str | None) -> None:
        self.deploying()
        event = DeploymentEvent(
            id=f"d{len(self.past)}",
            created_on=self.clock.now(),
            versions=shares,
            message=message,
        )
        self.past.insert(0, event)

    def script(self, name: str) -> ScriptApi:
        return TimedScript(self)

    def served(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        if self.unread:
            raise self.unread
        whole = self.per_second * (until - since).total_seconds()
        return tuple(
            ServedByVersion(
                version_id=one,
                requests=round(whole * share / 100),
                errors=round(whole * share / 100 * self.failing[one]),
                sample_interval=1,
            )
            for one, share in self.shares.items()
        )


class Notes(ConsoleProgress):
    """Remembers what it is to say."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class CanaryScene:
    """A target with a canary, and what commands do with it."""

    folder: Path
    tenant: Tenant
    clock: FakeClock = field(default_factory=FakeClock)
    unhealthy: bool = False
    """Whether health checks fail."""

    def __post_init__(self) -> None:
        self.account = TimedAccount(self.clock)
        self.told = Notes(self.clock)
        self.probed: list[tuple[str | None, bool]] = []
        """Which versions were asked, and whether by version override."""
        self.machine = 0
        self.account.deploy((TrafficShare(version_id=OLD, percentage=100),), "edgefleet 1.0")

    def begin(self, step: int = 0, **policy: Any) -> CanaryState:
        """Let a canary be at a step that begins now."""
        given = {"steps": [10, 50], "soak": "60s", "deadline": "1h", "warmUp": "0s", **policy}
        said = CanaryPolicy.model_validate({"source": "analytics", "delay": "0s", **given})
        now = self.clock.now()
        state = begun(NEW, said, NO_POLICY, now).at(0, now)
        state = state.model_copy(update={"step": step})
        self.stands(state)
        return state

    def stands(self, state: CanaryState) -> None:
        """Deploy what a command left."""
        self.account.deploy(state.split(OLD, NEW), with_canary("edgefleet 1.0: why", state))

    def act(self, action: CanaryAction = CanaryAction.CONTINUE, **more: Any) -> Acted:
        """Do one thing with the canary."""
        request = CanaryRequest(
            target=ALDER,
            load=lambda: self.tenant,
            load_at=UNUSED,
            root=self.folder,
            origin=Origin(edgefleet_version="1.0"),
            action=action,
            **more,
        )
        return act_on_canary(request, self.ports())

    def after(self, seconds: float, **more: Any) -> Acted:
        """Continue, on a machine without records, once so many seconds have passed."""
        self.clock.sleep(seconds)
        self.machine += 1
        return self.act(**more)

    def ports(self) -> Dependencies:
        return Dependencies(
            wrangler=UNUSED,
            credentials=Credentials({"CLOUDFLARE_API_TOKEN_ALDER": "t"}, self.folder),
            connect=lambda *_: self.account,
            probe=self.probe,
            observe=UNUSED,
            records=self.records,
            locks=LocalLocks(self.folder / "locks"),
            clock=self.clock,
            progress=self.told,
            lineage=KnownLineage(),
            base_url="",
            workers_dev="https://workers.dev",
        )

    @property
    def records(self) -> Records:
        """The records of the machine that acts."""
        return Records(self.folder / f"deployments{self.machine}")

    @property
    def record(self) -> Record:
        """The newest of them."""
        last = self.records.last(ALDER)
        assert last is not None
        return last

    def probe(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        self.probed.append((expected.version_id, pin is not None))
        why = "500" if self.unhealthy else ""
        return Health(url=url, healthy=not self.unhealthy, attempts=1, seconds=deadline, reason=why)

    @property
    def share(self) -> float:
        """The new version's share of the traffic."""
        return self.account.shares.get(NEW, 0.0)

    @property
    def newest(self) -> Deployment | None:
        return self.account.script("").deployments.current()
