"""`edgefleet health`."""

import json
from pathlib import Path

import click

from edgefleet.cli.deploy import refuse_dev
from edgefleet.cli.options import env_option, format_option, root_option, tenant_option
from edgefleet.cli.select import select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import UnhealthyError
from edgefleet.flows.health import all_healthy, check_health
from edgefleet.model.target import Environment
from edgefleet.reports.health import health_json, health_text


@click.command()
@tenant_option(or_all=True)
@env_option(required=True)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1, max=3600),
    default=10.0,
    show_default=True,
    help="Seconds within which each Worker must prove itself.",
)
@format_option("text", "json")
@root_option
def health(
    *, tenant: str, environment: Environment, timeout: float, output_format: str, root: Path | None
) -> None:
    """Probe the Workers of tenants: the version that is live must answer as itself."""
    refuse_dev(environment, tenant)
    wiring = Wiring(root)
    tenants = wiring.tenants(select_tenants(wiring.root, tenant), (environment,))
    results = []
    for target, found in check_health(
        tenants,
        environment,
        credentials=wiring.credentials,
        connect=wiring.connect,
        probe=wiring.probe,
        workers_dev=wiring.workers_dev,
        deadline=timeout,
    ):
        results.append((target, found))
        if output_format == "text":
            click.echo(health_text(target, found))
    if output_format == "json":
        click.echo(json.dumps(health_json(results), indent=2))
    if not all_healthy(results):
        unhealthy = [str(target) for target, found in results if not found.healthy]
        raise UnhealthyError(f"not healthy: {', '.join(unhealthy)}")
