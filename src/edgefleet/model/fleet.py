"""The record of one run over a fleet: which targets, how each ended, and what is left."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from edgefleet.model.base import Model
from edgefleet.model.record import Action, Origin, Phase, RecordedError, Status
from edgefleet.model.target import Environment


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
        """Whether nothing is left to be done: it is as it was meant to be, or left alone."""
        return self in {Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.HELD}

    @property
    def failure(self) -> bool:
        """Whether it was tried, and did not come to its end by itself."""
        return self in {Outcome.FAILED, Outcome.RESTORED, Outcome.RESTORE_FAILED}


class Member(Model):
    """One target's part in a run."""

    tenant: str
    ring: int = 0
    outcome: Outcome = Outcome.WAITING
    why: str | None = None
    """Why it was left alone, where it was."""
    phase: Phase | None = None
    """The last phase that was begun."""
    version_id: str | None = None
    seconds: float | None = None
    error: RecordedError | None = None


class Conduct(Model):
    """How a run goes about it; as it was asked for."""

    engine: str
    parallel: int = 1
    continue_on_error: bool = False
    max_failures: str | None = None
    """How many failures are borne, `3` or `10%`; None: none."""
    force: bool = False
    health_timeout: float = 60.0


class FleetRecord(Origin):
    """One run over many targets of one environment. Times are UTC, durations seconds."""

    schema_version: int = 1
    kind: Literal["fleet"] = "fleet"
    environment: Environment
    action: Action = Action.DEPLOY
    status: Status = Status.IN_PROGRESS
    """`in_progress` long after `started`: the run was killed."""
    resumes: str | None = None
    """The record of the run that this one takes up, by its file's name."""
    bundle_digest: str | None = None
    conduct: Conduct
    started: datetime
    finished: datetime | None = None
    members: tuple[Member, ...] = Field(description="Every target of the run, in its order.")

    @property
    def left(self) -> tuple[Member, ...]:
        """What still has to be done."""
        return tuple(member for member in self.members if not member.outcome.done)
