"""`edgefleet matrix`."""

from pathlib import Path

import click

from edgefleet.cli.options.shared import (
    environments_of,
    format_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.errors import UsageError
from edgefleet.fleet.shards.models import TargetCost
from edgefleet.fleet.shards.report import matrix_github, shard_entries, target_entries
from edgefleet.fleet.shards.rules import LARGEST_MATRIX, expected, measured, shards

SHARD_SECONDS = 600.0


@click.command()
@click.option("--env", "environment", required=True, metavar="ENV|all", help="The environment.")
@tenants_options(former="--only", default=ALL)
@click.option(
    "--shard-seconds",
    type=click.FloatRange(min=1),
    metavar="S",
    help="Pack targets into shards of about so many seconds of deploys, one after another.",
)
@click.option(
    "--max-shards",
    type=click.IntRange(1, LARGEST_MATRIX),
    metavar="N",
    help=f"Pack targets into at most so many shards. [default: {LARGEST_MATRIX}]",
)
@format_option("json", "github")
@root_option
def matrix(
    *,
    environment: str,
    selector: str,
    exclude: str | None,
    shard_seconds: float | None,
    max_shards: int | None,
    output_format: str,
    root: Path | None,
) -> None:
    """Print the targets, or shards of them, as a matrix for GitHub Actions.

    A shard is what one runner deploys: 'edgefleet deploy-all --tenants' takes it. How long a target
    takes is read from the records in deployments/. With --format github the lines are outputs of
    a step, for $GITHUB_OUTPUT. A matrix has 256 entries at most.
    """
    wiring = Wiring(root)
    environments = environments_of(environment, wiring.fleet)
    names = select_tenants(wiring.root, selector, exclude=exclude)
    loads = _loads(wiring, names, environments)
    if shard_seconds or max_shards:
        _tell_rings(wiring, loads)
        seconds = shard_seconds or SHARD_SECONDS
        entries = shard_entries(shards(loads, seconds=seconds, most=max_shards or LARGEST_MATRIX))
    elif len(loads) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(loads)} targets are more than the {LARGEST_MATRIX} entries of a matrix",
            hint="let each runner deploy several: --shard-seconds 600",
        )
    else:
        entries = target_entries(loads)
    if output_format == "json":
        print_json(list(entries))
    else:
        click.echo(matrix_github(entries))


def _tell_rings(wiring: Wiring, loads: list[TargetCost]) -> None:
    rings = sorted({load.ring for load in loads})
    if len(rings) > 1:
        wiring.progress.say(
            f"note: rings {', '.join(map(str, rings))} are in one matrix, and its shards run at "
            f"the same time; for one ring after the other make a matrix of each: --tenants ring:0"
        )


def _loads(
    wiring: Wiring, names: tuple[str, ...], environments: tuple[Environment, ...]
) -> list[TargetCost]:
    known = measured(wiring.records.all())
    return [
        TargetCost(
            target=target,
            ring=tenant.config.ring,
            owner=tenant.config.owner,
            seconds=expected(target, known),
        )
        for tenant in wiring.tenants(names, environments)
        for target in (Target(tenant=tenant.name, environment=one) for one in environments)
    ]
