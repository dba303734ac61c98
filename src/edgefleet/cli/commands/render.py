"""`edgefleet render`."""

from pathlib import Path

import click

from edgefleet.build.render import write_rendered as run_render
from edgefleet.cli.options.shared import (
    bundle_option,
    env_option,
    format_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.own_keys import show_own
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target, target_entry
from edgefleet.errors import UsageError


@click.command()
@tenants_options()
@env_option(required=True)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write to. [default: .edgefleet/rendered]",
)
@click.option(
    "--diff", is_flag=True, help="Print in what each tenant differs from the base; write nothing."
)
@bundle_option("Use")
@format_option("text", "json")
@root_option
def render(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    output: Path | None,
    diff: bool,
    bundle: Path | None,
    output_format: str,
    root: Path | None,
) -> None:
    """Write the complete wrangler configuration of one target, with the built modules.

    Prints its path: plain 'wrangler deploy --config PATH' deploys it.
    """
    refuse_dev(environment, selector)
    wiring = Wiring(root)
    if diff:
        if output or bundle:
            raise UsageError("--diff writes nothing", hint="leave out --output and --bundle")
        names = select_tenants(wiring.root, selector, exclude=exclude)
        show_own(wiring.tenants(names, (environment,)), environment, output_format)
        return
    bundler = wiring.bundler(environment, bundle)
    written: list[tuple[Target, str]] = []
    for loaded in wiring.tenants(
        select_tenants(wiring.root, selector, exclude=exclude), (environment,)
    ):
        target = Target(tenant=loaded.name, environment=environment)
        folder = (output or wiring.root / ".edgefleet" / "rendered") / str(target)
        written.append((target, str(run_render(loaded, environment, bundler(loaded), folder))))
        if output_format == "text":
            click.echo(written[-1][1])
    if output_format == "json":
        print_json([target_entry(target, {"path": path}) for target, path in written])
