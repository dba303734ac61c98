"""What a command does with a canary that is under way."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.request import ChangeRequest


class CanaryAction(StrEnum):
    """What is done with the canary of a target."""

    CONTINUE = "continue"
    PAUSE = "pause"
    ABORT = "abort"
    FINISH = "finish"
    EXPIRE = "expire"
    """End what is over: restore after the deadline, or keep the old version no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRequest(ChangeRequest):
    """The options of a command that continues or ends a canary."""

    action: CanaryAction
    root: Path
    """The repository, for the commit that the new version was made from."""
    load_at: Callable[[Path, Target], Tenant]
    """Validates and loads a target's tenant in another checkout."""
    resume: bool = False
    """Whether steps move again after a pause."""
    heed_hold: bool = True
    """Whether `finish` is refused at a pinned or frozen tenant."""
