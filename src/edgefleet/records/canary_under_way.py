"""The canary in a deployment, as its message tells it: which versions, and where it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from edgefleet.cloudflare.models import DeploymentEvent, LiveState, TrafficShare
from edgefleet.config.target import Target
from edgefleet.records.signature import read_message
from edgefleet.state.canary_state import CanaryState
from edgefleet.state.models import CanaryStage, CanaryView


class CanaryUnderWay(NamedTuple):
    """A canary that edgefleet made and that has not ended."""

    state: CanaryState
    old: str
    """The version before."""
    new: str
    """The version that is judged."""
    message: str
    """That of its deployment."""
    when: datetime
    """When its deployment was made: at its step's beginning, or at a look."""

    @property
    def live(self) -> str:
        """The version that counts as live: the old one until the new one has everything."""
        return self.old if self.state.stepping else self.new

    def overdue(self, now: datetime) -> bool:
        """Whether the next command that looks ends it: its deadline, or what it keeps, is over."""
        return now >= self.state.until

    def view(self, target: Target) -> CanaryView:
        """Return it as commands show it."""
        return CanaryView(
            version_id=self.new,
            before=self.old,
            share=self.state.share,
            state=_stage(self.state),
            paused=self.state.paused,
            begun=self.state.begun,
            since=self.state.since,
            until=self.state.until,
            next=f"edgefleet canary continue {target.as_selector}",
        )


def canary_of(live: LiveState) -> CanaryUnderWay | None:
    """Return the canary in the deployment in force, if there is one."""
    newest = next(iter(live.history), None)
    same = newest is not None and live.deployment is not None and newest.id == live.deployment.id
    return canary_in(newest) if same else None


def canary_in(deployment: DeploymentEvent | None) -> CanaryUnderWay | None:
    """Return the canary in a deployment; None where edgefleet made none there."""
    signed = read_message(deployment.message) if deployment else None
    if deployment is None or signed is None or signed.canary is None:
        return None
    state = signed.canary
    new = [one for one in _ids(deployment.versions) if one.startswith(state.version)]
    old = [one for one in _ids(deployment.versions) if not one.startswith(state.version)]
    if len(new) != 1 or len(old) != 1:
        return None
    return CanaryUnderWay(state, old[0], new[0], str(deployment.message), deployment.created_on)


def _ids(versions: Sequence[TrafficShare]) -> list[str]:
    return [share.version_id for share in versions]


def _stage(state: CanaryState) -> CanaryStage:
    if state.kept:
        return CanaryStage.KEPT
    if state.paused is not None:
        return CanaryStage.PAUSED
    return CanaryStage.UNDER_WAY
