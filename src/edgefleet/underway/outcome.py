"""What a command has found out of a canary by the time it ends, or fails."""

from dataclasses import dataclass

from edgefleet.errors import EdgefleetError
from edgefleet.records.canary_steps import CanaryStep
from edgefleet.underway.models import CanaryResult


@dataclass(frozen=True, slots=True)
class GoBack:
    """A rollback ends the canary, since the new version has had everything: settings, too."""

    error: EdgefleetError | None = None
    """What the command ends with after the rollback; None: it was asked for."""


@dataclass(slots=True)
class CanaryOutcome:
    """The result of one target, which an error that ends the run does not take away."""

    result: CanaryResult | None = None
    step: CanaryStep | None = None
    """What was counted, if the command looked."""
    back: GoBack | None = None
    """Whether a rollback follows, and with which error."""

    def told(self) -> CanaryResult | None:
        """Return the result with what was counted."""
        if self.result is None or self.step is None:
            return self.result
        seen = {"step": self.step, "verdict": self.step.verdict}
        return self.result.model_copy(update=seen)
