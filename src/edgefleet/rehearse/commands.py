"""The commands of a rehearsal: deploy, roll back, check drift and health, for real."""

from collections.abc import Callable

from edgefleet.build.build import build
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.files.fleet_file import read_by_deploys
from edgefleet.config.health.contract import HealthContract
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.ids import short_digest
from edgefleet.core.model import Json
from edgefleet.core.worktrees import Worktrees
from edgefleet.drift.check import DriftDependencies, check_target
from edgefleet.drift.models import Drift
from edgefleet.health.answers import came, redactor
from edgefleet.health.check import target_health
from edgefleet.health.expected import expectation
from edgefleet.health.models import Expectation, SmokeResult
from edgefleet.health.probe import ask_health
from edgefleet.health.smoke import SmokeDependencies, smoke, smoke_secrets
from edgefleet.history.models import HistoryEntry
from edgefleet.history.read import cloudflare, history
from edgefleet.locks.unlock import UnlockRecords
from edgefleet.plan.accounts import Accounts
from edgefleet.records.models import Health
from edgefleet.rehearse import changes
from edgefleet.rehearse.acts import environments_of
from edgefleet.rehearse.acts import rehearse as run_rehearsal
from edgefleet.rehearse.availability_poller import visitor
from edgefleet.rehearse.context import RehearsalContext, tenant_of
from edgefleet.rehearse.models import Rehearsal
from edgefleet.rehearse.stage import RehearsalCommands, Visitor

LONG = 50
"""More history entries than a rehearsal makes."""


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
        first_deploy=lambda target, release: changes.first_deploy(context, target, release),
        deploy=lambda target, release: changes.deploy(context, target, release),
        canary=lambda target, release: changes.canary(context, target, release),
        counts=lambda target: changes.counts(context, tenants, target),
        look=lambda target: _look(context, tenants, target, bundle),
        meddle=lambda target: changes.meddle(context, tenants, target),
        roll_back=lambda target: changes.roll_back(context, target),
        history=lambda target: _history(context, tenants, target),
        visitor=_visitor(context, tenants) if contract else None,
        asked=f"{contract.method} {contract.path}" if contract else None,
        probe=lambda target: _probe(context, tenants, target),
        release=lambda: changes.release(context, tenants, bundle),
        smoke=_smoke(context, tenants),
        ask=lambda target, url: _answer(url, _expected(context, tenants, target)),
        progress=context.progress,
        clock=context.clock,
    )
    return run_rehearsal(tenants, stage)


def _smoke(
    context: RehearsalContext, tenants: tuple[Tenant, ...]
) -> Callable[[Target], SmokeResult] | None:
    """Return the smoke test of the fleet, if its file names one."""
    contract = tenants[0].fleet.smoke
    if contract is None:
        return None
    deps = SmokeDependencies(context.credentials, context.clock, context.root, context.environ)

    def test(target: Target) -> SmokeResult:
        tenant = tenant_of(tenants, target)
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
    tenant = tenant_of(tenants, target)
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
    tenant = tenant_of(tenants, target)
    with Worktrees(context.root, read_by_deploys(context.root)) as checkouts:
        accounts = Accounts(context.api)
        ports = DriftDependencies(
            checkouts=checkouts,
            credentials=context.credentials,
            connect=accounts.connect,
            observe=accounts.observe,
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


def _probe(context: RehearsalContext, tenants: tuple[Tenant, ...], target: Target) -> Health:
    return target_health(tenant_of(tenants, target), target, context.health_ports(), deadline=10.0)
