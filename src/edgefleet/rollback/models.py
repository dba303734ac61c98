"""What a rollback is decided from, and its plan."""

from edgefleet.core.model import Model


class TrafficEvent(Model):
    """One event in a target's history: a version became healthy, another was abandoned."""

    version_id: str | None = None
    """The version that got the traffic and was healthy."""
    abandoned: str | None = None
    """The version that an operator left, or that failed."""


class VersionSource(Model):
    """What a version was made from; None where no record and no tag says it."""

    commit: str | None = None
    dirty: bool | None = None
    bundle_digest: str | None = None


class RollbackPlan(Model):
    """A rollback that can run, and its effects as sentences."""

    script: str
    version_id: str
    live_version_id: str
    why: str
    """Why this version."""
    settings: str
    """Which triggers and settings will be in force."""
    setting_changes: tuple[str, ...] = ()
    """How they differ from those in force now."""
    loses: tuple[str, ...] = ()
    """Hosts and routes that lead to the script now and would not afterwards."""
    leaves: tuple[str, ...] = ()
    """What the rollback does not undo, and what it makes harder."""
