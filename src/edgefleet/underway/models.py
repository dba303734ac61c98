"""What a command found and left of the canary of one target."""

from enum import StrEnum
from typing import Self

from edgefleet.config.target import Target
from edgefleet.core.model import Model
from edgefleet.errors import EdgefleetError
from edgefleet.records.canary_steps import CanaryStep, Verdict
from edgefleet.records.canary_under_way import CanaryUnderWay
from edgefleet.state.models import CanaryStage, CanaryView


class CanaryEnd(StrEnum):
    """What a target has instead of a canary that goes on."""

    NONE = "none"
    """No canary was under way."""
    FINISHED = "finished"
    """The new version has everything, and the canary has ended."""
    RESTORED = "restored"
    """The version before has everything again."""


class CanaryError(Model):
    """Why a canary was restored, or does not go on."""

    code: str
    message: str
    hint: str
    exit_code: int


class CanaryResult(Model):
    """How the canary of a target stands, once a command has ended."""

    target: Target
    state: CanaryEnd | CanaryStage
    share: float | None = None
    """The new version's share of the traffic, in percent; null where there was no canary."""
    verdict: Verdict | None = None
    """What this command's look showed; null: not yet anything, or it did not look."""
    words: str = ""
    """What was done, and what was seen."""
    moved: bool = False
    """Whether this command changed the share."""
    canary: CanaryView | None = None
    """Where the canary stands; null once it has ended."""
    step: CanaryStep | None = None
    """What was counted at the step, where this command looked."""
    error: CanaryError | None = None

    @classmethod
    def going_on(
        cls, target: Target, found: CanaryUnderWay, words: str, *, moved: bool = False
    ) -> Self:
        """Return the result of a canary that is still there."""
        view = found.view(target)
        return cls(
            target=target,
            state=view.state,
            share=view.share,
            words=words,
            moved=moved,
            canary=view,
        )

    def failed(self, error: EdgefleetError) -> Self:
        """Return the result with the error that the command ends with."""
        told = CanaryError(
            code=error.code,
            message=error.message,
            hint=error.hint,
            exit_code=int(error.exit_code),
        )
        return self.model_copy(update={"error": told})
