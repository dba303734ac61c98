"""What a deploy of a fleet changed, and how each target gets back to what it ran before."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from edgefleet.config.target import Target
from edgefleet.fleet.models import FleetRecord, Outcome, TargetResult
from edgefleet.records.models import Action, Record, Status

RecordsOf = Callable[[Target], Sequence[Record]]
"""Returns a target's records, newest first."""


class Undo(NamedTuple):
    """One target that a run changed: the version to leave, and the version to go back to."""

    tenant: str
    ring: int
    leaving: str
    back_to: str | None
    """None where the run found no version, or changed none."""


def to_undo(run: FleetRecord, records_of: RecordsOf) -> tuple[Undo, ...]:
    """Return what a run changed, in its order.

    A target that failed as it was before is none of it. A run that was killed, and a restore that
    failed, do not tell in the run's own record which version they left; the target's record does.
    """
    found = (_undo(member, run, records_of) for member in run.members)
    return tuple(one for one in found if one is not None)


def taken_back(run: FleetRecord, records_of: RecordsOf) -> tuple[str, ...]:
    """Return the tenants of a run whose newest change since then is a rollback that went well."""
    return tuple(
        member.tenant
        for member in run.members
        if _rolled_back(run, records_of(_target(run, member)))
    )


def _rolled_back(run: FleetRecord, records: Sequence[Record]) -> bool:
    newest = next((one for one in records if one.status.good), None)
    return newest is not None and newest.action is Action.ROLLBACK and newest.started >= run.started


def _undo(member: TargetResult, run: FleetRecord, records_of: RecordsOf) -> Undo | None:
    leaving, back_to = member.version_id, member.previous_version_id
    if leaving is None or back_to is None:
        record = _record(run, records_of(_target(run, member)))
        leaving = leaving or (record.version_id if record and _in_force(member, record) else None)
        back_to = back_to or (record.previous_version_id if record else None)
    if leaving is None or member.outcome in (Outcome.UNCHANGED, Outcome.HELD):
        return None
    return Undo(member.tenant, member.ring, leaving, back_to if back_to != leaving else None)


def _in_force(member: TargetResult, record: Record) -> bool:
    """Whether a version that the run's own record does not tell may be live."""
    if member.outcome is Outcome.RESTORE_FAILED:
        return True
    killed = member.outcome in (Outcome.WAITING, Outcome.IN_PROGRESS)
    return killed and record.status in (Status.SUCCEEDED, Status.IN_PROGRESS)


def _record(run: FleetRecord, records: Sequence[Record]) -> Record | None:
    """Return the record of what the run did at a target: the first of its bundle since it began."""
    own = (
        one
        for one in reversed(records)
        if one.started >= run.started
        and one.action is run.action
        and one.bundle_digest == run.bundle_digest
        and (run.finished is None or one.started <= run.finished)
    )
    return next(own, None)


def _target(run: FleetRecord, member: TargetResult) -> Target:
    return Target(tenant=member.tenant, environment=run.environment)
