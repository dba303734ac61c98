"""Roll back many tenants at once, or what one run over a fleet changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.output.notes import Notes
from edgefleet.core.output.progress import Progress, ProgressStep
from edgefleet.core.parallel import in_parallel
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.request import NO_UPLOAD, Dependencies
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.context import FleetContext
from edgefleet.fleet.dependencies import TargetDependencies
from edgefleet.fleet.locking import hold_where_free, lock_owner, targets_of
from edgefleet.fleet.models import FleetOptions, FleetRecord, TargetResult
from edgefleet.fleet.records.store import find_fleet
from edgefleet.fleet.records.undo import Undo, to_undo
from edgefleet.fleet.run import ReportRun, run_fleet
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.locking import LocalLocker, Locker
from edgefleet.records.models import Action, Origin, Record, Status
from edgefleet.records.provenance import origin
from edgefleet.records.store import DryRecords, ListedRecords
from edgefleet.rollback.request import RollbackRequest, RollbackResult
from edgefleet.rollback.rollback import rollback
from edgefleet.rollback.rules import PREVIOUS

ALL_MAY_FAIL = "100%"
"""A failed rollback of one tenant does not keep the others from leaving a bad version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions:
    """The options of a rollback of many tenants."""

    reason: str | None
    dry_run: bool
    parallel: int
    allow_changed_secrets: bool
    replace_split: bool
    health_timeout: float | None
    wait: float
    take_over_lock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRollback:
    """Which targets to roll back."""

    environment: Environment
    tenants: Sequence[Tenant]
    results: tuple[TargetResult, ...]
    """One for each target, before its rollback."""
    undos: dict[str, Undo] = field(default_factory=dict)
    """The version to return to, by tenant, where a run is undone; else the previous version."""
    undoes: str | None = None
    """The record of the run to undo."""

    @property
    def targets(self) -> list[Target]:
        """The targets, in their order."""
        return targets_of([one.tenant for one in self.results], self.environment)


def rollback_of_tenants(
    context: FleetContext, names: tuple[str, ...], environment: Environment
) -> FleetRollback:
    """Return the rollback of each of these tenants to its previous version."""
    tenants = context.tenants_in(context.root, names, (environment,))
    results = tuple(TargetResult(tenant=one.name, ring=one.config.ring) for one in tenants)
    return FleetRollback(environment=environment, tenants=tenants, results=results)


def rollback_of_run(
    context: FleetContext, named: str, environment: Environment | None
) -> FleetRollback:
    """Return the rollback of each target that a deploy of a fleet changed.

    `named` is the run's record, or its id. Raises `UsageError` where it is not of a deploy.
    """
    path, run = find_fleet(context.records.folder, named)
    if run.action is not Action.DEPLOY or environment not in (None, run.environment):
        wanted = f"a deploy to {environment}" if environment else "a deploy"
        raise UsageError(f"{path} is a {run.action} in {run.environment}, not {wanted}")
    undos = to_undo(run, ListedRecords(context.records.folder).of)
    existing = set(tenant_names(context.root))
    names = tuple(one.tenant for one in undos if one.tenant in existing)
    return FleetRollback(
        environment=run.environment,
        tenants=context.tenants_in(context.root, names, (run.environment,)) if names else (),
        results=tuple(TargetResult(tenant=one.tenant, ring=one.ring) for one in undos),
        undos={one.tenant: one for one in undos},
        undoes=str(path),
    )


def roll_back(
    context: FleetContext, fleet: FleetRollback, options: RollbackOptions, report: ReportRun
) -> None:
    """Roll back every target, and go on where one fails; `report` prints how it ended.

    Nothing is checked for all beforehand: a missing token stops one rollback, not the others.
    """
    here = origin(context.root, context.environ)
    roll_back_one = _roll_back_one(context, fleet, here, options)
    record = FleetRecord(
        environment=fleet.environment,
        action=Action.ROLLBACK,
        reason=options.reason,
        undoes=fleet.undoes,
        conduct=FleetOptions(
            engine=NO_UPLOAD,
            parallel=options.parallel,
            continue_on_error=True,
            max_failures=ALL_MAY_FAIL,
            health_timeout=options.health_timeout,
        ),
        started=context.clock.now(),
        members=fleet.results,
        **here.model_dump(),
    )
    owner = lock_owner(Action.ROLLBACK, here, options.reason)
    with _locked(context, fleet.targets, owner, options) as locking:
        dependencies = TargetDependencies(context, {}, locking)

        def change(tenant: str, progress: Progress, clock: Clock) -> Record:
            return roll_back_one(tenant, dependencies.for_target(progress, clock)).record

        run_fleet(context, record, change, Cancellation(), report)


