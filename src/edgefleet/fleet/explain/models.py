"""What is known of the traffic of targets, and how long their canaries would last."""

from pydantic import Field

from edgefleet.config.canary.policy import CanaryPolicy, SourceName
from edgefleet.config.shared_keys import Name
from edgefleet.core.model import Model


class MeasuredTraffic(Model):
    """What a target served in some time, and how much of it failed."""

    requests: int = Field(description="Requests; an estimate where Cloudflare sampled.")
    seconds: float = Field(description="In so many seconds.")
    errors: float = Field(description="The share of requests that failed, 0 to 1.")
    source: SourceName = Field(description="What counted the errors.")
    words: str = Field(description="From where this is known.")

    @property
    def per_second(self) -> float:
        """Requests in a second."""
        return self.requests / self.seconds


class ExplainedTarget(Model):
    """A target whose canary is planned."""

    tenant: Name
    ring: int
    policy: CanaryPolicy
    traffic: MeasuredTraffic


class StepTime(Model):
    """How long one step takes; null: it takes for ever."""

    share: float = Field(description="The new version's share of the traffic, in percent.")
    lasts: float | None = Field(
        description="Seconds that it lasts: its soak, or until it has its minimum of requests."
    )
    minimum: float | None = Field(description="Seconds until its minimum of requests is served.")
    seen: float | None = Field(
        description="Seconds after which the regression is seen in nine of ten canaries, by all "
        "targets together."
    )
    alone: dict[str, float | None] = Field(
        description="The same by each target's own counts, by tenant."
    )


class ExplainedRing(Model):
    """The canary of the targets of a ring that are judged together."""

    schema_version: int = 1
    ring: int
    targets: tuple[ExplainedTarget, ...]
    errors: str = Field(description="The regression that is to be seen.")
    steps: tuple[StepTime, ...]
    seconds: float | None = Field(description="How long all steps last; null: for ever.")
    decides: bool = Field(
        description="Whether the steps come to a verdict before the deadline of the policy."
    )
    seen_at: float | None = Field(
        description="At which share the regression is seen, in percent; null: at none, before the "
        "new version has everything."
    )
