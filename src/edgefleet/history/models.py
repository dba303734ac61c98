"""What a target went through, as its records and Cloudflare tell it."""

from datetime import datetime
from typing import Literal

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import Environment
from edgefleet.core.model import Model
from edgefleet.records.canary_steps import Verdict
from edgefleet.records.models import Action, Status
from edgefleet.state.models import CanaryView

__all__ = ["DeploymentEvent", "HistoryEntry", "Tag"]


class HistoryEntry(Model):
    """One run of edgefleet, or one deployment that others made.

    Times are UTC. Without a record there is no duration; action, result and commit are those that
    edgefleet's message at Cloudflare tells, and None for a deployment of others.
    """

    tenant: str
    environment: Environment
    recorded: bool
    when: datetime
    who: str | None = None
    commit: str | None = None
    dirty: bool | None = None
    version_id: str | None = None
    action: Action | Literal["unlock"] | None = None
    result: Status | Literal["freed"] | None = None
    proof: ProofLevel | None = None
    """What was proved of the version that it left live; None where nothing was, or is known."""
    canary: Verdict | None = None
    """The verdict of its last step; None where it had no canary, or none is known."""
    under_way: CanaryView | None = None
    """The canary that is under way, where its deployment in force is one of this entry."""
    seconds: float | None = None
    why: str | None = None
    """The reason that was given and the error that ended it; Cloudflare's message otherwise."""
    source: str | None = None
    """What made a deployment without a record, as Cloudflare says."""
    deployments: tuple[DeploymentEvent, ...] | None = None
    """What it made at Cloudflare, newest first; None where Cloudflare was not asked."""


class Tag(Model):
    """The git tag of a deploy."""

    schema_version: int = 1
    name: str
    commit: str
    version_id: str | None
    exists: bool
    """Whether the repository has it now."""
    created: bool = False
    """Whether this command made it."""
