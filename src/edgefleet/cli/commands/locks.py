"""`edgefleet locks`."""

from pathlib import Path

import click

from edgefleet.cli.locked_by import shared_refs
from edgefleet.cli.options.shared import env_option, format_option, root_option, tenants_options
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.core.output.terminal import terminal_width
from edgefleet.locks.report import locks_json, locks_text


@click.command()
@tenants_options(default=ALL)
@env_option(required=False)
@format_option("text", "json")
@root_option
def locks(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment | None,
    output_format: str,
    root: Path | None,
) -> None:
    """List which runs hold which targets, on all machines.

    A lock is a ref of the repository's git remote (docs/locks.md). It ends by itself ten minutes
    after its run has died; 'edgefleet unlock' frees it before.
    """
    wiring = Wiring(root)
    found = shared_refs(wiring).read()
    if selector != ALL or exclude or environment:
        environments = (environment,) if environment else wiring.fleet.deployable
        names = select_tenants(wiring.root, selector, exclude=exclude)
        meant = {str(Target(tenant=one, environment=env)) for one in names for env in environments}
        found = {target: held for target, held in found.items() if target in meant}
    held = {target: one.lock for target, one in found.items()}
    if output_format == "json":
        print_json(locks_json(held))
    else:
        show(locks_text(held, terminal_width()))
