"""The steps of a canary, as a record keeps them: what was counted, and what followed from it."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from edgefleet.core.model import Model


class Verdict(StrEnum):
    """What a step of a canary showed."""

    GOOD = "good"
    BAD = "bad"
    TOO_LITTLE_TRAFFIC = "too_little_traffic"
    SOURCE_FAILED = "source_failed"
    EXPIRED = "expired"
    """Its deadline passed before the new version had everything."""


class VersionCounts(Model):
    """What counted of one version at a step; of sampled analytics, what was sampled."""

    requests: int = Field(default=0, description="Requests that it served.")
    errors: int = Field(
        default=0,
        description="Of them, failures; those of one caller in one minute once, where the source "
        "knows callers.",
    )
    slow: int | None = Field(
        default=None,
        description="Answers that took longer than 95 % of the old version's; null where that is "
        "not known. The warm-up does not count.",
    )


class PooledCounts(Model):
    """What counted of all targets of a ring that took a step together."""

    targets: int = Field(description="How many targets took the step.")
    old: VersionCounts = Field(default=VersionCounts(), description="The version before.")
    new: VersionCounts = Field(default=VersionCounts(), description="The new version.")
    evidence: float = Field(
        default=1, description="The evidence of all of them together, each with its own rate."
    )
    alone: str | None = Field(
        default=None,
        description="The tenant whose own counts gave the verdict; null where all together did.",
    )


class CanaryStep(Model):
    """One share of the traffic, for as long as it lasted."""

    share: float = Field(description="The new version's share of the traffic, in percent.")
    started: AwareDatetime = Field(description="When it got this share.")
    seconds: float = Field(default=0, description="How long it had it.")
    source: str = Field(description="What counted: `worker`, `analytics` or `logs`.")
    delay: float = Field(default=0, description="By how many seconds the source may be late.")
    sample_interval: float = Field(
        default=1, description="Of so many requests the source counted one, at most."
    )
    looks: int = Field(default=0, description="How often the source was read.")
    failed_looks: int = Field(default=0, description="How often that failed.")
    probes: int = Field(
        default=0, description="Requests of edgefleet to each version among those that count."
    )
    old: VersionCounts = Field(default=VersionCounts(), description="The version before.")
    new: VersionCounts = Field(default=VersionCounts(), description="The new version.")
    evidence: float = Field(
        default=1,
        description="How many times likelier the errors of all steps so far are if the new "
        "version is worse than if it is not.",
    )
    verdict: Verdict | None = Field(
        default=None, description="What it showed; null while it lasts, or where it was ended."
    )
    reason: str = Field(default="", description="Why, in words.")
    pooled: PooledCounts | None = Field(
        default=None,
        description="What the ring showed together, where the targets of a ring were judged "
        "together; null where the target was judged by itself.",
    )
