"""The record of one deploy: everything that it did, in one JSON file under `deployments/`."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from edgefleet.model.base import Model
from edgefleet.model.health import Health
from edgefleet.model.target import Environment, Target


class Action(StrEnum):
    """What was asked for."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RESTORE = "restore"


class Status(StrEnum):
    """How it ended; `in_progress` in a finished run means that it was killed."""

    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    RESTORED = "restored"
    RESTORE_FAILED = "restore_failed"
    INTERRUPTED = "interrupted"


class Phase(StrEnum):
    """The steps of a deploy, in order."""

    VALIDATE = "validate"
    CREDENTIALS = "credentials"
    BUILD = "build"
    RENDER = "render"
    UPLOAD = "upload"
    HEALTH = "health"
    RESTORE = "restore"
    DONE = "done"


class RecordedError(Model):
    """Why a deploy did not succeed."""

    code: str
    message: str
    hint: str = ""


class Origin(Model):
    """Who deploys, from where, with which edgefleet."""

    git_commit: str | None = None
    dirty: bool | None = None
    """Whether the working tree had changes that no commit holds."""
    actor: str | None = None
    run_url: str | None = None
    edgefleet_version: str


class Record(Origin):
    """One deploy of one target. Ids are Cloudflare's, times UTC, durations seconds."""

    schema_version: int = 1
    tenant: str
    environment: Environment
    account_id: str | None = None
    script: str | None = None
    action: Action
    status: Status = Status.IN_PROGRESS
    phase: Phase = Phase.VALIDATE
    url: str | None = None
    version_id: str | None = None
    previous_version_id: str | None = None
    bundle_digest: str | None = None
    engine: str = "wrangler"
    wrangler_version: str | None = None
    health: Health | None = None
    error: RecordedError | None = None
    started: datetime
    finished: datetime | None = None
    seconds: dict[Phase, float] = Field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The target that it is about."""
        return Target(tenant=self.tenant, environment=self.environment)
