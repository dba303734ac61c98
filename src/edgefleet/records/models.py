"""The record of one deploy: everything that it did, in one JSON file under `deployments/`."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import Environment, Target
from edgefleet.core.model import Model
from edgefleet.records.canary_steps import CanaryStep
from edgefleet.state.models import Plan


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
    UNDER_WAY = "under_way"
    """A canary goes on without this run: the new version has a share of the traffic."""
    FAILED = "failed"
    RESTORED = "restored"
    RESTORE_FAILED = "restore_failed"
    INTERRUPTED = "interrupted"

    @property
    def good(self) -> bool:
        """Whether the version of the run is meant to be live."""
        return self in {Status.SUCCEEDED, Status.UNCHANGED}


class Phase(StrEnum):
    """The steps of a deploy, in order."""

    VALIDATE = "validate"
    CREDENTIALS = "credentials"
    LOCK = "lock"
    BUILD = "build"
    PLAN = "plan"
    RENDER = "render"
    MIGRATIONS = "migrations"
    UPLOAD = "upload"
    CANARY = "canary"
    STEPS = "steps"
    TRAFFIC = "traffic"
    HEALTH = "health"
    SETTINGS = "settings"
    RESTORE = "restore"
    DONE = "done"


UNTOUCHED = (Phase.VALIDATE, Phase.CREDENTIALS, Phase.LOCK, Phase.BUILD, Phase.PLAN, Phase.RENDER)
"""The phases in which nothing is written at Cloudflare."""


class RecordedError(Model):
    """Why a deploy did not succeed."""

    code: str
    message: str
    hint: str = ""


class Origin(Model):
    """Who deploys, from where, with which edgefleet."""

    git_commit: str | None = Field(
        default=None, description="The commit that was deployed, or that the version was made from."
    )
    dirty: bool | None = Field(
        default=None, description="Whether the working tree had changes that no commit holds."
    )
    uncommitted: tuple[str, ...] = Field(
        default=(), description="The first ten files whose changes no commit holds."
    )
    actor: str | None = Field(
        default=None, description="Who did it: GitHub's actor, git's user, or the login name."
    )
    run_url: str | None = Field(default=None, description="The GitHub Actions run, if it was one.")
    edgefleet_version: str = Field(description="The version of edgefleet.")


class Health(Model):
    """The last answer of a probe, and what it took to get it."""

    url: str
    healthy: bool
    attempts: int
    seconds: float
    status: int | None = None
    """HTTP status of the last answer; None where there was none."""
    proof: ProofLevel | None = Field(
        default=None, description="What the answer showed; null where it is not healthy."
    )
    version_id: str | None = None
    """The version that the Worker says it is; None where it does not say."""
    live_version_id: str | None = None
    """The version that was to answer; None where traffic was split."""
    shown: dict[str, str] = Field(
        default={}, description="What `health.show` of fleet.jsonc names, as the answer has it."
    )
    model_id: str | None = None
    """The shown value `model`, under its older name."""
    ready: bool | None = None
    """Whether the Worker says that everything that it uses is bound; None where it does not say."""
    missing: tuple[str, ...] = ()
    """The bindings that the Worker says it lacks."""
    deployed: bool = True
    """Whether anything is deployed, or is known to have been; nothing is healthy that is not."""
    reason: str = ""
    """Why it is not healthy; empty when it is."""


class Record(Origin):
    """One deploy of one target. Ids are Cloudflare's, times UTC, durations seconds."""

    schema_version: int = Field(default=1, description="The form of this file.")
    tenant: str = Field(description="The tenant.")
    environment: Environment = Field(description="The environment.")
    account_id: str | None = Field(default=None, description="The Cloudflare account.")
    script: str | None = Field(default=None, description="The script's name at Cloudflare.")
    action: Action = Field(description="What was asked for.")
    reason: str | None = Field(default=None, description="Why, in the words of who asked for it.")
    lock: Literal["shared", "local"] | None = Field(
        default=None,
        description="Whether other machines saw that the target was held: `shared`, or `local`.",
    )
    lock_id: str | None = Field(default=None, description="The run's id in the shared lock.")
    lock_took_over: str | None = Field(
        default=None,
        description="The id in the shared lock of the run that lost it to this one, if any.",
    )
    dry_run: bool = Field(
        default=False, description="Whether it was only tried: nothing was sent, no file written."
    )
    status: Status = Field(
        default=Status.IN_PROGRESS,
        description="How it ended. `in_progress` long after `started`: the run was killed.",
    )
    phase: Phase = Field(default=Phase.VALIDATE, description="The last phase that was begun.")
    url: str | None = Field(default=None, description="Where the Worker answers.")
    version_id: str | None = Field(
        default=None, description="The version that was uploaded; `status` says if it is live."
    )
    previous_version_id: str | None = Field(
        default=None,
        description="The version that was live before; null at a first deploy. Of an unchanged "
        "target it is the one that is live.",
    )
    bundle_digest: str | None = Field(default=None, description="SHA-256 of what was deployed.")
    engine: str = Field(default="wrangler", description="What made the upload.")
    wrangler_version: str | None = Field(default=None, description="The version of wrangler.")
    plan: Plan | None = Field(
        default=None, description="What was to change, and how; what looks like a secret is masked."
    )
    health: Health | None = Field(default=None, description="What the last probe found.")
    canary: tuple[CanaryStep, ...] = Field(
        default=(), description="The steps of its canary, each with what was counted."
    )
    ended_canary: str | None = Field(
        default=None,
        description="The new version of the canary that was under way, and that this run ended.",
    )
    proof: ProofLevel | None = Field(
        default=None,
        description="What was proved of the version that is live at the end; null where nothing "
        "was. docs/deploying.md explains the levels.",
    )
    error: RecordedError | None = Field(default=None, description="Why it did not succeed.")
    started: AwareDatetime = Field(description="When it began.")
    finished: AwareDatetime | None = Field(default=None, description="When it ended.")
    seconds: dict[Phase, float] = Field(
        default_factory=dict, description="Seconds by phase, as far as it came."
    )

    @property
    def target(self) -> Target:
        """The target that it is about."""
        return Target(tenant=self.tenant, environment=self.environment)

    @property
    def refused(self) -> bool:
        """Whether it ended before anything was touched, as where the target was held."""
        ended = self.status in {Status.FAILED, Status.INTERRUPTED}
        return ended and self.phase in UNTOUCHED
