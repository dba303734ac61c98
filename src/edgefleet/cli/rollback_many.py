"""`edgefleet rollback` of many tenants at once, and of what one run over a fleet changed."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from edgefleet.cli.fleet_run import PortsOfMany, run_fleet
from edgefleet.cli.held_targets import held_where_free, run_of, targets_of
from edgefleet.cli.rollback_preview import preview
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.tenant_files import tenant_names
from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.request import NO_UPLOAD, Dependencies
from edgefleet.errors import UsageError
from edgefleet.fleet.models import FleetOptions, FleetRecord, TargetResult
from edgefleet.fleet.store import find_fleet
from edgefleet.fleet.undo import Undo, to_undo
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.locking import Locker
from edgefleet.records.models import Action, Origin, Record, Status
from edgefleet.records.provenance import origin
from edgefleet.records.store import ListedRecords
from edgefleet.rollback.request import RollbackRequest, RollbackResult
from edgefleet.rollback.rollback import rollback
from edgefleet.rollback.rules import PREVIOUS

ALL_MAY_FAIL = "100%"
"""A tenant that cannot go back is no reason to leave the next one with a bad version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions:
    """What a rollback of many tenants is asked for, besides the tenants."""

    reason: str | None
    dry_run: bool
    parallel: int
    allow_changed_secrets: bool
    replace_split: bool
    health_timeout: float
    output_format: str
    wait: float
    take_over_lock: bool


def rollback_many(
    wiring: Wiring, names: tuple[str, ...], environment: Environment, options: RollbackOptions
) -> None:
    """Take each of these tenants back to its previous version, whatever becomes of the others."""
    tenants = wiring.tenants_in(wiring.root, names, (environment,))
    members = tuple(TargetResult(tenant=one.name, ring=one.config.ring) for one in tenants)
    _roll_back(wiring, tenants, environment, members, {}, options)


def undo_run(
    wiring: Wiring, named: str, environment: Environment | None, options: RollbackOptions
) -> None:
    """Take back what one deploy of a fleet changed: each target to the version before that run."""
    path, run = find_fleet(wiring.records.folder, named)
    if run.action is not Action.DEPLOY or environment not in (None, run.environment):
        wanted = f"a deploy to {environment}" if environment else "a deploy"
        raise UsageError(f"{path} is a {run.action} in {run.environment}, not {wanted}")
    undos = to_undo(run, ListedRecords(wiring.records.folder).of)
    if not undos:
        wiring.progress.say("that run changed no target: there is nothing to take back")
        return
    there = set(tenant_names(wiring.root))
    known = tuple(one.tenant for one in undos if one.tenant in there)
    tenants = wiring.tenants_in(wiring.root, known, (run.environment,)) if known else ()
    members = tuple(TargetResult(tenant=one.tenant, ring=one.ring) for one in undos)
    by_name = {one.tenant: one for one in undos}
    _roll_back(wiring, tenants, run.environment, members, by_name, options, undoes=str(path))


def _roll_back(
    wiring: Wiring,
    tenants: tuple[Tenant, ...],
    environment: Environment,
    members: tuple[TargetResult, ...],
    undos: dict[str, Undo],
    options: RollbackOptions,
    *,
    undoes: str | None = None,
) -> None:
    """Roll these targets back, or show what would be done.

    Nothing is checked for all beforehand: a token that is missing stops one tenant, not a rescue.
    """
    here = origin(wiring.root, wiring.environ)
    back = _back(wiring, tenants, environment, here, undos, options)
    if options.dry_run:
        names = [member.tenant for member in members]
        preview(wiring, names, environment, back, options.parallel, options.output_format)
        return
    conduct = FleetOptions(
        engine=NO_UPLOAD,
        parallel=options.parallel,
        continue_on_error=True,
        max_failures=ALL_MAY_FAIL,
        health_timeout=options.health_timeout,
    )
    record = FleetRecord(
        environment=environment,
        action=Action.ROLLBACK,
        reason=options.reason,
        undoes=undoes,
        conduct=conduct,
        started=wiring.clock.now(),
        members=members,
        **here.model_dump(),
    )
    targets = targets_of([member.tenant for member in members], environment)
    run = run_of(Action.ROLLBACK, here, options.reason)
    with _held(wiring, targets, run, options) as locking:
        ports = PortsOfMany(wiring, {}, locking)

        def change(tenant: str, progress: Progress, clock: Clock) -> Record:
            return back(tenant, ports.of_one(progress, clock)).record

        run_fleet(wiring, record, change, Cancellation(), options.output_format)


def _held(
    wiring: Wiring, targets: list[Target], run: LockOwner, options: RollbackOptions
) -> AbstractContextManager[Locker]:
    """Hold all targets at once; each by itself where the locks of others are taken over."""
    if options.take_over_lock:
        return nullcontext(wiring.locking)
    return held_where_free(wiring, targets, run, wait=options.wait)


def _back(
    wiring: Wiring,
    tenants: tuple[Tenant, ...],
    environment: Environment,
    here: Origin,
    undos: dict[str, Undo],
    options: RollbackOptions,
) -> Callable[[str, Dependencies], RollbackResult]:
    """Return what takes one tenant back; to the version before a run, where `undos` names it."""
    known = {one.name: one for one in tenants}

    def back(name: str, ports: Dependencies) -> RollbackResult:
        undo = undos.get(name)
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
            load_at=wiring.tenant_in,
            root=wiring.root,
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
            "far back; 'edgefleet rollback --run FILE' takes back what one run changed"
        )
