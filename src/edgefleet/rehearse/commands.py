"""The commands of a rehearsal: deploy, roll back, check drift and health, for real."""

from collections.abc import Callable
from typing import Protocol

from edgefleet.build.build import build
from edgefleet.build.engine import API
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import open_account
from edgefleet.config.canary.policy import NO_CANARY
from edgefleet.config.files.fleet_file import read_by_deploys
from edgefleet.config.health.contract import HealthContract
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.ids import short_digest
from edgefleet.core.model import Json
from edgefleet.core.signals import cancel_on_signals
from edgefleet.core.worktrees import Worktrees
from edgefleet.deploy.pipeline import deploy as run_deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.drift.check import DriftDependencies, check_target
from edgefleet.drift.models import Drift
from edgefleet.fleet.context import FleetContext
from edgefleet.fleet.display import fleet_display
from edgefleet.fleet.models import FleetOptions, FleetRecord
from edgefleet.fleet.prepare import StoredBundle, prepare
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.fleet.runner import Fleet, FleetDependencies
from edgefleet.health.answers import came, redactor
from edgefleet.health.check import HealthDependencies, target_health
from edgefleet.health.expected import expectation
from edgefleet.health.models import Expectation, SmokeResult
from edgefleet.health.probe import ask_health
from edgefleet.health.smoke import SmokeDependencies, smoke, smoke_secrets
from edgefleet.history.models import HistoryEntry
from edgefleet.history.read import cloudflare, history
from edgefleet.locks.locking import LocalLocker
from edgefleet.locks.unlock import UnlockRecords
from edgefleet.plan.accounts import Accounts
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Health, Origin, Record
from edgefleet.records.provenance import origin
from edgefleet.rehearse.acts import RehearsalCommands, Visitor, environments_of
from edgefleet.rehearse.acts import rehearse as run_rehearsal
from edgefleet.rehearse.availability_poller import visitor
from edgefleet.rehearse.models import Rehearsal
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback

LONG = 50
"""More history entries than a rehearsal makes."""

HEALTH_SECONDS = 5.0
"""A Worker on this machine answers at once, or never."""


class RehearsalContext(FleetContext, Protocol):
    """The dependencies of a rehearsal, all of them on this machine."""

    @property
    def accounts(self) -> Accounts:
        """The accounts of the embedded Cloudflare."""
        ...

    @property
    def lineage(self) -> Lineage:
        """The history of the repository."""
        ...

    def loader(self, name: str, environment: Environment) -> Callable[[], Tenant]:
        """Return what validates and loads one tenant."""
        ...

    def health_ports(self) -> HealthDependencies:
        """Return what a health check of one target needs."""
        ...


def rehearse_commands(context: RehearsalContext, tenants: tuple[Tenant, ...]) -> Rehearsal:
    """Play every act with the real commands."""
    both = environments_of(tenants[0].fleet)
    with context.progress.step("build") as step:
        bundle = build(context.root, tenants, both, context.builder)
        step.note = f"one bundle for all, sha256:{short_digest(bundle.digest)}"
    contract = tenants[0].fleet.health
    stage = RehearsalCommands(
        bundle=bundle,
        rehearsed=both[0],
        released=both[1],
        deploy=lambda target, release: _deploy(context, target, release),
        look=lambda target: _look(context, tenants, target, bundle),
        meddle=lambda target: _meddle(context, tenants, target),
        roll_back=lambda target: _roll_back(context, target),
        history=lambda target: _history(context, tenants, target),
        visitor=_visitor(context, tenants) if contract else None,
        asked=f"{contract.method} {contract.path}" if contract else None,
        probe=lambda target: _probe(context, tenants, target),
        release=lambda: _release(context, tenants, bundle),
        smoke=_smoke(context, tenants),
        ask=lambda target, url: _answer(url, _expected(context, tenants, target)),
        progress=context.progress,
        clock=context.clock,
    )
    return run_rehearsal(tenants, stage)


