"""The acts of `edgefleet rehearse`, played with the real commands."""

import os
from collections.abc import Mapping
from pathlib import Path

from edgefleet.build.build import build
from edgefleet.build.engine import API
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import open_account
from edgefleet.config.credentials.lookup import smoke_key_names, token_names
from edgefleet.config.environments import resolve
from edgefleet.config.target import DEPLOYABLE, Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.ids import short_digest
from edgefleet.core.signals import cancel_on_signals
from edgefleet.core.worktrees import Worktrees
from edgefleet.deploy.pipeline import deploy as run_deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.drift.check import DriftDependencies, check_target
from edgefleet.drift.models import Drift
from edgefleet.fleet.display import fleet_display
from edgefleet.fleet.models import FleetOptions, FleetRecord
from edgefleet.fleet.prepare import StoredBundle, prepare
from edgefleet.fleet.recorder import FleetRecorder
from edgefleet.fleet.runner import Fleet, FleetDependencies
from edgefleet.fleet.store import FleetRecords
from edgefleet.health.chat_client import HttpChat
from edgefleet.health.check import target_health
from edgefleet.health.models import SmokeResult
from edgefleet.health.probe import get_json
from edgefleet.health.smoke import smoke, smoke_keys
from edgefleet.history.models import HistoryEntry
from edgefleet.history.read import cloudflare, history
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import LocalLocker, LockMode
from edgefleet.locks.unlock import UnlockRecords
from edgefleet.records.models import Health, Origin, Record
from edgefleet.records.provenance import origin
from edgefleet.rehearse.acts import REHEARSED, RELEASED, RehearsalCommands, with_key
from edgefleet.rehearse.acts import rehearse as run_rehearsal
from edgefleet.rehearse.availability_poller import visitor
from edgefleet.rehearse.models import Rehearsal
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback

LONG = 50
"""More entries than a rehearsal makes."""

HEALTH_SECONDS = 5.0
"""What runs on this machine answers at once, or never."""


def rehearsed(
    root: Path, tenants: tuple[Tenant, ...], variables: Mapping[str, str], state: Path
) -> Rehearsal:
    """Play every act with the real commands; `state` is the embedded Cloudflare's folder."""
    wiring = _Wiring(root, _environment(tenants, variables), lock_mode=LockMode.LOCAL)
    wiring.locks = LocalLocks(state / "locks")
    with wiring.progress.step("build") as step:
        bundle = build(wiring.root, tenants, (REHEARSED, RELEASED), wiring.builder)
        step.note = f"one bundle for all, sha256:{short_digest(bundle.digest)}"
    stage = RehearsalCommands(
        bundle=bundle,
        deploy=lambda target, release: _deploy(wiring, target, release),
        look=lambda target: _look(wiring, tenants, target, bundle),
        meddle=lambda target: _meddle(wiring, tenants, target),
        roll_back=lambda target: _roll_back(wiring, target),
        history=lambda target: _history(wiring, tenants, target),
        visitor=visitor,
        probe=lambda target: _probe(wiring, tenants, target),
        release=lambda: _release(wiring, tenants, bundle),
        chat=lambda target: _chat(wiring, tenants, target),
        ask=lambda url: get_json(url + "/health")[1],
        progress=wiring.progress,
        clock=wiring.clock,
    )
    return run_rehearsal(tenants, stage)


class _Wiring(Wiring):
    """The real outside world, but that production takes the rehearsal's own API keys."""

    def tenants(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> tuple[Tenant, ...]:
        """Validate these tenants and return them."""
        found = super().tenants(names, environments)
        return tuple(self._keyed(it) for it in found) if environments == (RELEASED,) else found

    def _keyed(self, tenant: Tenant) -> Tenant:
        name = smoke_key_names(Target(tenant=tenant.name, environment=RELEASED))[-1]
        return with_key(tenant, self.environ[name]) if name in self.environ else tenant


def _environment(tenants: tuple[Tenant, ...], variables: Mapping[str, str]) -> dict[str, str]:
    # No real token may be in reach of a rehearsal, whatever the shell or .env.deploy holds: a
    # variable of one environment would win over that of the tenant.
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLOUDFLARE_", "EDGEFLEET_CREDENTIAL_", "EDGEFLEET_SMOKE_"))
    }
    for tenant in tenants:
        for environment in DEPLOYABLE:
            *narrow, wide = token_names(Target(tenant=tenant.name, environment=environment))
            mine |= dict.fromkeys(narrow, variables[wide])
    return {**mine, **variables}


