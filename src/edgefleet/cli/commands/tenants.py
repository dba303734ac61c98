"""`edgefleet tenants`."""

from pathlib import Path

import click

from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.tenants import rows, tenants_text
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.core.output.terminal import terminal_width


@click.command()
@format_option("text", "json")
@root_option
def tenants(*, output_format: str, root: Path | None) -> None:
    """List tenants, accounts, environments and the last record of each."""
    wiring = Wiring(root)
    loaded = wiring.tenants(tenant_names(wiring.root), wiring.fleet.deployable)
    table = rows(loaded, wiring.records.last_change, wiring.clock.now())
    if output_format == "json":
        print_json(list(table))
    else:
        show(tenants_text(table, terminal_width()))
