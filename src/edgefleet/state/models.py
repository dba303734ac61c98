"""What a deploy would change: desired state against live state, as facts with paths."""

from datetime import datetime
from enum import StrEnum

from edgefleet.cloudflare.models import DeploymentEvent, TrafficShare
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import Target
from edgefleet.core.ids import short_id
from edgefleet.core.model import Json, Model

FlatState = dict[str, Json]
"""A state, flat: `vars.REGION`, `bindings.CACHE`, `modules.index.js`, `crons`, ... -> value."""


class ChangeKind(StrEnum):
    """How a fact differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Model):
    """One fact that is not as it should be; `before` is live, `after` desired."""

    path: str
    kind: ChangeKind
    before: Json = None
    after: Json = None


class TakenHost(Model):
    """A host, or another thing that one script alone may have, and another script has now."""

    what: str
    """`host`, `route`, `queue` or `workflow`."""
    name: str
    script: str
    """Who has it."""


class DeployStrategy(StrEnum):
    """Which phases make a release live."""

    UNCHANGED = "unchanged"
    FIRST = "first upload"
    MIGRATION = "migration"
    VERSION = "version"
    SETTINGS = "settings"


LIVE_AT_ONCE = (DeployStrategy.FIRST, DeployStrategy.MIGRATION)
"""The strategies whose upload Cloudflare makes live at once, without a step at 0 %."""


class AssetChanges(Model):
    """The static assets that a deploy uploads, beside those of the live version.

    The counts are None where this machine does not know the live files: Cloudflare does not tell.
    """

    digest: str
    """Of files, rules and settings, shortened as the version's tag has it."""
    files: int
    size: int
    """Bytes of all files."""
    added: int | None = None
    removed: int | None = None
    changed: int | None = None


class CanaryStage(StrEnum):
    """Whether a canary goes on."""

    UNDER_WAY = "under_way"
    PAUSED = "paused"
    KEPT = "kept"
    """The new version has everything, and the old one stays in the deployment for a while."""


class CanaryView(Model):
    """A canary that is under way at a target."""

    version_id: str
    """The new version."""
    before: str
    """The version that it is compared with, and that is restored where it is bad."""
    share: float
    """The new version's share of the traffic, in percent."""
    state: CanaryStage
    paused: str | None = None
    """Why no step moves: `person`, `too_little_traffic` or `source_failed`."""
    begun: datetime
    """When its first step began."""
    since: datetime
    """When this step began."""
    until: datetime
    """When the next command that looks at it ends it."""
    next: str
    """The command that continues it."""

    @property
    def words(self) -> str:
        """Where it stands, in a line."""
        share = f"version {short_id(self.version_id)} at {self.share:g} %"
        since, until = (f"{one:%Y-%m-%d %H:%M:%S} UTC" for one in (self.since, self.until))
        paused = f", paused ({self.paused.replace('_', ' ')})" if self.paused else ""
        kept = f"; {short_id(self.before)} is kept" if self.state is CanaryStage.KEPT else ""
        return f"{share}{kept}{paused}, since {since}, until {until}"


class Plan(Model):
    """What a deploy of one target would do, and from which observation that was concluded."""

    schema_version: int = 1
    target: Target
    script: str
    account_id: str
    bundle_digest: str
    course: DeployStrategy
    why: str
    changes: tuple[Change, ...]
    missing_secrets: tuple[str, ...] = ()
    """Required secrets that an upload would not have; a person must set them."""
    secrets: tuple[Change, ...] = ()
    """Secrets of the live version beside those that are declared; no deploy changes them."""
    gained_secrets: tuple[str, ...] = ()
    """What an upload would have and the live version has not: it takes those of the newest one."""
    lost_secrets: tuple[str, ...] = ()
    """What the live version has and an upload would not have."""
    missing_resources: tuple[str, ...] = ()
    """What the configuration names and the account does not have, in words."""
    resource_notes: tuple[str, ...] = ()
    """What it names and edgefleet could not look for, or what may come later, in words."""
    proof: ProofLevel | None = None
    """What the health check can show of the deploy; None in records of older versions."""
    unknown_migrations: tuple[str, ...] = ()
    """D1 migrations that were applied and that the files do not have, in words."""
    stays: tuple[str, ...] = ()
    """What could not be restored after this deploy, as text."""
    foreign: DeploymentEvent | None = None
    """What is live, where edgefleet did not deploy it: a deploy overwrites it."""
    live_commit: str | None = None
    """What the live version was made from, by its tag; maybe abbreviated."""
    takes: tuple[TakenHost, ...] = ()
    """Hosts, routes, queues and workflows that another script would lose by it."""
    loses: tuple[str, ...] = ()
    """Hosts and routes that lead to the script now and would not afterwards."""
    implied: tuple[str, ...] = ()
    """Changes that come of keys which the file does not have, in words."""
    assets: AssetChanges | None = None
    """None where the target has no static assets."""
    canary: CanaryView | None = None
    """The canary that is under way; a deploy ends it first."""
    deployment_id: str | None = None
    traffic: tuple[TrafficShare, ...] = ()

    @property
    def assets_digest(self) -> str | None:
        """The short digest of the assets; None where there are none."""
        return self.assets.digest if self.assets else None

    def count(self, kind: ChangeKind) -> int:
        """Return how many changes are of a kind."""
        return sum(change.kind is kind for change in self.changes)
