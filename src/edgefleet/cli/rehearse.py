"""`edgefleet rehearse`."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from edgefleet.cli.json_output import print_json
from edgefleet.cli.options import format_option, root_option
from edgefleet.cli.show import show
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import UnhealthyError
from edgefleet.flows.access import open_account
from edgefleet.flows.build import build
from edgefleet.flows.deploy import deploy as run_deploy
from edgefleet.flows.drift import DriftPorts, look
from edgefleet.flows.health import target_health
from edgefleet.flows.history import cloudflare, history
from edgefleet.flows.rehearse import REHEARSED, Stage, accounts, environment_for
from edgefleet.flows.rehearse import rehearse as run_rehearsal
from edgefleet.flows.request import Request
from edgefleet.flows.rollback import Rollback, rollback
from edgefleet.model.bundle import Bundle
from edgefleet.model.drift import Drift
from edgefleet.model.health import Health
from edgefleet.model.history import Entry
from edgefleet.model.record import Origin, Record
from edgefleet.model.rehearsal import Rehearsal
from edgefleet.model.target import DEPLOYABLE, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.checkouts import Checkouts
from edgefleet.ports.files import tenant_names
from edgefleet.ports.localedge import Edge, embedded_cloudflare
from edgefleet.ports.lock import Locks
from edgefleet.ports.origin import origin
from edgefleet.ports.poller import visitor
from edgefleet.ports.probe import get_json
from edgefleet.ports.records import Records
from edgefleet.reports.rehearsal import next_steps, rehearsal_text
from edgefleet.rules.environments import resolve

LONG = 50
"""More entries than a rehearsal makes."""

HEALTH_SECONDS = 5.0
"""What runs on this machine answers at once, or never."""


@click.command()
@click.option("--keep", is_flag=True, help="Leave the embedded Cloudflare up; say what to try.")
@format_option("text", "json")
@root_option
def rehearse(*, keep: bool, output_format: str, root: Path | None) -> None:
    """Deploy all tenants to an embedded Cloudflare, on this machine.

    The real wrangler and the real Workers runtime, made-up accounts, no network: the API, and AI
    and Vectorize behind the Workers, are stand-ins.
    """
    outside = Wiring(root)
    tenants = outside.tenants(tenant_names(outside.root), DEPLOYABLE)
    with ExitStack() as stack:
        state = _state(outside.root, stack, keep=keep)
        with outside.progress.step("localedge") as step:
            edge = stack.enter_context(
                embedded_cloudflare(
                    state,
                    accounts(tenants),
                    [tenant.folder / "wrangler.jsonc" for tenant in tenants],
                    os.environ,
                    keep=keep,
                )
            )
            step.note = edge.api
        result = _rehearsed(outside.root, tenants, edge, state)
    click.echo("" if keep else "\nNothing is left running.\n", err=True)
    text = output_format == "text"
    if text:
        show(rehearsal_text(result))
    else:
        print_json(result)
    if keep:
        click.echo("\n" + next_steps(environment_for(tenants, edge), edge.pid), err=True)
    if not result.proved:
        raise UnhealthyError("the rehearsal did not prove what it was to prove")


def _state(root: Path, stack: ExitStack, *, keep: bool) -> Path:
    if keep:
        return root / ".edgefleet" / "rehearsal"
    return Path(stack.enter_context(TemporaryDirectory(prefix="edgefleet-rehearsal-")))


def _rehearsed(root: Path, tenants: tuple[Tenant, ...], edge: Edge, state: Path) -> Rehearsal:
    wiring = Wiring(root, _environment(tenants, edge))
    wiring.records = Records(state / "deployments")
    wiring.locks = Locks(state / "locks")
    with wiring.progress.step("build") as step:
        bundle = build(wiring.root, tenants, (REHEARSED,), wiring.builder)
        step.note = f"one bundle for all, sha256:{bundle.digest[:12]}"
    stage = Stage(
        bundle=bundle,
        deploy=lambda target, release: _deploy(wiring, target, release),
        look=lambda target: _look(wiring, tenants, target, bundle),
        meddle=lambda target: _meddle(wiring, tenants, target),
        roll_back=lambda target: _roll_back(wiring, target),
        history=lambda target: _history(wiring, tenants, target),
        visitor=visitor,
        probe=lambda tenant: _probe(wiring, tenant),
        ask=lambda url: get_json(url + "/health")[1],
        progress=wiring.progress,
        clock=wiring.clock,
    )
    return run_rehearsal(tenants, stage)


def _environment(tenants: tuple[Tenant, ...], edge: Edge) -> dict[str, str]:
    # No real token may be in reach of a rehearsal, whatever the shell holds.
    mine = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
    return {**mine, **environment_for(tenants, edge)}


def _deploy(wiring: Wiring, target: Target, bundle: Bundle) -> Record:
    request = Request(
        target=target,
        load=wiring.loader(target.tenant, target.environment),
        bundle=lambda _: bundle,
        origin=_origin(wiring),
        health_deadline=HEALTH_SECONDS,
    )
    wiring.progress.say(f"  edgefleet deploy --tenant {target.tenant} --env {target.environment}")
    return run_deploy(request, wiring.ports())


def _roll_back(wiring: Wiring, target: Target) -> Record:
    wiring.progress.say(f"  edgefleet rollback --tenant {target.tenant} --env {target.environment}")
    asked = Rollback(
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
    # The rehearsed releases are of no commit: drift then compares with the files as they are.
    here = origin(wiring.root, wiring.environ)
    return here.model_copy(update={"git_commit": None, "dirty": None})


def _look(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target, bundle: Bundle) -> Drift:
    tenant = _named(tenants, target)
    with Checkouts(wiring.root) as checkouts:
        ports = DriftPorts(
            checkouts=checkouts,
            credentials=wiring.credentials,
            connect=wiring.accounts.connect,
            observe=wiring.accounts.observe,
            records=wiring.records,
            lineage=wiring.lineage,
            load=wiring.tenant_in,
            bundle=lambda *_: bundle,
        )
        return look(tenant, target, ports, ref=None, allow_plain=False).drift


def _history(wiring: Wiring, tenants: tuple[Tenant, ...], target: Target) -> tuple[Entry, ...]:
    told = cloudflare(tenants, wiring.credentials, wiring.accounts.connect, limit=LONG)
    found = history([target], wiring.records, told, limit=LONG)
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
    way.account.open(name).set(before.model_copy(update=changes), changes)
    return "through the API: one more cron, and the addresses of single versions switched"


def _named(tenants: tuple[Tenant, ...], target: Target) -> Tenant:
    return next(tenant for tenant in tenants if tenant.name == target.tenant)


def _probe(wiring: Wiring, tenant: Tenant) -> Health:
    target = Target(tenant=tenant.name, environment=REHEARSED)
    return target_health(tenant, target, wiring.health_ports(), deadline=10.0)
