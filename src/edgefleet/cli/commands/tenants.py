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
from edgefleet.onboard.provision.reading import read_tenants


@click.command()
@format_option("text", "json")
@root_option
def tenants(*, output_format: str, root: Path | None) -> None:
    """List tenants, accounts, environments and the last record of each."""
    wiring = Wiring(root)
    now = wiring.clock.now()
    # A tenant whose resources are not made yet is one, too.
    names = tenant_names(wiring.root)
    loaded = read_tenants(wiring.root, names, wiring.fleet.deployable, now.date())
    table = rows(loaded, wiring.records.last_change, now)
    if output_format == "json":
        print_json(list(table))
    else:
        show(tenants_text(table, terminal_width()))
