"""What an earlier run over a fleet left to be done."""

from collections.abc import Callable

from edgefleet.config.target import Target
from edgefleet.fleet.models import FleetRecord
from edgefleet.records.models import Record


def remaining_tenants(run: FleetRecord, last: Callable[[Target], Record | None]) -> tuple[str, ...]:
    """Return the tenants that a run left, and that nothing has brought to its bundle since.

    `last` finds a target's newest record. A run that was killed could not say in its own record
    what it did in its last second; the records of its targets do.
    """
    names = (member.tenant for member in run.left)
    return tuple(name for name in names if not _done(run, last(_target(run, name))))


def _target(run: FleetRecord, tenant: str) -> Target:
    return Target(tenant=tenant, environment=run.environment)


def _done(run: FleetRecord, record: Record | None) -> bool:
    if record is None or not record.status.good:
        return False
    return record.started >= run.started and record.bundle_digest == run.bundle_digest
