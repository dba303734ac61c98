"""Resume an earlier run over a fleet."""

from collections.abc import Callable
from pathlib import Path

from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.target import Environment, Target
from edgefleet.errors import UsageError
from edgefleet.fleet.context import FleetContext
from edgefleet.fleet.models import FleetRecord
from edgefleet.fleet.records.store import read_fleet
from edgefleet.fleet.records.undo import taken_back
from edgefleet.records.models import Action, Record
from edgefleet.records.store import ListedRecords


def record_to_resume(path: Path, environment: Environment) -> FleetRecord:
    """Read the record of a run to resume; raises `UsageError` where it is of something else."""
    record = read_fleet(path)
    if record.environment != environment or record.action is not Action.DEPLOY:
        what = f"a {record.action} in {record.environment}"
        raise UsageError(f"{path} is the record of {what}, not of a deploy to {environment}")
    return record


def tenants_to_resume(
    context: FleetContext, before: FleetRecord, *, allow_rolled_back: bool
) -> tuple[str, ...]:
    """Return the tenants that a run left; the record's members are names, not selectors.

    Raises `UsageError` where the release of that run was rolled back since, unless that is
    allowed: such tenants are then skipped.
    """
    records = ListedRecords(context.records.folder)
    back = taken_back(before, records.of)
    if back and not allow_rolled_back:
        raise UsageError(
            f"the release of that run was rolled back since at {len(back)} of its "
            f"{len(before.members)} targets: {', '.join(back)}",
            hint="deploy a new release, or what is left of this one to the other targets: "
            "the same command with --allow-rolled-back",
        )
    if back:
        context.progress.say(f"note: rolled back since, and skipped: {', '.join(back)}")
    left = [name for name in remaining_tenants(before, records.last_change) if name not in back]
    known = tenant_names(context.root)
    for name in left:
        if name not in known:
            raise UsageError(f"there is no tenant '{name}', which is left of that run")
    return tuple(left)


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
