"""Prepare a run of deploy-all: check everything and build the bundle before any change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from edgefleet.build.build import build
from edgefleet.cloudflare.timing.rate_limiter import limit
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import require_digest
from edgefleet.config.canary.policy import NO_CANARY, CanaryChoice
from edgefleet.config.files.kept_tenants import those
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.ids import short_digest
from edgefleet.core.model import lean
from edgefleet.core.output.progress import Progress
from edgefleet.core.signals import Cancellation
from edgefleet.deploy.checks.canaries import policy_of
from edgefleet.deploy.checks.commits import check_committed, with_build
from edgefleet.deploy.checks.holds import hold
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.checks import check_credentials
from edgefleet.fleet.context import FleetContext
from edgefleet.fleet.dependencies import TargetDependencies, connect_until
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.ring_canary.canaries import CanaryTenant, RingCanaries
from edgefleet.fleet.rings import parse_max_failures
from edgefleet.fleet.runner import ChangeTarget
from edgefleet.fleet.smoke import smoke_deployed
from edgefleet.health.smoke import SmokeDependencies
from edgefleet.locks.locking import Locker
from edgefleet.plan.accounts import VerifiedToken
from edgefleet.records.models import Origin, Record
from edgefleet.records.provenance import origin


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is ready to start."""

    record: FleetRecord
    tenants: tuple[str, ...]
    """The tenants to deploy."""
    change: Callable[[Locker], ChangeTarget]
    """Returns what deploys one target under the lock of the run."""
    cancellation: Cancellation
    canaries: RingCanaries


class StoredBundle(NamedTuple):
    """The folder of a bundle that was built before, and the only digest to accept; None: any."""

    folder: Path | None = None
    digest: str | None = None


def prepare(
    context: FleetContext,
    environment: Environment,
    names: tuple[str, ...],
    conduct: FleetOptions,
    stored: StoredBundle,
    before: FleetRecord | None,
    *,
    reason: str | None = None,
) -> Prepared:
    """Check everything, and build the one bundle; change nothing.

    `before` is the run to resume, if any. Raises `UsageError` at `--soak` where no target has a
    canary.
    """
    here = origin(context.root, context.environ)
    committed = partial(
        check_committed,
        context.fleet,
        environment,
        again=f"edgefleet deploy-all --env {environment}",
        force=conduct.force,
    )
    tenants = context.tenants(names, (environment,))
    committed(here)
    context.keep_budgets(tenants)  # for a fleet of one tenant, too
    if before:
        here = origin_of(
            before, here, lambda: build(context.root, tenants, (environment,), context.builder)
        )
        committed(here)
    record = _record(context, environment, tenants, here, conduct)
    record = record.model_copy(update={"reason": reason})
    parse_max_failures(conduct.max_failures, record.left)
    left = [member.tenant for member in record.left]
    going = those(tenants, left)
    canaries = _canaries(context, environment, going, conduct)
    halt = Cancellation()
    tokens = _tokens(context, environment, going, halt, conduct.parallel)
    if going:
        bundle = _bundle(context, environment, going, stored, before)
        made = with_build(here, bundle)
        committed(made)
        read = {"dirty": made.dirty, "uncommitted": made.uncommitted}
        record = record.model_copy(update={"bundle_digest": bundle.digest, **read})

    def change(locking: Locker) -> ChangeTarget:
        if not going:
            return _never
        ports = TargetDependencies(context, tokens, locking)
        return _change(context, ports, record, going, bundle, canaries)

    return Prepared(record, tuple(left), change, halt, canaries)


def _canaries(
    context: FleetContext,
    environment: Environment,
    tenants: Sequence[Tenant],
    conduct: FleetOptions,
) -> RingCanaries:
    """Return what judges the targets of each ring together."""
    choice, found = _choice(conduct), {}
    for tenant in tenants:
        policy = policy_of(choice, tenant, environment)
        if policy and policy.steps:
            found[tenant.name] = CanaryTenant(tenant, policy)
    if conduct.soak is not None and tenants and not found:
        raise UsageError(
            "--soak says how long the steps of a canary last, and no target has one",
            hint=f"edgefleet deploy-all --env {environment} --canary 5,25,50 --soak 10m",
        )
    return RingCanaries(found, conduct.parallel, context.clock, limit(context.environ))


def _choice(conduct: FleetOptions) -> CanaryChoice:
    if not conduct.canary:
        return NO_CANARY
    return CanaryChoice(steps=conduct.steps, soak=conduct.soak, keep=conduct.keep, demanded=False)


