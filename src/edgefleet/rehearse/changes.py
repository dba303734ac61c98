"""What a rehearsal does to its targets: deploys, canaries, rollbacks, and edits by hand."""

from dataclasses import replace
from datetime import timedelta

from edgefleet.build.engine import API
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import open_account
from edgefleet.config.canary.policy import AS_THE_FILES_SAY, NO_CANARY
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.signals import cancel_on_signals
from edgefleet.deploy.pipeline import deploy as run_deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.fleet.display import fleet_display
from edgefleet.fleet.models import FleetOptions, FleetRecord
from edgefleet.fleet.prepare import StoredBundle, prepare
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.fleet.runner import Fleet, FleetDependencies
from edgefleet.locks.locking import LocalLocker
from edgefleet.records.models import Origin, Record
from edgefleet.records.provenance import origin
from edgefleet.rehearse.canary_acts import policy_for, with_policy
from edgefleet.rehearse.context import RehearsalContext, tenant_of
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback

HEALTH_SECONDS = 5.0
"""A Worker on this machine answers at once, or never."""


def first_deploy(context: RehearsalContext, target: Target, bundle: Bundle) -> Record:
    """Deploy a bundle to a target for the first time, with wrangler."""
    context.progress.say(f"  edgefleet deploy --tenant {target.tenant} --env {target.environment}")
    return run_deploy(_request(context, target, bundle), context.ports())


def deploy(context: RehearsalContext, target: Target, bundle: Bundle) -> Record:
    """Deploy a bundle at once. The API's upload is quicker, and wrangler's was shown before."""
    context.progress.say(
        f"  edgefleet deploy --tenant {target.tenant} --env {target.environment} --engine api"
    )
    request = replace(_request(context, target, bundle), engine=API)
    return run_deploy(request, context.ports())


def canary(context: RehearsalContext, target: Target, bundle: Bundle) -> Record:
    """Deploy by the policy of a rehearsal, whatever that of the files is."""
    load, policy = context.loader(target.tenant, target.environment), policy_for(target.environment)
    request = replace(
        _request(context, target, bundle),
        load=lambda: with_policy(load(), policy),
        engine=API,
        canary=AS_THE_FILES_SAY,
    )
    steps = ",".join(f"{share:g}" for share in policy.steps)
    how = f"--canary {steps} --soak {policy.soak:.0f}s --engine api"
    context.progress.say(
        f"  edgefleet deploy --tenant {target.tenant} --env {target.environment} {how}"
    )
    return run_deploy(request, context.ports())


def _request(context: RehearsalContext, target: Target, bundle: Bundle) -> DeployRequest:
    return DeployRequest(
        target=target,
        load=context.loader(target.tenant, target.environment),
        bundle=lambda _: bundle,
        origin=_origin(context),
        health_deadline=HEALTH_SECONDS,
        canary=NO_CANARY,  # a deploy outside of those acts has no traffic to judge it by
    )


def roll_back(context: RehearsalContext, target: Target) -> Record:
    """Roll a target back to the version before."""
    context.progress.say(
        f"  edgefleet rollback --tenants {target.tenant} --env {target.environment}"
    )
    asked = RollbackRequest(
        target=target,
        load=context.loader(target.tenant, target.environment),
        load_at=context.tenant_in,
        root=context.root,
        origin=_origin(context),
        reason="a rehearsal",
        health_deadline=HEALTH_SECONDS,
    )
    return rollback(asked, context.ports()).record


def _origin(context: RehearsalContext) -> Origin:
    """Return where the releases come from: the commit, unless what is built differs from it."""
    here = origin(context.root, context.environ)
    if here.dirty:
        # Drift then compares with the files as they are.
        return here.model_copy(update={"git_commit": None, "dirty": None, "uncommitted": ()})
    return here


def release(context: RehearsalContext, tenants: tuple[Tenant, ...], bundle: Bundle) -> FleetRecord:
    """Deploy everything to the last environment, as deploy-all does.

    Each tenant is a ring where their files name one ring for all.
    """
    last = tenants[0].fleet.deployable[-1]
    conduct = FleetOptions(engine=API, force=True, health_timeout=HEALTH_SECONDS, canary=False)
    names = tuple(tenant.name for tenant in tenants)
    stored = StoredBundle(context.bundles.save(bundle))
    context.progress.say(f"  edgefleet deploy-all --env {last}")
    run = prepare(context, last, names, conduct, stored, None, reason="a rehearsal")
    members = run.record.members
    if len({member.ring for member in members}) == 1:
        members = tuple(
            member.model_copy(update={"ring": ring}) for ring, member in enumerate(members)
        )
    record = run.record.model_copy(update={"members": members})
    recorder = FleetRecorder(record, FleetRecords(context.records.folder), context.clock)
    ports = FleetDependencies(
        fleet_display(len(record.left), context.clock), context.clock, run.cancellation
    )
    with cancel_on_signals(run.cancellation):
        return Fleet(recorder, run.change(LocalLocker()), ports).run()


def meddle(context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target) -> str:
    """Change a target behind edgefleet's back, as a person in the dashboard would; say what."""
    tenant = tenant_of(tenants, target)
    way = open_account(
        tenant, target, context.credentials, context.accounts.connect, allow_plain=False
    )
    name = str(tenant.resolved(target.environment)["name"])
    before = way.account.observe(name).settings
    crons = (*before.crons, "*/5 * * * *")
    changes = {"crons": crons, "previews": not before.previews}
    way.account.script(name).settings.write(before.model_copy(update=changes), changes)
    return "through the API: one more cron, and the addresses of single versions switched"


def counts(context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target) -> int:
    """Return what Cloudflare's analytics count of the live version in this rehearsal."""
    tenant = tenant_of(tenants, target)
    way = open_account(
        tenant, target, context.credentials, context.accounts.connect, allow_plain=False
    )
    name = str(tenant.resolved(target.environment)["name"])
    live = way.account.script(name).deployments.current()
    if live is None:
        return 0
    now = context.clock.now()
    versions = [share.version_id for share in live.versions]
    rows = way.account.served(name, versions, now - timedelta(hours=1), now + timedelta(minutes=1))
    return sum(row.requests for row in rows)
