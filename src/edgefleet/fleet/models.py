"""The record of one run over a fleet: which targets, how each ended, and what is left."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from edgefleet.config.shared_keys import Name
from edgefleet.config.target import Environment
from edgefleet.core.model import Model
from edgefleet.records.canary_steps import PooledCounts, Verdict
from edgefleet.records.models import Action, Origin, Phase, RecordedError, Status


class Outcome(StrEnum):
    """How a target fared; `in_progress` in a record of a killed run: it was half-way."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"
    RESTORED = "restored"
    RESTORE_FAILED = "restore_failed"
    INTERRUPTED = "interrupted"

    @property
    def done(self) -> bool:
        """Whether nothing is left to be done: it is as desired, or skipped."""
        return self in {Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.HELD}

    @property
    def failure(self) -> bool:
        """Whether it was tried, and did not come to its end by itself."""
        return self in {Outcome.FAILED, Outcome.RESTORED, Outcome.RESTORE_FAILED}


class TargetResult(Model):
    """One target's part in a run."""

    tenant: Name = Field(description="The tenant: a name, and no selector.")
    ring: int = Field(default=0, description="Its ring.")
    outcome: Outcome = Field(
        default=Outcome.WAITING,
        description="How it fared. `waiting` and `in_progress` in a run that has ended: it was "
        "not begun, or the run was killed.",
    )
    why: str | None = Field(default=None, description="Why it was skipped, where it was.")
    phase: Phase | None = Field(default=None, description="The last phase that was begun.")
    version_id: str | None = Field(default=None, description="The version that is live and proved.")
    previous_version_id: str | None = Field(
        default=None,
        description="The version that was live before; null at a first deploy, and where the "
        "target is as it was. `edgefleet rollback --run FILE` goes back to it.",
    )
    seconds: float | None = Field(default=None, description="How long it took.")
    error: RecordedError | None = Field(default=None, description="Why it did not succeed.")


class RingStep(Model):
    """A step of the canaries of a ring, and what was judged of it."""

    ring: int = Field(description="The ring.")
    share: float = Field(description="The new version's share of the traffic, in percent.")
    started: AwareDatetime = Field(description="When the first target got this share.")
    seconds: float = Field(description="How long it was watched.")
    pooled: PooledCounts = Field(
        description="What the targets with the same policy showed together."
    )
    verdict: Verdict = Field(description="What followed.")
    reason: str = Field(default="", description="Why, in words.")


class FleetOptions(Model):
    """How a run goes about it; as it was asked for."""

    engine: str = Field(description="What makes the uploads; `none` in a rollback.")
    parallel: int = Field(default=1, description="How many targets at once.")
    continue_on_error: bool = Field(
        default=False, description="Whether a ring is finished in spite of failures."
    )
    max_failures: str | None = Field(
        default=None, description="How many failures are tolerated, `3` or `10%`; null: none."
    )
    force: bool = Field(
        default=False, description="Whether targets are deployed though nothing changed."
    )
    allow_foreign: bool = Field(
        default=False, description="Whether production goes on over what edgefleet did not deploy."
    )
    allow_older: bool = Field(
        default=False,
        description="Whether a commit is deployed that does not contain the one that is live.",
    )
    accept_irreversible: bool = Field(
        default=False, description="Whether production is deployed where that is irreversible."
    )
    canary: bool = Field(
        default=True, description="Whether there are canaries; false with `--canary none`."
    )
    steps: tuple[float, ...] | None = Field(
        default=None,
        description="The shares of `--canary` in percent; null: those of the files' policies.",
    )
    soak: float | None = Field(
        default=None, description="The seconds of `--soak`; null: those of the files' policies."
    )
    keep: float | None = Field(
        default=None, description="The seconds of `--keep`; null: those of the files' policies."
    )
    smoke: bool = Field(
        default=False,
        description="Whether each target gets a smoke test once it is deployed. A target that "
        "fails it is `failed` with the code `smoke`, and its new version stays live.",
    )
    health_timeout: float | None = Field(
        default=None,
        description="Seconds within which each version must prove itself; null: those of "
        "fleet.jsonc.",
    )


class FleetRecord(Origin):
    """One run over many targets of one environment. Times are UTC, durations seconds."""

    schema_version: int = Field(default=1, description="The form of this file.")
    kind: Literal["fleet"] = Field(
        default="fleet", description="`fleet`: what tells it from the record of a target."
    )
    environment: Environment = Field(description="The environment.")
    action: Action = Field(default=Action.DEPLOY, description="What was asked for.")
    status: Status = Field(
        default=Status.IN_PROGRESS,
        description="How the run ended: `succeeded`, `failed` where anything is left, or "
        "`interrupted`. `in_progress` long after `started`: it was killed.",
    )
    reason: str | None = Field(default=None, description="Why, in the words of who asked for it.")
    undoes: str | None = Field(
        default=None,
        description="The record of the run that this rollback reverts, by its file.",
    )
    resumes: str | None = Field(
        default=None, description="The record of the run that this one takes up, by its file."
    )
    bundle_digest: str | None = Field(default=None, description="SHA-256 of what was deployed.")
    conduct: FleetOptions = Field(description="How the run went about it.")
    started: AwareDatetime = Field(description="When it began.")
    finished: AwareDatetime | None = Field(default=None, description="When it ended.")
    members: tuple[TargetResult, ...] = Field(description="Every target of the run, in its order.")
    canaries: tuple[RingStep, ...] = Field(
        default=(), description="What was judged of rings whose targets have canaries."
    )

    @property
    def left(self) -> tuple[TargetResult, ...]:
        """What still has to be done."""
        return tuple(member for member in self.members if not member.outcome.done)
