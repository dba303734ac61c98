"""What Cloudflare says of one script, as far as a deploy changes it and may have to restore it."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from edgefleet.core.model import Json, Model


class TrafficShare(Model):
    """One version's part of the traffic, in percent."""

    version_id: str
    percentage: float


class Deployment(Model):
    """Which versions get which share of the traffic."""

    id: str
    created_on: str
    versions: tuple[TrafficShare, ...]

    @property
    def main_version(self) -> str:
        """The version with the largest share."""
        return max(self.versions, key=lambda share: share.percentage).version_id

    @property
    def split(self) -> bool:
        """Whether more than one version is in it, be it with 0 %."""
        return len(self.versions) > 1

    def names(self, version_id: str | None) -> bool:
        """Whether this version is in it."""
        return any(share.version_id == version_id for share in self.versions)


class DeploymentEvent(Model):
    """One deployment in Cloudflare's history; None for what Cloudflare does not state."""

    id: str
    created_on: datetime
    versions: tuple[TrafficShare, ...]
    source: str | None = None
    """What made it: `wrangler`, `api`, `dash`, `terraform` and others."""
    author: str | None = None
    """Its e-mail address, or what stands there for a token."""
    message: str | None = None
    triggered_by: str | None = None
    """What led to it: `upload`, `deployment`, `secret` and others."""

    @property
    def main_version(self) -> str | None:
        """The version with the largest share."""
        largest = max(self.versions, key=lambda share: share.percentage, default=None)
        return largest.version_id if largest else None


DeploymentPage = Sequence[tuple[Deployment, DeploymentEvent]]
"""A page of a script's deployments, newest first, each with who made it and how."""


class Version(Model):
    """One uploaded version."""

    id: str
    number: int
    tag: str = ""
    """`workers/tag`; a deploy writes the digest and the commit there."""
    message: str | None = None
    """`workers/message`; a deploy writes what it is there, and who made it."""
    set_secret: bool = False
    """Whether it was made by setting a secret, not by an upload."""


class VersionDetails(Model):
    """What a version needs in order to run."""

    id: str
    bindings: tuple[dict[str, Json], ...]
    migration_tag: str | None = None
    exports: dict[str, dict[str, Json]] = Field(default_factory=dict)
    """The exports that it declares, as `worker.exports.live_exports` returns them."""


class ScriptSettings(Model):
    """What belongs to a script and to none of its versions."""

    crons: tuple[str, ...] = ()
    workers_dev: bool = False
    previews: bool = False
    script: dict[str, Json] = Field(default_factory=dict)
    """Observability, logpush, tail consumers, tags."""
    routes: tuple[dict[str, Json], ...] = ()
    """Each with `pattern` and what names its zone."""
    domains: tuple[dict[str, Json], ...] = ()
    """Custom domains, each with `hostname` and what names its zone."""
    consumers: tuple[dict[str, Json], ...] = ()
    """Queues whose messages the script gets, as `triggers.queue_consumers` describes them."""
    workflows: tuple[dict[str, Json], ...] = ()
    """Workflows of its classes, as `triggers.workflows` describes them."""


class ServedByVersion(Model):
    """What Cloudflare tells that one version has served in a window of time."""

    version_id: str
    requests: int
    """An estimate where Cloudflare sampled."""
    errors: int
    """Exceptions and exceeded limits; by Workers Logs answers of status 500 and more, too."""
    sample_interval: float
    """Of so many requests one was counted; 1: all."""


class HeldDomain(Model):
    """A custom domain of another script of the account."""

    hostname: str
    zone_id: str
    script: str


class LiveState(Model):
    """A script as it was observed; `deployment` None means that it did not exist."""

    deployment: Deployment | None
    settings: ScriptSettings = ScriptSettings()
    draft: bool = False
    """Whether the script was made by setting a secret alone, and no release is in it."""
    expendable: bool = False
    """Whether it is such a draft, and Cloudflare would refuse to return to it (migrations)."""
    migration_tag: str | None = None
    newest: int = 0
    """The number of the newest version, live or not."""
    newest_version: str | None = None
    """Its id."""
    scripts: tuple[str, ...] = ()
    """The names of all scripts of the account; empty where this one does not exist."""
    history: tuple[DeploymentEvent, ...] = ()
    """The newest deployments, newest first: the first page of Cloudflare's list."""
    versions: tuple[Version, ...] = ()
    """The newest versions, newest first: the first page of Cloudflare's list, or all deployable."""
    has_assets: bool = False
    """Whether the newest version has static assets."""
    has_modules: bool = True
    """Whether the newest version has code; one of assets alone has none."""
    placement: dict[str, Json] | None = None
    """Where the newest version runs, if Cloudflare's list of scripts tells it."""
    cache: dict[str, Json] | None = None
    """How responses of the newest version are cached, likewise."""
    held: tuple[HeldDomain, ...] = ()
    """Custom domains that other scripts have, and that this one is to get."""

    @property
    def version_id(self) -> str | None:
        """The version that gets most of the traffic."""
        return self.deployment.main_version if self.deployment else None

    @property
    def shares(self) -> tuple[TrafficShare, ...]:
        """Which versions get which share of the traffic."""
        return self.deployment.versions if self.deployment else ()
