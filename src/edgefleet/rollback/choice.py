"""Which version a rollback returns to: by records, or else by Cloudflare's history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import DeploymentEvent, LiveState, Version
from edgefleet.config.target import Target
from edgefleet.deploy.run import OpenTarget
from edgefleet.errors import UsageError
from edgefleet.records.canary_under_way import canary_of
from edgefleet.records.models import Record
from edgefleet.records.signature import own_split
from edgefleet.rollback.models import TrafficEvent
from edgefleet.rollback.rules import (
    PREVIOUS,
    KilledRollback,
    abandoned_events,
    events_of_deployments,
    events_of_records,
    killed_rollback,
    previous_version,
    traffic_moved_elsewhere,
    versions_made_elsewhere,
)


class VersionChoice(NamedTuple):
    """A version to return to."""

    version_id: str
    why: str
    resumed: KilledRollback | None
    """The killed rollback that this one resumes, if it does."""


@dataclass(frozen=True, slots=True)
class VersionChooser:
    """Chooses a version for one script, from what was read of it."""

    target: OpenTarget
    before: LiveState
    versions: Sequence[Version]
    records: Sequence[Record]
    """The records of this machine, newest first."""

    def choose(self, to: str, last: Record | None, name: Target) -> VersionChoice:
        """Return the version that `to` names; `last` is the newest record of a change.

        Raises `UsageError` if no earlier version is known that was good.
        """
        live = self.before.deployment
        assert live is not None  # noqa: S101 - a script without a deployment was refused
        canary = canary_of(self.before)
        if canary and to == PREVIOUS:
            why = f"it was live before the canary of version {canary.new}, which is under way"
            return VersionChoice(canary.old, why, None)
        killed = killed_rollback(last, live, own_split(self.before))
        if to != PREVIOUS:
            same = killed if killed and killed.version_id == to else None
            return VersionChoice(to, "it was chosen with --to", same)
        if killed:
            why = "a rollback to it was killed before it had ended"
            return VersionChoice(killed.version_id, why, killed)
        events = list(events_of_records(self.records))
        recorded = previous_version(events, live.main_version)
        if recorded and not self._outdated(live.main_version, recorded):
            why = "it is the last one that was recorded healthy"
            return VersionChoice(recorded, why, None)
        missing = "of what another machine has deployed since" if recorded else "of a healthy one"
        why = f"no record here tells {missing}; by Cloudflare's history it was live before"
        return VersionChoice(self._by_history(live.main_version, events, name), why, None)

    def _outdated(self, live: str, since: str) -> bool:
        """Whether the script was changed since `since` was live, and no record here tells of it."""
        made = versions_made_elsewhere(self.versions, self.records, since, live)
        return made or traffic_moved_elsewhere(self._history(), self.versions, self.records, live)

    def _history(self) -> Iterator[DeploymentEvent]:
        events = self.target.account.script(self.target.script).deployments.history()
        return islice(events, 2 * DEPLOYABLE_VERSIONS)

    def _by_history(self, live: str, events: Sequence[TrafficEvent], name: Target) -> str:
        """Return the version that was live before, unless it was abandoned since."""
        numbers = {version.id: version.number for version in self.versions}
        history = list(self._history())
        past = [*abandoned_events(events), *events_of_deployments(history, numbers)]
        version_id = previous_version(past, live)
        if version_id is None:
            raise UsageError(
                f"{self.target.script}: no earlier version is known that was good",
                hint=f"choose one that this lists: edgefleet history {name.as_selector}; "
                f"then: edgefleet rollback {name.as_selector} --to VERSION_ID, or --to GIT_REF",
            )
        return version_id
