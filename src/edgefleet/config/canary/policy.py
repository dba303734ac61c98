"""The policy of a canary: how much traffic a new version gets, for how long, judged by what.

The field descriptions here are what editors show.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from edgefleet.config.target import Environment
from edgefleet.core.model import CamelModel, Model

MOST_STEPS = 8
LARGEST_STEP = 50.0
"""In percent: until it is judged, a version has no more than the one that a restore returns to."""
DURATION = r"^[0-9]{1,6}[smh]$"
_UNITS = {"s": 1, "m": 60, "h": 3600}


def duration(text: Any) -> float:
    """Return the seconds of a text such as 90s, 10m or 2h; raises `ValueError`."""
    if not isinstance(text, str) or not re.fullmatch(DURATION, text):
        raise ValueError("must be a duration as text, such as 90s, 10m or 2h")
    return float(int(text[:-1]) * _UNITS[text[-1]])


def in_order(steps: Sequence[float]) -> tuple[float, ...]:
    """Return the shares of a canary; raises `ValueError` unless they grow, up to a half."""
    if len(steps) > MOST_STEPS:
        raise ValueError(f"must be at most {MOST_STEPS} shares in percent, such as 5,25,50")
    if not all(1 <= share <= LARGEST_STEP for share in steps):
        raise ValueError(f"must be shares of 1 to {LARGEST_STEP:g} percent; 100 comes by itself")
    if list(steps) != sorted(set(steps)):
        raise ValueError("must be shares that grow from step to step")
    return tuple(float(share) for share in steps)


SourceName = Literal["worker", "analytics", "logs"]
Undecided = Literal["restore", "probe", "pause"]
"""What follows where a step cannot be judged by traffic."""
Duration = Annotated[
    float,
    BeforeValidator(duration),
    PlainSerializer(lambda seconds: f"{seconds:.0f}s"),
    WithJsonSchema({"type": "string", "pattern": DURATION}),
]
"""Seconds, which a file writes as 90s, 10m or 2h."""
Percent = Annotated[float, Field(strict=True, ge=1, le=LARGEST_STEP)]
Steps = Annotated[tuple[Percent, ...], AfterValidator(in_order)]


class CanaryPolicy(CamelModel):
    """How a new version gets its traffic: step by step, each judged before the next."""

    environments: tuple[Environment, ...] | None = Field(
        default=None,
        description="The environments whose deploys have a canary. [default: the protected ones]",
    )
    steps: Steps = Field(
        default=(5.0, 25.0, 50.0),
        description="The new version's shares of the traffic in percent, each larger than the one "
        "before; 100 follows by itself. With [] it gets everything at once, and needs `keep`.",
    )
    soak: Duration = Field(
        default=600.0,
        description="How long each step lasts at least, such as 90s, 10m or 2h. [default: 10m]",
    )
    minimum_requests: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = Field(
        default=100,
        description="How many requests the new version must have served at a step before it may "
        "be good.",
    )
    warm_up: Duration = Field(
        default=60.0,
        description="For how long after the first step the times of answers do not count: a new "
        "version starts cold. [default: 1m]",
    )
    deadline: Duration = Field(
        default=7200.0,
        description="How long a canary lasts at most, from its first step: then the next "
        "command that looks at it restores the old version. [default: 2h]",
    )
    source: SourceName | None = Field(
        default=None,
        description="What counts requests and errors: the Worker's own counters, which `counters` "
        "of fleet.jsonc describes; Cloudflare's analytics, which know no handled errors; or "
        "Workers Logs. [default: worker where fleet.jsonc has counters, or else analytics]",
    )
    delay: Duration = Field(
        default=300.0,
        description="How late Cloudflare's analytics and logs may be: edgefleet waits so long "
        "before it counts a moment. [default: 5m]",
    )
    too_little_traffic: Undecided = Field(
        default="restore",
        description="What follows where a step lacks requests: at the deadline the old version "
        "again; once its time is over as many probes of both versions as requests lack, which "
        "then decide; or a pause, in which the split stays until there are enough, or until the "
        "deadline.",
    )
    source_failed: Undecided = Field(
        default="restore",
        description="What follows where what counts cannot be read: the old version again; "
        "probes of both versions, which then decide; or a pause until it can be read, or until "
        "the deadline.",
    )
    keep: Duration = Field(
        default=0.0,
        description="For how long the old version stays in the deployment, at 0 %, once the new "
        "one has everything: so long one command goes back at once. [default: 0s]",
    )

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if not self.steps and not self.keep:
            raise ValueError("has no steps, and 'keep' does not say how long the old version stays")
        least = self.soak * len(self.steps)
        if self.deadline < least:
            raise ValueError(
                f"has a deadline of {self.deadline:.0f} s, and its steps last {least:.0f} s"
            )
        return self


class CanaryChoice(Model):
    """What a command says of canaries; what it does not say, the policy of the files does."""

    off: bool = Field(default=False, description="Whether there is none, whatever files say.")
    steps: tuple[float, ...] | None = Field(default=None, description="Shares in percent.")
    soak: float | None = Field(default=None, description="Seconds that each step lasts.")
    keep: float | None = Field(
        default=None, description="Seconds for which the old version stays at 0 % at the end."
    )
    demanded: bool = Field(
        default=True,
        description="Whether a deploy that can have none is refused, where steps are named; a run "
        "over a fleet goes on without one there.",
    )

    def policy(self, said: CanaryPolicy | None) -> CanaryPolicy | None:
        """Return the policy of one run, where `said` is that of the files; None: no canary.

        A deadline that the choice makes too short is extended.
        """
        if self.off or (said is None and self.steps is None):
            return None
        base = said or CanaryPolicy()
        steps = base.steps if self.steps is None else self.steps
        soak = self.soak or base.soak
        keep = base.keep if self.keep is None else self.keep
        deadline = max(base.deadline, 2 * soak * len(steps))
        return base.model_copy(
            update={"steps": steps, "soak": soak, "keep": keep, "deadline": deadline}
        )


AS_THE_FILES_SAY = CanaryChoice()
NO_CANARY = CanaryChoice(off=True)
