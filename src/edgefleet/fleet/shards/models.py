"""A part of a fleet that one runner deploys."""

from edgefleet.config.target import Environment, Target
from edgefleet.core.model import Model


class TargetCost(Model):
    """A target, and what it asks of a runner."""

    target: Target
    ring: int = 0
    owner: str | None = None
    """Whose token it is; targets of one owner share one limit of Cloudflare's."""
    seconds: float
    """How long its deploy takes, as far as records tell."""


class Shard(Model):
    """Targets of one environment, for one runner."""

    environment: Environment
    tenants: tuple[str, ...]
    seconds: float
    """Of deploys one after another; several at once take less."""
