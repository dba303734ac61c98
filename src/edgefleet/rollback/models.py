"""What a rollback is decided from, and what it was decided to be."""

from edgefleet.core.model import Model


class TrafficEvent(Model):
    """One event in a target's past: a version was proved, another was given up."""

    version_id: str | None = None
    """The version that got the traffic and was healthy."""
    left: str | None = None
    """The version that was given up, or that failed."""


class VersionSource(Model):
    """What a version was made from, as far as anything tells; None where nothing does."""

    commit: str | None = None
    dirty: bool | None = None
    bundle_digest: str | None = None


class RollbackPlan(Model):
    """A way back that was found open; in words what it brings and what it leaves."""

    script: str
    version_id: str
    live_version_id: str
    why: str
    """Why this version."""
    settings: str
    """Where the triggers and settings come from."""
    setting_changes: tuple[str, ...] = ()
    """How triggers and settings will differ from those in force."""
    loses: tuple[str, ...] = ()
    """Hosts and routes that lead to the script now and would not afterwards."""
    leaves: tuple[str, ...] = ()
    """What stays as it is now, or is hindered by it."""
