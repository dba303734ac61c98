"""What edgefleet needs of a Cloudflare account and of its scripts, as protocols.

`cloudflare.account.Account` is the one that speaks to Cloudflare; tests hand in others. Its
docstrings say what each method does and raises.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from edgefleet.cloudflare.d1.migrations import D1Migration
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
from edgefleet.cloudflare.plan_limits import WorkersPlan
from edgefleet.cloudflare.triggers.zones import RouteDict
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.cloudflare.worker.static_assets import AssetSet, ReadAsset
from edgefleet.core.model import Json


class DeploymentsApi(Protocol):
    """A script's deployments, newest first."""

    def current(self) -> Deployment | None:
        """Return the deployment in force; None where the script does not exist."""
        ...

    def recent(self) -> tuple[Deployment, ...]:
        """Return the first page of the list."""
        ...

    def first_page(self) -> DeploymentPage:
        """Return the first page of the list, each with who made it and how."""
        ...

    def history(self) -> Iterator[DeploymentEvent]:
        """Yield all deployments."""
        ...

    def create(
        self,
        shares: Sequence[TrafficShare],
        message: str,
        *,
        force: bool = False,
        code_update: Json = None,
    ) -> None:
        """Give versions their shares of the traffic."""
        ...


class VersionsApi(Protocol):
    """A script's versions, newest first."""

    def deployable(self) -> list[Version]:
        """Return those that may get traffic."""
        ...

    def with_tag(self, tag: str, newer_than: int) -> str | None:
        """Return the newest version with this tag and a greater number, if there is one."""
        ...

    def details(self, version_id: str) -> VersionDetails | None:
        """Return what one version needs; None where there is none of this id."""
        ...

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Add a version that gets no traffic; return its id."""
        ...


class SettingsApi(Protocol):
    """What belongs to a script and to none of its versions."""

    def read(self, beside: Collection[str] = (), maybe: Collection[str] = ()) -> ScriptSettings:
        """Return all of them; of those that stand beside the script, the parts asked for."""
        ...

    def try_write(self, part: str, wanted: ScriptSettings, live: ScriptSettings) -> None:
        """Raise `ApiError` where the token may not write a part of the settings; change nothing."""
        ...

    def write(self, settings: ScriptSettings, parts: Collection[str]) -> None:
        """Write these parts of the settings."""
        ...


class ScriptApi(Protocol):
    """One script."""

    @property
    def deployments(self) -> DeploymentsApi:
        """Its deployments."""
        ...

    @property
    def versions(self) -> VersionsApi:
        """Its versions."""
        ...

    @property
    def settings(self) -> SettingsApi:
        """Its triggers, workers.dev and script settings."""
        ...

    def upload(self, metadata: Mapping[str, Json], modules: tuple[Module, ...]) -> str:
        """Create or replace the whole script; return the id of its version, which is live."""
        ...

    def upload_assets(self, assets: AssetSet, read: ReadAsset) -> str:
        """Upload the assets of the next version; return the token by which it names them."""
        ...

    def delete(self) -> None:
        """Remove the script and its Durable Objects."""
        ...


class DatabaseApi(Protocol):
    """One D1 database, and wrangler's table of the migrations that were applied to it."""

    def applied(self, table: str) -> tuple[str, ...]:
        """Return the names of applied migrations, oldest first."""
        ...

    def apply(self, table: str, migration: D1Migration) -> None:
        """Apply a migration and note it in the table."""
        ...


class ResourceReader(Protocol):
    """Looks for resources by name."""

    def present(
        self, wanted: Iterable[NamedResource], scripts: Collection[str] = ()
    ) -> Mapping[NamedResource, bool | None]:
        """Return which of these exist; None where the token may not read that kind."""
        ...


class ZoneReader(Protocol):
    """Looks for routes in the account's zones."""

    def owners(self, routes: Iterable[RouteDict]) -> dict[str, str]:
        """Return which script has each of these routes now."""
        ...


class OwnerReader(Protocol):
    """Looks for names of which one script of an account has each."""

    def owners(self, names: Iterable[str]) -> dict[str, str]:
        """Return which script, or what else, has each of these names now."""
        ...


class AccountReader(Protocol):
    """What an account has: `validate --remote` needs no more of it."""

    def script_names(self) -> Collection[str]:
        """Return the names of all scripts."""
        ...

    def plan(self) -> WorkersPlan | None:
        """Return the account's plan, as far as the token may read it."""
        ...

    @property
    def resources(self) -> ResourceReader:
        """Buckets, queues and what else a configuration names."""
        ...

    def secret_names(self, script: str) -> Collection[str] | None:
        """Return the names of a script's secrets; None where the script does not exist."""
        ...


class AccountApi(AccountReader, Protocol):
    """One account, as one token sees it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    def verify(self) -> datetime | None:
        """Make sure that the token is active and opens this account; return when it expires."""
        ...

    def subdomain(self) -> str:
        """Return the account's name below workers.dev."""
        ...

    @property
    def known_subdomain(self) -> str | None:
        """The same, if it was read before."""
        ...

    def script(self, name: str) -> ScriptApi:
        """Return one of its scripts."""
        ...

    def database(self, database_id: str) -> DatabaseApi:
        """Return one of its D1 databases."""
        ...

    def observe(
        self,
        script: str,
        beside: Collection[str] = (),
        objects: Collection[str] = (),
        *,
        deployable: bool = False,
        deployments: DeploymentPage | None = None,
    ) -> LiveState:
        """Return what is live of a script."""
        ...

    def held(self, hostnames: Collection[str], script: str) -> tuple[HeldDomain, ...]:
        """Return those of these custom domains that other scripts have."""
        ...

    def attach(self, held: HeldDomain) -> None:
        """Give a custom domain to the script that had it."""
        ...

    def served(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        """Return what these versions served, by Cloudflare's analytics."""
        ...

    def logged(
        self, script: str, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        """Return the same by Workers Logs, which count an answer of status 500 as an error."""
        ...

    @property
    def queue_consumers(self) -> OwnerReader:
        """The consumers of the account's queues."""
        ...

    @property
    def workflows(self) -> OwnerReader:
        """The account's workflows."""
        ...

    @property
    def zones(self) -> ZoneReader:
        """The account's zones."""
        ...