def _deploy(wiring: Wiring, target: Target, bundle: Bundle) -> Record:
    request = DeployRequest(
        target=target,
        load=wiring.loader(target.tenant, target.environment),
        bundle=lambda _: bundle,
        origin=_origin(wiring),
        health_deadline=HEALTH_SECONDS,
    )
    wiring.progress.say(f"  edgefleet deploy --tenant {target.tenant} --env {target.environment}")
    return run_deploy(request, wiring.ports())


def _roll_back(wiring: Wiring, target: Target) -> Record:
    wiring.progress.say(
        f"  edgefleet rollback --tenants {target.tenant} --env {target.environment}"
    )
    asked = RollbackRequest(
        target=target,
        load=wiring.loader(target.tenant, target.environment),
        load_at=wiring.tenant_in,
        root=wiring.root,
        origin=_origin(wiring),
        reason="a rehearsal",
        health_deadline=HEALTH_SECONDS,
    )
    return rollback(asked, wiring.ports()).record


def _origin(wiring: Wiring) -> Origin:
    """Return where the releases come from: the commit, unless what is built differs from it."""
    here = origin(wiring.root, wiring.environ)
    if here.dirty:
        # Drift then compares with the files as they are.
        return here.model_copy(update={"git_commit": None, "dirty": None, "uncommitted": ()})
    return here


def _release(wiring: Wiring, tenants: tuple[Tenant, ...], bundle: Bundle) -> FleetRecord:
    """Deploy everything to production, as deploy-all does; a ring each where files name one."""
    conduct = FleetOptions(engine=API, force=True, health_timeout=HEALTH_SECONDS)
    names = tuple(tenant.name for tenant in tenants)
    stored = StoredBundle(wiring.bundles.save(bundle))
    wiring.progress.say(f"  edgefleet deploy-all --env {RELEASED}")
    run = prepare(wiring, RELEASED, names, conduct, stored, None, reason="a rehearsal")
    members = run.record.members
    if len({member.ring for member in members}) == 1:
        members = tuple(
            member.model_copy(update={"ring": ring}) for ring, member in enumerate(members)
        )
    record = run.record.model_copy(update={"members": members})
    recorder = FleetRecorder(record, FleetRecords(wiring.records.folder), wiring.clock)
    ports = FleetDependencies(
        fleet_display(len(record.left), wiring.clock), wiring.clock, run.cancellation
    )
    with cancel_on_signals(run.cancellation):
        return Fleet(recorder, run.change(LocalLocker()), ports).run()


def _chat(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target) -> SmokeResult:
    tenant = _named(tenants, target)
    wiring.progress.say(f"  edgefleet health --tenants {tenant.name} --env {RELEASED} --smoke")
    found = _probe(wiring, tenants, target)
    key = smoke_keys((tenant,), target.environment, wiring.credentials)[tenant.name]
    return smoke(tenant, target.environment, found, key=key, connect=HttpChat, clock=wiring.clock)


def _look(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target, bundle: Bundle) -> Drift:
    tenant = _named(tenants, target)
    with Worktrees(wiring.root) as checkouts:
        ports = DriftDependencies(
            checkouts=checkouts,
            credentials=wiring.credentials,
            connect=wiring.accounts.connect,
            observe=wiring.accounts.observe,
            records=wiring.records,
            lineage=wiring.lineage,
            load=wiring.tenant_in,
            bundle=lambda *_: bundle,
        )
        return check_target(tenant, target, ports, ref=None, allow_plain=False).drift


def _history(
    wiring: Wiring, tenants: tuple[Tenant, ...], target: Target
) -> tuple[HistoryEntry, ...]:
    told = cloudflare(tenants, wiring.credentials, wiring.accounts.connect, limit=LONG)
    unlocks = UnlockRecords(wiring.records.folder)
    found = history([target], wiring.records, told, unlocks=unlocks, limit=LONG)
    for _, error in found.failures:
        raise error
    return found.entries


def _meddle(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target) -> str:
    tenant = _named(tenants, target)
    way = open_account(
        tenant, target, wiring.credentials, wiring.accounts.connect, allow_plain=False
    )
    name = str(resolve(tenant.wrangler, target.environment)["name"])
    before = way.account.observe(name).settings
    crons = (*before.crons, "*/5 * * * *")
    changes = {"crons": crons, "previews": not before.previews}
    way.account.script(name).settings.write(before.model_copy(update=changes), changes)
    return "through the API: one more cron, and the addresses of single versions switched"


def _named(tenants: tuple[Tenant, ...], target: Target) -> Tenant:
    return next(tenant for tenant in tenants if tenant.name == target.tenant)


def _probe(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target) -> Health:
    return target_health(_named(tenants, target), target, wiring.health_ports(), deadline=10.0)
