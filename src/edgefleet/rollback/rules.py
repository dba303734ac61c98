"""Which version to return to, whether the way is open, and what a return leaves behind."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from edgefleet.cloudflare.error_codes import SECRET_NOT_LIVE
from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    Inventory,
    Version,
    VersionDetails,
)
from edgefleet.core.ids import UUID
from edgefleet.errors import UnhealthyError
from edgefleet.history.expected_record import deployed_elsewhere, expected_record, recorded
from edgefleet.records.models import Action, Record, Status
from edgefleet.records.signature import Signed, commit_of_tag, own_tag
from edgefleet.rollback.models import TrafficEvent, VersionSource
from edgefleet.state.flat_state import SECRET_TYPES

PREVIOUS = "previous"
SHORTEST = 8
"""How many digits of a version's id name it."""
VERSION_ID = re.compile(UUID)

RESOURCES = {
    "kv_namespace": ("KV namespace", ("namespace_id",)),
    "d1": ("D1 database", ("id", "database_id")),
    "vectorize": ("Vectorize index", ("index_name",)),
}
"""Type of binding -> what it is, and where the binding names it."""

DATA = {
    "kv_namespace": "KV",
    "d1": "D1",
    "durable_object_namespace": "Durable Objects",
    "vectorize": "Vectorize",
}


class KilledRollback(NamedTuple):
    """Where a killed rollback was going, and what it left."""

    version_id: str
    previous_version_id: str | None


def named_version(word: str, known: Iterable[str]) -> str | None:
    """Return the version that a word names: an id, or the beginning of one that is known.

    `edgefleet history` shows the first eight digits. None where it names no version, or several.
    """
    if VERSION_ID.fullmatch(word):
        return word
    found = {one for one in known if one.startswith(word)}
    return found.pop() if len(word) >= SHORTEST and len(found) == 1 else None


def previous_version(moves: Sequence[TrafficEvent], live: str) -> str | None:
    """Return the version that was proved last, but for the live one; `moves` are newest first.

    A version that was given up, or that failed, is none to return to until it is proved again:
    a second rollback goes further back, and never to the version that the first one left.
    """
    abandoned_events = {live}
    for move in moves:
        if move.left:
            abandoned_events.add(move.left)
        if move.version_id and move.version_id not in abandoned_events:
            return move.version_id
    return None


def abandoned_events(moves: Sequence[TrafficEvent]) -> Iterator[TrafficEvent]:
    """Yield only what was given up, and not proved since; `moves` are newest first."""
    proved = set()
    for move in moves:
        if move.left and move.left not in proved:
            yield TrafficEvent(left=move.left)
        proved.add(move.version_id)


def versions_made_elsewhere(
    versions: Sequence[Version], records: Sequence[Record], since: str, until: str
) -> bool:
    """Whether edgefleet made versions after `since`, up to `until`, that no record tells of.

    Then another machine deployed in between: to return to `since` would take that back, too.
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
    """Whether the newest record that ended well is not of what is in force by now.

    Another machine deployed since or returned to an earlier version, or a version that was proved
    here came back by hand: what the records tell as good was left since. `deployments` come
    newest first.
    """
    newest = expected_record(records)
    if newest is None or newest.version_id == live:
        return False
    if any(one.version_id == live and one.status.good for one in records):
        return True
    tags = {version.id: version.tag for version in versions}
    return deployed_elsewhere(deployments, tags, records) is not None


def events_of_records(records: Sequence[Record]) -> Iterator[TrafficEvent]:
    """Yield what a target's records tell, newest first as they are.

    A rollback gives up what it leaves even if it was killed half-way: somebody wanted to be away
    from it. A deploy or rollback that was unhealthy tells against its version.
    """
    for record in records:
        version_id, before = record.version_id, record.previous_version_id
        if record.status is Status.SUCCEEDED:
            left = before if record.action is Action.ROLLBACK and before != version_id else None
            yield TrafficEvent(version_id=version_id, left=left)
            continue
        if record.status is Status.UNCHANGED:
            continue
        if record.action is Action.ROLLBACK:
            yield TrafficEvent(left=before)
        # Where only settings were to change, it was they that failed, not the version.
        if _unhealthy(record) and version_id != before:
            yield TrafficEvent(left=version_id)


def events_of_deployments(
    deployments: Sequence[DeploymentEvent], numbers: Mapping[str, int]
) -> Iterator[TrafficEvent]:
    """Yield what Cloudflare's history tells, newest first as it is.

    Nothing there says that a version was healthy, or why it was replaced. But where an older
    version followed a newer one, the newer one was given up. `numbers` are those of versions that
    can still be deployed; no other is a candidate.
    """
    versions = [one.main_version for one in deployments]
    for version_id, before in zip(versions, [*versions[1:], None], strict=False):
        if version_id is None or version_id not in numbers:
            continue
        back = before is not None and numbers.get(before, 0) > numbers[version_id]
        yield TrafficEvent(version_id=version_id, left=before if back else None)


def killed_rollback(
    last: Record | None, live: Deployment, signed: Signed | None
) -> KilledRollback | None:
    """Return what a rollback was on its way to that was killed while its version was in force.

    The newest record tells it, or else, where another machine was killed, what the message of the
    split in force says.
    """
    if last and last.status is Status.IN_PROGRESS and last.version_id:
        ours = last.action is Action.ROLLBACK and live.names(last.version_id)
        return KilledRollback(last.version_id, last.previous_version_id) if ours else None
    if signed is None or signed.action is not Action.ROLLBACK or not live.split:
        return None
    least = min(live.versions, key=lambda share: share.percentage)
    return KilledRollback(least.version_id, live.main_version)


def version_source(version_id: str, records: Sequence[Record], tag: str) -> VersionSource:
    """Return what a version was made from: its record says it, or else its tag."""
    for record in records:
        if record.version_id == version_id and record.status is Status.SUCCEEDED:
            return VersionSource(
                commit=record.git_commit, dirty=record.dirty, bundle_digest=record.bundle_digest
            )
    return VersionSource(commit=commit_of_tag(tag))


def uploaded_version(version_id: str, versions: Sequence[Version]) -> Version:
    """Return the version whose upload brought a version's code: one that set a secret has none."""
    number = next((one.number for one in versions if one.id == version_id), -1)
    below = sorted(
        (one for one in versions if one.number <= number), key=lambda one: one.number, reverse=True
    )
    uploads = (one for one in below if not one.set_secret)
    return next(uploads, Version(id=version_id, number=number))


