"""Which version a rollback returns to, by what the target went through."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    Version,
)
from edgefleet.core.ids import UUID
from edgefleet.errors import UnhealthyError
from edgefleet.history.expected_record import deployed_elsewhere, expected_record, recorded
from edgefleet.records.models import Action, Record, Status
from edgefleet.records.signature import Signed, commit_of_tag, own_tag
from edgefleet.rollback.models import TrafficEvent, VersionSource

PREVIOUS = "previous"
SHORTEST = 8
"""How many digits of a version's id are enough to name it."""
VERSION_ID = re.compile(UUID)


class KilledRollback(NamedTuple):
    """The goal of a killed rollback, and the version that it was leaving."""

    version_id: str
    previous_version_id: str | None


def named_version(text: str, known: Iterable[str]) -> str | None:
    """Return the version that `text` names: an id, or the beginning of a known one.

    `edgefleet history` shows the first eight digits. None if it names no version, or several.
    """
    if VERSION_ID.fullmatch(text):
        return text
    matching = {version_id for version_id in known if version_id.startswith(text)}
    return matching.pop() if len(text) >= SHORTEST and len(matching) == 1 else None


def previous_version(events: Sequence[TrafficEvent], live: str) -> str | None:
    """Return the version that was healthy last, except the live one; `events` are newest first.

    An abandoned version is no candidate until it is healthy again: a second rollback goes further
    back, and never to the version that the first one left.
    """
    abandoned = {live}
    for event in events:
        if event.abandoned:
            abandoned.add(event.abandoned)
        if event.version_id and event.version_id not in abandoned:
            return event.version_id
    return None


def abandoned_events(events: Sequence[TrafficEvent]) -> Iterator[TrafficEvent]:
    """Yield the versions that were abandoned and not healthy since; `events` are newest first."""
    healthy = set()
    for event in events:
        if event.abandoned and event.abandoned not in healthy:
            yield TrafficEvent(abandoned=event.abandoned)
        healthy.add(event.version_id)


def versions_made_elsewhere(
    versions: Sequence[Version], records: Sequence[Record], since: str, until: str
) -> bool:
    """Whether edgefleet made versions after `since`, up to `until`, that no record here has.

    Then another machine deployed in between: a return to `since` would undo that, too.
    """
    numbers = {version.id: version.number for version in versions}
    first, last = numbers.get(since, 0), numbers.get(until, math.inf)
    return any(
        first < version.number <= last and own_tag(version.tag)
        for version in versions
        if not recorded(version.id, records)
    )


def traffic_moved_elsewhere(
    deployments: Iterable[DeploymentEvent],
    versions: Sequence[Version],
    records: Sequence[Record],
    live: str,
) -> bool:
    """Whether the newest successful record is not about the live version.

    Another machine has deployed or rolled back since, or a person deployed an earlier version by
    hand: the version that the records call good was left then. `deployments` are newest first.
    """
    newest = expected_record(records)
    if newest is None or newest.version_id == live:
        return False
    if any(record.version_id == live and record.status.good for record in records):
        return True
    tags = {version.id: version.tag for version in versions}
    return deployed_elsewhere(deployments, tags, records) is not None


def events_of_records(records: Sequence[Record]) -> Iterator[TrafficEvent]:
    """Yield the events of a target's records, newest first as they are.

    A rollback marks the version it left as abandoned even if it was killed, because the operator
    wanted to leave it. A deploy or rollback that was unhealthy marks its own version.
    """
    for record in records:
        version_id, before = record.version_id, record.previous_version_id
        if record.status is Status.SUCCEEDED:
            abandoned = (
                before if record.action is Action.ROLLBACK and before != version_id else None
            )
            yield TrafficEvent(version_id=version_id, abandoned=abandoned)
            continue
        if record.status is Status.UNCHANGED:
            continue
        if record.action is Action.ROLLBACK:
            yield TrafficEvent(abandoned=before)
        # If only settings were to change, they failed and not the version.
        if _unhealthy(record) and version_id != before:
            yield TrafficEvent(abandoned=version_id)


def events_of_deployments(
    deployments: Sequence[DeploymentEvent], numbers: Mapping[str, int]
) -> Iterator[TrafficEvent]:
    """Yield the events of Cloudflare's history, newest first as it is.

    It does not say whether a version was healthy, or why it was replaced. But if an older version
    followed a newer one, the newer one was abandoned. `numbers` are those of the versions that can
    still be deployed; no other version is a candidate.
    """
    versions = [deployment.main_version for deployment in deployments]
    for version_id, before in zip(versions, [*versions[1:], None], strict=False):
        if version_id is None or version_id not in numbers:
            continue
        rolled_back = before is not None and numbers.get(before, 0) > numbers[version_id]
        yield TrafficEvent(version_id=version_id, abandoned=before if rolled_back else None)


def killed_rollback(
    last: Record | None, live: Deployment, signed: Signed | None
) -> KilledRollback | None:
    """Return the rollback that was killed while its version was in force, if there is one.

    The newest record says so, or else, if it ran on another machine, the message of the split in
    force (`signed`).
    """
    if last and last.status is Status.IN_PROGRESS and last.version_id:
        in_force = last.action is Action.ROLLBACK and live.names(last.version_id)
        return KilledRollback(last.version_id, last.previous_version_id) if in_force else None
    if signed is None or signed.action is not Action.ROLLBACK or not live.split:
        return None
    least = min(live.versions, key=lambda share: share.percentage)
    return KilledRollback(least.version_id, live.main_version)


def version_source(version_id: str, records: Sequence[Record], tag: str) -> VersionSource:
    """Return what a version was made from, by its record or else by its tag."""
    for record in records:
        uploaded = record.status in (Status.SUCCEEDED, Status.UNDER_WAY)
        if record.version_id == version_id and uploaded:
            return VersionSource(
                commit=record.git_commit, dirty=record.dirty, bundle_digest=record.bundle_digest
            )
    return VersionSource(commit=commit_of_tag(tag))


def uploaded_version(version_id: str, versions: Sequence[Version]) -> Version:
    """Return the version whose upload has a version's code: one that set a secret uploads none."""
    number = next((version.number for version in versions if version.id == version_id), -1)
    uploads = (
        version for version in versions if version.number <= number and not version.set_secret
    )
    unknown = Version(id=version_id, number=number)
    return max(uploads, key=lambda version: version.number, default=unknown)


def _unhealthy(record: Record) -> bool:
    return record.error is not None and record.error.code == UnhealthyError.code
