"""What a deploy or a rollback is given: what is asked for, and the outside world."""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.build.engine import WRANGLER
from edgefleet.build.wrangler import Wrangler
from edgefleet.cloudflare.upload import ApiUpload
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import ConnectAccount
from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.health.probe import Probe
from edgefleet.locks.local import Locks
from edgefleet.locks.locking import HoldsTargets, Unshared
from edgefleet.plan.plan import Observe
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Action, Origin
from edgefleet.records.store import Records


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The outside world, as a change of a target needs it."""

    wrangler: Wrangler
    credentials: Credentials
    connect: ConnectAccount
    probe: Probe
    observe: Observe
    """Opens an account for reading what runs."""
    uploads: Callable[[Credential, str], ApiUpload]
    """Opens an account for uploads without wrangler."""
    records: Records
    locks: Locks
    clock: Clock
    progress: Progress
    lineage: Lineage
    """The history of the repository."""
    base_url: str
    """Of Cloudflare's API."""
    workers_dev: str
    """`https://workers.dev`, or what stands for it."""
    locking: HoldsTargets = Unshared()  # noqa: RUF009 - it holds no state
    """Holds targets against other machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """What is asked for, of every change of a target."""

    target: Target
    load: Callable[[], Tenant]
    """Validates the tenant's files and returns it; raises `ConfigError`."""
    origin: Origin
    reason: str | None = None
    """Why, in the words of who asks for it."""
    dry_run: bool = False
    take_over: bool = False
    """Whether a split of the traffic that somebody else began may be ended."""
    wait: float = 0.0
    """Seconds to wait for another run that holds the target."""
    take_over_lock: bool = False
    """Whether a run that is under way loses its lock to this one."""
    health_deadline: float = 60.0
    """Seconds within which a version must prove itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRequest(ChangeRequest):
    """What is asked of a deploy."""

    bundle: Callable[[Tenant], Bundle]
    """Builds the bundle, or reads one that was built before."""
    action: Action = Action.DEPLOY
    """What it is recorded as: to deploy an older commit is a rollback."""
    engine: str = WRANGLER
    force: bool = False
    heed_hold: bool = True
    """Whether a pin or a freeze of the tenant stops it; what only brings back what was meant
    goes on, and who goes over it for this one tenant."""
    accept_irreversible: bool = False
    """Whether production may be deployed where Cloudflare would refuse the way back."""
    allow_foreign: bool = False
    """Whether production may be deployed over what edgefleet did not deploy."""
    allow_older: bool = False
    """Whether a commit may be deployed that does not contain the one that is live."""
    show_changes: bool = True
    """Whether each change is said before it is made; of a fleet they would be too many."""