def _deploy(context: RehearsalContext, target: Target, bundle: Bundle) -> Record:
    request = DeployRequest(
        target=target,
        load=context.loader(target.tenant, target.environment),
        bundle=lambda _: bundle,
        origin=_origin(context),
        health_deadline=HEALTH_SECONDS,
        canary=NO_CANARY,  # a rehearsal has no traffic to judge it by
    )
    context.progress.say(f"  edgefleet deploy --tenant {target.tenant} --env {target.environment}")
    return run_deploy(request, context.ports())


def _roll_back(context: RehearsalContext, target: Target) -> Record:
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


def _release(context: RehearsalContext, tenants: tuple[Tenant, ...], bundle: Bundle) -> FleetRecord:
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


def _smoke(
    context: RehearsalContext, tenants: tuple[Tenant, ...]
) -> Callable[[Target], SmokeResult] | None:
    """Return the smoke test of the fleet, if its file names one."""
    contract = tenants[0].fleet.smoke
    if contract is None:
        return None
    deps = SmokeDependencies(context.credentials, context.clock, context.root, context.environ)

    def test(target: Target) -> SmokeResult:
        tenant = _named(tenants, target)
        context.progress.say(
            f"  edgefleet health --tenants {tenant.name} --env {target.environment} --smoke"
        )
        found = _probe(context, tenants, target)
        secrets = smoke_secrets(tenant, target.environment, context.credentials)
        return smoke(contract, tenant, target.environment, found, secrets=secrets, deps=deps)

    return test


def _visitor(context: RehearsalContext, tenants: tuple[Tenant, ...]) -> Visitor:
    return lambda target, url: visitor(url, _expected(context, tenants, target))


def _expected(
    context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target
) -> Expectation:
    """Return what a good answer of a target is, of whatever version."""
    tenant = _named(tenants, target)
    contract = tenant.fleet.health or HealthContract()
    return expectation(contract, tenant, target, context.credentials, None)


def _answer(url: str, expected: Expectation) -> Json:
    """Return what a Worker answers to its health check: JSON, or the beginning of its body."""
    answer = ask_health(url, expected)
    if answer.body is not None:
        return answer.body
    return f"HTTP {answer.status}, {came(answer, redactor(expected.secrets))}"


def _look(
    context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target, bundle: Bundle
) -> Drift:
    tenant = _named(tenants, target)
    with Worktrees(context.root, read_by_deploys(context.root)) as checkouts:
        ports = DriftDependencies(
            checkouts=checkouts,
            credentials=context.credentials,
            connect=context.accounts.connect,
            observe=context.accounts.observe,
            records=context.records,
            lineage=context.lineage,
            load=context.tenant_in,
            bundle=lambda *_: bundle,
        )
        return check_target(tenant, target, ports, ref=None, allow_plain=False).drift


def _history(
    context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target
) -> tuple[HistoryEntry, ...]:
    told = cloudflare(tenants, context.credentials, context.accounts.connect, limit=LONG)
    unlocks = UnlockRecords(context.records.folder)
    found = history([target], context.records, told, unlocks=unlocks, limit=LONG)
    for _, error in found.failures:
        raise error
    return found.entries


def _meddle(context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target) -> str:
    tenant = _named(tenants, target)
    way = open_account(
        tenant, target, context.credentials, context.accounts.connect, allow_plain=False
    )
    name = str(tenant.resolved(target.environment)["name"])
    before = way.account.observe(name).settings
    crons = (*before.crons, "*/5 * * * *")
    changes = {"crons": crons, "previews": not before.previews}
    way.account.script(name).settings.write(before.model_copy(update=changes), changes)
    return "through the API: one more cron, and the addresses of single versions switched"


def _named(tenants: tuple[Tenant, ...], target: Target) -> Tenant:
    return next(tenant for tenant in tenants if tenant.name == target.tenant)


def _probe(context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target) -> Health:
    return target_health(_named(tenants, target), target, context.health_ports(), deadline=10.0)
