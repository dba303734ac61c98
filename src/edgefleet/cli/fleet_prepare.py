"""Everything that is done before the first target of deploy-all is touched."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from edgefleet.build.build import build
from edgefleet.cli.fleet_run import PortsOfMany, connect_until
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import require_digest
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.ids import short_digest
from edgefleet.core.output.progress import Progress
from edgefleet.core.secret import Secret
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.checks.commits import check_committed
from edgefleet.deploy.checks.holds import hold
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.checks import check_credentials
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.rings import parse_max_failures
from edgefleet.fleet.runner import ChangeTarget
from edgefleet.fleet.smoke import smoke_deployed
from edgefleet.health.chat_client import HttpChat
from edgefleet.locks.locking import Locker
from edgefleet.records.models import Origin, Record
from edgefleet.records.provenance import origin


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that may begin."""

    record: FleetRecord
    going: tuple[str, ...]
    """The tenants that are left to be deployed."""
    change: Callable[[Locker], ChangeTarget]
    """Makes what changes one target under the lock of the run."""
    halt: Cancellation


class Given(NamedTuple):
    """A bundle that was built before, and the digest that the bundle must have; None: any."""

    stored: Path | None = None
    expected: str | None = None


def prepare(
    wiring: Wiring,
    environment: Environment,
    names: tuple[str, ...],
    conduct: FleetOptions,
    given: Given,
    before: FleetRecord | None,
    *,
    reason: str | None = None,
) -> Prepared:
    """Check everything, and build the one bundle; nothing is touched.

    `before` is the run that is taken up, if one is.
    """
    here = origin(wiring.root, wiring.environ)
    check_committed(environment, here, force=conduct.force)
    tenants = wiring.tenants(names, (environment,))
    wiring.keep_budgets(tenants)  # of a fleet of one, too
    if before:
        here = origin_of(
            before, here, lambda: build(wiring.root, tenants, (environment,), wiring.builder)
        )
        check_committed(environment, here, force=conduct.force)
    record = _record(wiring, environment, tenants, here, conduct)
    record = record.model_copy(update={"reason": reason})
    parse_max_failures(conduct.max_failures, record.left)
    left = {member.tenant for member in record.left}
    going = tuple(tenant for tenant in tenants if tenant.name in left)
    halt = Cancellation()
    tokens = _tokens(wiring, environment, going, halt, conduct.parallel)
    if going:
        bundle = _bundle(wiring, environment, going, given, before)
        record = record.model_copy(update={"bundle_digest": bundle.digest})

    def change(locking: Locker) -> ChangeTarget:
        if not going:
            return _never
        return _change(PortsOfMany(wiring, tokens, locking), record, going, bundle)

    return Prepared(record, tuple(one.name for one in going), change, halt)


def origin_of(before: FleetRecord, here: Origin, make: Callable[[], Bundle]) -> Origin:
    """Return where the bundle of a run that is taken up comes from.

    It is this checkout, if it makes the same bundle: it holds the configuration, too. Else it is
    what that run was deployed from.
    """
    there = here.model_copy(update={"git_commit": before.git_commit, "dirty": before.dirty})
    if there == here:
        return here
    try:
        same = make().digest == before.bundle_digest
    except EdgefleetError:  # the bundle that was kept does not need it
        same = False
    return here if same else there


def _tokens(
    wiring: Wiring,
    environment: Environment,
    going: tuple[Tenant, ...],
    halt: Cancellation,
    parallel: int,
) -> dict[str, Secret]:
    connect = connect_until(wiring, halt)
    with wiring.progress.step("credentials") as step:
        tokens = check_credentials(
            going, environment, wiring.credentials, connect, halt, parallel=parallel
        )
        step.note = f"{len(going)} tokens, each opens its tenant's own account"
    return tokens


def _record(
    wiring: Wiring,
    environment: Environment,
    tenants: tuple[Tenant, ...],
    here: Origin,
    conduct: FleetOptions,
) -> FleetRecord:
    now = wiring.clock.now()
    members = []
    for tenant in tenants:
        why = hold(tenant.config, now, here)
        outcome = Outcome.HELD if why else Outcome.WAITING
        ring = tenant.config.ring
        members.append(TargetResult(tenant=tenant.name, ring=ring, outcome=outcome, why=why))
    return FleetRecord(
        environment=environment,
        conduct=conduct,
        started=now,
        members=tuple(members),
        **here.model_dump(),
    )


def _bundle(
    wiring: Wiring,
    environment: Environment,
    tenants: tuple[Tenant, ...],
    given: Given,
    before: FleetRecord | None,
) -> Bundle:
    with wiring.progress.step("build") as step:
        kept = wiring.bundles.home(before.bundle_digest or "none") if before else None
        if given.stored:
            bundle = require_digest(wiring.bundles.load(given.stored), given.expected)
            wiring.bundles.save(bundle)  # so that this run can be resumed
        elif kept and kept.exists():
            bundle = wiring.bundles.load(kept)
        else:
            bundle = build(wiring.root, tenants, (environment,), wiring.builder)
        require_digest(bundle, given.expected)
        step.note = f"one bundle for all, sha256:{short_digest(bundle.digest)}"
    if before and before.bundle_digest != bundle.digest:
        raise UsageError(
            f"that run deployed the bundle sha256:{before.bundle_digest}, and this is another",
            hint=f"check out its commit {before.git_commit}, or deploy the new one to all tenants",
        )
    return bundle


def _change(
    ports: PortsOfMany, record: FleetRecord, tenants: tuple[Tenant, ...], bundle: Bundle
) -> ChangeTarget:
    known = {tenant.name: tenant for tenant in tenants}
    made = Origin(**{name: getattr(record, name) for name in Origin.model_fields})

    def change(tenant: str, progress: Progress, clock: Clock) -> Record:
        request = DeployRequest(
            target=Target(tenant=tenant, environment=record.environment),
            load=lambda: known[tenant],
            bundle=lambda _: bundle,
            origin=made,
            reason=record.reason,
            engine=record.conduct.engine,
            force=record.conduct.force,
            allow_foreign=record.conduct.allow_foreign,
            allow_older=record.conduct.allow_older,
            accept_irreversible=record.conduct.accept_irreversible,
            health_deadline=record.conduct.health_timeout,
            show_changes=False,
        )
        given = ports.of_one(progress, clock)
        ended = deploy(request, given)
        if record.conduct.smoke:
            smoke_deployed(known[tenant], ended, given, HttpChat, request.health_deadline)
        return ended

    return change


def _never(tenant: str, progress: Progress, clock: Clock) -> Record:  # noqa: ARG001 - a Change
    raise AssertionError(f"{tenant} is left alone")
