"""What runs over a fleet use of the command's dependencies."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.timing.clock import ServerClock
from edgefleet.config.credentials.lookup import Credential
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.context import CommandContext
from edgefleet.locks.locking import Locking


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


class FleetContext(CommandContext, Protocol):
    """The dependencies of a command that changes a fleet."""

    @property
    def fleet(self) -> FleetConfig:
        """What fleet.jsonc says."""
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
    def bundles(self) -> BundleStore:
        """The bundles that were built on this machine."""
        ...

    @property
    def locking(self) -> Locking:
        """Locks targets against other machines."""
        ...

    @property
    def api(self) -> OpenApi:
        """Opens Cloudflare's API with a token."""
        ...

    def tenants(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Sequence[Tenant]:
        """Validate these tenants and return them; raises `ConfigError`."""
        ...

    def tenants_in(
        self, folder: Path, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Sequence[Tenant]:
        """Load tenants of a checkout; an exception that has expired since is no error."""
        ...

    def tenant_in(self, folder: Path, target: Target) -> Tenant:
        """Load one tenant of a checkout, likewise."""
        ...

    def keep_budgets(self, tenants: Iterable[Tenant]) -> None:
        """Limit the rate of requests, those for tenants of one owner together."""
        ...
