"""`edgefleet build`."""

from pathlib import Path

import click

from edgefleet.cli.options import format_option, root_option
from edgefleet.cli.wiring import Wiring
from edgefleet.flows.build import build as run_build
from edgefleet.model.bundle import Manifest
from edgefleet.model.target import DEPLOYABLE
from edgefleet.ports.files import tenant_names


@click.command()
@format_option("text", "json")
@root_option
def build(*, output_format: str, root: Path | None) -> None:
    """Build the Worker once, with wrangler's bundler, into modules and a digest.

    Prints the digest and the folder; the same commit gives the same digest everywhere.
    """
    wiring = Wiring(root)
    tenants = wiring.tenants(tenant_names(wiring.root), DEPLOYABLE)
    with wiring.progress.step("build"):
        bundle = run_build(wiring.root, tenants, DEPLOYABLE, wiring.wrangler)
        folder = wiring.bundles.save(bundle)
    if output_format == "json":
        click.echo(Manifest.of(bundle).model_dump_json(indent=2))
        return
    click.echo(f"sha256:{bundle.digest}")
    click.echo(str(folder.relative_to(wiring.root)))
