"""One script on its way to a release, with a Cloudflare that remembers and fails as told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    HeldDomain,
    LiveState,
    ScriptSettings,
    TrafficShare,
    Version,
)
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.config.account_api import DatabaseApi
from edgefleet.config.target import STAGING
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.core.model import Json
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.go_live import go_live
from edgefleet.deploy.script_change import Release, ScriptChange, TakeSteps
from edgefleet.deploy.traffic import Traffic
from edgefleet.errors import CloudflareError, UnhealthyError
from edgefleet.locks.fence import Fence, LocalFence
from edgefleet.records.models import Action, Record
from edgefleet.records.recorder import Recorder
from edgefleet.records.store import Records
from edgefleet.state.models import LIVE_AT_ONCE, DeployStrategy
from support.clock import FakeClock
from support.stub_account import StubAccount, StubScript

OLD, NEW = "v1", "v2"
HERE, THERE = "https://here.example", "https://there.example"
SAME = HealthUrls(HERE, HERE)
BEFORE = ScriptSettings(crons=("1 * * * *",))
AFTER = ScriptSettings(crons=("2 * * * *",))


def all_to(version: str) -> tuple[TrafficShare, ...]:
    return (TrafficShare(version_id=version, percentage=100),)


CANARY = (*all_to(OLD), TrafficShare(version_id=NEW, percentage=0))


class FakeScript:
    """A script that remembers; each write may be told to fail."""

    def __init__(self) -> None:
        self.past: list[Deployment] = []
        """Its deployments, newest first."""
        self.messages: list[str] = []
        """Those of its deployments, newest first."""
        self.undeployable: tuple[TrafficShare, ...] | None = None
        self.settings = BEFORE
        self.seen: list[tuple[TrafficShare, ...]] = []
        self.failures: list[Exception] = []
        self.acts_all_the_same = False
        self.refused: Collection[str] = ()
        """The parts of settings that may not be written."""
        self.refusal: ApiError | None = None
        """Why; None for a want of permissions."""
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens while traffic is moved."""
        self._count = 0

    def deploy(self, shares: Sequence[TrafficShare], message: str) -> None:
        self.meanwhile()
        if self.failures and not self.acts_all_the_same:
            raise self.failures.pop(0)
        if tuple(shares) == self.undeployable:
            raise ApiError("a version that is too old", codes=(10220,), status=400)
        self._count += 1
        self.messages.insert(0, message)
        given = Deployment(id=f"d{self._count}", created_on="", versions=tuple(shares))
        self.past.insert(0, given)
        self.seen.append(given.versions)
        if self.failures:
            raise self.failures.pop(0)

    def delete(self) -> None:
        self.past.clear()

    @property
    def live(self) -> Deployment | None:
        return next(iter(self.past), None)

    def set(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        for part in parts:
            if part in self.refused:
                raise self.refusal or ApiError(
                    f"no permission for {part}", codes=(10000,), status=403
                )
            self.settings = self.settings.model_copy(update={part: getattr(settings, part)})


class FakeScriptApi(StubScript):
    """The client of a script that remembers."""

    def __init__(self, account: "FakeAccount") -> None:
        self._account = account
        self._script = account.fake

    def recent(self) -> tuple[Deployment, ...]:
        return self._account.recent()

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        self._script.deploy(shares, message)

    def with_tag(self, tag: str, newer_than: int) -> str | None:
        return self._account.tagged

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        return NEW

    def read(self, beside: Collection[str] = (), maybe: Collection[str] = ()) -> ScriptSettings:
        return self._script.settings

    def write(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        self._script.set(settings, parts)

    def delete(self) -> None:
        self._script.delete()


class FakeDatabase:
    """A D1 database whose table of migrations is a list; each may be told to fail."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Those that were applied, in order."""
        self.failures: dict[str, list[Exception]] = {}
        """What applying a migration raises, attempt by attempt."""
        self.acts_all_the_same = False
        self.before: dict[str, Callable[[], None]] = {}
        """What happens before a migration is applied."""

    def applied(self, table: str) -> tuple[str, ...]:
        return tuple(self.names)

    def apply(self, table: str, migration: D1Migration) -> None:
        self.before.get(migration.name, lambda: None)()
        failures = self.failures.get(migration.name)
        if failures and not self.acts_all_the_same:
            raise failures.pop(0)
        self.names.append(migration.name)
        if failures:
            raise failures.pop(0)


class FakeAccount(StubAccount):
    """An account with one script and one D1 database."""

    def __init__(self, script: FakeScript) -> None:
        super().__init__()
        self.fake = script
        self.d1 = FakeDatabase()
        self.readable = True
        self.tagged: str | None = None
        self.unattachable: ApiError | None = None
        """Why no host can be given back."""
        self.recent = self._recent
        """Returns the deployments, newest first."""

    def attach(self, held: HeldDomain) -> None:
        if self.unattachable:
            raise self.unattachable

    def _recent(self) -> tuple[Deployment, ...]:
        if not self.readable:
            raise CloudflareError("no answer")
        return tuple(self.fake.past)

    def database(self, database_id: str) -> DatabaseApi:
        return self.d1

    def script(self, name: str) -> FakeScriptApi:
        return FakeScriptApi(self)


@dataclass
class Scene:
    """A rollout to be, on a script that serves `OLD` (or nothing)."""

    recorder: Recorder
    script: FakeScript = field(default_factory=FakeScript)
    upload: Callable[[], str] = lambda: NEW
    prove: Callable[[bool], None] = lambda _pinned: None
    addresses: HealthUrls = SAME
    landed: str | CloudflareError | None = None
    """The version that is found to be the release, where it is looked for; or why it cannot be."""
    before: ScriptSettings = BEFORE
    wanted: ScriptSettings = AFTER
    migrations: tuple[D1Migrations, ...] = ()
    transferred: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    history: tuple[DeploymentEvent, ...] = ()
    """How the newest deployments were made, as far as a test is about that."""
    held: tuple[HeldDomain, ...] = ()
    """The hosts that it would take from other scripts."""
    fence: Fence = field(default_factory=LocalFence)
    """Whether the run holds the target."""
    take_steps: TakeSteps | None = None
    """What comes between 0 and 100 % of the traffic."""
    signs: bool = True
    """Whether a script upload carries the message."""

    def __post_init__(self) -> None:
        self.account = FakeAccount(self.script)
        self.script.deploy(all_to(OLD), "")
        self.script.seen.clear()
        self.asked: list[tuple[str, bool]] = []
        """The addresses that were asked, and whether the settings were made by then."""

    def upload_version(self, _tag: str, _message: str) -> str:
        return self.upload()

    def upload_script(self, _tag: str, _message: str) -> str:
        version_id = self.upload()
        self.script.deploy(all_to(version_id), "")
        return version_id

    def roll_out(self, course: DeployStrategy = DeployStrategy.VERSION) -> None:
        live = LiveState(
            deployment=self.script.live,
            settings=self.before,
            newest=1,
            versions=self.versions,
            history=self.history,
        )
        live = live.model_copy(update={"held": self.held})
        change = ScriptChange(
            Traffic(self.account, "s", self.recorder, self.fence, live.deployment),
            live,
            Release(
                message="message",
                urls=self.addresses,
                settings=self.wanted,
                tag="tag",
                migrations=self.migrations,
                transferred=self.transferred,
            ),
            self.proved,
            self.look if course in LIVE_AT_ONCE else None,
            take_steps=self.take_steps,
        )
        go_live(change, self, course)

    def look(self) -> str | None:
        if isinstance(self.landed, CloudflareError):
            raise self.landed
        return self.landed

    def proved(self, version_id: str, url: str, *, pinned: bool) -> None:
        assert version_id in (OLD, NEW)
        self.asked.append((url, self.script.settings == self.wanted))
        self.prove(pinned)

    def serves(self, version: str) -> bool:
        return self.script.live is not None and self.script.live.versions == all_to(version)


def rollout_scene(folder: Path) -> Scene:
    """Set the scene; records go to `folder`."""
    clock = FakeClock()
    record = Record(
        tenant="acme",
        environment=STAGING,
        script="s",
        action=Action.DEPLOY,
        edgefleet_version="0",
        started=clock.now(),
    )
    return Scene(Recorder(record, Records(folder), clock, ConsoleProgress(clock)))


def unhealthy(when_pinned: bool) -> Callable[[bool], None]:
    def prove(pinned: bool) -> None:
        if pinned is when_pinned:
            raise UnhealthyError("500")

    return prove


def no_answer() -> ApiError:
    return ApiError("dropped")


def interrupt() -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def raises(error: BaseException) -> Callable[[], str]:
    def upload() -> str:
        raise error

    return upload
