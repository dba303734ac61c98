"""`edgefleet build`."""

from dataclasses import replace
from pathlib import Path

import click

from edgefleet.build.build import build as run_build
from edgefleet.build.bundle_size import BuildResult, size_text
from edgefleet.build.measure_size import measure_bundle
from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.tenant_files import tenant_names


@click.command()
@click.option("--no-cache", is_flag=True, help="Build though no file changed since the last time.")
@format_option("text", "json")
@root_option
def build(*, no_cache: bool, output_format: str, root: Path | None) -> None:
    """Build the Worker once, as worker.build of fleet.jsonc says, into modules and a digest.

    Prints the digest and the folder; the same commit gives the same digest everywhere, or a note
    says why not: --no-cache compares with the build before. Says what
    the Worker weighs and how long it takes to start, beside Cloudflare's limits.
    """
    wiring = Wiring(root)
    environments = wiring.fleet.deployable
    tenants = wiring.tenants(tenant_names(wiring.root), environments)
    builder = replace(wiring.builder, again=no_cache)
    with wiring.progress.step("build"):
        bundle = run_build(wiring.root, tenants, environments, builder)
        folder = wiring.bundles.save(bundle)
    with wiring.progress.step("weigh"):
        resolved = tenants[0].resolved(environments[0])
        weight = measure_bundle(bundle, resolved, wiring.wrangler, wiring.bundles, again=no_cache)
    wiring.progress.say(size_text(weight))
    if output_format == "json":
        print_json(BuildResult.of_bundle(bundle, weight))
        return
    click.echo(f"sha256:{bundle.digest}")
    click.echo(str(folder.relative_to(wiring.root)))
