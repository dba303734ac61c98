"""What a deploy or a rollback is to do, and the outside world that it does it with."""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.build.engine import WRANGLER
from edgefleet.build.wrangler import Wrangler
from edgefleet.canary.watch import CanaryWatch, Watched
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import ConnectAccount
from edgefleet.config.canary.policy import AS_THE_FILES_SAY, CanaryChoice
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.health.probe import Probe
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import LocalLocker, Locker
from edgefleet.plan.asset_changes import Manifests
from edgefleet.plan.plan import Observe
from edgefleet.plan.saved_plans import SavedPlan
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Action, Origin
from edgefleet.records.store import Records

WatchCanary = Callable[[Watched], CanaryWatch]
"""Returns what watches the canary of a tenant."""
NO_UPLOAD = "none"
"""The engine of a change that uploads nothing."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The outside world, as a change of a target needs it."""

    wrangler: Wrangler
    credentials: Credentials
    connect: ConnectAccount
    probe: Probe
    observe: Observe
    """Opens an account for reading what runs."""
    records: Records
    locks: LocalLocks
    clock: Clock
    progress: Progress
    lineage: Lineage
    """The history of the repository."""
    base_url: str
    """Of Cloudflare's API."""
    workers_dev: str
    """`https://workers.dev`, or the URL of an embedded Cloudflare in its place."""
    manifests: Manifests | None = None
    """The assets that this machine saw before, if it keeps any."""
    locking: Locker = LocalLocker()  # noqa: RUF009 - it holds no state
    """Locks targets against other machines."""
    watch: WatchCanary = CanaryWatch
    """Judges a canary: by itself, or together with others of a ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """The options that every change of a target has."""

    target: Target
    load: Callable[[], Tenant]
    """Validates the tenant's files and returns it; raises `ConfigError`."""
    origin: Origin
    reason: str | None = None
    """Why, in the operator's own words."""
    dry_run: bool = False
    take_over: bool = False
    """Whether to end a traffic split that another run or tool began."""
    wait: float = 0.0
    """Seconds to wait for another run that holds the target."""
    take_over_lock: bool = False
    """Whether to take the lock from a run that is under way."""
    health_deadline: float | None = None
    """Seconds within which a version must become healthy; None: those of fleet.jsonc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRequest(ChangeRequest):
    """The options of a deploy."""

    bundle: Callable[[Tenant], Bundle]
    """Builds the bundle, or reads one that was built before."""
    action: Action = Action.DEPLOY
    """The action to record: a deploy of an older commit is a rollback."""
    engine: str = WRANGLER
    force: bool = False
    heed_hold: bool = True
    """Whether a pinned or frozen tenant is refused: not by a drift repair, and `--ignore-hold`."""
    accept_irreversible: bool = False
    """Whether to deploy production although Cloudflare would refuse the previous version."""
    allow_foreign: bool = False
    """Whether to deploy production over a deployment that edgefleet did not make."""
    allow_older: bool = False
    """Whether to deploy a commit that does not contain the live one."""
    saved_plan: SavedPlan | None = None
    """The plan that was reviewed; a deploy that would do anything else is refused."""
    canary: CanaryChoice = AS_THE_FILES_SAY
    """Whether the version gets its traffic step by step."""
    first_step: bool = False
    """Whether the run ends once the first step of its canary is good, with the canary under way."""
    show_changes: bool = True
    """Whether to print each change before it is made; a fleet would have too many."""