def resources(details: VersionDetails) -> Iterator[tuple[str, str, str]]:
    """Yield type, name of the binding, and what it points to, for each KV, D1 and Vectorize."""
    for binding in details.bindings:
        _, keys = RESOURCES.get(str(binding["type"]), ("", ()))
        pointed = next((binding[key] for key in keys if binding.get(key)), None)
        if pointed is not None:
            yield str(binding["type"]), str(binding["name"]), str(pointed)


def obstacles(
    target: VersionDetails,
    live: VersionDetails,
    deployable: Sequence[Version],
    inventory: Inventory,
) -> list[str]:
    """Return why Cloudflare would refuse to give `target` the traffic; empty if it would not.

    https://developers.cloudflare.com/workers/configuration/versions-and-deployments/rollbacks/
    """
    found = []
    if target.id not in {version.id for version in deployable}:
        found.append(f"it is not among the newest {DEPLOYABLE_VERSIONS} versions")
    if target.migration_tag != live.migration_tag:
        found.append(
            "a Durable Object migration lies between: it is at "
            f"{_migration(target)}, the live version at {_migration(live)}"
        )
    for kind, name, pointed in resources(target):
        if pointed not in inventory.ids.get(kind, frozenset()):
            found.append(f"its binding {name} needs the {RESOURCES[kind][0]} {pointed}: it is gone")
    return found


def changed_secrets(target: VersionDetails, live: VersionDetails) -> list[str]:
    """Return the names of secrets that only one of both has; a value is nowhere to be read."""
    return sorted(_secrets(target) ^ _secrets(live))


def secrets_set_since(target: str, deployable: Sequence[Version]) -> int:
    """Return how often a secret was set after a version was made."""
    number = next((one.number for one in deployable if one.id == target), None)
    if number is None:
        return 0
    return sum(one.set_secret and one.number > number for one in deployable)


def side_effects(
    target: VersionDetails, live: VersionDetails, deployable: Sequence[Version]
) -> tuple[str, ...]:
    """Return in words what a return to `target` leaves as it is, or hinders."""
    kinds = {str(one["type"]) for one in (*target.bindings, *live.bindings)}
    data = [words for kind, words in DATA.items() if kind in kinds]
    found = [f"the data in {', '.join(data)} stays as it is now"] if data else []
    newest = max(deployable, key=lambda version: version.number, default=None)
    if newest and newest.id != target.id:
        found.append(
            f"the newest version {newest.id} is not live then: Cloudflare refuses to change a "
            f"secret ({SECRET_NOT_LIVE}) until a version is deployed again"
        )
    return tuple(found)


def _unhealthy(record: Record) -> bool:
    return record.error is not None and record.error.code == UnhealthyError.code


def _secrets(details: VersionDetails) -> set[str]:
    return {str(one["name"]) for one in details.bindings if one["type"] in SECRET_TYPES}


def _migration(details: VersionDetails) -> str:
    return f"'{details.migration_tag}'" if details.migration_tag else "none"