Preview = tuple[Target, RollbackResult | EdgefleetError]
"""A target with the rollback that it would get, or the error that would stop it."""


def preview(
    context: FleetContext, fleet: FleetRollback, options: RollbackOptions
) -> tuple[list[Preview], Notes]:
    """Return what a rollback would do at each target, with notes; change nothing."""
    dependencies, notes = TargetDependencies(context, {}, LocalLocker()), Notes()
    here = origin(context.root, context.environ)
    roll_back_one = _roll_back_one(context, fleet, here, options)

    def one(target: Target) -> RollbackResult:
        progress = _NotesOnly(target.tenant, notes)
        own = dependencies.for_target(progress, context.clock)
        records = DryRecords(context.records.folder)
        return roll_back_one(target.tenant, replace(own, records=records))

    results = in_parallel(fleet.targets, one, parallel=options.parallel)
    return list(zip(fleet.targets, results, strict=True)), notes


class _NotesOnly:
    """A progress that shows no steps, and keeps the notes of one target."""

    def __init__(self, tenant: str, notes: Notes) -> None:
        self._tenant = tenant
        self._notes = notes

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:  # noqa: ARG002 - a Progress
        """Show nothing."""
        yield ProgressStep()

    def heading(self, text: str) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Keep a note."""
        self._notes.add(self._tenant, text.strip())


def _locked(
    context: FleetContext, targets: list[Target], owner: LockOwner, options: RollbackOptions
) -> AbstractContextManager[Locker]:
    """Lock all targets at once; with `take_over_lock` each takes its own lock."""
    if options.take_over_lock:
        return nullcontext(context.locking)
    return hold_where_free(context, targets, owner, wait=options.wait)


def _roll_back_one(
    context: FleetContext, fleet: FleetRollback, here: Origin, options: RollbackOptions
) -> Callable[[str, Dependencies], RollbackResult]:
    """Return what rolls back one tenant; to the version before a run, where a run is undone."""
    known = {one.name: one for one in fleet.tenants}
    environment = fleet.environment

    def back(name: str, ports: Dependencies) -> RollbackResult:
        undo = fleet.undos.get(name)
        if name not in known:
            raise UsageError(f"there is no tenant '{name}' in tenants/ any more")
        if undo and undo.back_to is None:
            raise UsageError(
                f"the run changed no version of {name} that was there before it",
                hint="deploy the commit that was there before: "
                f"edgefleet rollback --tenants {name} --env {environment} --to GIT_REF",
            )
        asked = RollbackRequest(
            target=Target(tenant=name, environment=environment),
            load=lambda: known[name],
            load_at=context.tenant_in,
            root=context.root,
            origin=here,
            to=str(undo.back_to) if undo else PREVIOUS,
            leaving=undo.leaving if undo else None,
            reason=options.reason,
            dry_run=options.dry_run,
            accept_changed_secrets=options.allow_changed_secrets,
            take_over=options.replace_split,
            wait=options.wait,
            take_over_lock=options.take_over_lock,
            health_deadline=options.health_timeout,
        )
        if undo is None:
            _warn_of_failed(ports, asked.target)
        return rollback(asked, ports)

    return back


def _warn_of_failed(ports: Dependencies, target: Target) -> None:
    """Say where the newest deploy failed: what runs is from before it, and goes back further."""
    last = ports.records.last_change(target)
    ended = last and last.status in (Status.FAILED, Status.RESTORED, Status.INTERRUPTED)
    if last and ended and last.action is Action.DEPLOY:
        ports.progress.say(
            "  note: its newest deploy failed and left it as it was, so it may go one release too "
            "far back; 'edgefleet rollback --run FILE' rolls back what one run changed"
        )
