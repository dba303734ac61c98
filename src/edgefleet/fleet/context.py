"""What runs over a fleet use of the command's dependencies."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from edgefleet.build.build import Builder
from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.clock import ServerClock
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.deploy.request import Dependencies
from edgefleet.locks.locking import Locking
from edgefleet.records.store import Records


class OpenApi(Protocol):
    """Opens Cloudflare's API for one account."""

    def __call__(self, credential: Credential, account_id: str, sleep: "Sleep" = ...) -> Cloudflare:
        """Return the API; `sleep` waits between retries."""
        ...


class Sleep(Protocol):
    """Waits for so many seconds."""

    def __call__(self, seconds: float, /) -> None:
        """Wait."""
        ...


class FleetContext(Protocol):
    """The dependencies of a command; `cli.wiring.Wiring` provides them."""

    @property
    def root(self) -> Path:
        """The repository's folder."""
        ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the command."""
        ...

    @property
    def clock(self) -> Clock:
        """The time of this machine."""
        ...

    @property
    def server_clock(self) -> ServerClock:
        """The time of Cloudflare, by which locks expire."""
        ...

    @property
    def base_url(self) -> str:
        """The URL of Cloudflare's API."""
        ...

    @property
    def progress(self) -> Progress:
        """Where the command prints what it does."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The tokens of the targets."""
        ...

    @property
    def records(self) -> Records:
        """The deployment records."""
        ...

    @property
    def bundles(self) -> BundleStore:
        """The bundles that were built on this machine."""
        ...

    @property
    def builder(self) -> Builder:
        """Builds the Worker."""
        ...

    @property
    def locking(self) -> Locking:
        """Locks targets against other machines."""
        ...

    @property
    def api(self) -> OpenApi:
        """Opens Cloudflare's API with a token."""
        ...

    def ports(self) -> Dependencies:
        """Return what a deploy needs."""
        ...

    def tenants(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> tuple[Tenant, ...]:
        """Validate these tenants and return them; raises `ConfigError`."""
        ...

    def tenants_in(
        self, folder: Path, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> tuple[Tenant, ...]:
        """Load tenants of a checkout; an exception that has expired since is no error."""
        ...

    def tenant_in(self, folder: Path, target: Target) -> Tenant:
        """Load one tenant of a checkout, likewise."""
        ...

    def keep_budgets(self, tenants: Iterable[Tenant]) -> None:
        """Limit the rate of requests, those for tenants of one owner together."""
        ...
