"""`edgefleet rehearse`."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from edgefleet.cli.options import format_option, root_option
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import UnhealthyError
from edgefleet.flows.build import build
from edgefleet.flows.deploy import deploy as run_deploy
from edgefleet.flows.health import check_health
from edgefleet.flows.rehearse import REHEARSED, accounts, environment_for
from edgefleet.flows.rehearse import rehearse as run_rehearsal
from edgefleet.flows.request import Request
from edgefleet.model.bundle import Bundle
from edgefleet.model.health import Health
from edgefleet.model.record import Record
from edgefleet.model.rehearsal import Rehearsal
from edgefleet.model.target import DEPLOYABLE, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.files import tenant_names
from edgefleet.ports.localedge import Edge, embedded_cloudflare
from edgefleet.ports.origin import origin
from edgefleet.ports.probe import get_json
from edgefleet.ports.records import Records
from edgefleet.reports.rehearsal import next_steps, rehearsal_text


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
    text = output_format == "text"
    click.echo(rehearsal_text(result) if text else result.model_dump_json(indent=2))
    if keep:
        click.echo("\n" + next_steps(environment_for(tenants, edge), edge.pid), err=True)
    if not result.healthy:
        raise UnhealthyError("the rehearsal ended with a Worker that is not healthy")


def _state(root: Path, stack: ExitStack, *, keep: bool) -> Path:
    if keep:
        return root / ".edgefleet" / "rehearsal"
    return Path(stack.enter_context(TemporaryDirectory(prefix="edgefleet-rehearsal-")))


def _rehearsed(root: Path, tenants: tuple[Tenant, ...], edge: Edge, state: Path) -> Rehearsal:
    wiring = Wiring(root, _environment(tenants, edge))
    wiring.records = Records(state / "deployments")
    with wiring.progress.step("build") as step:
        bundle = build(wiring.root, tenants, (REHEARSED,), wiring.wrangler)
        step.note = f"one bundle for all, sha256:{bundle.digest[:12]}"
    return run_rehearsal(
        tenants,
        deploy=lambda target: _deploy(wiring, target, bundle),
        probe=lambda tenant: _probe(wiring, tenant),
        ask=lambda url: get_json(url + "/health")[1],
        progress=wiring.progress,
    )


def _environment(tenants: tuple[Tenant, ...], edge: Edge) -> dict[str, str]:
    # No real token may be in reach of a rehearsal, whatever the shell holds.
    mine = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
    return {**mine, **environment_for(tenants, edge)}


def _deploy(wiring: Wiring, target: Target, bundle: Bundle) -> Record:
    request = Request(
        target=target,
        load=wiring.loader(target.tenant, target.environment),
        bundle=lambda _: bundle,
        origin=origin(wiring.root, wiring.environ),
    )
    return run_deploy(request, wiring.ports())


def _probe(wiring: Wiring, tenant: Tenant) -> Health:
    found = check_health(
        (tenant,),
        REHEARSED,
        credentials=wiring.credentials,
        connect=wiring.connect,
        probe=wiring.probe,
        workers_dev=wiring.workers_dev,
        deadline=10.0,
    )
    return next(health for _, health in found)
