"""`edgefleet build`."""

from pathlib import Path

import click

from edgefleet.cli.options import format_option, root_option
from edgefleet.cli.wiring import Wiring
from edgefleet.flows.build import Builder
from edgefleet.flows.build import build as run_build
from edgefleet.model.bundle import Manifest
from edgefleet.model.target import DEPLOYABLE
from edgefleet.ports.files import tenant_names


@click.command()
@click.option("--no-cache", is_flag=True, help="Build though no file changed since the last time.")
@format_option("text", "json")
@root_option
def build(*, no_cache: bool, output_format: str, root: Path | None) -> None:
    """Build the Worker once, with wrangler's bundler, into modules and a digest.

    Prints the digest and the folder; the same commit gives the same digest everywhere.
    """
    wiring = Wiring(root)
    tenants = wiring.tenants(tenant_names(wiring.root), DEPLOYABLE)
    builder = Builder(wiring.wrangler, None) if no_cache else wiring.builder
    with wiring.progress.step("build"):
        bundle = run_build(wiring.root, tenants, DEPLOYABLE, builder)
        folder = wiring.bundles.save(bundle)
    if output_format == "json":
        click.echo(Manifest.of(bundle).model_dump_json(indent=2))
        return
    click.echo(f"sha256:{bundle.digest}")
    click.echo(str(folder.relative_to(wiring.root)))
