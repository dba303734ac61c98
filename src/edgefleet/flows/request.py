"""What a deploy is given: what is asked for, and the outside world."""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.flows.access import Connect
from edgefleet.flows.plan import Observe
from edgefleet.model.bundle import Bundle
from edgefleet.model.record import Origin
from edgefleet.model.target import Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.clock import Clock
from edgefleet.ports.credentials import Credential, Credentials
from edgefleet.ports.lock import Locks
from edgefleet.ports.probe import Probe
from edgefleet.ports.progress import Progress
from edgefleet.ports.records import Records
from edgefleet.ports.upload import ApiUpload
from edgefleet.ports.wrangler import Wrangler

WRANGLER = "wrangler"
API = "api"
ENGINES = (WRANGLER, API)


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world, as a deploy needs it."""

    wrangler: Wrangler
    credentials: Credentials
    connect: Connect
    probe: Probe
    observe: Observe
    """Opens an account for reading what runs."""
    uploads: Callable[[Credential, str], ApiUpload]
    """Opens an account for uploads without wrangler."""
    records: Records
    locks: Locks
    clock: Clock
    progress: Progress
    base_url: str
    """Of Cloudflare's API."""
    workers_dev: str
    """`https://workers.dev`, or what stands for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    target: Target
    load: Callable[[], Tenant]
    """Validates the tenant's files and returns it; raises `ConfigError`."""
    bundle: Callable[[Tenant], Bundle]
    """Builds the bundle, or reads one that was built before."""
    origin: Origin
    engine: str = WRANGLER
    dry_run: bool = False
    force: bool = False
    take_over: bool = False
    """Whether a split of the traffic that somebody else began may be ended."""
    accept_irreversible: bool = False
    """Whether production may be deployed where Cloudflare would refuse the way back."""
    health_deadline: float = 60.0
