"""`edgefleet tenants`."""

import json
from pathlib import Path

import click

from edgefleet.cli.options import format_option, root_option
from edgefleet.cli.wiring import Wiring
from edgefleet.model.target import DEPLOYABLE
from edgefleet.ports.files import tenant_names
from edgefleet.reports.tenants import rows, tenants_text


@click.command()
@format_option("text", "json")
@root_option
def tenants(*, output_format: str, root: Path | None) -> None:
    """List tenants, accounts, environments and the last record of each."""
    wiring = Wiring(root)
    loaded = wiring.tenants(tenant_names(wiring.root), DEPLOYABLE)
    table = rows(loaded, wiring.records.last)
    click.echo(json.dumps(table, indent=2) if output_format == "json" else tenants_text(table))