def origin_of(before: FleetRecord, here: Origin, make: Callable[[], Bundle]) -> Origin:
    """Return the origin of the bundle of a run to resume.

    It is this checkout, which has the configuration, if it builds the same bundle. Otherwise it
    is the origin of that run.
    """
    there = here.model_copy(update={"git_commit": before.git_commit, "dirty": before.dirty})
    if there == here:
        return here
    try:
        same = make().digest == before.bundle_digest
    except EdgefleetError:  # the stored bundle does not need it
        same = False
    return here if same else there


def _tokens(
    context: FleetContext,
    environment: Environment,
    going: Sequence[Tenant],
    halt: Cancellation,
    parallel: int,
) -> dict[str, VerifiedToken]:
    connect = connect_until(context, halt)
    with context.progress.step("credentials") as step:
        tokens = check_credentials(
            going,
            environment,
            context.credentials,
            connect,
            halt,
            parallel=parallel,
            warn=lambda note: context.progress.say(f"note: {note}"),
        )
        step.note = f"{len(going)} tokens, each opens its tenant's own account"
    return tokens


def _record(
    context: FleetContext,
    environment: Environment,
    tenants: Sequence[Tenant],
    here: Origin,
    conduct: FleetOptions,
) -> FleetRecord:
    now = context.clock.now()
    members = []
    for tenant in tenants:
        why = hold(tenant.config, now, here)
        outcome = Outcome.HELD if why else Outcome.WAITING
        ring = tenant.config.ring
        waiting = TargetResult(tenant=tenant.name, ring=ring, outcome=outcome, why=why)
        members.append(lean(waiting))
    return FleetRecord(
        environment=environment,
        conduct=conduct,
        started=now,
        members=tuple(members),
        **here.model_dump(),
    )


def _bundle(
    context: FleetContext,
    environment: Environment,
    tenants: Sequence[Tenant],
    stored: StoredBundle,
    before: FleetRecord | None,
) -> Bundle:
    with context.progress.step("build") as step:
        kept = context.bundles.home(before.bundle_digest or "none") if before else None
        if stored.folder:
            bundle = require_digest(context.bundles.load(stored.folder), stored.digest)
            context.bundles.save(bundle)  # so that this run can be resumed
        elif kept and kept.exists():
            bundle = context.bundles.load(kept)
        else:
            bundle = build(context.root, tenants, (environment,), context.builder)
            context.bundles.save(bundle)  # likewise: the build cache has the modules alone
        require_digest(bundle, stored.digest)
        step.note = f"one bundle for all, sha256:{short_digest(bundle.digest)}"
    if before and before.bundle_digest != bundle.digest:
        commit = before.git_commit
        to_it = f"git checkout {commit}, and run the command again; or " if commit else ""
        raise UsageError(
            f"that run deployed the bundle sha256:{before.bundle_digest}, and this is another",
            hint=f"{to_it}deploy the new one to all tenants: "
            f"edgefleet deploy-all --env {before.environment}",
        )
    return bundle


def _change(
    context: FleetContext,
    ports: TargetDependencies,
    record: FleetRecord,
    tenants: Sequence[Tenant],
    bundle: Bundle,
    canaries: RingCanaries,
) -> ChangeTarget:
    places = {member.tenant: place for place, member in enumerate(record.left)}
    made = Origin(**{name: getattr(record, name) for name in Origin.model_fields})

    def change(tenant: str, progress: Progress, clock: Clock) -> Record:
        request = DeployRequest(
            target=Target(tenant=tenant, environment=record.environment),
            load=lambda: tenants[places[tenant]],
            bundle=lambda _: bundle,
            origin=made,
            reason=record.reason,
            engine=record.conduct.engine,
            force=record.conduct.force,
            allow_foreign=record.conduct.allow_foreign,
            allow_older=record.conduct.allow_older,
            accept_irreversible=record.conduct.accept_irreversible,
            health_deadline=record.conduct.health_timeout,
            canary=_choice(record.conduct),
            show_changes=False,
        )
        dependencies = replace(ports.for_target(progress, clock), watch=canaries.watch)
        deployed = deploy(request, dependencies)
        if record.conduct.smoke:
            tools = SmokeDependencies(context.credentials, clock, context.root, context.environ)
            deadline = record.conduct.health_timeout
            smoke_deployed(tenants[places[tenant]], deployed, dependencies, tools, deadline)
        return deployed

    return change


def _never(tenant: str, progress: Progress, clock: Clock) -> Record:  # noqa: ARG001 - a Change
    raise AssertionError(f"{tenant} is skipped")
