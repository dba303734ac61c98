"""Drift: how the live state differs from the baseline, and who changed it."""

from enum import StrEnum
from typing import Literal, Self

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.target import Target
from edgefleet.core.model import Model
from edgefleet.errors import EdgefleetError
from edgefleet.locks.models import Lock
from edgefleet.state.models import CanaryView, Change, ChangeKind


class DriftSeverity(StrEnum):
    """How much a difference can hurt."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class State(StrEnum):
    """What a look found, in words."""

    IN_SYNC = "in sync"
    DRIFTING = "drift"
    NOT_DEPLOYED = "not deployed"
    """Nothing is there, and nothing tells that anything ever was."""


BELOW_SCRIPTS = "scripts."
"""Begins the path of a script in the account that no target names."""


class DriftFinding(Model):
    """One difference between what is expected and what runs."""

    change: Change
    """What a repair would do: `before` is live, `after` expected."""
    happened: ChangeKind | None = None
    """What happened to the live state: `removed` is what is expected and gone; None: not told."""
    severity: DriftSeverity
    looks_like: str
    """How it was made, as far as anything tells: `a dashboard edit`, `an API call`; or empty."""

    @property
    def of_target(self) -> bool:
        """Whether a repair of the target removes it: it is no other script of the account."""
        return not self.change.path.startswith(BELOW_SCRIPTS)


class Baseline(Model):
    """Which state is expected, and why that one; `commit` None is the working tree."""

    commit: str | None
    why: str
    pending: bool = False
    """Whether the checked-out commit is another one, and a deploy of it would change something."""
    missing: str | None = None
    """The commit that was deployed, where this repository does not have it."""
    unmerged: str | None = None
    """The default branch, where it does not contain the commit, which a tag names."""
    dirty: bool = False
    """Whether it was deployed with uncommitted changes, which no commit tells."""


class ErrorDetails(Model):
    """The error that stopped a check or a repair, with the exit code of its command."""

    code: str
    message: str
    hint: str = ""
    exit_code: int
    commit: str | None = None
    """The commit that no job built, where that is the error."""

    @classmethod
    def of(cls, error: EdgefleetError) -> Self:
        """Return the details of an error."""
        return cls(
            code=error.code,
            message=error.message,
            hint=error.hint,
            exit_code=int(error.exit_code),
        )


class UncheckedTarget(Model):
    """A target that edgefleet could not check, as a report names it beside the others."""

    schema_version: int = 1
    target: Target
    error: ErrorDetails


class Drift(Model):
    """What was found at one target."""

    schema_version: int = 1
    target: Target
    script: str
    expected: Baseline
    deployed: bool = True
    """Whether the target is deployed, or is known to have been."""
    findings: tuple[DriftFinding, ...] = ()
    ignored: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    """What is no difference of the live version, and should be known."""
    repaired: bool = False
    """Whether the differences were repaired after they were found."""
    repair_error: ErrorDetails | None = None
    """The error that stopped the repair, if one did."""
    last_change: DeploymentEvent | None = None
    """The deployment in force: who made it and when, as far as Cloudflare tells."""
    canary: CanaryView | None = None
    """The canary that was under way when it was looked at, which is no difference."""
    canary_ended: Literal["restored", "finished"] | None = None
    """How this command ended the canary, whose time was over; None: it did not."""
    locked_by: Lock | None = None
    """The lock of a run that changed the target when it was looked at."""

    @property
    def state(self) -> State:
        """Whether anything differs that is not allowed to, if there was anything to compare."""
        if self.findings:
            return State.DRIFTING
        return State.IN_SYNC if self.deployed else State.NOT_DEPLOYED

    @property
    def in_sync(self) -> bool:
        """Whether something runs, and nothing differs that is not allowed to."""
        return self.state is State.IN_SYNC

    @property
    def drifting(self) -> bool:
        """Whether something differs that is not allowed to."""
        return self.state is State.DRIFTING

    @property
    def left(self) -> bool:
        """Whether something differs still: it was not repaired."""
        return any(not (one.of_target and self.repaired) for one in self.findings)

    @property
    def repairable(self) -> bool:
        """Whether a repair would change something."""
        return any(one.of_target for one in self.findings)
