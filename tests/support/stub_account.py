"""An account and a script of which nothing may be read or written: tests override what they need.

They implement the protocols of `config.account_api`, and know nothing of Cloudflare's client.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    DeploymentPage,
    HeldDomain,
    LiveState,
    ScriptSettings,
    ServedByVersion,
    TrafficShare,
    Version,
    VersionDetails,
)
from edgefleet.cloudflare.named_resources import NamedResource
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.static_assets import AssetSet, ReadAsset
from edgefleet.config.account_api import (
    DatabaseApi,
    DeploymentsApi,
    OwnerReader,
    ResourceReader,
    ScriptApi,
    SettingsApi,
    VersionsApi,
    ZoneReader,
)
from edgefleet.core.model import Json


class UnexpectedCall(AssertionError):
    """A test's account was asked what the test does not expect."""


class StubScript:
    """A script that is its own deployments, versions and settings."""

    @property
    def deployments(self) -> DeploymentsApi:
        return self

    @property
    def versions(self) -> VersionsApi:
        return self

    @property
    def settings(self) -> SettingsApi:
        return self

    def current(self) -> Deployment | None:
        return next(iter(self.recent()), None)

    def recent(self) -> tuple[Deployment, ...]:
        raise UnexpectedCall

    def first_page(self) -> DeploymentPage:
        return list(zip(self.recent(), self.history(), strict=False))

    def history(self) -> Iterator[DeploymentEvent]:
        raise UnexpectedCall

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        raise UnexpectedCall

    def deployable(self) -> list[Version]:
        raise UnexpectedCall

    def with_tag(self, tag: str, newer_than: int) -> str | None:
        raise UnexpectedCall

    def details(self, version_id: str) -> VersionDetails | None:
        raise UnexpectedCall

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        raise UnexpectedCall

    def upload_assets(self, assets: AssetSet, read: ReadAsset) -> str:
        raise UnexpectedCall

    def read(self, beside: Collection[str] = (), maybe: Collection[str] = ()) -> ScriptSettings:
        raise UnexpectedCall

    def try_write(self, part: str, wanted: ScriptSettings, live: ScriptSettings) -> None:
        """Let the token write everything."""

    def write(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        raise UnexpectedCall

    def delete(self) -> None:
        raise UnexpectedCall


class StubAccount:
    """An account whose token is good, and which has all resources and no script."""

    def __init__(self, account_id: str = "a") -> None:
        self.id = account_id
        self.expires: datetime | None = None

    def verify(self) -> datetime | None:
        """Find nothing wrong."""
        return self.expires

    def subdomain(self) -> str:
        return "sub"

    @property
    def known_subdomain(self) -> str | None:
        return None

    def script(self, name: str) -> ScriptApi:
        raise UnexpectedCall

    def database(self, database_id: str) -> DatabaseApi:
        raise UnexpectedCall

    def observe(
        self,
        script: str,
        beside: Collection[str] = (),
        objects: Collection[str] = (),
        *,
        deployable: bool = False,
        deployments: DeploymentPage | None = None,
    ) -> LiveState:
        raise UnexpectedCall

    def script_names(self) -> set[str]:
        return set()

    def secret_names(self, script: str) -> set[str] | None:
        return set()

    def served(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        raise UnexpectedCall

    def logged(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        raise UnexpectedCall

    def held(self, hostnames: Collection[str], script: str) -> tuple[HeldDomain, ...]:
        return ()

    def attach(self, held: HeldDomain) -> None:
        raise UnexpectedCall

    def plan(self) -> None:
        """Find no subscription that the token may read."""

    @property
    def resources(self) -> ResourceReader:
        return self

    def present(
        self, wanted: Iterable[NamedResource], scripts: Collection[str] = ()
    ) -> dict[NamedResource, bool | None]:
        """Find everything."""
        return dict.fromkeys(wanted, True)

    @property
    def queue_consumers(self) -> OwnerReader:
        raise UnexpectedCall

    @property
    def workflows(self) -> OwnerReader:
        raise UnexpectedCall

    @property
    def zones(self) -> ZoneReader:
        raise UnexpectedCall
